//! Each record of one fact is followed by one of another with the same key within a bound.

use std::collections::{BTreeMap, VecDeque};

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement};
use crate::outcome::{Amount, Measure};
use crate::time::{Span, Time};
use crate::value::Value;

pub(super) struct Within {
    from: String,
    to: String,
    bound: Span,
    /// The earliest unanswered record of each key: the others of that key have more time.
    owed: BTreeMap<Value, Mark>,
    /// When they were recorded, in that order; entries that have been answered stay until they reach the front.
    order: VecDeque<(Mark, Value)>,
    /// The longest time that an answer took, once there was one.
    longest: Option<Span>,
}

impl Within {
    pub(super) fn new(from: &str, to: &str, bound: Span) -> Within {
        Within {
            from: from.to_owned(),
            to: to.to_owned(),
            bound,
            owed: BTreeMap::new(),
            order: VecDeque::new(),
            longest: None,
        }
    }

    /// The earliest record still unanswered whose bound has passed before `now`.
    fn overdue(&mut self, now: Time) -> Option<Violation> {
        while let Some((mark, key)) = self.order.front() {
            if self.owed.get(key) == Some(mark) {
                let deadline = mark.at.saturating_add(self.bound);
                return (deadline < now).then(|| Violation {
                    fingerprint: format!("within({}, {})/late", self.from, self.to),
                    detail: format!(
                        "{} recorded {} at {}, and no {} followed within {}.",
                        mark.node,
                        statement(&self.from, key),
                        mark.at,
                        statement(&self.to, key),
                        self.bound
                    ),
                    at: deadline,
                    events: vec![mark.event],
                    nodes: vec![mark.node],
                });
            }
            self.order.pop_front();
        }
        None
    }
}

impl Checker for Within {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Some(violation) = self.overdue(at) {
            return Some(violation);
        }
        // The answer first, so that a fact may be asked to recur: `Within("beat", "beat", "1s")`.
        if let Some((_, key, _)) = seen.fact(&self.to) {
            let took = self.owed.remove(key).map(|mark| at.since(mark.at));
            self.longest = self.longest.max(took);
        }
        if let Some((node, key, _)) = seen.fact(&self.from)
            && !self.owed.contains_key(key)
        {
            let mark = Mark { node, at, event };
            self.owed.insert(key.clone(), mark);
            self.order.push_back((mark, key.clone()));
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        self.overdue(conclusion.at).map_or_else(|| conclusion.pass_unless_cut_short(), Verdict::Fail)
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        if let Some(longest) = self.longest {
            let name = format!("longest {} to {}", self.from, self.to);
            measures.push(Measure { name, amount: Amount::Span(longest) });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::{END, Script};
    use crate::outcome::Amount;
    use crate::time::Span;

    fn within() -> Script {
        Script::new(Check::Within("asked".to_owned(), "told".to_owned(), Span::from_millis(10)), 3)
    }

    #[test]
    fn an_answer_that_comes_too_late() {
        let violation =
            within().fact(1, 0, "asked", 7, ()).fact(5, 1, "told", 8, ()).fact(12, 1, "told", 7, ()).violation();
        assert_eq!(violation.fingerprint, "within(asked, told)/late");
        assert_eq!(violation.detail, "n0 recorded `asked(7)` at 1ms, and no `told(7)` followed within 10ms.");
        assert_eq!(violation.at.to_string(), "11ms");
    }

    #[test]
    fn an_answer_that_never_comes_is_seen_at_the_next_observation_or_the_end() {
        let script = within().fact(1, 0, "asked", 7, ()).down(100, 2);
        assert_eq!(script.violation().at.to_string(), "11ms");
        within().fact(1, 0, "asked", 7, ()).violation();
    }

    #[test]
    fn the_longest_wait_is_measured() {
        let script = within().fact(1, 0, "asked", 7, ()).fact(4, 1, "told", 7, ()).fact(5, 0, "asked", 7, ());
        let script = script.fact(12, 1, "told", 7, ()).fact(13, 0, "asked", 7, ()).fact(14, 1, "told", 7, ());
        assert_eq!(script.measure("longest asked to told"), Some(Amount::Span(Span::from_millis(7))));
        assert_eq!(within().measure("longest asked to told"), None);
    }

    #[test]
    fn the_first_of_two_records_sets_the_bound() {
        within().fact(1, 0, "asked", 7, ()).fact(8, 0, "asked", 7, ()).fact(12, 1, "told", 7, ()).violation();
    }

    #[test]
    fn answers_in_time_by_whomever() {
        within().fact(1, 0, "asked", 7, ()).fact(11, 1, "told", 7, ()).fact(50, 1, "told", 7, ()).passes();
    }

    #[test]
    fn what_the_horizon_cuts_is_not_judged() {
        within().fact(END - 10, 0, "asked", 7, ()).passes();
        within().fact(END - 11, 0, "asked", 7, ()).violation();
    }

    #[test]
    fn a_fact_may_be_asked_to_recur() {
        let beats = || Script::new(Check::Within("beat".to_owned(), "beat".to_owned(), Span::from_millis(10)), 1);
        beats().fact(END - 15, 0, "beat", (), ()).fact(END - 6, 0, "beat", (), ()).passes();
        beats().fact(END - 35, 0, "beat", (), ()).fact(END - 6, 0, "beat", (), ()).violation();
    }
}
