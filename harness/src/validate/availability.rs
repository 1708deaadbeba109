//! Availability: units that fail and are repaired, as reliability theory has them.
//!
//! The table's own example (a failure in 1000 hours, a repair of 10) is computed from the Markov chains that also tell a
//! run's report what to expect. What is simulated has the same forms at rates at which tens of thousands of failures fit a
//! second, and compares real units, taken down and brought back, with the closed forms.

use sim_core::check::markov::{Chain, Coverage, Redundancy};
use sim_core::{Probability, Span};

use super::estimate::Sample;
use super::figure::{Experiment, Unit};
use super::trial;

/// Independent runs of each experiment.
const RUNS: u64 = 64;

/// Figures of the table have four digits.
const DIGITS: f64 = 2e-4;

const CLOSED: &str = "closed forms of birth-death chains: Trivedi, Probability and Statistics, chapter 8";
const COVERED: &str = "imperfect coverage: Arnold, IEEE ToC 22(3), 1973";

/// Every experiment of this family.
pub(super) fn experiments() -> Vec<Experiment> {
    [computed(), together(), cold(), vec![covered()]].into_iter().flatten().collect()
}

/// The table as it stands: hours as seconds.
fn computed() -> Vec<Experiment> {
    let (up, repair) = (Span::from_secs(1000), Span::from_secs(10));
    let of = |needed, units, active, crews| Redundancy {
        active,
        crews,
        ..Redundancy::independent(needed, units, up, repair)
    };
    let coverage =
        Coverage { covered: Probability::from_ppb(950_000_000).unwrap_or_default(), manual: Span::from_secs(1) };
    let failover = Span(Span::from_secs(1).0 / 120);
    [
        ("one-unit", of(1, 1, 1, 1), 9.901e-3),
        ("pair-hot-one-crew", of(1, 2, 2, 1), 1.9604e-4),
        ("pair-hot-two-crews", of(1, 2, 2, 2), 9.803e-5),
        ("pair-cold-one-crew", of(1, 2, 1, 1), 9.900e-5),
        ("pair-cold-two-crews", of(1, 2, 1, 2), 4.950e-5),
        ("2-of-3", of(2, 3, 3, 3), 2.921e-4),
        ("3-of-5", of(3, 5, 5, 5), 9.562e-6),
        ("2-of-3-one-crew", of(2, 3, 3, 1), 5.880e-4),
        ("3-of-5-one-crew", of(3, 5, 5, 1), 5.818e-5),
        ("covered", Redundancy { failover, coverage: Some(coverage), ..of(1, 2, 2, 1) }, 2.528e-4),
    ]
    .into_iter()
    .map(|(name, model, expected)| {
        let compute = move || vec![model.unavailability()];
        let experiment = Experiment::computed(format!("availability/solver/{name}"), CLOSED, compute);
        experiment.exactly("unavailability", Unit::Share, expected, DIGITS)
    })
    .collect()
}

/// Units that all work: k of n are needed, and nobody takes over from anybody.
fn together() -> Vec<Experiment> {
    // Up and repair times, with ρ = 1/9, 1/2 and 1/4.
    [
        ("one-unit", 1, 1, 1, (9, 1)),
        ("pair-hot-one-crew", 1, 2, 1, (10, 5)),
        ("pair-hot-two-crews", 1, 2, 2, (10, 5)),
        ("2-of-3", 2, 3, 3, (12, 3)),
        ("3-of-5", 3, 5, 5, (12, 3)),
        ("2-of-3-one-crew", 2, 3, 1, (12, 3)),
        ("3-of-5-one-crew", 3, 5, 1, (12, 3)),
    ]
    .into_iter()
    .map(|(name, needed, units, crews, (up, repair))| {
        let rho = f64::from(repair) / f64::from(up);
        let failures = format!("up: Exponential(\"{up}s\"), repair: Exponential(\"{repair}s\"), crews: {crews}");
        let config = format!("standby: Active(agree: {needed}), probe: \"50s\", timeout: \"200s\"");
        let expected = if crews == units { independent(needed, units, rho) } else { one_crew(needed, units, rho) };
        simulated(name, CLOSED, expected, &scenario(units, needed, &config, &failures, 12_000))
    })
    .collect()
}

/// Pairs of which one is off. To notice a failure takes two seconds in the mean: x is what that adds.
fn cold() -> Vec<Experiment> {
    let (rho, x) = (0.5, 2.0 / 200.0);
    [
        ("pair-cold-one-crew", 1, (x + rho * rho) / (1.0 + rho + rho * rho + x)),
        ("pair-cold-two-crews", 2, (x + rho * rho / 2.0) / (1.0 + rho + rho * rho / 2.0 + x)),
    ]
    .into_iter()
    .map(|(name, crews, expected)| {
        let failures = format!("up: Exponential(\"200s\"), repair: Exponential(\"100s\"), crews: {crews}, active: 1");
        let config = format!("standby: Cold, {NOTICED}");
        simulated(name, CLOSED, expected, &scenario(2, 1, &config, &failures, 120_000))
    })
    .collect()
}

/// A failure is noticed three seconds after the last answer to a probe, which is one second old in the mean.
const NOTICED: &str = "probe: \"2s\", timeout: \"3s\"";

/// A leader and a hot standby, and every second failure takes somebody to look. The textbook stops the world meanwhile,
/// which is 8 % off at these rates; this chain does not.
fn covered() -> Experiment {
    /// What the leader and the other unit are doing. `Sick`: failed, and nobody has noticed. Last words: the failover.
    #[derive(Clone, Copy)]
    enum State {
        BothUp,
        OtherSick,
        OtherDown,
        LeaderSick,
        BothSick,
        LeaderSickOtherDown,
        BothDown,
        Failover,
        FailoverToSick,
        FailoverRepaired,
        FailoverToSickRepaired,
    }
    use State::*;
    let (fails, repaired, noticed, taken_over) = (1.0 / 1000.0, 1.0 / 100.0, 1.0 / 10.0, 1.0 / 2.0);
    let half = fails / 2.0;
    let mut chain = Chain::new(FailoverToSickRepaired as usize + 1);
    for (from, to, rate) in [
        (BothUp, Failover, half),
        (BothUp, LeaderSick, half),
        (BothUp, OtherDown, half),
        (BothUp, OtherSick, half),
        (OtherSick, OtherDown, noticed),
        (OtherSick, FailoverToSick, half),
        (OtherSick, BothSick, half),
        (OtherDown, BothUp, repaired),
        (OtherDown, BothDown, half),
        (OtherDown, LeaderSickOtherDown, half),
        (LeaderSick, Failover, noticed),
        (LeaderSick, LeaderSickOtherDown, half),
        (LeaderSick, BothSick, half),
        (BothSick, FailoverToSick, noticed),
        (BothSick, LeaderSickOtherDown, noticed),
        (LeaderSickOtherDown, BothDown, noticed),
        (LeaderSickOtherDown, LeaderSick, repaired),
        (BothDown, OtherDown, repaired),
        (Failover, OtherDown, taken_over),
        (Failover, FailoverRepaired, repaired),
        (Failover, BothDown, half),
        (Failover, FailoverToSick, half),
        (FailoverToSick, LeaderSickOtherDown, taken_over),
        (FailoverToSick, BothDown, noticed),
        (FailoverToSick, FailoverToSickRepaired, repaired),
        (FailoverRepaired, BothUp, taken_over),
        (FailoverToSickRepaired, LeaderSick, taken_over),
        (FailoverToSickRepaired, Failover, noticed),
    ] {
        chain.add(from as usize, to as usize, rate);
    }
    let shares = chain.steady_state();
    let expected = 1.0 - [BothUp, OtherSick, OtherDown].map(|state| shares[state as usize]).iter().sum::<f64>();
    let failures = "up: Exponential(\"1000s\"), repair: Exponential(\"100s\"), crews: 1, \
                    coverage: (share: \"50%\", manual: Exponential(\"10s\"))";
    let config = format!("standby: Hot, {NOTICED}");
    simulated("pair-hot-half-covered", COVERED, expected, &scenario(2, 1, &config, failures, 500_000))
}

/// `needed` of `units`, each repaired by a crew of its own.
fn independent(needed: i32, units: i32, rho: f64) -> f64 {
    let up = 1.0 / (1.0 + rho);
    let ways = |k: i32| (1..=k).fold(1.0, |ways, i| ways * f64::from(units - k + i) / f64::from(i));
    (0..needed).map(|k| ways(k) * up.powi(k) * (1.0 - up).powi(units - k)).sum()
}

/// `needed` of `units`, repaired one after the other: j have failed with weight n!/(n-j)! ρ^j.
fn one_crew(needed: i32, units: i32, rho: f64) -> f64 {
    let weight = |failed: i32| (0..failed).fold(1.0, |weight, j| weight * f64::from(units - j) * rho);
    let down: f64 = (units - needed + 1..=units).map(weight).sum();
    down / (0..=units).map(weight).sum::<f64>()
}

/// Units behind a switch that does not fail, on a network that takes no time to speak of, for so many seconds.
fn scenario(units: i32, needed: i32, config: &str, failures: &str, seconds: u32) -> String {
    let nodes: Vec<i32> = (1..=units).collect();
    format!(
        "(version: 1, protocol: \"redundancy\", config: ({config}, again: \"1h\"), nodes: {}, \
         network: (latency: Constant(\"1us\")), failures: (nodes: {nodes:?}, {failures}), \
         calm: \"{seconds}s\", until: \"{seconds}s\", \
         checks: [Uptime(begin: \"serves\", end: \"halts\", least: {needed}, min: \"0%\")])",
        units + 1
    )
}

fn simulated(name: &str, source: &'static str, expected: f64, scenario: &str) -> Experiment {
    let scenario = scenario.to_owned();
    let run = move |seed| vec![Sample::value(trial::share(&trial::run(&scenario, seed), "unavailability(serves)"))];
    let experiment = Experiment::new(format!("availability/{name}"), source, RUNS, run);
    experiment.figure("unavailability", Unit::Share, expected)
}
