//! Leases: that no two overlap with the margin that theory gives, whenever the holder is cut off.

use sim_core::check::Verdict;
use sim_core::time::Time;
use sim_core::{Plan, RunOptions};
use squall::{Registry, Runner};

/// How often a lease is cut off at an adversarial moment. A debug build does it a few times, while one waits. See all with
/// `cargo test --release -p squall-tests --test all figures::primary_backup::leases -- --nocapture`.
const CUTS: u64 = if cfg!(debug_assertions) { 150 } else { 100_000 };
/// And how often on the other side of the boundary, where the overlap is measured.
const MEASURED: u64 = if cfg!(debug_assertions) { 15 } else { 1_500 };

/// A lease of L_g = 1 s over links and disks that take no time. The holder's clock is slow by ρ, the granter's fast; the
/// adversary has the standby's clock, the links that are cut, and the nanosecond at which they are.
struct Leases {
    runner: Box<dyn Runner>,
    plans: Vec<Plan>,
}

/// What came of one.
struct Ran {
    overlaps: bool,
    /// From the second lease's beginning to the first one's end, in nanoseconds; 0 if they do not overlap.
    overlap: u64,
}

impl Leases {
    fn new(drift_ppm: i64, margin_nanos: u64) -> Leases {
        let registry = Registry::builtin();
        let cuts = [r#"Isolate("a")"#, r#"OneWay(from: ["a"], to: ["view"])"#, r#"Partition([["a"], ["b", "view"]])"#];
        let mut plans = Vec::new();
        for (standby_ppm, cut) in [-drift_ppm, 0, drift_ppm].into_iter().flat_map(|ppm| cuts.map(|cut| (ppm, cut))) {
            let text = format!(
                r#"(version: 1, about: "a cut", protocol: "primary-backup",
                    config: (preset: SyncWitnessLease, promotion: ViewService,
                             lease: Some(Plain(length: "1s", margin: "{margin_nanos}ns"))),
                    nodes: [(name: "a", drift: "-{drift_ppm}ppm"), (name: "b", drift: "{standby_ppm}ppm"),
                            (name: "view", drift: "{drift_ppm}ppm")],
                    network: (latency: Constant("0s")), disk: (sync: Constant("0s")),
                    faults: [(from: "1s", until: Never, fault: {cut})], until: "3.8s",
                    checks: [NoPanic, Exclusive("lease_begin", "lease_end")])"#
            );
            let scenario = scenarios::load(text.as_bytes(), &registry).unwrap_or_else(|why| panic!("{why:#?}\n{text}"));
            plans.push(scenario.expand(0));
        }
        Leases { runner: registry.runner("primary-backup").expect("known"), plans }
    }

    /// The nth moment: all over the second second, no two alike.
    fn run(&mut self, nth: u64, trace: bool) -> Ran {
        let which = (nth % self.plans.len() as u64) as usize;
        let plan = &mut self.plans[which];
        plan.windows[0].from = Time(1_000_000_000 + nth * 618_033_989 % 1_000_000_000);
        let outcome = self.runner.run(plan, RunOptions { trace, ..RunOptions::default() }).outcome;
        let overlaps = outcome.checks.iter().any(|check| matches!(check.verdict, Verdict::Fail(_)));
        let entries = outcome.trace.map_or(Vec::new(), |trace| trace.entries);
        let at = |what: &str| entries.iter().find(|entry| entry.text.starts_with(what)).map(|entry| entry.at);
        let both = at("records lease_end(lease) = 1").zip(at("records lease_begin(lease) = 2"));
        Ran { overlaps, overlap: both.map_or(0, |(end, begin)| end.since(begin).0) }
    }
}

#[test]
fn leases_overlap_exactly_when_the_margin_is_too_small_for_the_drift() {
    for drift_ppm in [500, 10_000] {
        let rho = drift_ppm as f64 / 1e6;
        let boundary = (1e9 * (1.0 - (1.0 - rho) / (1.0 + rho))).ceil() as u64;
        let mut leases = Leases::new(drift_ppm, boundary);
        for nth in 0..CUTS {
            assert!(!leases.run(nth, false).overlaps, "{drift_ppm} ppm, cut {nth}");
        }
        println!("{drift_ppm} ppm, a margin of {boundary} ns: no overlap in {CUTS} runs");
        // One microsecond more, and a hundred: the formula, but for the rounding of the clocks.
        for beyond in [1_000, 100_000] {
            let mut leases = Leases::new(drift_ppm, boundary - beyond);
            let ran: Vec<Ran> = (0..MEASURED).map(|nth| leases.run(nth, true)).collect();
            let found = ran.iter().filter(|ran| ran.overlaps).count();
            let greatest = ran.iter().map(|ran| ran.overlap).max().unwrap_or(0) as f64;
            let formula = (1e9 - (boundary - beyond) as f64) / (1.0 - rho) - 1e9 / (1.0 + rho);
            let told = format!("{found} of {MEASURED} overlap, at most for {greatest} ns; in theory {formula:.2} ns");
            println!("{drift_ppm} ppm, {beyond} ns less: {told}");
            assert!(found > 0 && (greatest - formula).abs() <= 2.0, "{drift_ppm} ppm, {beyond} ns less: {told}");
        }
    }
}
