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
//! What theory computes from what was measured, such as a failover's share of an outage, is
//! [`predicted`](Experiment::predicted) from the figures before it; the [`root`](Experiment::root) of a mean of squares has
//! its own error; a bound, an exact value and a number that is only shown have theirs.
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
mod hash_ring;
mod lease;
mod lifeguard;
mod load_balancing;
mod pool;
mod primary_backup;
mod swim;
mod table;
mod takeover;
mod trial;

pub(crate) use comparison::{comparison_page, comparisons};
pub(crate) use figure::{Experiment, Verdict};
pub(crate) use pool::{Advance, measure};
pub(crate) use table::{object, page};

/// Every experiment, family by family.
pub(crate) fn experiments() -> Vec<Experiment> {
    [
        detectors::experiments(),
        swim::experiments(),
        lifeguard::experiments(),
        availability::experiments(),
        load_balancing::experiments(),
        hash_ring::experiments(),
        primary_backup::experiments(),
        takeover::experiments(),
        lease::experiments(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[doc = include_str!("figures.md")]
pub fn validate(filters: &[&str]) -> Result<(), String> {
    let filters: Vec<String> = filters.iter().map(|&filter| filter.to_owned()).collect();
    let mut asked = experiments();
    asked.retain(|experiment| !experiment.long && experiment.is_asked_for(&filters));
    if asked.is_empty() {
        return Err(format!("no figure has a name like {filters:?}"));
    }
    let judged = measure(&asked, std::thread::available_parallelism().map_or(1, usize::from), |_| {});
    let is_fine = judged.iter().all(|figure| matches!(figure.verdict, Verdict::Met | Verdict::Observed));
    if is_fine { Ok(()) } else { Err(anstream::adapter::strip_str(&page(&judged)).to_string()) }
}
