//! The panic hook: silent for panics inside a run, where the kernel catches them and they become a verdict.
//!
//! A panic outside a handler is a fault of squall itself and is told as always.

use std::cell::Cell;
use std::panic;
use std::sync::Once;

thread_local! {
    static RUNNING: Cell<bool> = const { Cell::new(false) };
}

static INSTALL: Once = Once::new();

/// Puts the hook in front of the one that is there. Once a process; later calls do nothing.
pub(crate) fn install() {
    INSTALL.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !RUNNING.get() {
                usual(info);
            }
        }));
    });
}

/// While it lives, panics on this thread belong to a run.
pub(crate) struct InRun {
    before: bool,
}

impl InRun {
    pub(crate) fn enter() -> InRun {
        install();
        InRun { before: RUNNING.replace(true) }
    }
}

impl Drop for InRun {
    fn drop(&mut self) {
        RUNNING.set(self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guard_ends_with_its_scope_even_through_a_panic() {
        let unwound = panic::catch_unwind(|| {
            let _guard = InRun::enter();
            panic!("inside");
        });
        assert!(unwound.is_err());
        assert!(!RUNNING.get());
    }
}
