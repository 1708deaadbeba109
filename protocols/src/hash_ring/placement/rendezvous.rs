//! Rendezvous hashing: every node bids for every position, and the highest bid wins.
//!
//! Thaler and Ravishankar, *Using Name-Based Mappings to Increase Hit Rates* (1998). There is nothing to keep but who is
//! a member, and what moves is the least possible; a lookup costs O(n). The oracle that other placements are held to.

use sim_core::NodeId;

use super::hash::hash;
use super::{Placement, Position};

/// Members that bid.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    nodes: Vec<NodeId>,
}

impl Rendezvous {
    /// These nodes.
    pub fn new(nodes: impl IntoIterator<Item = NodeId>) -> Rendezvous {
        Rendezvous { nodes: nodes.into_iter().collect() }
    }
}

fn bid(position: Position, node: NodeId) -> (u64, NodeId) {
    (hash(&[position, u64::from(node.0)]), node)
}

impl Placement for Rendezvous {
    fn preference(&self, position: Position) -> Box<dyn Iterator<Item = NodeId> + '_> {
        let mut bids: Vec<_> = self.nodes.iter().map(|node| bid(position, *node)).collect();
        bids.sort_unstable();
        Box::new(bids.into_iter().rev().map(|(_, node)| node))
    }

    fn owner(&self, position: Position) -> Option<NodeId> {
        self.nodes.iter().copied().max_by_key(|node| bid(position, *node))
    }
}
