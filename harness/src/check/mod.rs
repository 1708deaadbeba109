//! The face that `cargo test` sees: a scenario under many seeds on all cores, and a failure text that fits one screen.

pub(crate) mod confirm;
mod folder;
mod harvest;
mod page;
pub(crate) mod regressions;
mod storm;
pub(crate) mod variables;

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use sim_core::Protocol;

pub use folder::{assert_scenarios, run_scenario};
pub use storm::{Storm, storm};

use crate::diagnose;
use crate::exit::Exit;
use crate::load::{Loaded, Refused, load, load_source};
use crate::registry::Registry;
use crate::runner::Runner;
use crate::source::Source;
use crate::sweep::verdict::FileSummary;
use confirm::Confirm;
use harvest::harvest;
use regressions::Regressions;
use storm::Draft;
use variables::Variables;

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
/// [`seeds`](Check::seeds) the file's own seed is run, and nothing else.
///
/// # What it does
/// The seeds are run on all cores, and what comes out does not depend on how many there are. Runs that fail alike are one
/// group. The lowest seed of the first group is run again; if that gives another run the protocol is not deterministic,
/// which is a failure of its own. Then the run is shrunk, and the smallest schedule that still fails is written to
/// `squall-out/`, or kept among the [`regressions`](Check::regressions). The text of the failure ends with the command
/// that shows it again.
///
/// Where several seeds are run, a `Sometimes` mark that none of them reaches is a failure, as it is in a sweep. A handler
/// that never comes back ends the test's process after ten seconds, and the text on stderr names the seed.
///
/// # Turning it up
/// `SQUALL_SEEDS`, `SQUALL_FIRST_SEED` and `SQUALL_JOBS` in the environment take the place of how many seeds are run, of
/// the first of them, and of the number of threads, in every test that names seeds:
///
/// ```sh
/// SQUALL_SEEDS=20000 SQUALL_FIRST_SEED=$(date +%s) cargo test --release
/// ```
pub fn check(path: impl AsRef<Path>) -> Check {
    Check::of(Subject::File(path.as_ref().to_owned()))
}

/// A scenario and the seeds to run it under.
#[must_use = "a check does nothing until it is run"]
pub struct Check {
    subject: Subject,
    registry: Registry,
    seeds: Option<Range<u64>>,
    jobs: Option<usize>,
    shrink: bool,
    regressions: Option<PathBuf>,
}

/// Where the scenario is.
enum Subject {
    File(PathBuf),
    /// It was made by a program: a name and the text.
    Made(Source),
}

/// Why a check did not come out as its scenario expects: a page for a person, the command to see it again last.
#[derive(Clone, PartialEq, Eq)]
pub struct Failed(String);

impl Failed {
    /// Test output is no terminal: colours are taken out.
    pub(crate) fn new(page: &str) -> Failed {
        Failed(anstream::adapter::strip_str(page).to_string())
    }

    /// What went wrong outside any run, in a line.
    pub(crate) fn because(why: impl fmt::Display) -> Failed {
        Failed::new(&format!("error: {why}"))
    }

    pub(crate) fn refused(refused: &Refused) -> Failed {
        Failed::new(&diagnose::render(refused))
    }
}

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
    fn of(subject: Subject) -> Check {
        let registry = Registry::builtin();
        Check { subject, registry, seeds: None, jobs: None, shrink: true, regressions: None }
    }

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

    /// Runs under each of these seeds. A file that expects a failure is met when at least one seed shows it and none
    /// shows another.
    pub fn seeds(mut self, seeds: Range<u64>) -> Check {
        self.seeds = Some(seeds);
        self
    }

    /// How many threads run seeds: as many as there are processors unless given; 0 is taken for 1.
    pub fn jobs(mut self, jobs: usize) -> Check {
        self.jobs = Some(jobs.max(1));
        self
    }

    /// Leaves a failure as it is: quicker, and nothing is written.
    pub fn no_shrink(mut self) -> Check {
        self.shrink = false;
        self
    }

    /// Keeps the smallest schedule of every failure as `folder/<scenario>/<failure>.ron`, and runs what is there before
    /// any seed.
    ///
    /// Such a file is meant to be committed. While it still fails, the test fails with it at once. One that no longer
    /// fails is told on stderr, and one that cannot be read any more is a failure: neither is passed over. To have a
    /// mended one stay as a test, write `expect: Pass` in it.
    pub fn regressions(mut self, folder: impl Into<PathBuf>) -> Check {
        self.regressions = Some(folder.into());
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
        let variables = Variables::read().map_err(Failed::because)?;
        let loaded = self.load().map_err(|refused| Failed::refused(&refused))?;
        let regressions = self.regressions.as_ref().map(|folder| Regressions::of(folder, &loaded.source.scenario()));
        if let Some(regressions) = &regressions {
            regressions.replay(&self.registry)?;
        }
        let own = loaded.scenario.seed();
        let seeds = match self.seeds.clone() {
            Some(named) if named.is_empty() => {
                return Err(Failed::because(format!("no seeds to run: {named:?} is empty")));
            }
            Some(named) => variables.seeds(named),
            None => own..own.saturating_add(1),
        };
        if seeds.is_empty() {
            return Err(Failed::because(format!("no seeds to run: {seeds:?} is empty")));
        }
        let jobs = variables.jobs.or(self.jobs);
        let draft = match &self.subject {
            Subject::File(_) => None,
            Subject::Made(source) => Some(Draft::write(source)),
        };
        let summary = harvest(&self.registry, &loaded, seeds.clone(), jobs).map_err(Failed::because)?;
        if summary.exit == Exit::Met {
            drop(draft);
            return Ok(());
        }
        if let Some(draft) = draft {
            draft.keep().map_err(Failed::because)?;
        }
        self.look_into(&loaded, &seeds, &summary, regressions.as_ref())
    }

    fn load(&self) -> Result<Loaded, Refused> {
        match &self.subject {
            Subject::File(path) => load(&self.registry, path),
            Subject::Made(source) => load_source(&self.registry, source.clone()),
        }
    }

    /// Runs the example of the first group again, for the page about it.
    fn look_into(
        &self,
        loaded: &Loaded,
        seeds: &Range<u64>,
        summary: &FileSummary,
        regressions: Option<&Regressions>,
    ) -> Result<(), Failed> {
        let head = page::head(summary, seeds);
        let first = summary.surprises().next().or_else(|| summary.findings.iter().find(|it| !it.group.expected));
        if first.is_none() && !summary.unreached.is_empty() {
            return Err(Failed::new(&page::unreached(summary, loaded, seeds)));
        }
        // Without a finding no seed showed what was expected: the last is as good an example as any.
        let seed = first.map_or(seeds.end - 1, |finding| finding.group.seed);
        let before = first.map(|finding| finding.group.digest.as_str());
        let case = Confirm { registry: &self.registry, loaded, seed, shrink: self.shrink, regressions };
        Err(Failed::new(&format!("{head}{}", case.page(before))))
    }
}

/// A runner for a scenario that was loaded with this registry.
pub(crate) fn runner(registry: &Registry, loaded: &Loaded) -> Box<dyn Runner> {
    let runner = registry.runner(loaded.scenario.protocol());
    runner.unwrap_or_else(|| unreachable!("the loader refuses protocols that are not registered"))
}
