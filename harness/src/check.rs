//! The face that `cargo test` sees: a scenario file over many seeds, and a failure text that fits one screen.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use scenarios::Expect;
use sim_core::{Protocol, RunOptions};

use crate::case::{Case, How};
use crate::exit::Exit;
use crate::judge::Judgement;
use crate::label::Label;
use crate::load::{Loaded, load};
use crate::registry::Registry;
use crate::runner::Runner;
use crate::screen::Screen;
use crate::{diagnose, human};

/// Begins a check of a scenario file, for use in a test.
///
/// ```no_run
/// #[test]
/// fn survives_partitions() {
///     squall::check("scenarios/partition.ron").seeds(0..500).run();
/// }
/// ```
///
/// The path is relative to the working directory, which under `cargo test` is the package's root. Without
/// [`seeds`](Check::seeds) the file's own seed is run.
pub fn check(path: impl AsRef<Path>) -> Check {
    Check { path: path.as_ref().to_owned(), registry: Registry::builtin(), seeds: None, shrink: true }
}

/// A scenario file and the seeds to run it under.
#[must_use = "a check does nothing until it is run"]
pub struct Check {
    path: PathBuf,
    registry: Registry,
    seeds: Option<Range<u64>>,
    shrink: bool,
}

/// Why a check did not come out as its file expects: a page for a person, the command to see it again last.
#[derive(Clone, PartialEq, Eq)]
pub struct Failed(String);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // So that `unwrap` and `?` in a test show lines, not `\n`.
        write!(f, "\n{}", self.0)
    }
}
impl std::error::Error for Failed {}

impl Check {
    /// Also knows protocol `P`.
    pub fn with<P: Protocol>(mut self) -> Check {
        self.registry = self.registry.with::<P>();
        self
    }

    /// Knows the protocols of `registry`, and no others.
    pub fn registry(mut self, registry: Registry) -> Check {
        self.registry = registry;
        self
    }

    /// Runs under each of these seeds. A file that expects a failure is met when at least one seed shows it.
    pub fn seeds(mut self, seeds: Range<u64>) -> Check {
        self.seeds = Some(seeds);
        self
    }

    /// Leaves a failure as it is: quicker, and nothing is written to `squall-out/`.
    pub fn no_shrink(mut self) -> Check {
        self.shrink = false;
        self
    }

    /// Runs.
    ///
    /// # Panics
    /// If it does not come out as the file expects, with the page of [`try_run`](Check::try_run).
    #[track_caller]
    pub fn run(self) {
        if let Err(failed) = self.try_run() {
            panic!("\n{failed}");
        }
    }

    /// Runs.
    ///
    /// # Errors
    /// If it does not come out as the file expects, if the file is wrong, or if there are no seeds to run.
    pub fn try_run(self) -> Result<(), Failed> {
        let loaded = load(&self.registry, &self.path).map_err(|refused| failed(&diagnose::render(&refused)))?;
        let own = loaded.scenario.seed();
        let seeds = self.seeds.clone().unwrap_or(own..own.saturating_add(1));
        if seeds.is_empty() {
            return Err(failed(&format!("no seeds to run: {seeds:?} is empty")));
        }
        let Some(mut runner) = self.registry.runner(loaded.scenario.protocol()) else {
            return Err(failed(&format!("protocol `{}` is not registered", loaded.scenario.protocol())));
        };
        let last = seeds.end - 1;
        for seed in seeds.clone() {
            match judge(&mut *runner, &loaded, seed) {
                Exit::Met if *loaded.scenario.expect() != Expect::Pass => return Ok(()),
                Exit::Met => {}
                // Where a failure is expected, a seed that passes is no news as long as others follow.
                Exit::Missed if seed != last && passes(&mut *runner, &loaded, seed) => {}
                _ => return self.look_into(&mut *runner, &loaded, seed),
            }
        }
        Ok(())
    }

    /// Runs a seed again, for the page about it.
    fn look_into(&self, runner: &mut dyn Runner, loaded: &Loaded, seed: u64) -> Result<(), Failed> {
        let screen = Screen::default();
        let case = Case { registry: &self.registry, screen: &screen, loaded, seed };
        match case.run(runner, How { shrink: self.shrink, ..How::default() }) {
            Ok(report) => Err(failed(&human::page(&report))),
            Err(why) => Err(failed(&why.page(&Label::of(loaded, seed)))),
        }
    }
}

fn judge(runner: &mut dyn Runner, loaded: &Loaded, seed: u64) -> Exit {
    let plan = loaded.scenario.expand(seed);
    let outcome = runner.run(&plan, RunOptions::default()).outcome;
    Judgement::of(&plan, &outcome, loaded.scenario.expect()).exit
}

/// Whether every check passes under a seed, whatever the file expects.
fn passes(runner: &mut dyn Runner, loaded: &Loaded, seed: u64) -> bool {
    let plan = loaded.scenario.expand(seed);
    let outcome = runner.run(&plan, RunOptions::default()).outcome;
    Judgement::of(&plan, &outcome, &Expect::Pass).exit == Exit::Met
}

/// Test output is no terminal: colours are taken out.
fn failed(page: &str) -> Failed {
    Failed(anstream::adapter::strip_str(page).to_string())
}
