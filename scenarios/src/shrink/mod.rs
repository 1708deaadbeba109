//! Smaller plans that still fail, down to the few events that matter.
//!
//! A failing run is frozen first, so that no randomness is left; every subset of its decisions, faults, operations,
//! clients and nodes is then a valid plan. A [`Shrinker`] looks for the smallest that fails with the same fingerprint: by
//! passes, coarse ones first, each of which makes the plan smaller in one order on plans. It ends when no pass finds
//! anything, and proves then by a certificate that no single part of what is left is superfluous.
//!
//! Most passes take something away or make it milder. Some begin anew: storms reach one failure in many ways, and where one
//! or two plain faults do, or a few operations, all of them end at those.
//!
//! Nothing here runs a plan. A shrinker proposes and is told; who runs is its driver, a command line with many threads or
//! a property test that knows only one candidate at a time.
//!
//! Runs are dear, so few are made, and short ones: a candidate ends when its verdict is certain; one that has been refused,
//! or that would look the same to a run that was, is not run again; and exceptions that made no difference, of which there
//! are thousands, are all taken out after a single look at the run. Snapshots, to skip what a candidate's run has in common
//! with that of its parent, do not pay: over storms of seven planted bugs that was 23 to 47 % of the events, a third in the
//! middle, before anything is paid for copies of all nodes, disks and checkers, which every protocol would have to provide.
//!
//! Read it in this order: the engine, which knows no plans (engine, search, memory, schedule, deletion, lowering, grain);
//! what a plan consists of and how small it is (elements, numbers, settings, validity, measure); what its run can see of it
//! (sight), and what can be seen in its run (study);
//! the passes; the end (certify, explain); all of it together (shrinker). The baselines that it is measured against are
//! in baseline.

pub mod baseline;
mod certify;
pub mod deletion;
mod elements;
pub mod engine;
mod explain;
mod grain;
pub mod lowering;
mod measure;
pub mod memory;
mod numbers;
mod passes;
mod remove;
mod rules;
pub mod schedule;
pub mod search;
mod settings;
mod shrinker;
mod sight;
mod size;
mod study;
#[cfg(test)]
mod synthetic;
mod validity;

use sim_core::Plan;

pub use engine::{Answer, Progress, Question, Verdict};
pub use measure::Measure;
pub use shrinker::Shrinker;
pub use size::Size;
pub use study::Study;

use crate::header::Certificate;

/// A shrunk plan and how it came about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shrunk {
    /// The smallest plan found that still fails.
    pub plan: Plan,
    /// How many candidates were tried.
    pub tries: u64,
    /// The size of the plan at the start.
    pub before: Size,
    /// The size of the shrunk plan.
    pub after: Size,
    /// The proof that nothing in it is superfluous; `None` if the search was stopped before.
    pub certificate: Option<Certificate>,
    /// What in it may be anything, in words.
    pub free: Vec<String>,
}

/// Shrinks a plan with nothing known of its runs but whether they fail.
///
/// `plan` is taken to fail. `still_fails` must answer alike when it is asked alike; it should say that a plan does not
/// fail if its protocol refuses it, and if it fails otherwise than the first did. `progress` hears of every candidate:
/// how many have been tried, and the size reached so far.
pub fn shrink(plan: &Plan, still_fails: &mut dyn FnMut(&Plan) -> bool, progress: &mut dyn FnMut(u64, &Size)) -> Shrunk {
    Shrinker::new(plan.clone()).run(still_fails, progress)
}
