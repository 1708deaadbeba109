//! How long silence may last: the part in which failure detectors differ.
//!
//! Everything is in whole nanoseconds of the observer's own clock. A rule that keeps statistics (the expected arrival of
//! NFD-E, the gaps of a phi accrual detector) keeps them in its [`History`](Rule::History) and answers with the instant
//! at which its threshold will be crossed, so that nobody has to poll it.

use sim_core::{LocalTime, Span};

use super::stamp::Stamp;

/// Later than every deadline: the peer may be silent for ever.
pub const NEVER: LocalTime = LocalTime(u64::MAX);

/// A sign of life that was newer than everything heard of that peer before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// The peer's own count of its messages.
    pub stamp: Stamp,
    /// When it arrived, on the observer's clock.
    pub at: LocalTime,
    /// When it was sent, if its sender said so.
    pub dated: Option<Dated>,
    /// Whether the peer was suspected until now: what an estimator of gaps should not learn from.
    pub suspected: bool,
}

/// When a sign of life was sent, as far as clocks can tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dated {
    /// On the sender's monotonic clock, which nothing ties to the observer's.
    pub sent: LocalTime,
    /// How long it has travelled, by wall clocks that are taken to be synchronised.
    pub age: Span,
}

/// Turns the evidence about one peer into the instant at which it becomes suspect.
pub trait Rule {
    /// What is remembered of one peer.
    type History: Default;

    /// The deadline of a peer of which nothing has been heard since the watch began at `now`.
    fn first_deadline(&self, now: LocalTime) -> LocalTime;

    /// The new deadline of a peer that gave a sign of life. It may lie before the old one, and in the past: then the sign
    /// was too old to tell anything about the present.
    fn deadline(&self, history: &mut Self::History, evidence: Evidence) -> LocalTime;

    /// The new deadline of a peer that has just been asked for a sign of life; `None` if being asked changes nothing.
    fn asked(&self, history: &mut Self::History, now: LocalTime) -> Option<LocalTime> {
        let _ = (history, now);
        None
    }
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
