//! Ends a process whose run makes no progress: a handler that loops for ever cannot become a verdict.
//!
//! Runs on a watched runner count their handlers in an atomic; a thread looks at it now and then. The count is one
//! store a handler, so that a watched run costs little more than another.

use std::process;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use sim_core::{Handler, NodeId, Plan, Progress, RunOptions, Time};

use crate::exit::Exit;
use crate::runner::{Ran, Runner};
use crate::screen::Screen;

/// How long one handler may take, in wall time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How often the thread looks.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// What the running thread tells and the watching thread reads.
#[derive(Default)]
struct Beat {
    running: AtomicBool,
    /// Handlers called, over all runs.
    handlers: AtomicU64,
    /// True time of the last.
    time: AtomicU64,
    /// Its node, and in the upper half its place in `kinds`.
    at: AtomicU64,
    /// Every handler seen so far.
    kinds: Mutex<Vec<Handler>>,
    /// Which scenario runs: words for the message, and the names of its nodes.
    case: Mutex<(String, Vec<String>)>,
}

/// A thread that watches the runners given to it, until the process ends.
pub(crate) struct Watchdog {
    beat: Arc<Beat>,
}

impl Watchdog {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the operating system has no thread to give.
    pub(crate) fn start() -> std::io::Result<Watchdog> {
        let beat = Arc::new(Beat::default());
        let watched = Arc::clone(&beat);
        thread::Builder::new().name("watchdog".to_owned()).spawn(move || watched.watch())?;
        Ok(Watchdog { beat })
    }

    /// A runner that is watched. `case` names scenario and seed for the message.
    pub(crate) fn guard(&self, mut runner: Box<dyn Runner>, case: String) -> Box<dyn Runner> {
        *self.beat.case.lock().unwrap_or_else(PoisonError::into_inner) = (case, Vec::new());
        runner.watch(Some(self.beat.listener()));
        Box::new(Watched { runner, beat: Arc::clone(&self.beat) })
    }
}

impl Beat {
    /// What the kernel calls before every handler.
    fn listener(self: &Arc<Beat>) -> Progress {
        let beat = Arc::clone(self);
        let mut known: Vec<Handler> = Vec::new();
        let mut count = 0;
        Box::new(move |time: Time, node: NodeId, handler: Handler| {
            let kind = known.iter().position(|seen| *seen == handler).unwrap_or_else(|| {
                known.push(handler);
                beat.kinds.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&known);
                known.len() - 1
            });
            beat.time.store(time.0, Ordering::Relaxed);
            beat.at.store((kind as u64) << 32 | u64::from(node.0), Ordering::Relaxed);
            count += 1;
            beat.handlers.store(count, Ordering::Relaxed);
        })
    }

    fn watch(&self) {
        let mut seen = 0;
        let mut since = Instant::now();
        loop {
            thread::sleep(LOOK_EVERY);
            let handlers = self.handlers.load(Ordering::Relaxed);
            if handlers != seen || !self.running.load(Ordering::Relaxed) {
                (seen, since) = (handlers, Instant::now());
            } else if since.elapsed() >= PATIENCE {
                Screen::default().talk(&self.message());
                process::exit(i32::from(Exit::Internal.code()));
            }
        }
    }

    fn message(&self) -> String {
        let case = self.case.lock().unwrap_or_else(PoisonError::into_inner);
        let kinds = self.kinds.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.at.load(Ordering::Relaxed);
        let handler = kinds.get((at >> 32) as usize).map_or("a handler".to_owned(), |kind| format!("`{kind}`"));
        let node = case.1.get((at & 0xffff) as usize).map_or("?", |name| name);
        let time = Time(self.time.load(Ordering::Relaxed));
        format!(
            "error: {handler} of {node} has not come back for {} s\n  {}\n  simulated time {time}, handler call {}\n  \
             help: look for a loop that never ends in that handler",
            PATIENCE.as_secs(),
            case.0,
            self.handlers.load(Ordering::Relaxed),
        )
    }
}

/// A runner whose runs the watchdog knows of.
struct Watched {
    runner: Box<dyn Runner>,
    beat: Arc<Beat>,
}

impl Runner for Watched {
    fn accept(&mut self, plan: &Plan) -> Result<(), String> {
        self.runner.accept(plan)
    }

    fn run(&mut self, plan: &Plan, options: RunOptions) -> Ran {
        {
            let mut case = self.beat.case.lock().unwrap_or_else(PoisonError::into_inner);
            let names = plan.nodes.iter().map(|node| &node.name);
            if !names.clone().eq(&case.1) {
                case.1 = names.cloned().collect();
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
