//! A different neighbourhood for a run: other addresses on the heap, another depth of the stack, another thread.
//!
//! A run must not notice. A protocol that lets an address, a thread or a thread-local into its decisions does.

use std::hint::black_box;
use std::{io, panic, thread};

/// The stack of the displaced thread, in bytes: not the default.
const STACK: usize = 11 << 20;

/// How many frames lie under the run.
const FRAMES: u32 = 37;

/// Calls `run` on another thread, deeper in its stack, with blocks of many sizes taken on the heap. A panic in `run`
/// passes through.
///
/// # Errors
/// If the thread cannot be started.
pub(crate) fn displaced<T: Send>(run: impl FnOnce() -> T + Send) -> io::Result<T> {
    thread::scope(|scope| {
        let builder = thread::Builder::new().name("displaced".to_owned()).stack_size(STACK);
        let thread = builder.spawn_scoped(scope, || {
            let blocks = scatter();
            let result = deeper(FRAMES, run);
            drop(black_box(blocks));
            result
        })?;
        Ok(thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload)))
    })
}

/// Takes blocks of many sizes and gives every other back, so that the run's own fall into the holes.
fn scatter() -> Vec<Vec<u8>> {
    let blocks: Vec<Vec<u8>> = (1..400usize).map(|n| vec![1; n * 7 % 977 + 1]).collect();
    black_box(blocks).into_iter().step_by(2).collect()
}

fn deeper<T, F: FnOnce() -> T>(frames: u32, run: F) -> T {
    let padding = black_box([0u8; 509]);
    let result = if frames == 0 { run() } else { deeper(frames - 1, run) };
    black_box(&padding);
    result
}
