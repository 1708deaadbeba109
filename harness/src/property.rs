//! Properties: a scenario holds under every plan within its bounds. Proptest chooses the plans, and drives the same search
//! for a smaller one as the command line does.

use std::cell::{Cell, RefCell};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use scenarios::strategies::{plans, shrinking};
use scenarios::{Expect, Header};
use sim_core::plan::Chance;
use sim_core::{Plan, Protocol, RunOptions};

use crate::check::Failed;
use crate::check::confirm::Confirm;
use crate::check::regressions::Regressions;
use crate::check::runner;
use crate::check::variables::Variables;
use crate::judge::{Judgement, Overall};
use crate::load::{Loaded, load, load_source};
use crate::out::{FOLDER, slug, write_whole};
use crate::registry::Registry;
use crate::runner::Runner;
use crate::source::Source;
use crate::words::counted;

/// How many plans are tried unless it is said.
const CASES: u64 = 256;

/// Where failures are kept unless it is said.
const REGRESSIONS: &str = "regressions";

/// Begins a property of a scenario file, for use in a test: its checks pass under every plan within its bounds.
///
/// ```no_run
/// #[test]
/// fn nothing_milder_is_worse() {
///     squall::property("scenarios/storm.ron").cases(500).run();
/// }
/// ```
///
/// Where [`check`](crate::check()) runs what seeds draw, a property runs [milder plans](crate::strategies::plans), too:
/// some of the windows, a faster network, fewer requests. They reach schedules that seeds seldom draw. Failures are kept as
/// reproductions under `regressions/<scenario>/` and run before new plans, as [`Check::regressions`] says. The plans are
/// those of a first seed, 0 unless `SQUALL_FIRST_SEED` says another; `SQUALL_SEEDS` says how many there are.
///
/// [`Check::regressions`]: crate::Check::regressions
pub fn property(path: impl AsRef<Path>) -> Property {
    let (path, registry) = (path.as_ref().to_owned(), Registry::builtin());
    Property { path, registry, cases: CASES, regressions: PathBuf::from(REGRESSIONS) }
}

/// A scenario file of which every plan is to pass.
#[must_use = "a property does nothing until it is run"]
pub struct Property {
    path: PathBuf,
    registry: Registry,
    cases: u64,
    regressions: PathBuf,
}

impl Property {
    /// Also knows protocol `P`.
    pub fn with<P: Protocol>(mut self) -> Property {
        self.registry = self.registry.with::<P>();
        self
    }

    /// How many plans are tried, at least 1; 256 unless given.
    pub fn cases(mut self, cases: u32) -> Property {
        self.cases = u64::from(cases.max(1));
        self
    }

    /// Keeps failures in another folder than `regressions/`.
    pub fn regressions(mut self, folder: impl Into<PathBuf>) -> Property {
        self.regressions = folder.into();
        self
    }

    /// Runs.
    ///
    /// # Panics
    /// If a plan fails, with the page of [`try_run`](Property::try_run).
    #[track_caller]
    pub fn run(self) {
        if let Err(failed) = self.try_run() {
            panic!("\n{failed}");
        }
    }

    /// Runs.
    ///
    /// # Errors
    /// If a plan fails or cannot be judged, if a failure that was kept still fails, or if the file is wrong or expects a
    /// failure.
    pub fn try_run(self) -> Result<(), Failed> {
        let variables = Variables::read().map_err(Failed::because)?;
        let loaded = load(&self.registry, &self.path).map_err(|refused| Failed::refused(&refused))?;
        if *loaded.scenario.expect() != Expect::Pass {
            return Err(Failed::because(format!(
                "`{}` expects a failure: there is nothing to hold",
                loaded.source.name
            )));
        }
        let regressions = Regressions::of(&self.regressions, &loaded.source.scenario());
        regressions.replay(&self.registry)?;
        let seeds = variables.seeds(0..self.cases);
        let trial = Trial::of(runner(&self.registry, &loaded));
        let mut proptest = TestRunner::new_with_rng(settings(seeds.end - seeds.start), stream(seeds.start));
        let outcome = proptest.run(&shrinking(plans(&loaded.scenario)), |plan| trial.run(&plan));
        match outcome {
            Ok(()) => trial.undecided.into_inner().map_or(Ok(()), |why| {
                let runs = counted(seeds.end - seeds.start, "plan");
                Err(Failed::because(format!("at least one of {runs} could not be judged: {why}")))
            }),
            Err(TestError::Fail(_, plan)) => {
                let head = format!("plan {} does not hold; the smallest that proptest found:\n", trial.cases.get());
                let page = self.page(&loaded, &plan, &regressions).map_err(Failed::because)?;
                Err(Failed::new(&format!("{head}{page}")))
            }
            Err(TestError::Abort(why)) => Err(Failed::because(format!("proptest gave up: {why}"))),
        }
    }

    /// Writes a plan as a scenario of its own, so that a command can show it, and looks into it.
    fn page(&self, loaded: &Loaded, plan: &Plan, regressions: &Regressions) -> Result<String, String> {
        let path = Path::new(FOLDER).join(format!("{}-property.ron", slug(&loaded.source.scenario())));
        let name = path.display().to_string();
        let header = Header {
            comments: vec![format!("A plan within the bounds of `{}` that does not pass.", loaded.source.name)],
            about: loaded.scenario.about().to_owned(),
            ..Header::default()
        };
        let text = scenarios::print(plan, &header);
        let written = fs::create_dir_all(FOLDER).and_then(|()| write_whole(&path, text.as_bytes()));
        written.map_err(|error| format!("the plan could not be written to `{name}`: {error}\n{text}"))?;
        let found = load_source(&self.registry, Source { name, bytes: text.into_bytes() })
            .map_err(|refused| format!("the plan cannot be read back: {:?}", refused.diagnostics))?;
        let seed = if let Chance::Seeded(seed) = plan.chance { seed } else { found.scenario.seed() };
        let regressions = Some(regressions);
        let confirm = Confirm { registry: &self.registry, loaded: &found, seed, shrink: true, regressions };
        Ok(confirm.page(None))
    }
}

/// What proptest may do: nothing on its own account but choose and shrink.
fn settings(cases: u64) -> Config {
    Config {
        cases: u32::try_from(cases).unwrap_or(u32::MAX),
        failure_persistence: None,
        // The search ends by itself, when nothing can be made smaller.
        max_shrink_iters: u32::MAX,
        ..Config::default()
    }
}

/// The random stream of a first seed.
fn stream(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}

/// Plans at their trial.
struct Trial {
    runner: RefCell<Box<dyn Runner>>,
    /// How many plans were tried before the first failed, that one included.
    cases: Cell<u64>,
    /// The fingerprint of the first failure: a smaller plan must fail alike.
    failure: RefCell<Option<String>>,
    /// Why one could not be judged.
    undecided: RefCell<Option<String>>,
}

impl Trial {
    fn of(runner: Box<dyn Runner>) -> Trial {
        Trial {
            runner: RefCell::new(runner),
            cases: Cell::new(0),
            failure: RefCell::default(),
            undecided: RefCell::default(),
        }
    }

    fn run(&self, plan: &Plan) -> Result<(), TestCaseError> {
        let mut runner = self.runner.borrow_mut();
        let mut failure = self.failure.borrow_mut();
        if failure.is_none() {
            self.cases.set(self.cases.get() + 1);
        }
        // Only a shrunk plan can be one that its protocol refuses.
        if runner.accept(plan).is_err() {
            return Ok(());
        }
        let outcome = runner.run(plan, RunOptions::default()).outcome;
        let judgement = Judgement::of(plan, &outcome, &Expect::Pass);
        if let Some((_, violation)) = judgement.violation(&Expect::Pass) {
            let known = failure.get_or_insert_with(|| violation.fingerprint.clone());
            return if *known == violation.fingerprint { Err(TestCaseError::fail(known.clone())) } else { Ok(()) };
        }
        if judgement.overall == Overall::Undecided {
            let undecided = judgement.checks.iter().find(|check| check.verdict.word() == "undecided");
            let why = undecided.map_or(String::new(), |check| check.name.clone());
            self.undecided.borrow_mut().get_or_insert(why);
        }
        Ok(())
    }
}
