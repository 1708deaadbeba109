//! What commands have in common: loading with errors shown, watched runners, results in either form.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::beat::Beat;
use crate::black_box::BlackBox;
use crate::case::Case;
use crate::cli::Format;
use crate::cli::seed::SeedArgs;
use crate::exit::Exit;
use crate::label::Label;
use crate::load::{Loaded, Refused, load};
use crate::no_verdict::NoVerdict;
use crate::registry::Registry;
use crate::report::Report;
use crate::runner::Runner;
use crate::screen::Screen;
use crate::{diagnose, human, json, watchdog};

/// What every command is given.
pub(crate) struct Session<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) screen: Screen,
    /// Where the watching process learns which run it is.
    black_box: Option<BlackBox>,
    /// Where the watchdog sees how far the run is.
    beat: Arc<Beat>,
}

impl<'a> Session<'a> {
    /// A session with these protocols, whose runs are not watched.
    pub(crate) fn new(registry: &'a Registry, black_box: Option<BlackBox>) -> Session<'a> {
        Session { registry, screen: Screen::default(), black_box, beat: Arc::default() }
    }

    /// Has later runs watched.
    pub(crate) fn watch(&self, patience: Duration, format: Format) {
        if let Err(error) = watchdog::start(&self.beat, patience, format) {
            self.screen.talk(&format!("warning: there is no watchdog: {error}"));
        }
    }

    /// Loads a file, or shows what is wrong with it.
    pub(crate) fn load(&self, path: &Path, format: Format) -> Option<Loaded> {
        load(self.registry, path).map_err(|refused| self.show_refused(&refused, format)).ok()
    }

    /// The seed that the command line names, if it names one; or says why there is none.
    pub(crate) fn seed(&self, args: &SeedArgs) -> Result<Option<u64>, Exit> {
        args.seed().map_err(|why| self.refuse(&why))
    }

    /// A file and the seed to run it under: the command line's, else the file's own. Or shows what is wrong with either.
    pub(crate) fn load_seeded(&self, path: &Path, seed: &SeedArgs, format: Format) -> Result<(Loaded, u64), Exit> {
        let loaded = self.load(path, format).ok_or(Exit::BadInput)?;
        let seed = self.seed(seed)?.unwrap_or(loaded.scenario.seed());
        Ok((loaded, seed))
    }

    /// Says what is wrong with what was asked for.
    pub(crate) fn refuse(&self, why: &str) -> Exit {
        self.fail(Exit::BadInput, why)
    }

    /// Says what went wrong, and ends the process so.
    pub(crate) fn fail(&self, exit: Exit, why: &str) -> Exit {
        self.screen.talk(&format!("error: {why}"));
        exit
    }

    /// Shows what is wrong with a file: to people on stderr, to programs on stdout.
    pub(crate) fn show_refused(&self, refused: &Refused, format: Format) {
        match format {
            Format::Human => self.screen.talk(&diagnose::render(refused)),
            Format::Json => self.screen.data(&diagnose::to_json(refused).to_string()),
        }
    }

    /// A runner for a loaded scenario; if it kills this process, it is known which run it was.
    pub(crate) fn runner(&self, loaded: &Loaded, seed: u64) -> Box<dyn Runner> {
        let runner = self.registry.runner(loaded.scenario.protocol());
        let runner = runner.unwrap_or_else(|| unreachable!("the loader refuses protocols that are not registered"));
        let label = Label::of(loaded, seed);
        if let Some(black_box) = &self.black_box {
            black_box.note(&label);
        }
        self.beat.attach(runner, label)
    }

    /// Says that the exit code which follows is meant.
    pub(crate) fn close(&self) {
        if let Some(black_box) = &self.black_box {
            black_box.close();
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
                no_verdict.show(&Label::of(case.loaded, case.seed), &self.screen, format);
                no_verdict.exit()
            }
        }
    }
}
