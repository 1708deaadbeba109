//! What clients ask if nobody lists it: reads and writes of a few keys, and now and then a change of members.

use serde::{Deserialize, Serialize};
use sim_core::Draws;

use super::message::Op;

/// `workload: (..)` in a scenario file. The shares are weights.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// How many keys there are.
    pub keys: u32,
    /// Reads.
    #[serde(default)]
    pub read: u32,
    /// Writes; no value comes twice.
    #[serde(default)]
    pub write: u32,
    /// Deletes.
    #[serde(default)]
    pub delete: u32,
    /// Changes of members: one of the movers joins, leaves, fails or takes another's place.
    #[serde(default)]
    pub change: u32,
    /// The nodes, by number, that come and go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub movers: Vec<u16>,
}

impl Workload {
    /// The next operation; `None` if all weights are 0.
    pub(super) fn draw(&self, draws: &mut Draws, client: u16, nth: u32) -> Option<Op> {
        let change = if self.movers.is_empty() { 0 } else { self.change };
        let weights = [self.read, self.write, self.delete, change];
        if weights.iter().all(|weight| *weight == 0) {
            return None;
        }
        let key = u32::try_from(draws.below(u64::from(self.keys.max(1)))).unwrap_or(0);
        Some(match draws.weighted(&weights) {
            0 => Op::Get(key),
            1 => Op::Put(key, u64::from(client) << 32 | u64::from(nth)),
            2 => Op::Delete(key),
            _ => {
                let mut mover = || self.movers[draws.below(self.movers.len() as u64) as usize];
                let (one, other) = (mover(), mover());
                match draws.below(4) {
                    0 | 1 => Op::Join(one),
                    2 => Op::Leave(one),
                    _ if one == other => Op::Fail(one),
                    _ => Op::Replace(one, other),
                }
            }
        })
    }
}
