//! How long silence may last: the part in which failure detectors differ.
//!
//! Everything is in whole nanoseconds of the observer's own clock. A rule that keeps statistics (the expected arrival of
//! NFD-E, the gaps of a phi accrual detector) keeps them in its [`History`](Rule::History) and answers with the instant
//! at which its threshold will be crossed, so that nobody has to poll it.

use sim_core::{LocalTime, Span};

use super::stamp::Stamp;

/// A sign of life that was newer than everything heard of that peer before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// The peer's own count of its messages.
    pub stamp: Stamp,
    /// When it arrived, on the observer's clock.
    pub at: LocalTime,
    /// Whether the peer was suspected until now: what an estimator should not learn from.
    pub suspected: bool,
}

/// Turns the evidence about one peer into the instant at which it becomes suspect.
pub trait Rule {
    /// What is remembered of one peer.
    type History: Default;

    /// The deadline of a peer of which nothing has been heard since the watch began at `now`.
    fn first_deadline(&self, now: LocalTime) -> LocalTime;

    /// The new deadline of a peer that gave a sign of life. It may lie before the old one.
    fn deadline(&self, history: &mut Self::History, evidence: Evidence) -> LocalTime;
}

/// The plain rule: a peer is suspect when it has been silent for longer than a fixed time.
///
/// A sign of life counts from its arrival, so the worst detection time is this time plus the longest that a packet
/// travels (Chen, Toueg, Aguilera 2002, section 1.2: the price of having no freshness points).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FixedTimeout(
    /// The longest silence that is no suspicion.
    pub Span,
);

impl Rule for FixedTimeout {
    type History = ();

    fn first_deadline(&self, now: LocalTime) -> LocalTime {
        now + self.0
    }

    fn deadline(&self, (): &mut (), evidence: Evidence) -> LocalTime {
        evidence.at + self.0
    }
}
