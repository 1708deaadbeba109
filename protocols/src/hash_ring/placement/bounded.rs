//! The ring with bounded loads: who is full passes what comes on to the next.
//!
//! Mirrokni, Thorup and Zadimoghaddam, *Consistent Hashing with Bounded Loads* (2018). With `m` things on `n` nodes none
//! gets more than `ceil((1 + ε) m / n)`. A change may push a thing on to the next node, and that one another, so more
//! moves than on the plain ring; in the mean O(1/ε²) things for each that comes.

use sim_core::NodeId;

use super::{Domains, Placement, Position, Ring, owners};

/// A ring and how full its nodes are.
#[derive(Clone, Debug)]
pub struct BoundedRing {
    ring: Ring,
    cap: u64,
    loads: Vec<u64>,
}

impl BoundedRing {
    /// An empty ring for `things` in all on these nodes, with `slack_percent` (ε in hundredths) above the mean.
    pub fn new(ring: Ring, nodes: u64, things: u64, slack_percent: u32) -> BoundedRing {
        let share = u128::from(things) * u128::from(100 + slack_percent);
        let cap = share.div_ceil(100 * u128::from(nodes.max(1)));
        let most = ring.points().iter().map(|(_, node)| node.index() + 1).max().unwrap_or(0);
        BoundedRing { ring, cap: u64::try_from(cap).unwrap_or(u64::MAX), loads: vec![0; most] }
    }

    /// The most that a node gets.
    pub fn cap(&self) -> u64 {
        self.cap
    }

    /// How much each node has, by its number.
    pub fn loads(&self) -> &[u64] {
        &self.loads
    }

    /// Puts one thing on `count` distinct nodes with room for it, clockwise. Where fewer have room, fewer get it.
    pub fn assign(&mut self, position: Position, count: usize, domains: Domains<'_>) -> Vec<NodeId> {
        let roomy = self.ring.preference(position).filter(|node| self.loads[node.index()] < self.cap);
        let chosen = owners(roomy, count, domains);
        for node in &chosen {
            self.loads[node.index()] += 1;
        }
        chosen
    }
}
