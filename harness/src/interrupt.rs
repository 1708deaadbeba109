//! SIGINT and SIGTERM: they end the process at once with 130 or 143, or, where work would be lost, politely.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::exit::Exit;

/// What a signal does and what came.
struct Signals {
    /// Whether the next signal ends the process.
    at_once: Arc<AtomicBool>,
    /// The last signal, or 0.
    came: Arc<AtomicUsize>,
}

static SIGNALS: OnceLock<Signals> = OnceLock::new();

/// Installs the handlers. Called once, by `main`. A `watched` process leaves it to its watcher to lose patience.
///
/// # Errors
/// If the operating system refuses.
pub(crate) fn install(watched: bool) -> io::Result<()> {
    let signals = Signals { at_once: Arc::new(AtomicBool::new(true)), came: Arc::default() };
    for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
        flag::register_conditional_shutdown(signal, i32::from(exit.code()), Arc::clone(&signals.at_once))?;
        if !watched {
            // In this order: the first signal in a polite section only arms the second.
            flag::register(signal, Arc::clone(&signals.at_once))?;
        }
        flag::register_usize(signal, Arc::clone(&signals.came), signal as usize)?;
    }
    // A second installation keeps the first: both would do the same.
    let _ = SIGNALS.set(signals);
    Ok(())
}

/// A section that a first signal does not end: it asks [`Polite::asked`] now and then and stops by itself. A second
/// signal ends the process.
pub(crate) struct Polite(());

impl Polite {
    pub(crate) fn begin() -> Polite {
        if let Some(signals) = SIGNALS.get() {
            signals.at_once.store(false, Ordering::SeqCst);
        }
        Polite(())
    }

    /// How the process should end, if a signal has come.
    pub(crate) fn asked(&self) -> Option<Exit> {
        match i32::try_from(SIGNALS.get()?.came.load(Ordering::SeqCst)).ok()? {
            SIGINT => Some(Exit::Interrupted),
            SIGTERM => Some(Exit::Terminated),
            _ => None,
        }
    }
}

impl Drop for Polite {
    fn drop(&mut self) {
        if let Some(signals) = SIGNALS.get() {
            signals.at_once.store(true, Ordering::SeqCst);
        }
    }
}
