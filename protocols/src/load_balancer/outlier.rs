//! Outlier ejection: a backend that fails several times in a row is left out for a while, each time for longer.
//!
//! Follows Envoy's outlier detection, with its guard: at most a share of the backends is out at a time, because failures
//! of everybody are nobody's fault.

use serde::{Deserialize, Serialize};
use sim_core::{Probability, Span};

/// When a backend is ejected, and for how long.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Failures in a row: time-outs, errors, rejections.
    pub consecutive: u32,
    /// How long the first ejection lasts; the n-th lasts n times as long.
    pub base: Span,
    /// The share of backends that may be out at a time.
    pub most: Probability,
}

/// What is remembered of one backend.
#[derive(Debug, Default)]
pub(super) struct Outlier {
    consecutive: u32,
    ejections: u32,
    pub(super) ejected: bool,
}

impl Outlier {
    pub(super) fn succeeded(&mut self) {
        self.consecutive = 0;
    }

    /// Whether the backend is due to be ejected.
    pub(super) fn failed(&mut self, rule: &Rule) -> bool {
        self.consecutive += 1;
        self.consecutive >= rule.consecutive && !self.ejected
    }

    /// Ejects; for how long.
    pub(super) fn eject(&mut self, rule: &Rule) -> Span {
        self.consecutive = 0;
        self.ejected = true;
        self.ejections += 1;
        rule.base.saturating_mul(u64::from(self.ejections))
    }

    pub(super) fn readmit(&mut self) {
        self.ejected = false;
    }
}

impl Rule {
    /// Whether one more may be ejected when `out` of `all` are.
    pub(super) fn allows(&self, out: usize, all: usize) -> bool {
        (out as u128 + 1) * 1_000_000_000 <= all as u128 * u128::from(self.most.ppb())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> Rule {
        Rule { consecutive: 3, base: Span::from_secs(1), most: "50%".parse().unwrap() }
    }

    #[test]
    fn a_row_of_failures_ejects_and_a_success_breaks_the_row() {
        let mut backend = Outlier::default();
        assert!(!backend.failed(&rule()) && !backend.failed(&rule()));
        backend.succeeded();
        assert!(!backend.failed(&rule()) && !backend.failed(&rule()));
        assert!(backend.failed(&rule()));
    }

    #[test]
    fn each_ejection_is_longer() {
        let mut backend = Outlier::default();
        for secs in [1, 2, 3] {
            assert_eq!(backend.eject(&rule()), Span::from_secs(secs));
            assert!(!backend.failed(&rule()), "who is out is not ejected again");
            backend.readmit();
        }
    }

    #[test]
    fn at_most_a_share_is_out() {
        assert!(rule().allows(1, 4));
        assert!(!rule().allows(2, 4));
        assert!(!rule().allows(0, 1));
    }
}
