//! What several suites need: the catalogue, and a scenario with its runner.

use std::fs;
use std::path::{Path, PathBuf};

use scenarios::{Expect, Scenario};
use sim_core::check::Verdict;
use sim_core::outcome::End;
use sim_core::{Outcome, Plan, RunOptions};
use squall::{Registry, Runner};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the root").to_owned()
}

/// Every file below a folder with this ending, in order.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The path of a catalogue file: `heartbeat/chaos`.
pub(crate) fn catalog(name: &str) -> PathBuf {
    root().join("scenarios/catalog").join(name).with_extension("ron")
}

/// A scenario at work.
pub(crate) struct Case {
    pub(crate) scenario: Scenario,
    runner: Box<dyn Runner>,
}

impl Case {
    /// The scenario that a text holds.
    pub(crate) fn of_text(text: &str) -> Case {
        let registry = Registry::builtin();
        let scenario =
            scenarios::load(text.as_bytes(), &registry).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"));
        let runner = registry.runner(scenario.protocol()).expect("the loader knows the protocol");
        Case { scenario, runner }
    }

    pub(crate) fn of_file(path: &Path) -> Case {
        Case::of_text(&fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    pub(crate) fn run(&mut self, plan: &Plan) -> Outcome {
        self.runner.run(plan, RunOptions::default()).outcome
    }

    pub(crate) fn run_seed(&mut self, seed: u64) -> Outcome {
        let plan = self.scenario.expand(seed);
        self.run(&plan)
    }

    /// The outcome of a plan and its frozen plan.
    pub(crate) fn freeze(&mut self, plan: &Plan) -> (Outcome, Plan) {
        let ran = self.runner.run(plan, RunOptions { freeze: true, ..RunOptions::default() });
        (ran.outcome, ran.frozen.expect("asked for"))
    }

    /// Whether an outcome is what the file expects.
    pub(crate) fn is_expected(&self, outcome: &Outcome) -> bool {
        match self.scenario.expect() {
            Expect::Pass => outcome.end == End::Horizon && failed(outcome).is_empty(),
            Expect::Fail(check) => {
                failed(outcome).iter().any(|name| name == check || name.split('(').next() == Some(check))
            }
        }
    }
}

/// The names of the checks that failed.
pub(crate) fn failed(outcome: &Outcome) -> Vec<String> {
    let failed = outcome.checks.iter().filter(|check| matches!(check.verdict, Verdict::Fail(_)));
    failed.map(|check| check.name.clone()).collect()
}
