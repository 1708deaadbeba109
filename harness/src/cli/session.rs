//! What commands have in common: loading with errors shown, watched runners, results in either form.

use std::cell::OnceCell;
use std::path::Path;

use crate::case::{Case, NoVerdict};
use crate::cli::Format;
use crate::exit::Exit;
use crate::load::{Loaded, Refused, load};
use crate::registry::Registry;
use crate::report::{Report, run_command};
use crate::runner::Runner;
use crate::screen::{BAD, Screen, styled};
use crate::watchdog::Watchdog;
use crate::{diagnose, human, json};

/// What every command is given.
pub(crate) struct Session<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) screen: Screen,
    /// Started with the first runner.
    watchdog: OnceCell<Option<Watchdog>>,
}

impl<'a> Session<'a> {
    /// A session with these protocols.
    pub(crate) fn new(registry: &'a Registry) -> Session<'a> {
        Session { registry, screen: Screen::default(), watchdog: OnceCell::new() }
    }

    /// Loads a file, or shows what is wrong with it.
    pub(crate) fn load(&self, path: &Path, format: Format) -> Option<Loaded> {
        load(self.registry, path).map_err(|refused| self.show_refused(&refused, format)).ok()
    }

    /// Shows what is wrong with a file: to people on stderr, to programs on stdout.
    pub(crate) fn show_refused(&self, refused: &Refused, format: Format) {
        match format {
            Format::Human => self.screen.talk(&diagnose::render(refused)),
            Format::Json => self.screen.data(&diagnose::to_json(refused).to_string()),
        }
    }

    /// A runner for a loaded scenario, watched for handlers that never come back.
    pub(crate) fn runner(&self, loaded: &Loaded, seed: u64) -> Box<dyn Runner> {
        let runner = self.registry.runner(loaded.scenario.protocol());
        let runner = runner.unwrap_or_else(|| unreachable!("the loader refuses protocols that are not registered"));
        match self.watchdog.get_or_init(|| Watchdog::start().ok()) {
            Some(watchdog) => watchdog.guard(runner, run_command(&loaded.source.name, seed)),
            None => runner,
        }
    }

    /// Shows a report, or why there is none, and says how the process should end.
    pub(crate) fn show_result(&self, case: &Case<'_>, result: Result<Report, NoVerdict>, format: Format) -> Exit {
        match result {
            Ok(report) => {
                self.screen.data(&match format {
                    Format::Human => human::page(&report),
                    Format::Json => json::object(&report).to_string(),
                });
                report.exit
            }
            Err(no_verdict) => {
                let command = run_command(&case.loaded.source.name, case.seed);
                match format {
                    Format::Human => {
                        let error = styled(BAD, "error");
                        self.screen.talk(&format!("{error}: {}\n  replay   {command}", no_verdict.detail()));
                    }
                    Format::Json => self.screen.data(&json::no_verdict(case, &no_verdict, &command).to_string()),
                }
                no_verdict.exit()
            }
        }
    }
}
