//! The ring with virtual nodes: each node stands at many points of the circle and keeps what lies before them.
//!
//! Karger and others, *Consistent Hashing and Random Trees* (1997). With `n` nodes of `v` points each the load of a node
//! varies by `sqrt((n - 1) / (nv + 1))` of its mean. A join takes keys from others to the new node, and moves no other.

use sim_core::NodeId;

use super::hash::hash;
use super::{Placement, Position};

/// Points on a circle, in order.
#[derive(Clone, Debug)]
pub struct Ring {
    points: Vec<(Position, NodeId)>,
}

/// Who stands first at a point where several nodes stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ties {
    /// The node of the lowest number: a total order, the same for everybody.
    ByNode,
    /// Whoever was put on the ring first.
    ByInsertion,
}

/// Where a virtual node stands, on a circle of `2^bits` positions spread over the whole range.
pub fn point(node: NodeId, index: u32, bits: u8) -> Position {
    let hash = hash(&[0x7269_6e67, u64::from(node.0), u64::from(index)]);
    let unused = 64 - u32::from(bits.clamp(1, 64));
    hash >> unused << unused
}

impl Ring {
    /// A ring of these nodes, each with so many points on a circle of `2^64` positions.
    pub fn new(nodes: impl IntoIterator<Item = NodeId>, virtual_nodes: u32) -> Ring {
        Ring::with_ties(nodes, virtual_nodes, 64, Ties::ByNode)
    }

    /// The same on a circle of `2^bits` positions, where points may coincide.
    pub fn with_ties(nodes: impl IntoIterator<Item = NodeId>, virtual_nodes: u32, bits: u8, ties: Ties) -> Ring {
        let points_of = |node| (0..virtual_nodes).map(move |index| (point(node, index, bits), node));
        let mut points: Vec<_> = nodes.into_iter().flat_map(points_of).collect();
        match ties {
            Ties::ByNode => points.sort_unstable(),
            Ties::ByInsertion => points.sort_by_key(|(position, _)| *position),
        }
        Ring { points }
    }

    /// The points, in order.
    pub fn points(&self) -> &[(Position, NodeId)] {
        &self.points
    }
}

impl Placement for Ring {
    /// Clockwise from the first point at or behind the position, once around. The search costs O(log(nv)).
    fn preference(&self, position: Position) -> Box<dyn Iterator<Item = NodeId> + '_> {
        let first = self.points.partition_point(|(point, _)| *point < position);
        let (before, behind) = self.points.split_at(first);
        Box::new(behind.iter().chain(before).map(|(_, node)| *node))
    }
}
