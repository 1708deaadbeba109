//! The working directory.

use std::env;

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct WorkingDirectory;

impl Source for WorkingDirectory {
    const NAME: &'static str = "working-directory";
    fn number(_id: NodeId) -> u64 {
        let path = env::current_dir().unwrap_or_default();
        path.as_os_str().as_encoded_bytes().iter().fold(0, |number, byte| number.rotate_left(7) ^ u64::from(*byte))
    }
}
