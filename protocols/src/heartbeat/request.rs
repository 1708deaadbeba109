//! Detection by what was asked and not answered, without any heartbeat of the peer's own accord.

use sim_core::{LocalTime, Span};

use super::rule::{Evidence, NEVER, Rule};

/// A peer is suspect when so many requests in a row have each waited for longer than a fixed time.
///
/// With one error allowed to pass for none (`errors: 1`) this is the plain request time-out; with more it is the threshold
/// of consecutive errors that circuit breakers and health checks use. A sign of life answers all that was asked before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Requests {
    /// The longest wait for an answer that is no error.
    pub timeout: Span,
    /// How many errors in a row make a suspicion, at least 1.
    pub errors: u32,
}

impl Rule for Requests {
    /// How many requests are unanswered.
    type History = u32;

    fn first_deadline(&self, _now: LocalTime) -> LocalTime {
        NEVER
    }

    fn deadline(&self, unanswered: &mut u32, _evidence: Evidence) -> LocalTime {
        *unanswered = 0;
        NEVER
    }

    fn asked(&self, unanswered: &mut u32, now: LocalTime) -> Option<LocalTime> {
        *unanswered = unanswered.saturating_add(1);
        (*unanswered == self.errors.max(1)).then(|| now + self.timeout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heartbeat::Stamp;

    #[test]
    fn only_errors_in_a_row_count() {
        let rule = Requests { timeout: Span(10), errors: 3 };
        let mut unanswered = 0;
        assert_eq!(rule.asked(&mut unanswered, LocalTime(100)), None);
        assert_eq!(rule.asked(&mut unanswered, LocalTime(200)), None);
        let answer = Evidence { stamp: Stamp::default(), at: LocalTime(205), dated: None, suspected: false };
        assert_eq!(rule.deadline(&mut unanswered, answer), NEVER);
        assert_eq!(rule.asked(&mut unanswered, LocalTime(300)), None);
        assert_eq!(rule.asked(&mut unanswered, LocalTime(400)), None);
        assert_eq!(rule.asked(&mut unanswered, LocalTime(500)), Some(LocalTime(510)));
        assert_eq!(rule.asked(&mut unanswered, LocalTime(600)), None, "the third in a row decides");
    }
}
