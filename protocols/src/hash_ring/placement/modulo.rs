//! Modulo placement: the remainder of the hash. The bad baseline: a join moves `n / (n + 1)` of all keys.

use sim_core::NodeId;

use super::{Placement, Position};

/// Members in a list.
#[derive(Clone, Debug)]
pub struct Modulo {
    nodes: Vec<NodeId>,
}

impl Modulo {
    /// These nodes, in this order.
    pub fn new(nodes: impl IntoIterator<Item = NodeId>) -> Modulo {
        Modulo { nodes: nodes.into_iter().collect() }
    }
}

impl Placement for Modulo {
    fn preference(&self, position: Position) -> Box<dyn Iterator<Item = NodeId> + '_> {
        let count = self.nodes.len() as u64;
        let first = if count == 0 { 0 } else { (position % count) as usize };
        let (before, behind) = self.nodes.split_at(first);
        Box::new(behind.iter().chain(before).copied())
    }
}
