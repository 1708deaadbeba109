//! Consistent hashing: how uneven a ring is, what a join moves, and how full the fullest node gets.
//!
//! With points drawn uniformly the shares of n nodes of v points each are distributed as n gamma variables of shape v over
//! their sum (a symmetric Dirichlet law), and that sum does not depend on the shares. So the fullest node has E[max]/v times
//! the mean, where the maximum is of n such variables, and the emptiest E[min]/v times: integrals of powers of Erlang's
//! distribution.

use std::collections::BTreeSet;

use protocols::hash_ring::placement::{BoundedRing, Domains, Jump, Modulo, Placement, Rendezvous, Ring, position_of};
use sim_core::chance::Purpose;
use sim_core::{Identity, Key, NodeId};

use super::detectors::integral;
use super::estimate::Sample;
use super::figure::{Experiment, Unit};

const KARGER: &str = "Karger and others 1997: points drawn uniformly, so shares by a Dirichlet law";
const MOVED: &str = "what must move at least; modulo placement: n / (n + 1)";
const BOUNDED: &str = "Mirrokni, Thorup, Zadimoghaddam 2018: at most ceil((1 + e) m / n)";

/// Independent runs of each experiment, each of many rings or keys.
const RUNS: u64 = 64;

/// How many there are after a join, and where loads are bounded.
const NODES: u16 = 10;

/// Every experiment of this family.
pub(super) fn experiments() -> Vec<Experiment> {
    let mut experiments: Vec<Experiment> = imbalances().collect();
    experiments.extend(joins());
    experiments.push(bounded_load());
    experiments
}

/// How uneven rings are: nodes, points of each, and rings of a run.
fn imbalances() -> impl Iterator<Item = Experiment> {
    let few = [(10, 1, 100), (10, 10, 40), (10, 100, 20), (10, 1000, 10)];
    let many = [(100, 1, 60), (100, 10, 10), (100, 100, 4), (100, 1000, 1)];
    few.into_iter().chain(many).map(|(nodes, points, rings)| imbalance(nodes, points, rings))
}

fn imbalance(nodes: u16, points: u32, rings: u64) -> Experiment {
    let run = move |run: u64| {
        let (mut square, mut most, mut least) = (0.0, 0.0, 0.0);
        for ring in run * rings..(run + 1) * rings {
            let shares = shares(&members(ring, nodes), points);
            square += shares.iter().map(|share| (share - 1.0).powi(2)).sum::<f64>() / f64::from(nodes);
            most += shares.iter().copied().fold(0.0, f64::max);
            least += shares.iter().copied().fold(f64::INFINITY, f64::min);
        }
        [square, most, least].map(|sum| Sample::ratio(sum, rings as f64)).to_vec()
    };
    let (count, each) = (f64::from(nodes), f64::from(points));
    let variation = ((count - 1.0) / (count * each + 1.0)).sqrt();
    Experiment::new(format!("hash-ring/{nodes}-nodes-of-{points}"), KARGER, RUNS, run)
        .root("variation", Unit::Share, variation)
        .predicted("fullest", Unit::Number, move |_| extremes(nodes, points).1)
        .predicted("emptiest", Unit::Number, move |_| extremes(nodes, points).0)
}

/// Some nodes: other numbers stand at other points, so each draw is a ring of its own.
fn members(ring: u64, count: u16) -> Vec<NodeId> {
    let mut draws = Key::from_seed(ring).draws(Purpose::Workload, Identity(u64::from(count)));
    let mut members = BTreeSet::new();
    while members.len() < usize::from(count) {
        members.extend(u16::try_from(draws.below(1 << 16)).map(NodeId));
    }
    members.into_iter().collect()
}

/// The part of the circle that each of these nodes owns, as a multiple of the mean. They are in ascending order.
fn shares(nodes: &[NodeId], points: u32) -> Vec<f64> {
    let ring = Ring::new(nodes.iter().copied(), points);
    let mut owned = vec![0u128; nodes.len()];
    let mut before = ring.points().last().map_or(0, |(position, _)| *position);
    for (position, node) in ring.points() {
        if let Ok(index) = nodes.binary_search(node) {
            owned[index] += u128::from(position.wrapping_sub(before));
        }
        before = *position;
    }
    owned.into_iter().map(|owned| owned as f64 / 2f64.powi(64) * nodes.len() as f64).collect()
}

/// The mean of the emptiest and of the fullest share, as multiples of the mean share.
fn extremes(nodes: u16, points: u32) -> (f64, f64) {
    let (count, shape) = (i32::from(nodes), f64::from(points));
    let add_log = |sum: &mut f64, k: u32| {
        *sum += f64::from(k.max(1)).ln();
        Some(*sum)
    };
    let log_factorials: Vec<f64> = (0..points).scan(0.0, add_log).collect();
    let above = |x: f64| fewer_than(&log_factorials, x);
    // Nothing to speak of lies beyond.
    let end = shape + 12.0 * shape.sqrt() + 30.0;
    let all_above = integral(|x| above(x).powi(count), 0.0, end);
    let some_above = integral(|x| 1.0 - (1.0 - above(x)).powi(count), 0.0, end);
    (all_above / shape, some_above / shape)
}

/// The probability that fewer events of a Poisson process of rate 1 than there are logarithms of factorials have happened
/// by the time x: that an Erlang variable of this shape is above x.
fn fewer_than(log_factorials: &[f64], x: f64) -> f64 {
    // From the largest term both ways, so that none is lost to underflow before it counts.
    let events = log_factorials.len();
    let middle = (x as usize).min(events - 1);
    let largest = (middle as f64 * x.max(f64::MIN_POSITIVE).ln() - x - log_factorials[middle]).exp();
    let falls = |term: &mut f64, ratio: f64| {
        *term *= ratio;
        (*term > 1e-18 * largest).then_some(*term)
    };
    let below: f64 = (1..=middle).rev().scan(largest, |term, k| falls(term, k as f64 / x)).sum();
    let beyond: f64 = (middle + 1..events).scan(largest, |term, k| falls(term, x / k as f64)).sum();
    (largest + below + beyond).min(1.0)
}

/// How a placement is made of these nodes.
type Build = fn(&[NodeId]) -> Box<dyn Placement>;

/// Keys that have another owner once a tenth node has come, and where they have gone.
fn joins() -> [Experiment; 4] {
    let least = 1.0 / f64::from(NODES);
    let only_to_the_newcomer = |name, build| {
        let experiment = join(name, build).figure("moved", Unit::Share, least);
        experiment.exactly("to-the-newcomer", Unit::Share, 1.0, 1e-12)
    };
    [
        only_to_the_newcomer("ring", |nodes| Box::new(Ring::new(nodes.iter().copied(), 20))),
        only_to_the_newcomer("jump", |nodes| Box::new(Jump::new(nodes.iter().copied()))),
        only_to_the_newcomer("rendezvous", |nodes| Box::new(Rendezvous::new(nodes.iter().copied()))),
        // Here the newcomer gets its part, and all others get much of each other's.
        join("modulo", |nodes| Box::new(Modulo::new(nodes.iter().copied())))
            .figure("moved", Unit::Share, 1.0 - least)
            .figure("to-the-newcomer", Unit::Share, least / (1.0 - least)),
    ]
}

fn join(name: &str, build: Build) -> Experiment {
    const RINGS: u64 = 20;
    const KEYS: u64 = 100;
    let run = move |run: u64| {
        let (mut moved, mut to_the_newcomer) = (0u32, 0u32);
        for ring in run * RINGS..(run + 1) * RINGS {
            let nodes = members(ring, NODES);
            let (before, after) = (build(&nodes[..nodes.len() - 1]), build(&nodes));
            for key in (ring * KEYS..(ring + 1) * KEYS).map(position_of) {
                let owner = after.owner(key);
                moved += u32::from(before.owner(key) != owner);
                to_the_newcomer += u32::from(before.owner(key) != owner && owner == nodes.last().copied());
            }
        }
        let (moved, to_the_newcomer) = (f64::from(moved), f64::from(to_the_newcomer));
        vec![Sample::ratio(moved, (RINGS * KEYS) as f64), Sample::ratio(to_the_newcomer, moved)]
    };
    Experiment::new(format!("hash-ring/join/{name}"), MOVED, RUNS, run)
}

/// Things are put on a ring until all are placed: the fullest node has exactly what it may have.
fn bounded_load() -> Experiment {
    const THINGS: u64 = 1_000;
    let run = |run: u64| {
        let ring = Ring::new(members(run, NODES), 20);
        let mut bounded = BoundedRing::new(ring, u64::from(NODES), THINGS, 10);
        for key in run * THINGS..(run + 1) * THINGS {
            bounded.assign(position_of(key), 1, Domains::default());
        }
        vec![Sample::ratio(bounded.loads().iter().copied().max().unwrap_or(0) as f64, bounded.cap() as f64)]
    };
    Experiment::new("hash-ring/bounded-load", BOUNDED, RUNS, run).bound("of-the-cap", Unit::Share, 1.0, 1e-3)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published table, which has two or three digits, and for the emptiest node not always the last of them.
    #[test]
    fn the_law_gives_the_known_table() {
        let table = [
            (10, 1, 2.929, 0.10),
            (10, 10, 1.54, 0.58),
            (10, 100, 1.160, 0.851),
            (10, 1000, 1.049, 0.952),
            (100, 1, 5.187, 0.010),
            (100, 10, 1.97, 0.39),
            (100, 100, 1.269, 0.767),
            (100, 1000, 1.081, 0.921),
        ];
        for (nodes, points, fullest, emptiest) in table {
            let (least, most) = extremes(nodes, points);
            assert!((most / fullest - 1.0).abs() < 0.005, "{nodes} of {points}: {most}");
            assert!((least / emptiest - 1.0).abs() < 0.01, "{nodes} of {points}: {least}");
        }
    }

    #[test]
    fn shares_are_multiples_of_the_mean() {
        let shares = shares(&members(3, 10), 7);
        assert_eq!(shares.len(), 10);
        assert!((shares.iter().sum::<f64>() - 10.0).abs() < 1e-9, "{shares:?}");
    }
}
