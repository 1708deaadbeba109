//! Failure processes: nodes that fail now and then and are repaired, as a service's mean times say.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use sim_core::chance::Purpose;
use sim_core::fault::{Fault, Target, Window};
use sim_core::law::Law;
use sim_core::time::Until;
use sim_core::{Identity, Key, NodeId, Plan, Span, Time};

use crate::expand::tidy;

/// The most windows that failures may add to a plan.
pub(crate) const WINDOWS_MAX: usize = 10_000;

/// How long nodes stay up, how long a repair takes, and how many can be under repair at once.
///
/// Each node fails on its own, after an up time drawn from `up`; it waits for one of the `crews`, first come, first
/// served, and is down until its repair ends. All of it happens before `calm`.
#[derive(Clone, Debug)]
pub(crate) struct Failures {
    pub(crate) up: Law,
    pub(crate) repair: Law,
    pub(crate) crews: usize,
    pub(crate) first_id: u32,
}

impl Failures {
    /// About how many failures there will be; not exact, since means of heavy tails are not.
    pub(crate) fn expected(&self, nodes: usize, calm: Time) -> u64 {
        (calm.0 / self.up.median().0.max(1)).saturating_mul(nodes as u64)
    }

    /// Adds the failures to a plan. The `k`-th up time and repair of a node are drawn from its name and `k`.
    pub(crate) fn expand(&self, key: &Key, names: &[Identity], plan: &mut Plan) {
        let draw = |node: usize, index: u64, law: &Law| {
            Span(tidy(law.sample(key.draw(Purpose::Failure, names[node].child(Purpose::Failure, index))).0))
        };
        // The next failure of each node, the earliest on top; equal times go by number.
        let mut next: BinaryHeap<Reverse<(Time, usize, u64)>> = (0..names.len())
            .map(|node| Reverse((Time::ZERO.saturating_add(draw(node, 0, &self.up)), node, 0)))
            .collect();
        let mut free: BinaryHeap<Reverse<Time>> = (0..self.crews).map(|_| Reverse(Time::ZERO)).collect();
        for id in (self.first_id..).take(WINDOWS_MAX) {
            let Some(Reverse((from, node, count))) = next.pop() else { return };
            let Some(Reverse(crew)) = free.pop() else { return };
            if from >= plan.calm {
                return;
            }
            let end = from.max(crew).saturating_add(draw(node, 2 * count + 1, &self.repair));
            free.push(Reverse(end));
            next.push(Reverse((end.saturating_add(draw(node, 2 * count + 2, &self.up)), node, count + 1)));
            let until = Until::At(end.min(plan.calm));
            // A repair that takes no time at all leaves no window.
            if from < end
                && let Ok(node) = u16::try_from(node)
            {
                plan.windows.push(Window { id, from, until, fault: Fault::Crash(Target::Node(NodeId(node))) });
            }
        }
    }
}
