//! What clients ask if nobody lists it: how much work, and on whose behalf.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use sim_core::law::Law;
use sim_core::{Draws, Probability};

use super::message::Work;

/// `workload: (..)` in a scenario file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// How long a backend of full speed works on a request.
    #[serde(deserialize_with = "sound")]
    pub work: Law,
    /// How many sources there are. 1000 by default.
    #[serde(default = "many", skip_serializing_if = "are_many")]
    pub sources: u32,
    /// The share of requests that come from source 0, on top of its share of the rest. None by default.
    #[serde(default, skip_serializing_if = "is_none")]
    pub hot: Probability,
}

const MANY: u32 = 1000;

fn many() -> u32 {
    MANY
}
fn are_many(sources: &u32) -> bool {
    *sources == MANY
}
fn is_none(share: &Probability) -> bool {
    *share == Probability::ZERO
}

/// A law that can be sampled.
fn sound<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Law, D::Error> {
    let law = Law::deserialize(deserializer)?;
    law.fault().map_or(Ok(law), |why| Err(D::Error::custom(why)))
}

impl Workload {
    /// The next request.
    pub(super) fn draw(&self, draws: &mut Draws) -> Work {
        let length = self.work.sample(draws.bits());
        let hot = draws.chance(self.hot);
        let source = draws.below(u64::from(self.sources));
        Work { source: if hot { 0 } else { u32::try_from(source).unwrap_or(0) }, length }
    }
}
