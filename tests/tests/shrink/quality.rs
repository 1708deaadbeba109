//! How small what is found in a storm becomes, beside the smallest reproduction made by hand.
//!
//! Print the table with
//! `cargo test --release -p squall-tests --test all shrink:: -- --nocapture --test-threads 1`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use scenarios::Header;
use scenarios::shrink::{Shrinker, Shrunk, Size};
use sim_core::check::Verdict;
use sim_core::{Outcome, Plan, RunOptions};
use squall::{Effort, Registry, Runner, concretise, drive};

use crate::bugs::with_bug;
use crate::common::{Case, catalog};

/// One planted bug, as one storm finds it.
struct Row {
    id: &'static str,
    /// What `bugs: [..]` lists.
    bug: &'static str,
    /// The storm, a file without the bug.
    storm: &'static str,
    /// The smallest reproduction made by hand; its check is the one that must fail.
    by_hand: &'static str,
}

const ROWS: [Row; 4] = [
    Row { id: "H1", bug: "WallClockTimeout", storm: "heartbeat/chaos", by_hand: "h1_wall_clock_timeout_undetected" },
    Row { id: "H2", bug: "NoSequenceCheck", storm: "heartbeat/chaos", by_hand: "h2_no_sequence_check" },
    Row { id: "H3", bug: "NeverWithdraws", storm: "heartbeat/chaos", by_hand: "h3_never_withdraws" },
    Row { id: "H4", bug: "IncarnationNotBumped", storm: "heartbeat/chaos", by_hand: "h4_incarnation_not_bumped" },
];

/// How many failing seeds are shrunk, and among how many they are looked for. A debug build looks at few of them, while
/// one waits.
const FAILING: usize = if cfg!(debug_assertions) { 3 } else { 30 };
const LOOKED_AT: u64 = 2_000;

/// What became of one failing seed.
struct Result {
    shrunk: Shrunk,
    took: Duration,
    /// The shrunk plan fails with the bug switched off, too: it shows something else.
    slipped: bool,
}

/// A row at work: the storm with its bug, and the same protocol without.
struct Bench {
    registry: Registry,
    runner: Box<dyn Runner>,
    storm: Case,
    sound: String,
    check: String,
}

impl Bench {
    fn of(row: &Row) -> Bench {
        let text = std::fs::read_to_string(catalog(row.storm)).expect("readable");
        let registry = Registry::builtin();
        let storm = Case::of_text(&with_bug(&text, row.bug));
        let runner = registry.runner(storm.scenario.protocol()).expect("known");
        let sound = Case::of_text(&text).scenario.expand(0).config;
        let by_hand = Case::of_file(&catalog(&format!("minimal/{}", row.by_hand)));
        let check = by_hand.scenario.expand(0).checks[0].name();
        Bench { registry, runner, storm, sound, check }
    }

    /// The fingerprint with which the check fails.
    fn fingerprint(&self, outcome: &Outcome) -> Option<String> {
        outcome.checks.iter().find_map(|check| match &check.verdict {
            Verdict::Fail(violation) if check.name == self.check => Some(violation.fingerprint.clone()),
            _ => None,
        })
    }

    fn shrink(&mut self, plan: &Plan, fingerprint: &str) -> Result {
        let began = Instant::now();
        let frozen = concretise(&mut *self.runner, plan, &self.check).expect("deterministic");
        let mut shrinker = Shrinker::new(frozen);
        drive(&mut shrinker, &self.registry, &mut *self.runner, fingerprint, Effort::ALONE, &mut |_| false);
        let shrunk = shrinker.shrunk();
        let took = began.elapsed();
        let outcome = self.runner.run(&shrunk.plan, RunOptions::default()).outcome;
        assert_eq!(self.fingerprint(&outcome).as_deref(), Some(fingerprint), "the shrunk plan fails alike");
        let sound = Plan { config: self.sound.clone(), ..shrunk.plan.clone() };
        let sound = self.runner.run(&sound, RunOptions::default()).outcome;
        let slipped = self.fingerprint(&sound).is_some();
        Result { shrunk, took, slipped }
    }

    fn results(&mut self) -> Vec<Result> {
        let mut results = Vec::new();
        for seed in 0..LOOKED_AT {
            let plan = self.storm.scenario.expand(seed);
            let outcome = self.runner.run(&plan, RunOptions::default()).outcome;
            if let Some(fingerprint) = self.fingerprint(&outcome) {
                results.push(self.shrink(&plan, &fingerprint));
            }
            if results.len() == FAILING {
                break;
            }
        }
        results
    }
}

fn median<T: Ord + Copy>(mut values: Vec<T>) -> T {
    values.sort_unstable();
    values[values.len() / 2]
}

#[test]
fn shrunk_storms_beside_reproductions_made_by_hand() {
    println!("bug  seeds  hand  found (median, most)  from      distinct  tries  time (median, most)  slipped");
    for row in &ROWS {
        let by_hand = Case::of_file(&catalog(&format!("minimal/{}", row.by_hand))).scenario.expand(0);
        let hand = Size::of(&by_hand).total();
        let results = Bench::of(row).results();
        assert!(!results.is_empty(), "{}: no seed fails", row.id);
        let totals: Vec<u64> = results.iter().map(|result| result.shrunk.after.total()).collect();
        let most = totals.iter().copied().max().unwrap_or(0);
        let times: Vec<Duration> = results.iter().map(|result| result.took).collect();
        let distinct: BTreeSet<String> =
            results.iter().map(|result| scenarios::print(&result.shrunk.plan, &Header::default())).collect();
        println!(
            "{:<4} {:>5}  {hand:>4}  {:>5} {most:>5}           {:>8}  {:>8}  {:>5}  {:>8.2?} {:>8.2?}    {}",
            row.id,
            results.len(),
            median(totals.clone()),
            median(results.iter().map(|result| result.shrunk.before.total()).collect()),
            distinct.len(),
            median(results.iter().map(|result| result.shrunk.tries).collect()),
            median(times.clone()),
            times.iter().copied().max().unwrap_or_default(),
            results.iter().filter(|result| result.slipped).count(),
        );
        assert!(results.iter().all(|result| result.shrunk.certificate.is_some()), "{}: always certified", row.id);
        assert!(results.iter().all(|result| !result.slipped), "{}: never slipped", row.id);
        assert!(totals.iter().all(|total| 2 * total <= 3 * hand), "{}: within 1.5 times {hand}: {totals:?}", row.id);
    }
}
