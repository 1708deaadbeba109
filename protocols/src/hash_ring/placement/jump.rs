//! Jump consistent hash: a few lines, no table, a perfect balance; nodes can come and go only at the end of the list.
//!
//! Lamping and Veach, *A Fast, Minimal Memory, Consistent Hash Algorithm* (2014). As more and more buckets are added, a key
//! jumps to the new one with probability `1 / (n + 1)`; the walk visits only the jumps, about `ln n` of them. The paper
//! divides floating-point numbers; here the quotient is an exact integer.

use sim_core::NodeId;

use super::hash::hash;
use super::{Placement, Position};

/// The bucket of a key among `buckets`, which must not be 0.
pub fn bucket(key: u64, buckets: u32) -> u32 {
    let mut state = key;
    let (mut bucket, mut next) = (0u64, 0u64);
    while next < u64::from(buckets) {
        bucket = next;
        state = state.wrapping_mul(2_862_933_555_777_941_757).wrapping_add(1);
        // A uniform r of 31 bits: the next jump is to floor((bucket + 1) / r).
        next = (bucket + 1).saturating_mul(1 << 31) / ((state >> 33) + 1);
    }
    u32::try_from(bucket).unwrap_or(0)
}

/// Members as numbered buckets.
#[derive(Clone, Debug)]
pub struct Jump {
    nodes: Vec<NodeId>,
}

impl Jump {
    /// These nodes, as buckets in this order.
    pub fn new(nodes: impl IntoIterator<Item = NodeId>) -> Jump {
        Jump { nodes: nodes.into_iter().collect() }
    }
}

impl Placement for Jump {
    /// The bucket of the position, then those of other hashes of it, then the members in order.
    fn preference(&self, position: Position) -> Box<dyn Iterator<Item = NodeId> + '_> {
        let buckets = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        let tries = 4 * u64::from(buckets);
        let jumps = (0..tries).map(move |nth| {
            let key = if nth == 0 { position } else { hash(&[position, nth]) };
            self.nodes[bucket(key, buckets) as usize]
        });
        Box::new(jumps.chain(self.nodes.iter().copied()))
    }
}
