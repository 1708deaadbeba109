//! An address on the heap: it depends on what else was ever allocated, and on where the system put the heap.

use std::hint::black_box;

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct Address;

impl Source for Address {
    const NAME: &'static str = "address";
    fn number(_id: NodeId) -> u64 {
        let boxed = black_box(Box::new(0u64));
        std::ptr::from_ref(&*boxed).addr() as u64
    }
}
