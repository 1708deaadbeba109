//! The host's clock.

use std::time::{SystemTime, UNIX_EPOCH};

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct HostClock;

impl Source for HostClock {
    const NAME: &'static str = "host-clock";
    fn number(_id: NodeId) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::from(now.subsec_nanos())
    }
}
