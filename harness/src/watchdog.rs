//! Ends a process whose run cannot become a verdict: a handler that loops for ever, memory without end, nobody left who
//! waits for it.

use std::process;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::beat::Beat;
use crate::cli::Format;
use crate::exit::Exit;
use crate::memory;
use crate::no_verdict::NoVerdict;
use crate::screen::Screen;

/// How long one handler may take, in wall time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How often the thread looks. Memory can grow by about a gigabyte meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Starts a thread that watches the runs attached to `beat` as long as there is somebody to run them; a handler may take
/// `patience`.
///
/// # Errors
/// If the operating system has no thread to give.
pub(crate) fn start(beat: &Arc<Beat>, patience: Duration, format: Format) -> std::io::Result<()> {
    let beat = Arc::downgrade(beat);
    thread::Builder::new().name("watchdog".to_owned()).spawn(move || watch(&beat, patience, format)).map(drop)
}

fn watch(beat: &Weak<Beat>, patience: Duration, format: Format) {
    let bearable = memory::bearable().unwrap_or(u64::MAX);
    let parent = parent();
    let mut seen = None;
    let mut since = Instant::now();
    loop {
        thread::sleep(LOOK_EVERY);
        if parent != self::parent() {
            // Nobody waits for this process any more.
            process::exit(i32::from(Exit::Terminated.code()));
        }
        let Some(beat) = beat.upgrade() else { return };
        let handlers = beat.handlers();
        if handlers.is_none() || handlers != seen {
            (seen, since) = (handlers, Instant::now());
        }
        if since.elapsed() >= patience {
            end(&beat, format, |place| {
                let seconds = patience.as_secs();
                NoVerdict::NoProgress(format!("nothing has happened for {seconds} s {place}: does it loop for ever?"))
            });
        }
        if handlers.is_some()
            && let Some(resident) = memory::resident().filter(|resident| *resident > bearable)
        {
            end(&beat, format, |place| {
                let mebibytes = resident >> 20;
                NoVerdict::OutOfMemory(format!(
                    "the run holds {mebibytes} MiB, three quarters of all there is, {place}: does it grow for ever?"
                ))
            });
        }
    }
}

fn end(beat: &Beat, format: Format, why: impl Fn(&str) -> NoVerdict) {
    let why = why(&beat.place());
    if let Some(label) = beat.label() {
        why.show(&label, &Screen::default(), format);
    }
    process::exit(i32::from(why.exit().code()));
}

#[cfg(unix)]
fn parent() -> u32 {
    std::os::unix::process::parent_id()
}

#[cfg(not(unix))]
fn parent() -> u32 {
    0
}
