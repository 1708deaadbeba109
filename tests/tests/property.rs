//! Properties of scenarios: plans within bounds, failures that are kept, and proptest on the user's own terms.

use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use scenarios::strategies::{plans, shrinking};
use sim_core::fault::Family;
use sim_core::plan::Load;
use sim_core::time::Until;

use crate::common::{Case, catalog};

/// Two seconds of silence are suspected, and some storm has them.
const HASTY: &str = r#"(
    version: 1,
    about: "Nobody is suspected, or so they say.",
    protocol: "heartbeat",
    config: (period: "100ms", timeout: "2s"),
    nodes: 4,
    network: (latency: Uniform("1ms", "10ms"), loss: "1%"),
    chaos: (windows: 2..6, kinds: [Crash, Pause, Partition, Isolate, Drift], length: "100ms..5s"),
    calm: "10s",
    until: "12s",
    checks: [NoPanic, Never("suspects")],
)"#;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // What an earlier test run left behind is in the way.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the target directory can be written to");
    folder
}

#[test]
fn a_storm_that_is_survived_is_survived_when_it_is_milder() {
    squall::property(catalog("heartbeat/chaos")).cases(40).run();
    squall::property(catalog("echo/lossy")).cases(40).run();
}

#[test]
fn a_failure_is_small_and_kept_and_runs_first() {
    let folder = folder("property");
    let file = folder.join("hasty.ron");
    fs::write(&file, HASTY).expect("it can be written");
    let property = || squall::property(&file).regressions(folder.join("regressions"));
    let failed = property().try_run().expect_err("it does not hold").to_string();
    assert!(failed.lines().count() <= 30, "one screen:\n{failed}");
    let kept = folder.join("regressions/hasty/never-suspects-recorded.ron");
    assert!(failed.ends_with(&format!("squall replay {}", kept.display())), "{failed}");
    let mut case = Case::of_file(&kept);
    let plan = case.scenario.expand(0);
    assert!(plan.windows.len() == 1 && plan.nodes.len() == 2, "{plan:#?}");
    let outcome = case.run(&plan);
    assert!(case.is_expected(&outcome), "{:?}", outcome.checks);
    let again = property().try_run().expect_err("it does not hold yet").to_string();
    assert!(again.starts_with("a failure that was found before"), "{again}");
}

#[test]
fn a_file_that_expects_a_failure_is_no_property() {
    let folder = folder("property-of-a-bug");
    let file = folder.join("bug.ron");
    fs::write(&file, HASTY.replace("version: 1,", r#"version: 1, expect: Fail("never"),"#)).expect("it can be written");
    let failed = squall::property(&file).try_run().expect_err("it is none").to_string();
    assert!(failed.contains("expects a failure"), "{failed}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// What a strategy gives is within the bounds of the scenario, and runs.
    #[test]
    fn plans_are_within_their_bounds(plan in shrinking(plans(&Case::of_text(HASTY).scenario))) {
        thread_local!(static CASE: RefCell<Case> = RefCell::new(Case::of_text(HASTY)));
        let kinds = [Family::Crash, Family::Pause, Family::Partition, Family::Isolate, Family::Drift];
        prop_assert!(plan.windows.len() <= 6 && plan.nodes.len() == 4);
        for window in &plan.windows {
            prop_assert!(kinds.contains(&window.fault.family()), "{:?}", window.fault);
            let Until::At(until) = window.until else { panic!("{window:?} never closes") };
            prop_assert!(until <= plan.calm && until.since(window.from).0 <= 5_000_000_000);
        }
        prop_assert!(plan.network.loss.ppb() <= 10_000_000, "{}", plan.network.loss);
        prop_assert!(matches!(plan.clients.load, Load::Listed(ref none) if none.is_empty()));
        CASE.with_borrow_mut(|case| case.run(&plan));
    }
}
