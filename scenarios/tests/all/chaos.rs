//! What seeds draw: always within bounds, and each thing from its own address.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use scenarios::{Header, print};
use sim_core::fault::{Family, Fault, Target, Window};
use sim_core::time::Until;
use sim_core::{NodeId, Plan, Span, Time};

use crate::files::loaded;
use crate::laws::config;

fn plan(chaos: &str, nodes: u16, seed: u64) -> Plan {
    let text = format!(
        "(version: 1, protocol: \"register\", nodes: {nodes}, clients: (count: 2), {chaos}, calm: \"30s\", until: \"60s\")"
    );
    loaded(&text).expand(seed)
}

fn length(window: &Window) -> u64 {
    window.until.time().map_or(u64::MAX, |until| until.since(window.from).0)
}

/// Windows without their families.
fn times(plan: &Plan) -> Vec<(u32, Time, Until)> {
    plan.windows.iter().map(|window| (window.id, window.from, window.until)).collect()
}

proptest! {
    #![proptest_config(config(200, 3_000))]

    #[test]
    fn windows_keep_their_bounds(seed in any::<u64>(), nodes in 1u16..6) {
        let plan = plan("chaos: (windows: 2..9, length: \"100ms..5s\", holders: [\"primary\"])", nodes, seed);
        prop_assert!((2..=9).contains(&plan.windows.len()), "{} windows", plan.windows.len());
        for window in &plan.windows {
            prop_assert!(window.until.time().is_some_and(|until| until <= plan.calm));
            prop_assert!((100_000_000..=5_000_000_000).contains(&length(window)), "{window:?}");
        }
        prop_assert!(plan.windows.is_sorted_by_key(|window| (window.from, window.id)));
    }

    #[test]
    fn what_is_drawn_is_a_valid_file(seed in any::<u64>(), nodes in 1u16..6) {
        let failures = "failures: (up: Exponential(\"5s\"), repair: Uniform(\"1s\", \"3s\"), crews: 1, \
            coverage: (share: \"50%\", manual: Exponential(\"2s\")))";
        let plan = plan(&format!("chaos: (windows: \"0..12\", holders: [\"applied\"]), {failures}"), nodes, seed);
        prop_assert_eq!(loaded(&print(&plan, &Header::default())).expand(seed), plan);
    }

    /// Law 3 for files: without one kind, the windows of the others are what they were.
    #[test]
    fn a_kind_taken_out_leaves_the_others_alone(seed in any::<u64>()) {
        let with = plan("chaos: (windows: 8, kinds: [Crash, Pause, Loss, Step, Partition])", 4, seed);
        let without = plan("chaos: (windows: 8, kinds: [Crash, Pause, Loss, Step])", 4, seed);
        prop_assert_eq!(times(&with), times(&without));
        // With nothing else on, all others come on instead.
        let alone = with.windows.iter().all(|window| window.fault.family() == Family::Partition);
        for (before, after) in with.windows.iter().zip(&without.windows) {
            prop_assert!(alone || before.fault.family() == Family::Partition || before == after);
        }
    }

    #[test]
    fn each_node_is_down_once_at_a_time_and_crews_are_few(seed in any::<u64>()) {
        let plan = plan("failures: (up: Exponential(\"2s\"), repair: Exponential(\"1s\"), crews: 1)", 3, seed);
        let mut until = BTreeMap::new();
        for window in &plan.windows {
            let Fault::Crash(target) = &window.fault else { panic!("{window:?}") };
            let last = until.insert(target.clone(), window.until.time()).flatten();
            prop_assert!(last.is_none_or(|last| last <= window.from));
        }
        // One crew: repairs end one after the other, in the order of the failures.
        let ends: Vec<_> = plan.windows.iter().filter_map(|window| window.until.time()).collect();
        prop_assert!(ends.is_sorted());
        prop_assert!(ends.iter().all(|end| *end <= plan.calm));
    }

    #[test]
    fn only_the_nodes_listed_fail_and_cold_ones_wait_their_turn(seed in any::<u64>()) {
        let plan = plan("failures: (nodes: [3, \"b\"], up: Exponential(\"2s\"), repair: Exponential(\"1s\"), active: 1)", 5, seed);
        let mut ready = BTreeMap::from([(NodeId(3), Time::ZERO), (NodeId(1), Time::ZERO)]);
        let mut last = NodeId(3);
        for (nth, window) in plan.windows.iter().enumerate() {
            let Fault::Crash(Target::Node(node)) = window.fault else { panic!("{window:?}") };
            let other = *ready.keys().find(|other| **other != last).unwrap();
            // Who works fails; the other works next, unless it is the last one that is ready sooner.
            prop_assert!(nth == 0 && node == last || nth > 0 && (node == other || ready[&last] <= ready[&other]));
            prop_assert!(ready[&node] <= window.from);
            ready.insert(node, window.until.time().unwrap());
            last = node;
        }
    }

    #[test]
    fn what_is_not_covered_is_sick_until_somebody_looks(seed in any::<u64>()) {
        let coverage = "coverage: (share: \"50%\", manual: Constant(\"1s\"))";
        let failures = |coverage| format!("failures: (up: Exponential(\"4s\"), repair: Exponential(\"1s\"), {coverage})");
        let with = plan(&failures(coverage), 2, seed);
        let mut repairs = with.windows.iter().filter(|window| window.fault.family() == Family::Crash);
        for window in with.windows.iter().filter(|window| window.fault.family() == Family::Custom) {
            let until = window.until.time().unwrap();
            let noticed = window.from + Span::from_secs(1);
            let is_repair = |repair: &Window| repair.from == noticed && repair.until == window.until;
            prop_assert!(until == with.calm || repairs.any(is_repair), "{window:?}");
        }
        // The first failure of each node comes when it would have come otherwise.
        let without = plan(&failures(""), 2, seed);
        prop_assert_eq!(with.windows.iter().map(|window| window.from).min(), without.windows.first().map(|window| window.from));
    }
}

#[test]
fn the_coverage_factor_is_a_share_of_the_failures() {
    let text = "failures: (up: Exponential(\"10ms\"), repair: Constant(\"1us\"), coverage: (share: \"90%\", manual: Constant(\"1us\")))";
    let counts =
        plan(text, 1, 7).windows.iter().map(|window| window.fault.family()).fold((0, 0), |(all, sick), family| {
            (all + u32::from(family == Family::Crash), sick + u32::from(family == Family::Custom))
        });
    // A tenth of about 3,000, four standard errors to either side.
    assert!(counts.0 > 2_500 && (counts.0 / 10).abs_diff(counts.1) < 66, "{counts:?}");
}

#[test]
fn theory_says_what_failures_mean_for_a_service() {
    let expected = |failures: &str, check: &str| {
        let text = format!(
            "(version: 1, protocol: \"register\", nodes: 3, failures: (nodes: [1, 2], {failures}), \
             checks: [Uptime(begin: \"primary\", end: \"applied\", least: 1, min: \"50%\"{check})])"
        );
        let scenario = loaded(&text);
        let expected = scenario.expected_unavailability();
        expected.first().map(|(fact, share)| format!("{fact} {share:.3e}"))
    };
    let laws = "up: Exponential(\"1000s\"), repair: Exponential(\"10s\")";
    let coverage = "coverage: (share: \"95%\", manual: Exponential(\"1s\"))";
    assert_eq!(expected(laws, "").as_deref(), Some("primary 9.803e-5"));
    assert_eq!(expected(&format!("{laws}, crews: 1"), "").as_deref(), Some("primary 1.960e-4"));
    assert_eq!(expected(&format!("{laws}, crews: 1, active: 1"), "").as_deref(), Some("primary 9.900e-5"));
    let failover = ", failover: \"8.333333ms\"";
    assert_eq!(expected(&format!("{laws}, crews: 1, {coverage}"), failover).as_deref(), Some("primary 2.528e-4"));
    assert_eq!(expected(&format!("{laws}, {coverage}"), ""), None);
    assert_eq!(expected("up: Constant(\"1000s\"), repair: Exponential(\"10s\")", ""), None);
}

#[test]
fn the_shape_differs_from_seed_to_seed() {
    let scenario = loaded("(version: 1, protocol: \"register\", nodes: 5, chaos: (windows: 0..6), until: \"60s\")");
    let mut families = BTreeSet::new();
    let mut counts = BTreeSet::new();
    let mut per_seed = BTreeSet::new();
    for seed in 0..2_000 {
        let plan = scenario.expand(seed);
        let drawn: BTreeSet<_> = plan.windows.iter().map(|window| window.fault.family()).collect();
        counts.insert(plan.windows.len());
        per_seed.insert(drawn.clone());
        families.extend(drawn);
    }
    assert_eq!(counts, (0..=6).collect());
    assert!(per_seed.len() > 1_000, "only {} different sets of families", per_seed.len());
    let never = [Family::Absent, Family::Corrupt, Family::Amnesia, Family::SyncLies, Family::BitRot, Family::Misdirect];
    let usual = Family::ALL.iter().filter(|family| !never.contains(family) && **family != Family::Custom);
    assert_eq!(families, usual.copied().collect());
}

#[test]
fn holders_are_struck_now_and_then() {
    let scenario = loaded(
        "(version: 1, protocol: \"register\", nodes: 5, chaos: (windows: 4, kinds: [Crash], holders: [\"primary\"]))",
    );
    let targets = (0..500).flat_map(|seed| scenario.expand(seed).windows);
    let holders = targets.filter(|window| matches!(window.fault, Fault::Crash(Target::Holder(_)))).count();
    // A quarter of 2,000, four standard errors to either side.
    assert!((423..=577).contains(&holders), "{holders}");
}
