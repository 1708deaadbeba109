//! The control: the number comes from the node's place, as it may.

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct Honest;

impl Source for Honest {
    const NAME: &'static str = "honest";
    fn number(id: NodeId) -> u64 {
        u64::from(id.0) + 1
    }
}
