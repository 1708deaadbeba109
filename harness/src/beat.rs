//! The heartbeat of a run: where it is, told by the running thread and read by another.
//!
//! It costs three relaxed stores a handler, so that every run of the command line can be watched.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sim_core::{Handler, NodeId, Plan, Progress, RunOptions, Time};

use crate::label::Label;
use crate::runner::{Ran, Runner};

/// Where a run is.
#[derive(Default)]
pub(crate) struct Beat {
    running: AtomicBool,
    /// Handlers called, over all runs.
    handlers: AtomicU64,
    /// True time of the last.
    time: AtomicU64,
    /// Its node, and in the upper half its place in `kinds`.
    at: AtomicU64,
    /// Every handler seen so far.
    kinds: Mutex<Vec<Handler>>,
    /// Which run it is.
    label: Mutex<Option<Label>>,
    /// The names of its nodes.
    names: Mutex<Vec<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Beat {
    /// Says which runs follow, and gives a runner whose runs are told here.
    pub(crate) fn attach(self: &Arc<Beat>, mut runner: Box<dyn Runner>, label: Label) -> Box<dyn Runner> {
        *locked(&self.label) = Some(label);
        runner.watch(Some(self.listener()));
        Box::new(Watched { runner, beat: Arc::clone(self) })
    }

    /// Says which run follows, on a runner that is attached already.
    pub(crate) fn begins(&self, label: Label) {
        *locked(&self.label) = Some(label);
    }

    /// How many handlers have been called; `None` between runs.
    pub(crate) fn handlers(&self) -> Option<u64> {
        self.running.load(Ordering::Relaxed).then(|| self.handlers.load(Ordering::Relaxed))
    }

    /// Which run it is.
    pub(crate) fn label(&self) -> Option<Label> {
        locked(&self.label).clone()
    }

    /// Where the run is, in words: time, handler and node.
    pub(crate) fn place(&self) -> String {
        let at = self.at.load(Ordering::Relaxed);
        let handler = locked(&self.kinds).get((at >> 32) as usize).map_or("a handler".to_owned(), Handler::to_string);
        let node = locked(&self.names).get((at & 0xffff) as usize).map_or("?".to_owned(), String::clone);
        words(Time(self.time.load(Ordering::Relaxed)), &handler, &node)
    }

    /// What the kernel calls before every handler.
    fn listener(self: &Arc<Beat>) -> Progress {
        let beat = Arc::clone(self);
        let mut known: Vec<Handler> = Vec::new();
        // Handlers come in rows of one kind: the last one is looked at before all others are.
        let mut last = (Handler::Start, usize::MAX);
        let mut count = 0;
        Box::new(move |time: Time, node: NodeId, handler: Handler| {
            if last.1 == usize::MAX || !same(last.0, handler) {
                let kind = known.iter().position(|seen| same(*seen, handler)).unwrap_or_else(|| {
                    known.push(handler);
                    locked(&beat.kinds).clone_from(&known);
                    known.len() - 1
                });
                last = (handler, kind);
            }
            let kind = last.1;
            beat.time.store(time.0, Ordering::Relaxed);
            beat.at.store((kind as u64) << 32 | u64::from(node.0), Ordering::Relaxed);
            count += 1;
            beat.handlers.store(count, Ordering::Relaxed);
        })
    }
}

/// Whether two handlers are the same one. A kind is nearly always the very same text, which need not be read then.
fn same(one: Handler, other: Handler) -> bool {
    match (one, other) {
        (Handler::Message(one), Handler::Message(other)) => std::ptr::eq(one, other) || one == other,
        _ => one == other,
    }
}

/// A handler and when and where it is at work.
pub(crate) fn words(time: Time, handler: &str, node: &str) -> String {
    format!("in `{handler}` of {node} at {time} of simulated time")
}

/// A runner whose runs a [`Beat`] knows of.
struct Watched {
    runner: Box<dyn Runner>,
    beat: Arc<Beat>,
}

impl Runner for Watched {
    fn accept(&mut self, plan: &Plan) -> Result<(), String> {
        self.runner.accept(plan)
    }

    fn run(&mut self, plan: &Plan, options: RunOptions) -> Ran {
        let names = plan.nodes.iter().map(|node| &node.name);
        {
            let mut known = locked(&self.beat.names);
            if !names.clone().eq(known.iter()) {
                *known = names.cloned().collect();
            }
        }
        self.beat.running.store(true, Ordering::Relaxed);
        let ran = self.runner.run(plan, options);
        self.beat.running.store(false, Ordering::Relaxed);
        ran
    }

    fn watch(&mut self, progress: Option<Progress>) {
        self.runner.watch(progress);
    }
}
