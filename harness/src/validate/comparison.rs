//! Failure detectors side by side: how fast they find the dead, against how often they are wrong about the living, on
//! networks that make it hard.
//!
//! Every detector is given about the same time to notice a crash (a second and a half), so that what differs is the
//! mistakes. Five nodes watch each other for twenty minutes, then one dies; nobody else is down at any time, so every
//! suspicion before is a mistake.
//!
//! What `squall validate --detectors` printed on 2026-11-21, in 6 s of processor time. Where one heartbeat in a hundred is
//! lost, a detector that waits for a period and a half is wrong at every loss, and only patience helps: a second question,
//! a helper, or a longer silence, each paid for in detection time. Estimators earn their keep where delays come in bursts
//! and queues. NFD-S, which judges a heartbeat by when it was sent, pays for its strict bound on a link full of load: what
//! waited in the queue vouches for nobody. It and NFD-E suspect those who are well for a moment after the observer's own
//! pause, when what has waited is too old. Lifeguard makes fewer mistakes than plain SWIM in bursts of delay; where one
//! member stalls, no difference shows.
//!
//! ```text
//! detector                    time to detect      mistakes an hour      each for  query accuracy
//! exponential delay
//!   fixed time-out 1.5 s     1.008 s ± 0.157      36.936 ±   0.986       0.511 s      99.47531 %
//!   NFD-S, slack 0.5 s       0.991 s ± 0.156      36.936 ±   0.986       0.531 s      99.45481 %
//!   NFD-E, margin 0.5 s      1.010 s ± 0.156      36.936 ±   0.986       0.511 s      99.47534 %
//!   phi normal, 8            1.013 s ± 0.157      36.836 ±   1.019       0.504 s      99.48455 %
//!   phi exponential, 1       1.833 s ± 0.158       0.400 ±   0.109       0.742 s      99.99175 %
//!   request time-out 0.5 s   1.022 s ± 0.150       0.646 ±   0.175       0.516 s      99.99075 %
//!   2 errors of 0.5 s        2.022 s ± 0.150       0.000 ±   0.000             -     100.00000 %
//!   SWIM                     2.065 s ± 0.446       0.000 ±   0.000             -     100.00000 %
//!   SWIM with Lifeguard      2.080 s ± 0.444       0.000 ±   0.000             -     100.00000 %
//! heavy-tailed delay
//!   fixed time-out 1.5 s     1.006 s ± 0.157      41.723 ±   1.092       0.489 s      99.43333 %
//!   NFD-S, slack 0.5 s       0.991 s ± 0.156      41.959 ±   1.070       0.505 s      99.41099 %
//!   NFD-E, margin 0.5 s      1.010 s ± 0.157      41.677 ±   1.104       0.490 s      99.43324 %
//!   phi normal, 8            1.012 s ± 0.158      41.386 ±   1.223       0.483 s      99.44523 %
//!   phi exponential, 1       1.831 s ± 0.157       0.510 ±   0.130       0.643 s      99.99090 %
//!   request time-out 0.5 s   1.022 s ± 0.150       0.928 ±   0.208       0.455 s      99.98828 %
//!   2 errors of 0.5 s        2.022 s ± 0.150       0.000 ±   0.000             -     100.00000 %
//!   SWIM                     2.065 s ± 0.445       0.000 ±   0.000             -     100.00000 %
//!   SWIM with Lifeguard      2.079 s ± 0.443       0.000 ±   0.000             -     100.00000 %
//! bursts of delay
//!   fixed time-out 1.5 s     1.040 s ± 0.151      61.688 ±   1.066       0.301 s      99.48474 %
//!   NFD-S, slack 0.5 s       1.022 s ± 0.150      98.933 ±   1.480       0.328 s      99.09972 %
//!   NFD-E, margin 0.5 s      1.042 s ± 0.150      85.738 ±   1.366       0.314 s      99.25172 %
//!   phi normal, 8            1.160 s ± 0.143      40.722 ±   0.918       0.276 s      99.68745 %
//!   phi exponential, 1       1.851 s ± 0.151       2.502 ±   0.245       0.214 s      99.98515 %
//!   request time-out 0.5 s   1.022 s ± 0.150      59.504 ±   1.460       0.224 s      99.62956 %
//!   2 errors of 0.5 s        2.022 s ± 0.150       0.064 ±   0.045       0.091 s      99.99984 %
//!   SWIM                     2.065 s ± 0.446      65.373 ±   1.670       0.621 s      98.87255 %
//!   SWIM with Lifeguard      2.113 s ± 0.404      49.084 ±   1.752       0.822 s      98.87926 %
//! a link full of load
//!   fixed time-out 1.5 s     1.270 s ± 0.177      17.271 ±   1.655       0.068 s      99.96739 %
//!   NFD-S, slack 0.5 s       1.022 s ± 0.150     384.275 ±  16.728       0.209 s      97.76819 %
//!   NFD-E, margin 0.5 s      1.278 s ± 0.167     101.053 ±   7.081       0.160 s      99.55150 %
//!   phi normal, 8            1.671 s ± 0.191       0.091 ±   0.078       0.074 s      99.99981 %
//!   phi exponential, 1       2.074 s ± 0.178       0.000 ±   0.000             -     100.00000 %
//!   request time-out 0.5 s   1.101 s ± 0.200     293.951 ±  10.442       0.146 s      98.80640 %
//!   2 errors of 0.5 s        2.101 s ± 0.200       0.000 ±   0.000             -     100.00000 %
//! one member stalls
//!   fixed time-out 1.5 s     1.040 s ± 0.151       0.000 ±   0.000             -     100.00000 %
//!   NFD-S, slack 0.5 s       1.022 s ± 0.150      22.981 ±   0.002       0.000 s     100.00000 %
//!   NFD-E, margin 0.5 s      1.042 s ± 0.150      22.981 ±   0.002       0.000 s     100.00000 %
//!   phi normal, 8            1.683 s ± 0.151       0.000 ±   0.000             -     100.00000 %
//!   phi exponential, 1       1.843 s ± 0.151       0.000 ±   0.000             -     100.00000 %
//!   request time-out 0.5 s   1.022 s ± 0.150       0.000 ±   0.000             -     100.00000 %
//!   2 errors of 0.5 s        2.022 s ± 0.150       0.000 ±   0.000             -     100.00000 %
//!   SWIM                     1.875 s ± 0.336       1.664 ±   0.295       1.141 s      99.94725 %
//!   SWIM with Lifeguard      2.040 s ± 0.267       1.844 ±   0.400       0.982 s      99.94971 %
//! A mistake is one node's suspicion of another that is up; ± is the 95 % interval over 16 runs.
//! ```

use super::estimate::Sample;
use super::figure::{Experiment, Judged, Unit};
use super::trial;
use crate::screen::{STRONG, styled};

/// A network: its name, what a scenario says of it, and the heartbeats' company on its links.
struct Network {
    name: &'static str,
    settings: &'static str,
    faults: String,
    load: &'static str,
}

/// A detector: its name, protocol and config.
struct Detector {
    name: &'static str,
    protocol: &'static str,
    config: &'static str,
}

const fn heartbeat(name: &'static str, config: &'static str) -> Detector {
    Detector { name, protocol: "heartbeat", config }
}
const fn swim(name: &'static str, config: &'static str) -> Detector {
    Detector { name, protocol: "swim", config }
}

const DETECTORS: [Detector; 9] = [
    heartbeat("fixed time-out 1.5 s", r#"period: "1s", detector: FixedTimeout("1.5s"), answers: Forgotten"#),
    heartbeat("NFD-S, slack 0.5 s", r#"period: "1s", detector: NfdS(slack: "500ms"), answers: Forgotten"#),
    heartbeat("NFD-E, margin 0.5 s", r#"period: "1s", detector: NfdE(margin: "500ms"), answers: Forgotten"#),
    heartbeat(
        "phi normal, 8",
        r#"period: "1s", detector: PhiNormal(threshold: "8", window: 200, deviation_min: "90ms"), answers: Forgotten"#,
    ),
    heartbeat(
        "phi exponential, 1",
        r#"period: "1s", detector: PhiExponential(threshold: "1", window: 200), answers: Forgotten"#,
    ),
    heartbeat("request time-out 0.5 s", r#"period: "1s", detector: RequestTimeout("500ms")"#),
    heartbeat("2 errors of 0.5 s", r#"period: "1s", detector: ErrorThreshold(errors: 2, within: "500ms")"#),
    swim("SWIM", r#"period: "1s", timeout: "300ms", suspicion: "3s""#),
    swim("SWIM with Lifeguard", r#"period: "1s", timeout: "300ms", suspicion: "3s", lifeguard: true"#),
];

/// For how long the nodes are watched before one dies, in seconds.
const WATCHED: u64 = 1200;

fn networks() -> [Network; 5] {
    let every = |pause: usize, length: u64, fault: &str| {
        let window = |from: u64| format!("(from: \"{from}s\", until: \"{}s\", fault: {fault}),", from + length);
        (30..WATCHED - 30).step_by(pause).map(window).collect::<String>()
    };
    let plain = |name, settings, faults| Network { name, settings, faults, load: "" };
    [
        plain("exponential delay", r#"latency: Exponential("20ms"), loss: "1%""#, String::new()),
        plain("heavy-tailed delay", r#"latency: Pareto("7ms", "1.5"), loss: "1%""#, String::new()),
        plain("bursts of delay", r#"latency: Exponential("20ms")"#, every(30, 3, r#"Delay(by: Exponential("400ms"))"#)),
        Network {
            name: "a link full of load",
            settings: r#"latency: Exponential("20ms")"#,
            faults: format!(
                "(from: \"0s\", until: \"{}s\", fault: Bandwidth(rate: \"10kB/s\", queue: \"16kB\")),",
                WATCHED + 50
            ),
            load: r#", load: (bytes: "1kB", gap: "110ms")"#,
        },
        plain("one member stalls", r#"latency: Exponential("20ms")"#, every(30, 3, r#"Pause("e")"#)),
    ]
}

/// Every detector on every network. SWIM brings no load of its own, so it is not on the link full of it.
pub(crate) fn comparisons() -> Vec<Experiment> {
    let mut experiments = Vec::new();
    for network in networks() {
        for detector in DETECTORS.iter().filter(|detector| network.load.is_empty() || detector.protocol == "heartbeat")
        {
            experiments.push(comparison(&network, detector));
        }
    }
    experiments
}

fn comparison(network: &Network, detector: &Detector) -> Experiment {
    let Network { name, settings, faults, load } = network;
    let Detector { protocol, config, .. } = detector;
    let before = format!(
        r#"(
            version: 1,
            about: "How soon is a death noticed, and how often is a living node taken for dead?",
            protocol: "{protocol}",
            config: ({config}{load}),
            nodes: 5,
            network: ({settings}),
            limits: (events: 1_000_000_000),
            checks: [Quality()],
            until: "{}s",
            faults: [{faults}"#,
        WATCHED + 60
    );
    Experiment::new(format!("{name}/{}", detector.name), "", 16, move |seed| {
        let crash = WATCHED * 1000 + 97 * seed;
        let text = format!("{before} (from: \"{crash}ms\", until: Never, fault: Crash(\"d\"))])");
        let outcome = trial::run(&text, seed);
        let detections = trial::count(&outcome, "detections");
        let mistakes = trial::count(&outcome, "mistakes");
        let (watched, mistaken) =
            (trial::seconds(&outcome, "pairs watched"), trial::seconds(&outcome, "pairs mistaken"));
        vec![
            Sample::ratio(trial::seconds(&outcome, "time to detect") * detections, detections),
            Sample::ratio(mistakes * 3600.0, watched),
            Sample::ratio(mistaken, mistakes),
            Sample::ratio(mistaken, watched),
        ]
    })
    .observe("detection", Unit::Seconds)
    .observe("mistakes an hour", Unit::Share)
    .observe("duration", Unit::Seconds)
    .observe("inaccuracy", Unit::Share)
}

/// One line for each detector, network by network.
pub(crate) fn comparison_page(experiments: &[Experiment], judged: &[Judged]) -> String {
    let heading = format!(
        "{:<24}  {:>16}  {:>20}  {:>12}  {:>14}",
        "detector", "time to detect", "mistakes an hour", "each for", "query accuracy"
    );
    let mut lines = vec![heading];
    let mut last = "";
    for (experiment, figures) in experiments.iter().zip(judged.chunks(4)) {
        let (network, detector) = experiment.name.split_once('/').unwrap_or(("", &experiment.name));
        if network != last {
            last = network;
            lines.push(styled(STRONG, network));
        }
        let [detection, mistakes, duration, inaccuracy] = figures else { continue };
        let each = if duration.measured.is_finite() { format!("{:.3} s", duration.measured) } else { "-".to_owned() };
        lines.push(format!(
            "  {detector:<22}  {:>6.3} s ± {:.3}  {:>10.3} ± {:>7.3}  {each:>12}  {:>12.5} %",
            detection.measured,
            1.96 * detection.error,
            mistakes.measured,
            1.96 * mistakes.error,
            100.0 * (1.0 - inaccuracy.measured)
        ));
    }
    lines.push(
        "A mistake is one node's suspicion of another that is up; ± is the 95 % interval over 16 runs.".to_owned(),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each scenario loads, and its four numbers make a line. One run of the lightest network is enough.
    #[test]
    fn every_comparison_runs() {
        let experiments = comparisons();
        assert_eq!(experiments.len(), 5 * DETECTORS.len() - 2);
        let samples = experiments[0].run(0);
        let page = comparison_page(&experiments[..1], &experiments[0].judge(&[samples.clone(), samples]));
        assert!(page.contains("fixed time-out 1.5 s"), "{page}");
    }
}
