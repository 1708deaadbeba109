//! Primary and backup: how long a promotion takes, and what asynchronous replication loses by it.

use super::estimate::Sample;
use super::figure::{Experiment, Unit};
use super::trial;

const TEXTBOOK: &str = "the textbook's two servers: beats every t = 100 ms, delays up to d = 10 ms: at most t + 2d";
const BATCHES: &str =
    "Poisson writes, 40 a second, in batches every 400 ms: rate times the mean time until a write leaves";

/// Every experiment of this family.
pub(super) fn experiments() -> Vec<Experiment> {
    vec![promotion(), loss()]
}

/// A backup promotes itself after τ + δ of silence. The worst crash comes just after a beat that was sent fast, before which
/// one came late; other moments must not be worse.
fn promotion() -> Experiment {
    const CRASHES: [u64; 5] = [1_000_001, 1_010_000, 1_030_000, 1_060_000, 1_099_999];
    let run = |run: u64| {
        let crash = CRASHES[(run % 5) as usize];
        let text = format!(
            r#"(
                version: 1,
                about: "How long after a crash is the backup promoted?",
                protocol: "primary-backup",
                config: (preset: AsyncTimeout, timeout: "110ms"),
                names: ["a", "b"],
                clients: (count: 1),
                operations: [(at: "1.5s", client: 0, op: Get(1))],
                network: (latency: Uniform("0s", "10ms")),
                disk: (sync: Constant("0s")),
                faults: [(from: "{crash}us", until: Never, fault: Crash("a"))],
                until: "2.5s",
                checks: [NoPanic, FailoverWithin("2s")],
            )"#
        );
        vec![Sample::value(trial::seconds(&trial::run(&text, run), "promotion max"))]
    };
    Experiment::new("primary-backup/promotion", TEXTBOOK, 300, run).bound("bound", Unit::Seconds, 0.12, 0.008)
}

/// A crash at any time between two batches: what was acknowledged since the last one is lost.
fn loss() -> Experiment {
    const PHASES: u64 = 20;
    let run = |run: u64| {
        let lost = (0..PHASES).map(|phase| {
            let crash = 3_010 + 20 * phase;
            let text = format!(
                r#"(
                    version: 1,
                    about: "How many acknowledged writes does a failover lose?",
                    protocol: "primary-backup",
                    config: (preset: AsyncTimeout, replication: Some(Async(every: "400ms")), chunk: 1000),
                    names: ["a", "b"],
                    clients: (
                        count: 1, requests: 400, arrivals: Poisson(rate: "40/s"), timeout: "5s", attempts: 1, route: Node("a"),
                    ),
                    workload: (keys: 10, write: 1),
                    network: (latency: Uniform("1ms", "5ms")),
                    faults: [(from: "{crash}ms", until: "5s", fault: Crash("a"))],
                    until: "6.5s",
                    checks: [NoPanic, Tally("lost")],
                )"#
            );
            trial::count(&trial::run(&text, run), "lost sum")
        });
        vec![Sample::ratio(lost.sum(), PHASES as f64)]
    };
    Experiment::new("primary-backup/asynchronous", BATCHES, 240, run).figure("lost-writes", Unit::Number, 40.0 * 0.2)
}
