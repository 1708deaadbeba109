//! One run of a scenario, and what was measured in it.

use std::cell::RefCell;

use scenarios::Scenario;
use sim_core::outcome::{Amount, End};
use sim_core::{Outcome, RunOptions};

use crate::registry::Registry;
use crate::runner::Runner;

/// A scenario at work.
struct Loaded {
    text: String,
    scenario: Scenario,
    runner: Box<dyn Runner>,
}

impl Loaded {
    fn of(text: &str) -> Loaded {
        let registry = Registry::builtin();
        let scenario = scenarios::load(text.as_bytes(), &registry).unwrap_or_else(|why| panic!("{why:#?}\n{text}"));
        let runner = registry.runner(scenario.protocol()).unwrap_or_else(|| unreachable!("the loader knows it"));
        Loaded { text: text.to_owned(), scenario, runner }
    }
}

thread_local! {
    /// The scenario that this thread ran last: an experiment runs one many times.
    static LAST: RefCell<Option<Loaded>> = const { RefCell::new(None) };
}

/// Runs a scenario under a seed.
///
/// # Panics
/// If the text is no scenario, or the run does not reach its end.
pub(super) fn run(text: &str, seed: u64) -> Outcome {
    run_with(text, seed, RunOptions::default())
}

/// The same, with everything that happened.
pub(super) fn traced(text: &str, seed: u64) -> Outcome {
    run_with(text, seed, RunOptions { trace: true, ..RunOptions::default() })
}

fn run_with(text: &str, seed: u64, options: RunOptions) -> Outcome {
    LAST.with_borrow_mut(|last| {
        let Loaded { scenario, runner, .. } = match last.take_if(|loaded| loaded.text == text) {
            Some(loaded) => last.insert(loaded),
            None => last.insert(Loaded::of(text)),
        };
        let outcome = runner.run(&scenario.expand(seed), options).outcome;
        assert_eq!(outcome.end, End::Horizon, "seed {seed} of\n{text}");
        outcome
    })
}

/// What was measured under this name; `None` if there was nothing to measure.
fn amount(outcome: &Outcome, name: &str) -> Option<Amount> {
    outcome.measures.iter().find(|measure| measure.name == name).map(|measure| measure.amount)
}

/// A length of time that was measured, in seconds; 0 if there was none.
pub(super) fn seconds(outcome: &Outcome, name: &str) -> f64 {
    match amount(outcome, name) {
        Some(Amount::Span(span)) => span.0 as f64 / 1e9,
        _ => 0.0,
    }
}

/// A number of things that was measured; 0 if there was none.
pub(super) fn count(outcome: &Outcome, name: &str) -> f64 {
    match amount(outcome, name) {
        Some(Amount::Count(count)) => count as f64,
        _ => 0.0,
    }
}

/// A share that was measured; 0 if there was none.
pub(super) fn share(outcome: &Outcome, name: &str) -> f64 {
    match amount(outcome, name) {
        Some(Amount::Share(ppb)) => f64::from(ppb) / 1e9,
        _ => 0.0,
    }
}
