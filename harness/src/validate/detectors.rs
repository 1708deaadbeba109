//! Failure detectors against their theory: Chen, Toueg and Aguilera ("On the quality of service of failure detectors",
//! IEEE ToC 51(5), 2002) for NFD-S and the configurator; the thresholds of phi accrual detectors as they are used.

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

const SIX_NINES: &str = "the same with 0.25 % lost: more than six nines of query accuracy";

/// η, p_L and the mean of D, of every row but one.
const PERIOD: f64 = 1.0;
const LOSS: f64 = 0.01;
const DELAY: f64 = 0.02;

/// p_L of the row whose mistakes are rarest.
const SMALL_LOSS: f64 = 0.0025;

/// The rows: δ in milliseconds, and hours of simulated time in a run.
const SLACKS: [(u64, u64); 7] = [(20, 1), (100, 2), (500, 3), (1_000, 20), (1_050, 100), (1_100, 100), (1_500, 120)];

/// NFD-S in two nodes that watch each other.
fn freshness_points() -> Vec<Experiment> {
    let name = |slack: u64| format!("nfd-s/slack-{}", slack as f64 / 1e3);
    let rows = SLACKS.iter().map(|&(slack, hours)| quality_of_service(name(slack), CHEN, (slack, LOSS), hours));
    let rarest = quality_of_service("nfd-s/six-nines".to_owned(), SIX_NINES, (1_900, SMALL_LOSS), 1_400).long();
    rows.chain([rarest]).collect()
}

fn quality_of_service(name: String, source: &'static str, (slack, loss): (u64, f64), hours: u64) -> Experiment {
    let percent = 100.0 * loss;
    let text = format!(
        r#"(
            version: 1,
            about: "NFD-S: how often is it wrong about a healthy node, and for how long?",
            protocol: "heartbeat",
            config: (period: "1s", detector: NfdS(slack: "{slack}ms"), answers: Forgotten),
            nodes: 2,
            network: (latency: Exponential("20ms"), loss: "{percent}%"),
            until: "{hours}h",
            limits: (events: 100_000_000),
            checks: [Quality()],
        )"#
    );
    let theory = Theory::of(slack as f64 / 1e3, loss);
    Experiment::new(name, source, 64, move |seed| {
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
    fn of(slack: f64, loss: f64) -> Theory {
        // The share of delays above x.
        let above = |x: f64| (-x.max(0.0) / DELAY).exp();
        let heartbeats = (slack / PERIOD).ceil() as u32;
        // That none of the heartbeats which could vouch at x after a freshness point has arrived.
        let unheard = |x: f64| {
            let missing = |j: u32| loss + (1.0 - loss) * above(slack + x - f64::from(j) * PERIOD);
            (0..=heartbeats).map(missing).product::<f64>()
        };
        let trusted_before = (1.0 - loss) * (1.0 - above(slack + PERIOD));
        let mistake = trusted_before * unheard(0.0);
        Theory { recurrence: PERIOD / mistake, duration: integral(unheard, 0.0, PERIOD) / mistake }
    }
}

/// Simpson's rule over enough intervals for a smooth function.
pub(super) fn integral(f: impl Fn(f64) -> f64, from: f64, to: f64) -> f64 {
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
            let theory = Theory::of(slack, LOSS);
            assert!((theory.recurrence / recurrence - 1.0).abs() < 5e-4, "{slack}: {}", theory.recurrence);
            assert!((theory.duration / duration - 1.0).abs() < 5e-4, "{slack}: {}", theory.duration);
        }
    }
}
