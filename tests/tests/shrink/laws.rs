//! Laws 6 and 7 with real protocols: what is shrunk is smaller, fails alike, is 1-minimal, does not depend on threads, is not
//! made smaller by being shrunk again, and is a file that expands to the same plan under every seed.

use proptest::prelude::*;
use scenarios::shrink::{Answer, Question, Shrinker, Study, Verdict};
use scenarios::{Header, print};
use sim_core::outcome::End;
use sim_core::{Plan, RunOptions};
use squall::Effort;

use super::bench::{Bench, Failure};
use crate::bugs::rows;
use crate::common::Case;

const BUGS: [&str; 5] = ["H1", "H2", "H3", "H4", "L4"];
/// Bugs that show in facts and in histories, with and without clients.
const SAVING: [&str; 4] = ["H1", "D1", "B1", "B4"];
const STORMS: usize = if cfg!(debug_assertions) { 1 } else { 4 };
const CASES: u32 = if cfg!(debug_assertions) { 3 } else { 30 };

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_shrunk_storm_is_small_certain_and_the_same_for_any_number_of_threads(
        bug in prop::sample::select(&BUGS[..]),
        which in 0usize..6,
        seed in any::<u64>(),
    ) {
        let row = rows().find(|row| row.id == bug).expect("a bug of the matrix");
        let mut bench = Bench::of(&row);
        let failures = bench.failures(which + 1, 500);
        let failure = failures.last().expect("the matrix says that it is found");
        let made = bench.shrink(failure, Effort::ALONE);
        let shrunk = made.shrunk;
        prop_assert!(shrunk.after.total() < shrunk.before.total());
        let certificate = shrunk.certificate.expect("it was not stopped");
        prop_assert_eq!(certificate.elements, shrunk.after.total());

        let others = Effort { jobs: 3, deadline: None };
        prop_assert_eq!(&bench.shrink(failure, others).shrunk, &shrunk);

        // Each pass has found nothing more at the end, and finds nothing more when all of them are run again.
        prop_assert_eq!(&bench.shrink_again(&shrunk.plan, failure), &shrunk.plan);

        // Law 6: what is printed and read back is the same plan, whatever the seed.
        let text = print(&shrunk.plan, &Header::default());
        let again = Case::of_text(&text).scenario;
        prop_assert_eq!(again.expand(seed), again.expand(0));
        prop_assert_eq!(again.expand(seed), shrunk.plan);
    }
}

/// What is remembered of runs, and that they end once they are decided, saves work and changes nothing: the same storms
/// shrunk without end at the same plans.
#[test]
fn what_is_remembered_of_runs_saves_tries_and_changes_no_result() {
    let (mut with, mut without) = (0, 0);
    for bug in SAVING {
        let row = rows().find(|row| row.id == bug).expect("a bug of the matrix");
        let mut bench = Bench::of(&row);
        for failure in bench.failures(STORMS, 500) {
            let shrunk = bench.shrink(&failure, Effort::ALONE).shrunk;
            let (plan, tries) = shrink_without_memory(&mut bench, &failure);
            assert_eq!(plan, shrunk.plan, "{bug}, seed {}", failure.seed);
            assert!(shrunk.tries <= tries, "{bug}, seed {}: {} tries, {tries} without", failure.seed, shrunk.tries);
            with += shrunk.tries;
            without += tries;
        }
    }
    assert!(with < without, "{with} tries, {without} without");
}

/// The shrunk plan, and the tries it took, where every candidate is run to its end and nothing but its verdict is told.
fn shrink_without_memory(bench: &mut Bench, failure: &Failure) -> (Plan, u64) {
    let mut shrinker = Shrinker::new(bench.frozen(failure));
    while let Some(question) = shrinker.ask(1) {
        shrinker.tell(match question {
            Question::Try(plans) => Answer::Verdicts(plans.iter().map(|plan| verdict(bench, plan, failure)).collect()),
            Question::Study(plan) => Answer::Study(Some(study(bench, &plan, failure))),
        });
    }
    (Plan::clone(&shrinker.best()), shrinker.progress().tries)
}

fn verdict(bench: &mut Bench, plan: &Plan, failure: &Failure) -> Verdict {
    if !bench.fails(plan, failure) {
        return Verdict::Not(None);
    }
    Verdict::Same(bench.runner.run(plan, RunOptions::default()).outcome.digest.value())
}

fn study(bench: &mut Bench, plan: &Plan, failure: &Failure) -> Study {
    let ran = bench.runner.run(plan, RunOptions { trace: true, freeze: true, stop_when_decided: true });
    let fails_so = |check: &sim_core::check::CheckOutcome| match &check.verdict {
        sim_core::check::Verdict::Fail(violation) if violation.fingerprint == failure.fingerprint => {
            Some(violation.clone())
        }
        _ => None,
    };
    Study {
        frozen: ran.frozen.expect("asked for"),
        violation: ran.outcome.checks.iter().find_map(fails_so).expect("it fails"),
        concluded: !matches!(ran.outcome.end, End::Violation | End::Panic { .. }),
        trace: ran.outcome.trace.expect("asked for"),
    }
}
