//! The id of the process.

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct Process;

impl Source for Process {
    const NAME: &'static str = "process";
    fn number(_id: NodeId) -> u64 {
        u64::from(std::process::id())
    }
}
