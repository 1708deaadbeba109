//! Failure detectors against their theory: Chen, Toueg and Aguilera ("On the quality of service of failure detectors",
//! IEEE ToC 51(5), 2002) for NFD-S and the configurator; the thresholds of phi accrual detectors as they are used.
//!
//! What `squall validate nfd-s configurator phi swim` printed on 2026-11-21, in 42 s of processor time:
//!
//! ```text
//! figure                              expected     measured      error    off
//!   Chen, Toueg, Aguilera 2002: NFD-S, period 1 s, 1 % lost, delays exponential with mean 20 ms
//! nfd-s/slack-0.02/recurrence          2.699 s      2.701 s  0.004596 s   +0.3  met
//! nfd-s/slack-0.02/duration          0.04646 s    0.04657 s  4.318e-4 s   +0.3  met
//! nfd-s/slack-0.02/inaccuracy          0.01721      0.01724   1.550e-4   +0.2  met
//! nfd-s/slack-0.1/recurrence           60.59 s      60.63 s   0.5007 s   +0.1  met
//! nfd-s/slack-0.1/duration            0.5659 s     0.5660 s  0.003922 s   +0.0  met
//! nfd-s/slack-0.1/inaccuracy          0.009340     0.009335   1.067e-4   -0.0  met
//! nfd-s/slack-0.5/recurrence           101.0 s      101.6 s    1.008 s   +0.5  met
//! nfd-s/slack-0.5/duration            0.5301 s     0.5297 s  9.086e-4 s   -0.5  met
//! nfd-s/slack-0.5/inaccuracy          0.005248     0.005216   5.087e-5   -0.6  met
//! nfd-s/slack-1/recurrence             101.0 s      101.5 s   0.3119 s   +1.7  met
//! nfd-s/slack-1/duration             0.03010 s    0.03028 s  3.692e-4 s   +0.5  met
//! nfd-s/slack-1/inaccuracy            2.980e-4     2.982e-4   3.593e-6   +0.1  met
//! nfd-s/slack-1.05/recurrence           1107 s       1107 s    5.418 s   +0.0  met
//! nfd-s/slack-1.05/duration           0.1252 s     0.1271 s  0.001482 s   +1.3  met
//! nfd-s/slack-1.05/inaccuracy         1.131e-4     1.148e-4   1.567e-6   +1.1  met
//! nfd-s/slack-1.1/recurrence            6059 s       6003 s    74.40 s   -0.8  met
//! nfd-s/slack-1.1/duration            0.5659 s     0.5703 s  0.004938 s   +0.9  met
//! nfd-s/slack-1.1/inaccuracy          9.340e-5     9.500e-5   1.468e-6   +1.1  met
//! nfd-s/slack-1.5/recurrence           10101 s       9933 s    131.4 s   -1.3  met
//! nfd-s/slack-1.5/duration            0.5301 s     0.5283 s  0.001457 s   -1.2  met
//! nfd-s/slack-1.5/inaccuracy          5.248e-5     5.319e-5   7.172e-7   +1.0  met
//! nfd-s/detection/bound                1.100 s      1.099 s                    met
//!   the same paper, section 5: 30 s to detect, mistakes 30 days apart and 60 s long, 1 % lost, delay 20 ms
//! configurator/known-law/period        9.970 s      9.976 s                    met
//! configurator/known-law/slack         20.03 s      20.02 s                    met
//! configurator/moments/period          9.710 s      9.710 s                    met
//! configurator/moments/slack           20.29 s      20.29 s                    met
//!   Hayashibara, Défago, Yared, Katayama 2004: the normal tail of 10^-8 begins at 5.612 deviations
//! phi/normal/silence                   6.612 s      6.612 s                    met
//!   Akka's defaults: threshold 8, deviation at least 100 ms, pause 3 s, heartbeat 1 s, the exact tail
//! phi/akka/silence                     4.561 s      4.561 s                    met
//!   Cassandra: threshold 8 over exponential gaps is 8 ln 10 means
//! phi/cassandra/silence                18.42 s      18.42 s                    met
//!   Das, Gupta, Motivala 2002: targets at random, 1 / (1 - (1 - 1/(n-1))^(n-1)) periods in the mean
//! swim/members-10/first-detection      1.530 s      1.553 s  0.01135 s   +2.0  met
//! swim/members-50/first-detection      1.573 s      1.595 s  0.01754 s   +1.3  met
//!   the same: an answer may take the direct way (q^2) and k = 3 others (q^4 each)
//! swim/loss-10%/unanswered            0.007728     0.007678   1.201e-4   -0.4  met
//! swim/loss-5%/unanswered             6.223e-4     6.332e-4   9.613e-6   +1.1  met
//! 33 figures: 33 met, 0 missed, 0 without power
//! ```

use protocols::heartbeat::{Known, Settings, Wanted};
use sim_core::{Probability, Span};

use super::estimate::Sample;
use super::figure::{Experiment, Unit};
use super::trial;

/// Every experiment of the family.
pub(super) fn experiments() -> Vec<Experiment> {
    let mut experiments = freshness_points();
    experiments.extend([detection_time(), configured_by_law(), configured_by_moments()]);
    experiments.extend(thresholds());
    experiments
}

const CHEN: &str = "Chen, Toueg, Aguilera 2002: NFD-S, period 1 s, 1 % lost, delays exponential with mean 20 ms";

/// η, p_L and the mean of D, of every row.
const PERIOD: f64 = 1.0;
const LOSS: f64 = 0.01;
const DELAY: f64 = 0.02;

/// The rows: δ in milliseconds, and hours of simulated time in a run.
const SLACKS: [(u64, u64); 7] = [(20, 1), (100, 2), (500, 3), (1_000, 20), (1_050, 100), (1_100, 100), (1_500, 120)];

/// NFD-S in two nodes that watch each other.
fn freshness_points() -> Vec<Experiment> {
    SLACKS.iter().map(|&(slack, hours)| quality_of_service(slack, hours)).collect()
}

fn quality_of_service(slack: u64, hours: u64) -> Experiment {
    let text = format!(
        r#"(
            version: 1,
            about: "NFD-S: how often is it wrong about a healthy node, and for how long?",
            protocol: "heartbeat",
            config: (period: "1s", detector: NfdS(slack: "{slack}ms"), answers: Forgotten),
            nodes: 2,
            network: (latency: Exponential("20ms"), loss: "1%"),
            until: "{hours}h",
            limits: (events: 100_000_000),
            checks: [Quality()],
        )"#
    );
    let theory = Theory::of(slack as f64 / 1e3);
    Experiment::new(format!("nfd-s/slack-{}", slack as f64 / 1e3), CHEN, 64, move |seed| {
        let outcome = trial::run(&text, seed);
        let watched = trial::seconds(&outcome, "pairs watched");
        let mistaken = trial::seconds(&outcome, "pairs mistaken");
        let mistakes = trial::count(&outcome, "mistakes");
        vec![Sample::ratio(watched, mistakes), Sample::ratio(mistaken, mistakes), Sample::ratio(mistaken, watched)]
    })
    .figure("recurrence", Unit::Seconds, theory.recurrence)
    .figure("duration", Unit::Seconds, theory.duration)
    .figure("inaccuracy", Unit::Share, theory.duration / theory.recurrence)
}

/// A crash at a moment of its own in each run: no detection takes longer than η + δ, and some take nearly that.
fn detection_time() -> Experiment {
    let run = |seed: u64| {
        let crash = 30_000 + 997 * (seed % 1000);
        let text = format!(
            r#"(
                version: 1,
                about: "NFD-S: how long after a crash is it noticed?",
                protocol: "heartbeat",
                config: (period: "1s", detector: NfdS(slack: "100ms"), answers: Forgotten),
                nodes: 2,
                network: (latency: Exponential("20ms"), loss: "1%"),
                faults: [(from: "{crash}ms", until: Never, fault: Crash("b"))],
                until: "1100s",
                checks: [Quality()],
            )"#
        );
        let outcome = trial::run(&text, seed);
        vec![Sample::value(trial::seconds(&outcome, "time to detect max"))]
    };
    Experiment::new("nfd-s/detection", CHEN, 1000, run).bound("bound", Unit::Seconds, 1.1, 0.01)
}

const CONFIGURED: &str =
    "the same paper, section 5: 30 s to detect, mistakes 30 days apart and 60 s long, 1 % lost, delay 20 ms";

/// The known distribution of the delay: the largest period whose mistakes are rare enough.
fn configured_by_law() -> Experiment {
    Experiment::computed("configurator/known-law", CONFIGURED, || {
        let (detection, recurrence) = (30.0, 30.0 * 86_400.0);
        let recurs = |period: f64| {
            let heartbeats = (detection / period).ceil() as u32;
            let missing = |j: u32| {
                let left = detection - f64::from(j) * period;
                LOSS + (1.0 - LOSS) * (-left.max(0.0) / DELAY).exp()
            };
            period / (1.0 - LOSS) / (1..heartbeats).map(missing).product::<f64>()
        };
        let fine_steps = (1..=30_000u32).rev().map(|n| f64::from(n) / 1000.0);
        let period = fine_steps.filter(|period| recurs(*period) >= recurrence).fold(f64::NAN, f64::max);
        vec![period, detection - period]
    })
    .exactly("period", Unit::Seconds, 9.97, 1e-3)
    .exactly("slack", Unit::Seconds, 20.03, 1e-3)
}

/// Nothing but mean and variance of the delay: what the shipped configurator computes in integers.
fn configured_by_moments() -> Experiment {
    Experiment::computed("configurator/moments", CONFIGURED, || {
        let wanted = Wanted {
            detection: Span::from_secs(30),
            recurrence: Span::from_secs(30 * 86_400),
            duration: Span::from_secs(60),
        };
        let loss = Probability::from_ppb(10_000_000).unwrap_or_default();
        let known = Known { loss, delay: Span::from_millis(20), deviation: Span::from_micros(141_421) };
        let settings = Settings::of(wanted, known);
        let seconds = |span: Span| span.0 as f64 / 1e9;
        settings.map_or(vec![f64::NAN; 2], |found| vec![seconds(found.period), seconds(found.slack)])
    })
    .exactly("period", Unit::Seconds, 9.71, 1e-3)
    .exactly("slack", Unit::Seconds, 20.29, 1e-3)
}

/// The silence after which phi accrual detectors suspect: the crash comes just after a heartbeat, on a network without
/// delay, when the window holds equal gaps only.
fn thresholds() -> [Experiment; 3] {
    let silence = |name, source, detector: &'static str| {
        Experiment::new(name, source, 1, move |seed| {
            let text = format!(
                r#"(
                    version: 1,
                    about: "How long is the silence that phi takes for death?",
                    protocol: "heartbeat",
                    config: (period: "1s", detector: {detector}, answers: Forgotten),
                    nodes: 2,
                    network: (latency: Constant("0s")),
                    faults: [(from: "100.000001s", until: Never, fault: Crash("b"))],
                    until: "200s",
                    checks: [Quality()],
                )"#
            );
            vec![Sample::value(trial::seconds(&trial::run(&text, seed), "time to detect"))]
        })
    };
    const NORMAL: &str =
        "Hayashibara, Défago, Yared, Katayama 2004: the normal tail of 10^-8 begins at 5.612 deviations";
    const AKKA: &str =
        "Akka's defaults: threshold 8, deviation at least 100 ms, pause 3 s, heartbeat 1 s, the exact tail";
    const CASSANDRA: &str = "Cassandra: threshold 8 over exponential gaps is 8 ln 10 means";
    [
        silence("phi/normal", NORMAL, r#"PhiNormal(threshold: "8", window: 50, deviation_min: "1s")"#).exactly(
            "silence",
            Unit::Seconds,
            1.0 + 5.612,
            1e-4,
        ),
        silence("phi/akka", AKKA, r#"PhiNormal(threshold: "8", window: 50, deviation_min: "100ms", pause: "3s")"#)
            .exactly("silence", Unit::Seconds, 4.561, 1e-4),
        silence("phi/cassandra", CASSANDRA, r#"PhiExponential(threshold: "8", window: 50)"#).exactly(
            "silence",
            Unit::Seconds,
            8.0 * std::f64::consts::LN_10,
            1e-4,
        ),
    ]
}

/// What theorem 5 says of NFD-S.
struct Theory {
    /// E(T_MR), in seconds.
    recurrence: f64,
    /// E(T_M), in seconds.
    duration: f64,
}

impl Theory {
    fn of(slack: f64) -> Theory {
        // The share of delays above x.
        let above = |x: f64| (-x.max(0.0) / DELAY).exp();
        let heartbeats = (slack / PERIOD).ceil() as u32;
        // That none of the heartbeats which could vouch at x after a freshness point has arrived.
        let unheard = |x: f64| {
            let missing = |j: u32| LOSS + (1.0 - LOSS) * above(slack + x - f64::from(j) * PERIOD);
            (0..=heartbeats).map(missing).product::<f64>()
        };
        let trusted_before = (1.0 - LOSS) * (1.0 - above(slack + PERIOD));
        let mistake = trusted_before * unheard(0.0);
        Theory { recurrence: PERIOD / mistake, duration: integral(unheard, 0.0, PERIOD) / mistake }
    }
}

/// Simpson's rule over enough intervals for a smooth function.
fn integral(f: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
    const HALVES: u32 = 20_000;
    let step = (to - from) / f64::from(2 * HALVES);
    let at = |n: u32| f(from + f64::from(n) * step);
    let odd: f64 = (0..HALVES).map(|n| at(2 * n + 1)).sum();
    let even: f64 = (1..HALVES).map(|n| at(2 * n)).sum();
    (at(0) + at(2 * HALVES) + 4.0 * odd + 2.0 * even) * step / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table that the closed form is known to give, computed elsewhere.
    #[test]
    fn the_closed_form_gives_the_known_table() {
        let table = [
            (0.02, 2.699, 0.04646),
            (0.10, 60.59, 0.5659),
            (0.50, 101.01, 0.5301),
            (1.00, 101.01, 0.03010),
            (1.05, 1106.8, 0.1252),
            (1.10, 6059.0, 0.5659),
            (1.50, 10101.0, 0.5301),
        ];
        for (slack, recurrence, duration) in table {
            let theory = Theory::of(slack);
            assert!((theory.recurrence / recurrence - 1.0).abs() < 5e-4, "{slack}: {}", theory.recurrence);
            assert!((theory.duration / duration - 1.0).abs() < 5e-4, "{slack}: {}", theory.duration);
        }
    }
}
