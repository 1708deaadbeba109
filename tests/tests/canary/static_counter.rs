//! A static counter: the same in every fresh process, another in every later run of one.

use std::sync::atomic::{AtomicU64, Ordering};

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct StaticCounter;

static COUNTER: AtomicU64 = AtomicU64::new(0);

impl Source for StaticCounter {
    const NAME: &'static str = "static-counter";
    fn number(_id: NodeId) -> u64 {
        COUNTER.fetch_add(1, Ordering::Relaxed)
    }
}
