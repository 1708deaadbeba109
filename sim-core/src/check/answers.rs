//! Whether clients are answered since some moment: the clock behind failover and progress.

use std::collections::BTreeMap;

use super::Observation;
use crate::context::RequestId;
use crate::time::{Span, Time};

/// The operations that clients wait for, each with the times of its attempts.
#[derive(Default)]
pub(super) struct Answers {
    open: BTreeMap<(u16, u32), Vec<(u32, Time)>>,
}

impl Answers {
    /// Follows the run. The time of the attempt that is answered now.
    pub(super) fn observe(&mut self, at: Time, seen: &Observation<'_>) -> Option<Time> {
        let key = |request: RequestId| (request.client, request.operation);
        match *seen {
            Observation::Invoked(request) | Observation::Tried(request) => {
                self.open.entry(key(request)).or_default().push((request.attempt, at));
                None
            }
            Observation::Answered(request, _) => {
                let attempts = self.open.remove(&key(request))?;
                attempts.iter().find(|attempt| attempt.0 == request.attempt).map(|attempt| attempt.1)
            }
            Observation::Failed(request, _) | Observation::Unknown(request, _) => {
                self.open.remove(&key(request));
                None
            }
            _ => None,
        }
    }

    /// Whether somebody waits.
    pub(super) fn any_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// The operation that has waited longest: client, number, and since when.
    pub(super) fn longest_open(&self) -> Option<(u16, u32, Time)> {
        let begun = self.open.iter().filter_map(|(key, attempts)| Some((attempts.first()?.1, key)));
        begun.min().map(|(since, &(client, operation))| (client, operation, since))
    }
}

/// A bound on the time until somebody is answered.
///
/// It runs while somebody asks: when it is over and nobody waits, nobody can say whether an answer would have come, and it
/// begins anew with the next operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Patience {
    within: Span,
    since: Option<Time>,
}

impl Patience {
    /// It runs from now on if somebody waits already, otherwise from when somebody does.
    pub(super) fn new(within: Span, now: Time, answers: &Answers) -> Patience {
        Patience { within, since: answers.any_open().then_some(now) }
    }

    /// When it began and when it was over, if it was before `now` and somebody waits in vain. To be asked before
    /// `answers` sees what happens now.
    pub(super) fn over(&mut self, now: Time, answers: &Answers) -> Option<(Time, Time)> {
        let since = self.since?;
        let over = since.saturating_add(self.within);
        if over >= now {
            return None;
        }
        self.since = self.since.filter(|_| answers.any_open());
        self.since.map(|since| (since, over))
    }

    /// Somebody asks.
    pub(super) fn asked(&mut self, at: Time) {
        self.since.get_or_insert(at);
    }
}
