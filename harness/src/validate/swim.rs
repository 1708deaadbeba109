//! SWIM against its theory (Das, Gupta and Motivala, DSN 2002): how fast somebody notices a crash, and how often a probe
//! of somebody who is there comes to nothing.

use super::estimate::Sample;
use super::figure::{Experiment, Unit};
use super::trial;

/// Every experiment of the family.
pub(super) fn experiments() -> Vec<Experiment> {
    vec![
        first_detection(10, 6_400),
        first_detection(50, 3_200),
        unanswered("10%", 0.10, 1_000),
        unanswered("5%", 0.05, 11_000),
        unanswered("1%", 0.01, 5_300_000).long(),
    ]
}

const TARGETS: &str = "Das, Gupta, Motivala 2002: targets at random, 1 / (1 - (1 - 1/(n-1))^(n-1)) periods in the mean";
const HELPERS: &str = "the same: an answer may take the direct way (q^2) and k = 3 others (q^4 each)";

/// From a crash just before a period begins to the end of the period in which somebody has probed the dead first.
fn first_detection(members: u32, runs: u64) -> Experiment {
    // More nodes than letters are numbered.
    let victim = if members > 26 { "n0" } else { "a" };
    let run = move |seed| {
        let text = format!(
            r#"(
                version: 1,
                about: "SWIM: when does the first member notice a crash?",
                protocol: "swim",
                config: (period: "1s", timeout: "200ms", suspicion: "30s", order: Random),
                nodes: {members},
                network: (latency: Constant("1ms")),
                faults: [(from: "9.999999s", until: Never, fault: Crash("{victim}"))],
                until: "40s",
                checks: [Completeness(within: "30s")],
            )"#
        );
        vec![Sample::value(trial::seconds(&trial::run(&text, seed), "detection max"))]
    };
    let others = f64::from(members - 1);
    let expected = 1.0 / (1.0 - (1.0 - 1.0 / others).powf(others));
    Experiment::new(format!("swim/members-{members}"), TARGETS, runs, run).figure(
        "first-detection",
        Unit::Seconds,
        expected,
    )
}

/// The share of probes without an answer, where so much is lost and nobody is down.
fn unanswered(loss: &'static str, rate: f64, periods: u32) -> Experiment {
    const MEMBERS: u32 = 10;
    let run = move |seed| {
        let text = format!(
            r#"(
                version: 1,
                about: "SWIM: how often does loss alone make a probe fail?",
                protocol: "swim",
                config: (period: "1s", timeout: "200ms", suspicion: "30s", order: Random),
                nodes: {MEMBERS},
                network: (latency: Constant("1ms"), loss: "{loss}"),
                until: "{periods}.5s",
                limits: (events: 1_000_000_000),
                checks: [Count("unanswered")],
            )"#
        );
        let outcome = trial::run(&text, seed);
        let probes = f64::from(MEMBERS) * f64::from(periods);
        vec![Sample::ratio(trial::count(&outcome, "count(unanswered)"), probes)]
    };
    let arrives = 1.0 - rate;
    let expected = (1.0 - arrives.powi(2)) * (1.0 - arrives.powi(4)).powi(3);
    Experiment::new(format!("swim/loss-{loss}"), HELPERS, 64, run).figure("unanswered", Unit::Share, expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_each_kind_gives_what_it_should() {
        let experiments = experiments();
        for experiment in &experiments[..2] {
            assert!((1..30).contains(&(experiment.run(1)[0].sum as i64)), "{}", experiment.name);
        }
        assert!(experiments[2].run(1)[0].sum > 0.0);
    }
}
