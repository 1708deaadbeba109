//! Failure processes: nodes that fail now and then and are repaired, as a service's mean times say.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use sim_core::chance::{Probability, Purpose};
use sim_core::check::markov::{Coverage, Redundancy};
use sim_core::fault::{Fault, Target, Window};
use sim_core::law::Law;
use sim_core::time::Until;
use sim_core::{Identity, Key, NodeId, Plan, Span, Time};

use crate::expand::tidy;

/// The most windows that failures may add to a plan.
pub(crate) const WINDOWS_MAX: usize = 10_000;

/// What an uncovered failure is called: a [`Fault::Custom`] that the protocol may know. The node goes on running, and is
/// of no use.
const SICK: &str = "sick";

/// The coverage and its manual delay are drawn apart from up times and repairs, which are numbered from 0.
const COVERAGE: u64 = 1 << 40;

/// How long nodes stay up, how long a repair takes, and how many can be under repair at once.
///
/// Each of `nodes` fails on its own, after an up time drawn from `up`; it waits for one of the `crews`, first come, first
/// served, and is down until its repair ends. If fewer than all are `active`, the others are cold: they do not fail, and
/// take the place of one that has, in the order in which they were ready. All of it happens before `calm`.
#[derive(Clone, Debug)]
pub(crate) struct Failures {
    pub(crate) nodes: Vec<NodeId>,
    pub(crate) up: Law,
    pub(crate) repair: Law,
    pub(crate) crews: usize,
    pub(crate) active: usize,
    pub(crate) uncovered: Option<Uncovered>,
    pub(crate) first_id: u32,
}

/// Failures that nothing automatic notices: the node is sick until somebody looks, and only then goes down for repair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Uncovered {
    /// The coverage factor: the share of failures that are noticed at once.
    pub(crate) covered: Probability,
    /// How long it takes until somebody looks.
    pub(crate) manual: Law,
}

/// What happens to a node. Equal times go by this order, then by node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Fails,
    /// Sick since that time, which somebody now notices.
    Noticed(Time),
}

/// One expansion at work.
struct Process<'a> {
    of: &'a Failures,
    key: &'a Key,
    names: &'a [Identity],
    /// When each active node takes its next step, with the number of its failure; the earliest on top.
    next: BinaryHeap<Reverse<(Time, Step, usize, u64)>>,
    /// When each of the others is ready to be active: the earliest on top.
    ready: BinaryHeap<Reverse<(Time, usize, u64)>>,
    crews: BinaryHeap<Reverse<Time>>,
    windows: VecDeque<(Time, Time, Fault<Target>)>,
}

impl Failures {
    /// About how many windows there will be at most; not exact, since means of heavy tails are not.
    pub(crate) fn expected(&self, calm: Time) -> u64 {
        let windows = if self.uncovered.is_some() { 2 } else { 1 };
        (calm.0 / self.up.median().0.max(1)).saturating_mul(windows * self.active as u64)
    }

    /// The same process as theory has it, for a service that needs so many of the nodes; spare ones take over in the time
    /// `failover`, or serve all the while. `None` where theory has no answer: for laws that are not exponential, for no
    /// time at all, and for more nodes than there are.
    pub(crate) fn redundancy(&self, needed: u16, failover: Option<Span>) -> Option<Redundancy> {
        let (Law::Exponential(up), Law::Exponential(repair)) = (self.up, self.repair) else { return None };
        let coverage = match (self.uncovered, failover) {
            (None, _) => None,
            (Some(Uncovered { covered, manual: Law::Exponential(manual) | Law::Constant(manual) }), Some(_)) => {
                Some(Coverage { covered, manual })
            }
            _ => return None,
        };
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        let (units, active, crews) = (count(self.nodes.len()), count(self.active), count(self.crews));
        let failover = failover.unwrap_or(Span::ZERO);
        let sound = up > Span::ZERO && repair > Span::ZERO && (1..=active).contains(&needed);
        sound.then_some(Redundancy { units, needed, active, crews, up, repair, failover, coverage })
    }

    /// Adds the failures to a plan. The `k`-th up time and repair of a node are drawn from its name and `k`.
    pub(crate) fn expand(&self, key: &Key, names: &[Identity], plan: &mut Plan) {
        let mut process = Process {
            of: self,
            key,
            names,
            next: BinaryHeap::new(),
            ready: (0..self.nodes.len()).map(|node| Reverse((Time::ZERO, node, 0))).collect(),
            crews: (0..self.crews).map(|_| Reverse(Time::ZERO)).collect(),
            windows: VecDeque::new(),
        };
        for _ in 0..self.active {
            process.activates(Time::ZERO);
        }
        for id in (self.first_id..).take(WINDOWS_MAX) {
            while process.windows.is_empty() {
                if !process.step(plan.calm) {
                    return;
                }
            }
            let Some((from, end, fault)) = process.windows.pop_front() else { return };
            plan.windows.push(Window { id, from, until: Until::At(end.min(plan.calm)), fault });
        }
    }
}

impl Process<'_> {
    /// What is drawn for a node: its up times have even numbers, its repairs odd ones.
    fn bits(&self, node: usize, number: u64) -> u64 {
        let name = self.names[self.of.nodes[node].index()];
        self.key.draw(Purpose::Failure, name.child(Purpose::Failure, number))
    }

    fn draw(&self, node: usize, number: u64, law: &Law) -> Span {
        Span(tidy(law.sample(self.bits(node, number)).0))
    }

    /// One more node is active from `from` on, or from when it is ready.
    fn activates(&mut self, from: Time) {
        let Some(Reverse((ready, node, count))) = self.ready.pop() else { return };
        let fails = from.max(ready).saturating_add(self.draw(node, 2 * count, &self.of.up));
        self.next.push(Reverse((fails, Step::Fails, node, count)));
    }

    /// Takes the next step; false if there is none before `calm`.
    fn step(&mut self, calm: Time) -> bool {
        let Some(Reverse((at, step, node, count))) = self.next.pop() else { return false };
        if at >= calm {
            return false;
        }
        match (step, self.of.uncovered) {
            (Step::Fails, Some(Uncovered { covered, manual })) if !self.is_covered(node, count, covered) => {
                let noticed = at.saturating_add(self.draw(node, COVERAGE + 2 * count + 1, &manual));
                if noticed >= calm {
                    self.strikes(at, calm, Fault::Custom(self.target(node), SICK.to_owned()));
                }
                self.next.push(Reverse((noticed, Step::Noticed(at), node, count)));
            }
            (Step::Fails, _) => _ = self.repairs(at, node, count),
            (Step::Noticed(since), _) => {
                // It is sick to the end, so that it is not well for a moment between its sickness and its repair.
                let end = self.repairs(at, node, count);
                self.strikes(since, end, Fault::Custom(self.target(node), SICK.to_owned()));
            }
        }
        true
    }

    fn is_covered(&self, node: usize, count: u64, covered: Probability) -> bool {
        covered.hits(self.bits(node, COVERAGE + 2 * count))
    }

    /// The node goes down and waits for a crew, and another is active in its place. When the repair ends.
    fn repairs(&mut self, at: Time, node: usize, count: u64) -> Time {
        let crew = self.crews.pop().map_or(at, |Reverse(free)| free);
        let end = at.max(crew).saturating_add(self.draw(node, 2 * count + 1, &self.of.repair));
        self.crews.push(Reverse(end));
        self.ready.push(Reverse((end, node, count + 1)));
        self.activates(at);
        self.strikes(at, end, Fault::Crash(self.target(node)));
        end
    }

    /// A window; one of no length is none.
    fn strikes(&mut self, from: Time, end: Time, fault: Fault<Target>) {
        if from < end {
            self.windows.push_back((from, end, fault));
        }
    }

    fn target(&self, node: usize) -> Target {
        Target::Node(self.of.nodes[node])
    }
}
