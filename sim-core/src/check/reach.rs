//! Who can still do something together while some windows stay open: the largest group of nodes that run and reach each
//! other both ways, and the clients that reach it.

use crate::fault::{Fault, Links, Target, Window};
use crate::node::NodeId;
use crate::plan::Place;

/// The links that open windows leave.
pub(super) struct Reach<'p> {
    open: Vec<&'p Fault<Target>>,
}

/// How many groups of cut-off nodes are looked at before the largest found so far is taken for the largest.
const GROUPS: u32 = 100_000;

impl<'p> Reach<'p> {
    pub(super) fn new(open: impl Iterator<Item = &'p Window>) -> Reach<'p> {
        Reach { open: open.map(|window| &window.fault).collect() }
    }

    /// Whether packets can pass from one place to another.
    pub(super) fn passes(&self, from: Place, to: Place) -> bool {
        self.open.iter().all(|fault| passes(fault, from, to))
    }

    fn both_ways(&self, one: Place, other: Place) -> bool {
        self.passes(one, other) && self.passes(other, one)
    }

    fn both(&self, one: NodeId, other: NodeId) -> bool {
        self.both_ways(Place::Node(one), Place::Node(other))
    }

    /// The largest group of these nodes whose members reach each other both ways.
    pub(super) fn core(&self, nodes: &[NodeId]) -> Vec<NodeId> {
        // Nodes that no open window names are all alike: the first of them speaks for the others.
        let named = |node: &NodeId| self.open.iter().any(|fault| names(fault, Place::Node(*node)));
        let (named, mut plain): (Vec<NodeId>, Vec<NodeId>) = nodes.iter().copied().partition(named);
        if let [one, other, ..] = plain[..]
            && !self.both(one, other)
        {
            plain.truncate(1);
        }
        let mut search = Groups { reach: self, largest: Vec::new(), left: GROUPS };
        for start in [&plain[..], &[]] {
            let fits = |node: &NodeId| start.first().is_none_or(|one| search.reach.both(*one, *node));
            let fitting: Vec<NodeId> = named.iter().copied().filter(fits).collect();
            search.grow(&mut start.to_vec(), &fitting);
        }
        let mut core = search.largest;
        core.sort_unstable();
        core
    }

    /// Whether a client reaches one of these nodes both ways.
    pub(super) fn serves(&self, core: &[NodeId], client: u16) -> bool {
        core.iter().any(|node| self.both_ways(Place::Client(client), Place::Node(*node)))
    }
}

struct Groups<'r, 'p> {
    reach: &'r Reach<'p>,
    largest: Vec<NodeId>,
    left: u32,
}

impl Groups<'_, '_> {
    /// Tries to add each of `candidates`, all of whom fit the group as it is.
    fn grow(&mut self, group: &mut Vec<NodeId>, candidates: &[NodeId]) {
        self.left = self.left.saturating_sub(1);
        if group.len() > self.largest.len() {
            self.largest.clone_from(group);
        }
        for (position, node) in candidates.iter().enumerate() {
            let rest = &candidates[position + 1..];
            if self.left == 0 || group.len() + 1 + rest.len() <= self.largest.len() {
                return;
            }
            let fitting: Vec<NodeId> = rest.iter().copied().filter(|other| self.reach.both(*node, *other)).collect();
            group.push(*node);
            self.grow(group, &fitting);
            group.pop();
        }
    }
}

fn is(target: &Target, place: Place) -> bool {
    match (target, place) {
        (Target::Node(node), Place::Node(other)) => *node == other,
        (Target::Client(client), Place::Client(other)) => *client == other,
        _ => false,
    }
}

fn names(fault: &Fault<Target>, place: Place) -> bool {
    fault.targets().into_iter().any(|target| is(target, place))
}

fn passes(fault: &Fault<Target>, from: Place, to: Place) -> bool {
    let among = |group: &[Target], place| group.iter().any(|target| is(target, place));
    let group_of = |groups: &[Vec<Target>], place| groups.iter().position(|group| among(group, place));
    match fault {
        Fault::Partition(groups) | Fault::Sever(groups) => match (group_of(groups, from), group_of(groups, to)) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        },
        Fault::OneWay { from: senders, to: receivers } => !(among(senders, from) && among(receivers, to)),
        Fault::Bridge(left, right) => !(among(left, from) && among(right, to) || among(right, from) && among(left, to)),
        Fault::Isolate(target) => !is(target, from) && !is(target, to),
        Fault::Clog { on } => match on {
            Links::All => false,
            Links::From(group) => !among(group, from),
            Links::To(group) => !among(group, to),
            Links::Link(one, other) => !(is(one, from) && is(other, to)),
            Links::Between(left, right) => {
                !(among(left, from) && among(right, to) || among(right, from) && among(left, to))
            }
        },
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Time, Until};

    fn node(n: u16) -> Target {
        Target::Node(NodeId(n))
    }
    fn core(faults: &[Fault<Target>], nodes: u16) -> Vec<u16> {
        let window =
            |fault: &Fault<Target>| Window { id: 0, from: Time::ZERO, until: Until::Never, fault: fault.clone() };
        let windows: Vec<Window> = faults.iter().map(window).collect();
        let nodes: Vec<NodeId> = (0..nodes).map(NodeId).collect();
        Reach::new(windows.iter()).core(&nodes).into_iter().map(|node| node.0).collect()
    }

    #[test]
    fn whole_without_cuts() {
        assert_eq!(core(&[], 5), [0, 1, 2, 3, 4]);
        assert_eq!(core(&[Fault::Crash(node(0))], 3), [0, 1, 2]);
    }

    #[test]
    fn the_larger_side_of_a_partition() {
        let sides = Fault::Partition(vec![vec![node(0), node(1)], vec![node(2), node(3), node(4)]]);
        assert_eq!(core(&[sides], 5), [2, 3, 4]);
        // Nodes in no group reach both sides.
        let sides = Fault::Sever(vec![vec![node(0)], vec![node(1), node(2)]]);
        assert_eq!(core(&[sides], 5), [1, 2, 3, 4]);
    }

    #[test]
    fn a_one_way_cut_parts_both_from_each_other() {
        let cut = |from, to| Fault::OneWay { from: vec![node(from)], to: vec![node(to)] };
        assert_eq!(core(&[cut(0, 1)], 3).len(), 2);
        assert_eq!(core(&[cut(0, 1), cut(1, 2), cut(2, 0)], 3).len(), 1);
        assert_eq!(core(&[cut(0, 1), cut(0, 2)], 3), [1, 2]);
    }

    #[test]
    fn a_bridge_is_in_the_larger_group() {
        assert_eq!(core(&[Fault::Bridge(vec![node(0)], vec![node(1), node(2)])], 4), [1, 2, 3]);
    }

    #[test]
    fn isolated_and_clogged() {
        assert_eq!(core(&[Fault::Isolate(node(1))], 3), [0, 2]);
        assert_eq!(core(&[Fault::Clog { on: Links::All }], 3).len(), 1);
        assert_eq!(core(&[Fault::Clog { on: Links::From(vec![node(1)]) }], 3), [0, 2]);
        assert_eq!(core(&[Fault::Clog { on: Links::Link(node(1), node(2)) }], 3).len(), 2);
        assert_eq!(core(&[Fault::Clog { on: Links::Between(vec![node(0)], vec![node(1), node(2)]) }], 3), [1, 2]);
    }

    #[test]
    fn clients_reach_the_core_or_do_not() {
        let fault = Fault::OneWay { from: vec![node(0), node(1)], to: vec![Target::Client(1)] };
        let window = Window { id: 0, from: Time::ZERO, until: Until::Never, fault };
        let reach = Reach::new(std::iter::once(&window));
        let core = [NodeId(0), NodeId(1)];
        assert_eq!([0, 1, 2].map(|client| reach.serves(&core, client)), [true, false, true]);
        assert!(reach.serves(&[NodeId(2)], 1));
    }

    #[test]
    fn many_cuts_do_not_take_forever() {
        let cuts: Vec<_> = (0..60).map(|n| Fault::Bridge(vec![node(n)], vec![node((n + 7) % 60)])).collect();
        assert!(core(&cuts, 60).len() >= 20);
    }
}
