//! A planted bug in the storm of its protocol, ready to be shrunk; what the suites of shrinking share.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use scenarios::shrink::{Shrinker, Shrunk, Size};
use sim_core::check::{Check, Verdict};
use sim_core::{Outcome, Plan, RunOptions};
use squall::{Effort, Registry, Runner, concretise, drive};

use crate::bugs::{Row, with_bug};
use crate::common::{Case, catalog, files, root};

/// The storm with its bug, and the same protocol without.
pub(crate) struct Bench {
    pub(crate) registry: Registry,
    pub(crate) runner: Box<dyn Runner>,
    storm: Case,
    sound: String,
    /// Those of which the storm has the check, too.
    by_hand: Vec<ByHand>,
}

/// A reproduction made by hand.
struct ByHand {
    /// The check that fails in it.
    check: String,
    size: u64,
}

/// A storm that fails: its plan, the check that fails, and how.
pub(crate) struct Failure {
    pub(crate) seed: u64,
    pub(crate) plan: Plan,
    pub(crate) check: String,
    pub(crate) fingerprint: String,
}

/// What became of one failing storm.
pub(crate) struct Made {
    pub(crate) shrunk: Shrunk,
    pub(crate) took: Duration,
    /// For each pass how many candidates it tried, and how many of them were taken.
    pub(crate) passes: BTreeMap<&'static str, (u64, u64)>,
    /// The shrunk plan fails with the bug switched off, too: it shows something else.
    pub(crate) slipped: bool,
}

impl Bench {
    pub(crate) fn of(row: &Row) -> Bench {
        let text = fs::read_to_string(catalog(row.chaos)).expect("readable");
        let registry = Registry::builtin();
        let storm = Case::of_text(&with_bug(&text, row.bug));
        let runner = registry.runner(storm.scenario.protocol()).expect("known");
        let sound = Case::of_text(&text).scenario.expand(0).config;
        let id = format!("{}_", row.id.to_lowercase());
        let of_this = |path: &std::path::PathBuf| {
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(&id))
        };
        let mut paths: Vec<_> =
            files(&root().join("scenarios/catalog/minimal"), "ron").into_iter().filter(of_this).collect();
        // The longer names are those of the storm's own config and checks.
        paths.sort_by_key(|path| std::cmp::Reverse(path.as_os_str().len()));
        let by_hand = |path: &std::path::PathBuf| {
            let plan = Case::of_file(path).scenario.expand(0);
            ByHand { check: plan.checks[0].name(), size: Size::of(&plan).total() }
        };
        let mut by_hand: Vec<ByHand> = paths.iter().map(by_hand).collect();
        let judged: Vec<String> = storm.scenario.expand(0).checks.iter().map(Check::name).collect();
        by_hand.retain(|one| judged.contains(&one.check));
        Bench { registry, runner, storm, sound, by_hand }
    }

    /// How large a reproduction of this check is that was made by hand; `None` if nobody has made one.
    pub(crate) fn by_hand(&self, check: &str) -> Option<u64> {
        self.by_hand.iter().find(|one| one.check == check).map(|one| one.size)
    }

    /// The first storms that fail a check for which there is a reproduction made by hand, or any check if there is none.
    pub(crate) fn failures(&mut self, most: usize, looked_at: u64) -> Vec<Failure> {
        let mut failures = Vec::new();
        for seed in 0..looked_at {
            let plan = self.storm.scenario.expand(seed);
            let outcome = self.runner.run(&plan, RunOptions::default()).outcome;
            let known = |check: &str| self.by_hand.is_empty() || self.by_hand(check).is_some();
            let found = failed(&outcome).into_iter().find(|(check, _)| known(check));
            failures.extend(found.map(|(check, fingerprint)| Failure { seed, plan, check, fingerprint }));
            if failures.len() == most {
                break;
            }
        }
        failures
    }

    pub(crate) fn frozen(&mut self, failure: &Failure) -> Plan {
        concretise(&mut *self.runner, &failure.plan, &failure.check).expect("deterministic")
    }

    pub(crate) fn shrink(&mut self, failure: &Failure, effort: Effort) -> Made {
        let began = Instant::now();
        let mut shrinker = Shrinker::new(self.frozen(failure));
        drive(&mut shrinker, &self.registry, &mut *self.runner, &failure.fingerprint, effort, &mut |_| false);
        let shrunk = shrinker.shrunk();
        let took = began.elapsed();
        assert!(self.fails(&shrunk.plan, failure), "the shrunk plan fails alike");
        let sound = Plan { config: self.sound.clone(), ..shrunk.plan.clone() };
        let slipped = self.fails(&sound, failure);
        Made { shrunk, took, passes: shrinker.progress().passes, slipped }
    }

    /// What becomes of a shrunk plan when it is shrunk once more.
    pub(crate) fn shrink_again(&mut self, plan: &Plan, failure: &Failure) -> Plan {
        let mut shrinker = Shrinker::new(plan.clone());
        let effort = Effort::ALONE;
        drive(&mut shrinker, &self.registry, &mut *self.runner, &failure.fingerprint, effort, &mut |_| false);
        Plan::clone(&shrinker.best())
    }

    /// Whether a plan fails as a storm did.
    pub(crate) fn fails(&mut self, plan: &Plan, failure: &Failure) -> bool {
        if self.runner.accept(plan).is_err() {
            return false;
        }
        let outcome = self.runner.run(plan, RunOptions::default()).outcome;
        failed(&outcome).iter().any(|(_, fingerprint)| *fingerprint == failure.fingerprint)
    }
}

/// The checks that failed, with their fingerprints.
fn failed(outcome: &Outcome) -> Vec<(String, String)> {
    let failed = outcome.checks.iter().filter_map(|check| match &check.verdict {
        Verdict::Fail(violation) => Some((check.name.clone(), violation.fingerprint.clone())),
        Verdict::Pass | Verdict::Undecided(_) => None,
    });
    failed.collect()
}

pub(crate) fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}
