//! Threads that run seeds, and their results in the order of the seeds.
//!
//! Each thread takes a chunk of seeds at a time, large enough that taking costs nothing and small enough that all end
//! together. Chunks come back in any order and are delivered in that of the seeds, so nothing that is delivered depends
//! on how many threads there are.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};
use std::{io, thread};

use serde::{Deserialize, Serialize};
use sim_core::RunOptions;

use super::seeds::Cursor;
use super::tally::Tally;
use crate::beat::Beat;
use crate::cli::Format;
use crate::label::Label;
use crate::load::Loaded;
use crate::registry::Registry;
use crate::runner::Runner;
use crate::watchdog;

/// How long a thread should be busy with one chunk.
const CHUNK_TIME: Duration = Duration::from_millis(20);

/// The largest chunk, in seeds.
const LARGEST_CHUNK: u64 = 4096;

/// How many chunks may wait for an earlier one that is not done yet.
const MOST_WAITING: u64 = 1024;

/// The stack of a thread, in bytes: that of a main thread, so that a run that fits there fits here.
const STACK: usize = 8 << 20;

/// The results of consecutive seeds of one block.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Piece {
    /// The first seed.
    pub(crate) first: u64,
    /// The seed after the last.
    pub(crate) end: u64,
    /// One tally for each file of the sweep.
    pub(crate) files: Vec<Tally>,
}

impl Piece {
    /// How many runs it holds.
    pub(crate) fn runs(&self) -> u64 {
        self.files.iter().map(Tally::runs).fold(0, u64::saturating_add)
    }

    /// Whether a run failed that should not have.
    pub(crate) fn failed_unexpectedly(&self) -> bool {
        self.files.iter().any(Tally::failed_unexpectedly)
    }

    /// Adds the results of the seeds that follow.
    pub(crate) fn extend(&mut self, next: Piece) {
        self.end = next.end;
        for (tally, more) in self.files.iter_mut().zip(next.files) {
            tally.join(more);
        }
    }
}

/// Why an engine stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Stopped {
    /// There are no more seeds.
    Done,
    /// A run failed, and no more were wanted after that.
    Failed,
    /// It was asked to.
    Asked,
}

/// Runs scenarios under many seeds.
pub(crate) struct Engine<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) files: &'a [Loaded],
    /// How many threads, at least 1.
    pub(crate) jobs: usize,
    /// Stop after the first seed under which a run fails that should not.
    pub(crate) fail_fast: bool,
    /// How long a handler may take before the watchdog ends the process.
    pub(crate) patience: Duration,
}

/// Who hears what an engine does.
pub(crate) trait Listener: Sync {
    /// Seeds below this have been given to threads.
    fn taken(&self, end: u64) {
        let _ = end;
    }
    /// A thread begins a run.
    fn begins(&self, seed: u64) {
        let _ = seed;
    }
}

/// What the threads share.
struct Shared {
    cursor: Cursor,
    /// How many chunks have been taken.
    taken: u64,
    /// How many have been delivered.
    delivered: u64,
    /// Nobody takes any more.
    closed: bool,
}

struct Desk {
    shared: Mutex<Shared>,
    /// There may be room for another chunk.
    room: Condvar,
}

impl Engine<'_> {
    /// Runs the seeds of `cursor` until they end or `stop` is set. Pieces are delivered in the order of the seeds,
    /// without a gap.
    ///
    /// # Errors
    /// If there are no threads to be had.
    pub(crate) fn run(
        &self,
        cursor: Cursor,
        stop: &AtomicBool,
        listener: &dyn Listener,
        deliver: &mut dyn FnMut(Piece),
    ) -> io::Result<Stopped> {
        let desk =
            Desk { shared: Mutex::new(Shared { cursor, taken: 0, delivered: 0, closed: false }), room: Condvar::new() };
        let failed = thread::scope(|scope| {
            let (sender, receiver) = mpsc::channel();
            for number in 0..self.jobs.max(1) {
                let (desk, sender) = (&desk, sender.clone());
                let thread = thread::Builder::new().name(format!("sweep-{number}")).stack_size(STACK);
                let started = thread.spawn_scoped(scope, move || {
                    // Whatever ends this thread, the others must not wait for its chunk.
                    let _open = Open(desk);
                    self.work(desk, stop, listener, &sender);
                });
                if let Err(error) = started {
                    desk.close();
                    return Err(error);
                }
            }
            drop(sender);
            Ok(self.collect(&desk, &receiver, deliver))
        })?;
        Ok(match (failed, stop.load(Ordering::Relaxed)) {
            (true, _) => Stopped::Failed,
            (false, true) => Stopped::Asked,
            (false, false) => Stopped::Done,
        })
    }

    /// Delivers chunks in their order. Whether it ended with a failure that ends the sweep.
    fn collect(&self, desk: &Desk, done: &mpsc::Receiver<(u64, Piece)>, deliver: &mut dyn FnMut(Piece)) -> bool {
        let mut waiting = BTreeMap::new();
        let mut next = 0;
        for (number, piece) in done {
            waiting.insert(number, piece);
            while let Some(piece) = waiting.remove(&next) {
                next += 1;
                let last = self.fail_fast && piece.failed_unexpectedly();
                deliver(piece);
                if last {
                    // What others have run beyond it is as if it had not been run.
                    desk.close();
                    return true;
                }
            }
            desk.locked().delivered = next;
            desk.room.notify_all();
        }
        false
    }

    fn work(&self, desk: &Desk, stop: &AtomicBool, listener: &dyn Listener, done: &mpsc::Sender<(u64, Piece)>) {
        let beat = Arc::new(Beat::default());
        // Without a watchdog a hanging handler hangs the sweep, which is no reason not to begin.
        let _ = watchdog::start(&beat, self.patience, Format::Human);
        let mut runners: Vec<Box<dyn Runner>> = Vec::with_capacity(self.files.len());
        for loaded in self.files {
            let runner = self.registry.runner(loaded.scenario.protocol());
            let runner = runner.unwrap_or_else(|| unreachable!("the loader refuses protocols that are not registered"));
            runners.push(beat.attach(runner, Label::of(loaded, 0)));
        }
        let mut size = 1;
        while !stop.load(Ordering::Relaxed)
            && let Some((number, seeds)) = desk.take(size, listener)
        {
            let since = Instant::now();
            let count = seeds.end - seeds.start;
            let piece = self.chunk(seeds, &mut runners, &beat, listener);
            // Nobody listens any more after a failure that ends the sweep.
            if done.send((number, piece)).is_err() {
                return;
            }
            size = next_size(count, since.elapsed());
        }
    }

    fn chunk(&self, seeds: Range<u64>, runners: &mut [Box<dyn Runner>], beat: &Beat, listener: &dyn Listener) -> Piece {
        let mut files = vec![Tally::default(); self.files.len()];
        let mut end = seeds.start;
        for seed in seeds.clone() {
            end = seed + 1;
            listener.begins(seed);
            for ((loaded, runner), tally) in self.files.iter().zip(runners.iter_mut()).zip(&mut files) {
                beat.begins(Label::of(loaded, seed));
                let plan = loaded.scenario.expand(seed);
                let outcome = runner.run(&plan, RunOptions::default()).outcome;
                tally.add(seed, &plan, &outcome, loaded.scenario.expect());
            }
            if self.fail_fast && files.iter().any(Tally::failed_unexpectedly) {
                break;
            }
        }
        Piece { first: seeds.start, end, files }
    }
}

/// As many threads as there are processors.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// How many seeds to take next, when so many took so long.
fn next_size(count: u64, took: Duration) -> u64 {
    let wanted = u128::from(count) * CHUNK_TIME.as_nanos() / took.as_nanos().max(1);
    let wanted = u64::try_from(wanted).unwrap_or(LARGEST_CHUNK);
    wanted.min(count.saturating_mul(4)).clamp(1, LARGEST_CHUNK)
}

impl Desk {
    fn locked(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next chunk and its number; waits while too many wait for one that is not done.
    fn take(&self, most: u64, listener: &dyn Listener) -> Option<(u64, Range<u64>)> {
        let full = |shared: &mut Shared| !shared.closed && shared.taken - shared.delivered >= MOST_WAITING;
        let mut shared = self.room.wait_while(self.locked(), full).unwrap_or_else(PoisonError::into_inner);
        if shared.closed {
            return None;
        }
        let seeds = shared.cursor.take(most)?;
        let number = shared.taken;
        shared.taken += 1;
        // Still under the lock, so that it is heard in order.
        listener.taken(seeds.end);
        Some((number, seeds))
    }

    fn close(&self) {
        self.locked().closed = true;
        self.room.notify_all();
    }
}

/// Closes the desk when its thread panics.
struct Open<'a>(&'a Desk);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_grow_to_their_time_and_no_further() {
        assert_eq!(next_size(1, Duration::from_millis(40)), 1);
        assert_eq!(next_size(1, Duration::from_millis(10)), 2);
        assert_eq!(next_size(1, Duration::from_micros(1)), 4);
        assert_eq!(next_size(100, Duration::from_millis(10)), 200);
        assert_eq!(next_size(100, Duration::from_millis(200)), 10);
        assert_eq!(next_size(4096, Duration::ZERO), LARGEST_CHUNK);
    }
}
