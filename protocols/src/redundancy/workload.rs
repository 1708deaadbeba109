//! What clients ask if nobody lists it.

use serde::{Deserialize, Serialize};
use sim_core::check::model::counter::Ask;
use sim_core::{Draws, Probability};

/// `workload: (..)` in a scenario file: additions from 1 to `most`, and reads.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// The largest number that is added. At least 1.
    pub most: u32,
    /// The share of reads. None by default.
    #[serde(default, skip_serializing_if = "is_none")]
    pub reads: Probability,
}

fn is_none(share: &Probability) -> bool {
    *share == Probability::ZERO
}

impl Workload {
    pub(super) fn draw(&self, draws: &mut Draws) -> Ask {
        // Both are drawn whether wanted or not, so that the share of reads leaves the numbers alone.
        let amount = draws.between(1, u64::from(self.most.max(1)));
        if draws.chance(self.reads) { Ask::Read } else { Ask::Add(i64::try_from(amount).unwrap_or(1)) }
    }
}
