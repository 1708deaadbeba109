//! Histories of clients, and judges of them that need no simulation: plain functions over a typed list of operations.
//!
//! A history comes from the kernel's clients or from anywhere else: a log of a real system will do. [`linearizable`]
//! judges it against a [`Model`](super::model::Model), [`session()`](session::session) against what one client has seen;
//! a protocol names both for the checks of a scenario with a [`Contract`].
//!
//! What a judgement costs, in processor time on one core of a shared machine with two, least of five rounds (November
//! 2026; `cargo bench -p squall-sim-core --bench checkers`):
//!
//! | judge | operations | ns each | a second |
//! |---|---|---|---|
//! | zones, one register, 20 clients | 1,000 | 38 | 25.7 million |
//! | | 10,000 | 37 | 26.7 million |
//! | | 100,000 | 52 | 19.0 million |
//! | | 1,000,000 | 120 | 8.3 million |
//! | session guarantees, by real time | 1,000,000 | 345 | 2.9 million |
//! | search, texts with append, 50 clients, 10 keys | 2,000 | 566 | 1.8 million |
//! | search, the same, 10 clients, one key | 1,000 | 627 | 1.6 million |
//! | search, the same, 50 clients, one key | 1,000 | 952 | 1.0 million |
//!
//! On the history of 50 clients and 10 keys the algorithm of Porcupine (Go; Lowe's, with partition by key) took 8.4
//! seconds on the same machine, where this one takes 1.1 milliseconds; with one key and 10 clients it did not end within
//! a minute. What makes the difference are the *lineages* of values that grow: a text that was read spells out who was
//! appended to what ([`Model::lineages`](super::model::Model::lineages)). Without such answers the search is exponential
//! in how many operations overlap, and its [`Budget`] ends it: undecided.
//!
//! ```
//! use sim_core::Time;
//! use sim_core::check::history::{Budget, Judgement, Operation, linearizable};
//! use sim_core::check::model::{Register, register::Ask, register::Told};
//!
//! let history = [
//!     Operation::new(0, Time(10), Ask::Write(1)).answered(Time(20), Told::Done),
//!     Operation::new(0, Time(30), Ask::Write(2)).unknown(),
//!     Operation::new(1, Time(40), Ask::Read).answered(Time(50), Told::Value(2)),
//!     Operation::new(1, Time(60), Ask::Read).answered(Time(70), Told::Value(1)),
//! ];
//! let Judgement::Broken(anomaly) = linearizable(&Register::new(0), &history, Budget::default()) else { panic!() };
//! assert_eq!((anomaly.class.as_str(), anomaly.witness), ("lost-write", vec![0, 1, 2, 3]));
//! ```

mod anomaly;
pub mod contract;
mod interner;
mod linearizable;
mod memo;
mod search;
pub mod session;
pub mod zone;

use std::fmt::Debug;

pub use anomaly::Anomaly;
pub use contract::Contract;
pub(super) use interner::Interner;
pub use linearizable::linearizable;

use crate::time::Time;

/// A point of a history: a time and, among things at the same time, a number that orders them.
///
/// Operations that only touch at one moment count as concurrent. The kernel numbers its events, so that nothing there
/// happens at the same moment; a history from elsewhere may leave every number 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Moment {
    /// The time, of any unit and origin.
    pub at: Time,
    /// The number of the event.
    pub event: u32,
}

impl From<Time> for Moment {
    fn from(at: Time) -> Moment {
        Moment { at, event: 0 }
    }
}

impl Moment {
    /// A number that orders moments; above 0 and below the largest there is.
    #[inline]
    pub(super) fn rank(self) -> u128 {
        1 + (u128::from(self.at.0) << 32 | u128::from(self.event))
    }
}

/// One operation of one client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operation<I, O> {
    /// The client. Its operations may overlap.
    pub client: u32,
    /// When it asked.
    pub call: Moment,
    /// What it asked.
    pub input: I,
    /// What became of it.
    pub ending: Ending<O>,
}

/// What a client knows of the end of an operation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending<O> {
    /// It was told this, then.
    Answered(Moment, O),
    /// It was certainly not applied.
    Failed,
    /// It may have been applied, may be applied later, or never.
    Unknown,
}

impl<I, O> Operation<I, O> {
    /// An operation whose end is not known.
    pub fn new(client: u32, call: impl Into<Moment>, input: I) -> Operation<I, O> {
        Operation { client, call: call.into(), input, ending: Ending::Unknown }
    }
    /// The same, answered then. A moment before the call is taken for the call.
    #[must_use]
    pub fn answered(mut self, at: impl Into<Moment>, output: O) -> Operation<I, O> {
        self.ending = Ending::Answered(at.into().max(self.call), output);
        self
    }
    /// The same, certainly not applied.
    #[must_use]
    pub fn failed(mut self) -> Operation<I, O> {
        self.ending = Ending::Failed;
        self
    }
    /// The same, with nothing known of its end.
    #[must_use]
    pub fn unknown(mut self) -> Operation<I, O> {
        self.ending = Ending::Unknown;
        self
    }

    /// When it was answered, if it was.
    #[inline]
    pub fn end(&self) -> Option<Moment> {
        match self.ending {
            Ending::Answered(at, _) => Some(at),
            Ending::Failed | Ending::Unknown => None,
        }
    }
    /// What the client was told, if anything.
    #[inline]
    pub fn output(&self) -> Option<&O> {
        match &self.ending {
            Ending::Answered(_, output) => Some(output),
            Ending::Failed | Ending::Unknown => None,
        }
    }
    /// Whether it was certainly not applied.
    #[inline]
    pub fn is_failed(&self) -> bool {
        matches!(self.ending, Ending::Failed)
    }
    /// The last moment known of it.
    pub(super) fn last(&self) -> Moment {
        self.end().unwrap_or(self.call)
    }
    /// The rank of its end: above every other while it may still be applied.
    #[inline]
    pub(super) fn end_rank(&self) -> u128 {
        self.end().map_or(u128::MAX, Moment::rank)
    }
}

impl<I: Debug, O: Debug> Operation<I, O> {
    /// What happened, in words, of a client of this name.
    pub fn told_of(&self, client: &str) -> String {
        let ending = match &self.ending {
            Ending::Answered(end, output) => format!("was told {output:?} at {}", end.at),
            Ending::Failed => "it was not applied".to_owned(),
            Ending::Unknown => "never learned the outcome".to_owned(),
        };
        format!("{client} asked {:?} at {} and {ending}", self.input, self.call.at)
    }
}

/// What a judge says of a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Judgement {
    /// The property holds.
    Holds,
    /// It cannot be said, and why.
    Undecided(String),
    /// The property is broken.
    Broken(Anomaly),
}

/// How many steps a search may try before it gives up: a measure of time. A configuration that it has not been in costs
/// ten, for it also takes memory: about a hundred bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Budget(pub u64);

impl Default for Budget {
    /// Some seconds at most.
    fn default() -> Budget {
        Budget(10_000_000)
    }
}
