//! What clients ask and are told, and what they ask if nobody lists it.

use serde::{Deserialize, Serialize};
use sim_core::Draws;
use sim_core::check::model::key_value::{Ask, Told};

/// What clients ask: to read, put, compare and set, or delete a key. Appending is refused.
pub type Op = Ask<u32, u64>;
/// What clients are told.
pub type Ret = Told<u64>;

/// `workload: (..)` in a scenario file: how often each operation is asked, as weights, on so many keys.
///
/// No two writes put the same value, so that a read tells which of them it has seen. Half of the compare-and-sets expect
/// what their own client asked for last, the others expect nothing to be there.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// How many keys.
    pub keys: u32,
    /// Reads.
    #[serde(default)]
    pub read: u32,
    /// Writes.
    #[serde(default)]
    pub write: u32,
    /// Compare-and-sets.
    #[serde(default)]
    pub compare_and_set: u32,
    /// Deletes.
    #[serde(default)]
    pub delete: u32,
}

impl Workload {
    /// The `nth` operation of a client.
    pub(super) fn draw(&self, draws: &mut Draws, client: u16, nth: u32) -> Op {
        let key = u32::try_from(draws.below(u64::from(self.keys))).unwrap_or(0);
        let value = |nth: u32| (u64::from(client) + 1) * 1_000_000 + u64::from(nth);
        let own = draws.below(2) == 0;
        match draws.weighted(&[self.read, self.write, self.compare_and_set, self.delete]) {
            1 => Ask::Put(key, value(nth)),
            2 => Ask::CompareAndSet(key, own.then(|| value(nth.saturating_sub(1))), value(nth)),
            3 => Ask::Delete(key),
            _ => Ask::Get(key),
        }
    }
}
