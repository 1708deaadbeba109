//! Primary and backup: how long a promotion takes, and when two leases overlap.

use sim_core::RunOptions;
use sim_core::check::Verdict;
use sim_core::outcome::Amount;
use sim_core::time::Time;
use squall::{Registry, Runner};

use crate::common::Case;

/// What was measured under this name, in nanoseconds or as a number.
fn measure(case: &mut Case, seed: u64, name: &str) -> u64 {
    let outcome = case.run_seed(seed);
    let found = outcome.measures.iter().find(|measure| measure.name == name);
    match found.map(|measure| measure.amount) {
        Some(Amount::Span(span)) => span.0,
        Some(Amount::Count(count)) => count,
        other => panic!("{name} is {other:?} under seed {seed}"),
    }
}

/// The textbook protocol of two servers: beats every τ = 100 ms, promotion after τ + δ of silence, delays up to δ = 10 ms.
#[test]
fn a_promotion_takes_up_to_twice_the_delay_and_a_period() {
    let scenario = |crash: u32| {
        format!(
            r#"(version: 1, about: "a crash", protocol: "primary-backup",
                config: (preset: AsyncTimeout, timeout: "110ms"), names: ["a", "b"],
                clients: (count: 1), operations: [(at: "1.5s", client: 0, op: Get(1))],
                network: (latency: Uniform("0s", "10ms")), disk: (sync: Constant("0s")),
                faults: [(from: "{crash}us", until: Never, fault: Crash("a"))], until: "2.5s",
                checks: [NoPanic, FailoverWithin("2s")])"#
        )
    };
    let bound = 120_000_000;
    let mut longest = 0;
    // The worst moment is just after a beat; the others must not be worse.
    for crash in [1_000_001, 1_010_000, 1_030_000, 1_060_000, 1_099_999] {
        let mut case = Case::of_text(&scenario(crash));
        longest = (0..60).map(|seed| measure(&mut case, seed, "promotion max")).fold(longest, u64::max);
    }
    assert!(longest <= bound, "{longest} ns");
    assert!(longest > bound - 1_000_000, "{longest} ns does not come near {bound}");
}

/// A lease of L_g = 1 s over links and disks that take no time, with clocks off by ρ = 1 % and 500 ppm: whether two
/// overlap, and for how long.
fn overlap(drift_ppm: i64, margin_nanos: u64, isolated_micros: u64) -> (bool, Option<u64>) {
    let text = format!(
        r#"(version: 1, about: "a cut", protocol: "primary-backup",
            config: (preset: SyncWitnessLease, promotion: ViewService, lease: Some(Plain(length: "1s", margin: "{margin_nanos}ns"))),
            nodes: [(name: "a", drift: "-{drift_ppm}ppm"), "b", (name: "view", drift: "{drift_ppm}ppm")],
            network: (latency: Constant("0s")), disk: (sync: Constant("0s")),
            faults: [(from: "{isolated_micros}us", until: Never, fault: Isolate("a"))], until: "5s",
            checks: [NoPanic, Exclusive("lease_begin", "lease_end")])"#
    );
    let registry = Registry::builtin();
    let scenario = scenarios::load(text.as_bytes(), &registry).unwrap_or_else(|why| panic!("{why:#?}\n{text}"));
    let mut runner: Box<dyn Runner> = registry.runner("primary-backup").expect("known");
    let outcome = runner.run(&scenario.expand(0), RunOptions { trace: true, ..RunOptions::default() }).outcome;
    let overlaps = outcome.checks.iter().any(|check| matches!(check.verdict, Verdict::Fail(_)));
    let entries = outcome.trace.expect("asked for").entries;
    let at = |what: &str| entries.iter().find(|entry| entry.text.starts_with(what)).map(|entry| entry.at);
    let end: Option<Time> = at("records lease_end(lease) = 1");
    let begin = at("records lease_begin(lease) = 2");
    (overlaps, end.zip(begin).map(|(end, begin)| end.since(begin).0))
}

#[test]
fn leases_overlap_exactly_when_the_margin_is_too_small_for_the_drift() {
    for drift_ppm in [500, 10_000] {
        let rho = drift_ppm as f64 / 1e6;
        let boundary = (1e9 * (1.0 - (1.0 - rho) / (1.0 + rho))).ceil() as u64;
        for isolated in (0..50).map(|n| 2_000_000 + n * 7_919) {
            assert!(!overlap(drift_ppm, boundary, isolated).0, "{drift_ppm} ppm, cut off at {isolated} µs");
        }
        // One microsecond more, and a hundred: the formula, but for the rounding of the clocks.
        for beyond in [1_000, 100_000] {
            let (overlaps, measured) = overlap(drift_ppm, boundary - beyond, 3_000_000);
            let holds = 1e9 - (boundary - beyond) as f64;
            let formula = holds / (1.0 - rho) - 1e9 / (1.0 + rho);
            let measured = measured.expect("both leases") as f64;
            assert!(
                overlaps && (measured - formula).abs() <= 2.0,
                "{drift_ppm} ppm: {measured} ns, in theory {formula}"
            );
        }
    }
}
