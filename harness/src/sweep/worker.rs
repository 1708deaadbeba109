//! The worker process of a sweep: it may hang or die, and only what it was just doing is lost.

use std::io::{self, BufRead, Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::engine::{Engine, Listener};
use super::orders::{Orders, Word};
use crate::exit::Exit;
use crate::interrupt::Polite;
use crate::load::{Loaded, load_source};
use crate::registry::Registry;
use crate::source::Source;
use crate::watchdog;

/// How often it looks whether it was asked to stop.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Does what the first line of stdin says, and tells about it on stdout.
///
/// # Errors
/// What is wrong with the orders, or with the machine.
pub(crate) fn work(registry: &Registry) -> Result<Exit, String> {
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|error| format!("stdin could not be read: {error}"))?;
    let orders: Orders = serde_json::from_str(&line).map_err(|error| format!("the orders make no sense: {error}"))?;
    let load = |(name, text): &(String, String)| {
        let source = Source { name: name.clone(), bytes: text.clone().into_bytes() };
        load_source(registry, source).map_err(|_| format!("`{name}` is no scenario any more"))
    };
    let files = orders.files.iter().map(load).collect::<Result<Vec<Loaded>, String>>()?;
    let stop = stop_when_asked().map_err(|error| format!("a thread could not be started: {error}"))?;
    let jobs = if orders.careful { 1 } else { orders.jobs };
    let engine = Engine { registry, files: &files, jobs, fail_fast: orders.fail_fast, patience: watchdog::PATIENCE };
    let mouth = Mouth { careful: orders.careful, out: Mutex::new(io::stdout()), stop: &stop };
    let mut deliver = |piece| mouth.say(&Word::Piece(piece));
    let stopped = engine.run(orders.cursor(), &stop, &mouth, &mut deliver);
    let stopped = stopped.map_err(|error| format!("a thread could not be started: {error}"))?;
    mouth.say(&Word::Stopped(stopped));
    Ok(Exit::Met)
}

/// A flag that is set when stdin ends, because the sweep is over or gone, or when a signal comes.
fn stop_when_asked() -> io::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let at_end = Arc::clone(&stop);
    thread::Builder::new().name("lifeline".to_owned()).spawn(move || {
        // Nothing more is ever said: this waits for the end, in whichever way it comes.
        let _ = io::stdin().lock().read_to_end(&mut Vec::new());
        at_end.store(true, Ordering::Relaxed);
    })?;
    let at_signal = Arc::clone(&stop);
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let polite = Polite::begin();
        while polite.asked().is_none() {
            thread::sleep(LOOK_EVERY);
        }
        at_signal.store(true, Ordering::Relaxed);
    })?;
    Ok(stop)
}

/// Speaks to the sweep.
struct Mouth<'a, W> {
    careful: bool,
    out: Mutex<W>,
    stop: &'a AtomicBool,
}

impl<W: Write> Mouth<'_, W> {
    fn say(&self, word: &Word) {
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if word.say(&mut *out).is_err() {
            // Nobody listens: the sweep was killed.
            self.stop.store(true, Ordering::Relaxed);
        }
    }
}

impl<W: Write + Send> Listener for Mouth<'_, W> {
    fn taken(&self, end: u64) {
        self.say(&Word::Taken(end));
    }
    fn begins(&self, seed: u64) {
        if self.careful {
            self.say(&Word::Begins(seed));
        }
    }
}
