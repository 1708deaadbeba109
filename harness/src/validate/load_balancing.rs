//! Load balancing: what a choice of two is worth, and how even the turns are.

use super::estimate::Sample;
use super::figure::{Experiment, Unit};
use super::trial;

const QUEUES: &str = "M/M/1, and the supermarket model: Vvedenskaya, Dobrushin, Karpelevich 1996; Mitzenmacher 1996";
const TURNS: &str = "the definition of the policy";

/// How near a simulated system is to one of infinitely many servers.
const LIMIT: f64 = 0.02;

/// Every experiment of this family.
pub(super) fn experiments() -> Vec<Experiment> {
    [sojourns(), turns()].into_iter().flatten().collect()
}

/// The mean time from a request to its answer, in units of the work, with the best of d servers drawn at random. One
/// server of one is M/M/1 however many there are; with two the limit of many servers has a closed form.
fn sojourns() -> Vec<Experiment> {
    let limit = |rho: f64| (1..30).map(|i| rho.powf(2f64.powi(i) - 2.0)).sum::<f64>();
    vec![
        sojourn("best-of-1/load-0.5", &Queues { servers: 100, draws: 1, rate: 50, warm: 30, measured: 400 }, 32)
            .figure(MEAN, Unit::Seconds, 2.0),
        sojourn("best-of-2/load-0.5", &Queues { servers: 100, draws: 2, rate: 50, warm: 30, measured: 400 }, 32)
            .exactly(MEAN, Unit::Seconds, limit(0.5), LIMIT),
        sojourn("best-of-1/load-0.9", &Queues { servers: 100, draws: 1, rate: 90, warm: 2500, measured: 2500 }, 16)
            .figure(MEAN, Unit::Seconds, 10.0),
        sojourn("best-of-2/load-0.9", &Queues { servers: 500, draws: 2, rate: 450, warm: 50, measured: 200 }, 32)
            .exactly(MEAN, Unit::Seconds, limit(0.9), LIMIT),
        sojourn("best-of-2/load-0.99", &Queues { servers: 1000, draws: 2, rate: 990, warm: 1000, measured: 1000 }, 16)
            .exactly(MEAN, Unit::Seconds, limit(0.99), LIMIT)
            .long(),
    ]
}

const MEAN: &str = "mean-sojourn";

/// Servers that work a second on a request, in the mean, and how many are drawn for it.
struct Queues {
    servers: u32,
    draws: u32,
    /// Requests a second.
    rate: u32,
    /// Seconds until the queues are what they stay, and seconds after that.
    warm: u32,
    measured: u32,
}

fn sojourn(name: &str, of: &Queues, runs: u64) -> Experiment {
    let Queues { servers, draws, rate, warm, measured } = *of;
    // Requests end before the run does, so that the long ones count as the short ones do.
    let (requests, until) = (rate * (warm + measured), warm + measured + 1000);
    let scenario = format!(
        "(version: 1, protocol: \"load-balancer\", config: (policy: BestOf({draws})), nodes: {}, \
         clients: (count: 1, requests: {requests}, arrivals: Poisson(rate: \"{rate}/s\"), timeout: \"1h\", attempts: 1, \
         route: Node(0)), workload: (work: Exponential(\"1s\")), network: (latency: Constant(\"0s\")), \
         calm: \"{warm}s\", until: \"{until}s\", limits: (events: 4_000_000_000), \
         checks: [Goodput(settle: \"0s\", min: \"100%\")])",
        servers + 1
    );
    let run = move |seed| vec![Sample::value(trial::seconds(&trial::run(&scenario, seed), "goodput latency mean"))];
    Experiment::new(format!("load-balancing/{name}"), QUEUES, runs, run)
}

/// What each of the servers gets that gets least, as a share of its due.
fn turns() -> Vec<Experiment> {
    [
        ("round-robin", "policy: RoundRobin", 1.0 / 4.0),
        ("weighted", "policy: Weighted, weights: [4, 4, 4, 1]", 1.0 / 13.0),
        ("least-connections-of-idle-servers", "policy: LeastConnections", 1.0 / 4.0),
    ]
    .into_iter()
    .map(|(name, config, due)| {
        let scenario = format!(
            "(version: 1, protocol: \"load-balancer\", config: ({config}), nodes: 5, \
             clients: (count: 1, requests: 13_000, arrivals: Closed(think: \"0s\"), attempts: 1, route: Node(0)), \
             workload: (work: Constant(\"1ms\")), network: (latency: Constant(\"0s\")), calm: \"0s\", until: \"20s\", \
             checks: [Turns(fact: \"routed\", joins: \"admits\", leaves: \"expels\", within: 12)])"
        );
        let run = move |seed| {
            let outcome = trial::run(&scenario, seed);
            vec![Sample::ratio(
                trial::count(&outcome, "turns(routed) fewest"),
                trial::count(&outcome, "operations answered") * due,
            )]
        };
        Experiment::new(format!("load-balancing/turns/{name}"), TURNS, 1, run).exactly(
            "of-its-due",
            Unit::Share,
            1.0,
            1e-3,
        )
    })
    .collect()
}
