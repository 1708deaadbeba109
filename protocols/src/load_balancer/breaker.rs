//! The circuit breaker: too large a share of failures opens it, and only a trial that succeeds closes it again.
//!
//! Follows Nygard, *Release It!*: closed, open, half-open.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use sim_core::{Probability, Span};

/// When the circuit to a backend opens, and for how long.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// How many of the latest results are looked at; fewer say nothing.
    pub window: u32,
    /// The share of failures that opens it.
    pub errors: Probability,
    /// How long it stays open before a trial.
    pub open: Span,
}

/// The circuit to one backend.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    state: State,
    /// The latest results; true is a failure.
    recent: VecDeque<bool>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Closed,
    Open,
    HalfOpen,
}

impl Breaker {
    /// Whether a request may pass while `open_requests` are under way: a half-open circuit has one at a time.
    pub(super) fn admits(&self, open_requests: u32) -> bool {
        match self.state {
            State::Closed => true,
            State::Open => false,
            State::HalfOpen => open_requests == 0,
        }
    }

    /// Takes a result. True if the circuit has just opened: a trial is due after [`Rule::open`].
    pub(super) fn result(&mut self, failure: bool, rule: &Rule) -> bool {
        match (self.state, failure) {
            // What was under way when the circuit opened says nothing new.
            (State::Open, _) => return false,
            (State::HalfOpen, true) => self.state = State::Open,
            (State::HalfOpen, false) => self.state = State::Closed,
            (State::Closed, _) => {
                if self.recent.len() >= rule.window as usize {
                    self.recent.pop_front();
                }
                self.recent.push_back(failure);
                let failures = self.recent.iter().filter(|failure| **failure).count() as u64;
                let full = self.recent.len() >= rule.window as usize;
                if full && failures * 1_000_000_000 >= u64::from(rule.errors.ppb()) * u64::from(rule.window) {
                    self.state = State::Open;
                }
            }
        }
        if self.state != State::Closed {
            self.recent.clear();
        }
        self.state == State::Open
    }

    /// The time for a trial has come.
    pub(super) fn half_open(&mut self) {
        if self.state == State::Open {
            self.state = State::HalfOpen;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        Rule { window: 4, errors: "50%".parse().unwrap(), open: Span::from_secs(1) }
    }

    fn opened() -> Breaker {
        let mut breaker = Breaker::default();
        let opened: Vec<_> = [false, true, false, true].map(|failure| breaker.result(failure, &rule())).into();
        assert_eq!(opened, [false, false, false, true]);
        breaker
    }

    #[test]
    fn the_share_is_of_the_latest_results() {
        let mut breaker = Breaker::default();
        for failure in [true, false, false, false, true, false, false, false] {
            assert!(!breaker.result(failure, &rule()));
        }
        assert!(breaker.admits(7));
    }

    #[test]
    fn an_open_circuit_lets_nothing_pass_until_a_trial_succeeds() {
        let mut breaker = opened();
        assert!(!breaker.admits(0));
        assert!(!breaker.result(false, &rule()), "an answer to an older request is no trial");
        breaker.half_open();
        assert!(breaker.admits(0) && !breaker.admits(1));
        assert!(breaker.result(true, &rule()), "the trial failed: open again");
        breaker.half_open();
        assert!(!breaker.result(false, &rule()));
        assert!(breaker.admits(7), "the trial succeeded");
    }
}
