//! `squall validate`: does the simulator tell the truth? Figures that theory gives in closed form, each measured again by
//! simulation with the protocols that squall ships.
//!
//! A figure is accepted within four standard errors of what theory says, and only if the same test would reject a model
//! that is 10 % off in either direction: a test that rejects nothing shows nothing.
//!
//! # How to add a row
//!
//! An [`Experiment`] is a number of independent runs, from which one or more figures come. Write a function that returns
//! one, in the file of its family, and add it to that file's `experiments()`:
//!
//! ```text
//! fn one_unit() -> Experiment {
//!     Experiment::new("availability/one-unit", "renewal theory: MTTR / (MTBF + MTTR)", 64, |seed| {
//!         let outcome = trial::run(SCENARIO, seed);
//!         vec![Sample::ratio(trial::seconds(&outcome, "down"), trial::seconds(&outcome, "watched"))]
//!     })
//!     .figure("unavailability", Unit::Share, 9.901e-3)
//! }
//! ```
//!
//! The closure gets the number of a run, which serves as its seed, and gives one [`Sample`] for each figure, in the order
//! of the figures. It runs on any thread and must depend on nothing but that number. A new family is a file with a
//! function `experiments()`, named in [`experiments`]. What does not fit in the two minutes that the whole command has on
//! two cores is marked [`long`](Experiment::long). Aim at 4,000 events of the kind that is counted (failures, mistakes,
//! moved keys) over 32 runs or more: then a standard error is below 2 %, and is itself known well enough.
//!
//! Floating point is allowed here: it judges results, and nothing of it reaches a run.

mod availability;
mod comparison;
mod detectors;
mod estimate;
mod figure;
mod load_balancing;
mod pool;
mod swim;
mod table;
mod trial;

pub(crate) use comparison::{comparison_page, comparisons};
pub(crate) use figure::{Experiment, Verdict};
pub(crate) use pool::measure;
pub(crate) use table::{object, page};

/// Every experiment, family by family.
pub(crate) fn experiments() -> Vec<Experiment> {
    [detectors::experiments(), swim::experiments(), availability::experiments(), load_balancing::experiments()]
        .into_iter()
        .flatten()
        .collect()
}
