//! Primary and hot standby by the real protocol: real heartbeats, real detection, real promotion, under a process of
//! failures and repairs, against a Markov chain.
//!
//! A unit fails after 100 s and is under repair for 10 s, in the mean (ρ = 0.1), and there is one crew; a failover takes
//! 0.05 repairs: the crash is noticed by a silence, and the backup has the new epoch on its disk before it leads. The
//! textbook's chain, in which nothing else happens during a failover, a node that comes back is a hot standby at once, and
//! serves at once if it is alone, expects 2.04 % of unavailability here:
//!
//! ```text
//! x = λ/σ = 0.005,   (x + 2ρ²) / (1 + 2ρ + 2ρ² + x) = 0.0204
//! ```
//!
//! The protocol does not serve at once: who comes back and hears nobody cannot tell a dead peer from a slow one, so it waits
//! for a time-out; and who comes back to a primary must hear it, ask to join, and be a member before it may succeed it.
//! If the primary dies in that moment, the other is locked out until it is back. The [`chain`] has these states; its rates
//! are those of the config, and the mean time of a failover is measured, by crashes that nothing else disturbs.

use sim_core::chance::Purpose;
use sim_core::check::markov::Chain;
use sim_core::{Identity, Key};

use super::estimate::Sample;
use super::figure::{Experiment, Unit};
use super::trial;

const PAIR: &str =
    "primary and hot standby, rho = 0.1, failover 0.05 repairs: a Markov chain of what the protocol does";

/// The mean up time, the mean repair, the time between beats, the silence that is taken for death, the mean delay of a
/// packet, and what a disk takes to sync: in seconds.
const UP: f64 = 100.0;
const REPAIR: f64 = 10.0;
const PERIOD: f64 = 0.3283;
const TIMEOUT: f64 = 0.6565;
const DELAY: f64 = 0.003;
const SYNC: f64 = 0.005;

/// The length of a run under failures, and of one with crashes one by one, in seconds.
const WATCHED: u64 = 56_000;
const CRASHES: u64 = 40;
const APART: u64 = 20;

/// Every experiment of this family.
pub(super) fn experiments() -> Vec<Experiment> {
    vec![pair()]
}

fn pair() -> Experiment {
    let run = |run: u64| {
        let one_by_one = trial::run(&crashes(run), run);
        let detections = trial::count(&one_by_one, "detections");
        let down = trial::share(&one_by_one, "unavailability(primary)") * (CRASHES * APART) as f64;
        let failures = trial::run(&failures(), run);
        let answered = trial::count(&failures, "operations answered");
        let unanswered = trial::count(&failures, "operations failed") + trial::count(&failures, "operations unknown");
        vec![
            Sample::ratio(trial::seconds(&one_by_one, "time to detect") * detections, detections),
            Sample::ratio(down, trial::count(&one_by_one, "uptime(primary) outages")),
            Sample::value(trial::share(&failures, "unavailability(primary)")),
            Sample::ratio(unanswered, answered + unanswered),
        ]
    };
    // The last beat before a crash is half a period old in the mean, and its successor is awaited from when it came.
    Experiment::new("primary-backup/pair", PAIR, 64, run)
        .figure("detection", Unit::Seconds, TIMEOUT + DELAY - PERIOD / 2.0)
        .predicted("failover", Unit::Seconds, |before| before[0] + SYNC)
        .predicted("unavailability", Unit::Share, |before| chain(before[1]))
        .predicted("unanswered", Unit::Share, |before| chain(before[1]))
}

/// Two nodes, in a scenario of so many seconds.
fn scenario(seconds: u64, faults: &str, checks: &str) -> String {
    format!(
        r#"(
            version: 1,
            about: "A primary and a hot standby: for how much of the time does nobody lead?",
            protocol: "primary-backup",
            config: (
                preset: AsyncTimeout, replication: Some(Async(every: "600ms")), period: "{PERIOD}s", timeout: "{TIMEOUT}s",
            ),
            names: ["a", "b"],
            network: (latency: Uniform("1ms", "5ms")),
            disk: (sync: Constant("5ms")),
            {faults}
            calm: "{seconds}s",
            until: "{seconds}s",
            limits: (events: 100_000_000),
            checks: [Uptime(begin: "primary", end: "deposed", least: 1, min: "0%"), {checks}],
        )"#
    )
}

/// The primary crashes again and again, at any moment between two beats, and is back before the next time.
fn crashes(run: u64) -> String {
    let mut draws = Key::from_seed(run).draws(Purpose::Failure, Identity(0));
    let mut window = |n: u64| {
        let from = (n * APART + APART / 2) * 1_000_000 + draws.below(3_283_000);
        format!("(from: \"{from}us\", until: \"{}us\", fault: Crash(Holder(\"primary\"))),", from + 5_000_000)
    };
    let faults: String = (0..CRASHES).map(&mut window).collect();
    scenario(CRASHES * APART, &format!("faults: [{faults}],"), "Quality()")
}

/// Failures and repairs, and a client that asks now and then: a Poisson process sees what the time is spent in.
fn failures() -> String {
    let requests = WATCHED / 5;
    let faults = format!(
        "failures: (up: Exponential(\"{UP}s\"), repair: Exponential(\"{REPAIR}s\"), crews: 1), \
         clients: (count: 1, requests: {requests}, arrivals: Poisson(rate: \"12/m\"), timeout: \"12ms\", attempts: 2), \
         workload: (keys: 3, read: 1),"
    );
    scenario(WATCHED, &faults, "")
}

/// The share of the time in which nobody leads, where a failover takes so long in the mean.
fn chain(failover: f64) -> f64 {
    /// What a primary and the other are doing. `Sees` and `Joins`: it is back, and has not heard the primary; it has, and is
    /// no member yet. `Waits`: back, alone, and not sure of it. `Locked`: no member, and the last primary is gone.
    #[derive(Clone, Copy)]
    enum State {
        Pair,
        Alone,
        Sees,
        Joins,
        Failover,
        FailoverRepaired,
        BothDown,
        Waits,
        WaitsRepaired,
        Locked,
        LockedRepaired,
    }
    use State::*;
    let (fails, repaired, taken_over) = (1.0 / UP, 1.0 / REPAIR, 1.0 / failover);
    let (seen, joined, sure) = (2.0 / PERIOD, 2.0 / PERIOD, 1.0 / (TIMEOUT + SYNC));
    let mut chain = Chain::new(LockedRepaired as usize + 1);
    for (from, to, rate) in [
        (Pair, Failover, fails),
        (Pair, Alone, fails),
        (Alone, Sees, repaired),
        (Alone, BothDown, fails),
        (Sees, Joins, seen),
        (Sees, Waits, fails),
        (Sees, Alone, fails),
        (Joins, Pair, joined),
        (Joins, Locked, fails),
        (Joins, Alone, fails),
        (Failover, Alone, taken_over),
        (Failover, FailoverRepaired, repaired),
        (Failover, BothDown, fails),
        (FailoverRepaired, Pair, taken_over),
        (FailoverRepaired, Failover, fails),
        (FailoverRepaired, Waits, fails),
        (BothDown, Waits, repaired),
        (Waits, Alone, sure),
        (Waits, WaitsRepaired, repaired),
        (Waits, BothDown, fails),
        (WaitsRepaired, Sees, sure),
        (WaitsRepaired, Waits, 2.0 * fails),
        (Locked, LockedRepaired, repaired),
        (Locked, BothDown, fails),
        (LockedRepaired, Joins, sure),
        (LockedRepaired, Locked, fails),
        (LockedRepaired, Waits, fails),
    ] {
        chain.add(from as usize, to as usize, rate);
    }
    let shares = chain.steady_state();
    1.0 - [Pair, Alone, Sees, Joins].map(|state| shares[state as usize]).iter().sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without what the protocol does beside, the textbook's row; with it, a little more, and never less.
    #[test]
    fn the_chain_is_the_textbooks_and_what_the_protocol_adds() {
        let (rho, x) = (REPAIR / UP, 0.5 / UP);
        let textbook = (x + 2.0 * rho * rho) / (1.0 + 2.0 * rho + 2.0 * rho * rho + x);
        assert!((1.05..1.15).contains(&(chain(0.5) / textbook)), "{} and {textbook}", chain(0.5));
    }
}
