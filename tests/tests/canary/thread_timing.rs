//! How far another thread has come.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct ThreadTiming;

impl Source for ThreadTiming {
    const NAME: &'static str = "thread-timing";
    fn number(_id: NodeId) -> u64 {
        let (steps, enough) = (AtomicU64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| {
                while !enough.load(Ordering::Relaxed) {
                    steps.fetch_add(1, Ordering::Relaxed);
                }
            });
            // On a busy machine the thread may be late: the race is on once it has begun.
            while steps.load(Ordering::Relaxed) == 0 {
                thread::yield_now();
            }
            thread::sleep(Duration::from_micros(200));
            enough.store(true, Ordering::Relaxed);
        });
        steps.into_inner()
    }
}
