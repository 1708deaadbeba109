//! No running node suspects a running one: the accuracy of failure detectors, strong or eventual.
//!
//! Follows Chandra and Toueg (1996) for the property, and Chen, Toueg and Aguilera (2002) for the mistakes.

use super::roster::Roster;
use super::spans::Spans;
use super::suspicions::{Said, Suspicions};
use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, trail};
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::Time;

pub(super) struct Accuracy {
    after_calm: bool,
    roster: Roster,
    suspicions: Suspicions,
    /// Those that began while their subject was running.
    mistakes: Suspicions,
    false_suspicions: u64,
    durations: Spans,
}

impl Accuracy {
    pub(super) fn new(after_calm: bool, plan: &Plan) -> Accuracy {
        let nodes = plan.nodes.len();
        Accuracy {
            after_calm,
            roster: Roster::new(nodes),
            suspicions: Suspicions::new(nodes),
            mistakes: Suspicions::new(nodes),
            false_suspicions: 0,
            durations: Spans::default(),
        }
    }

    fn suspects(&mut self, subject: NodeId, mark: Mark) -> Option<Violation> {
        if self.suspicions.stands(mark.node, subject) {
            return None;
        }
        self.suspicions.begin(subject, mark);
        let runs = self.roster.runs(subject)?;
        self.mistakes.begin(subject, mark);
        self.false_suspicions += 1;
        (!self.after_calm).then(|| false_suspicion(mark, runs, mark.at))
    }

    fn mistakes_end(&mut self, at: Time, mistakes: impl IntoIterator<Item = Mark>) {
        mistakes.into_iter().for_each(|mark| self.durations.add(at.since(mark.at)));
    }

    /// The first suspicion between two running nodes that is left at the end.
    fn left(&self, end: Time) -> Option<Violation> {
        self.suspicions.iter().find_map(|(subject, mark)| {
            self.roster.runs(mark.node)?;
            Some(false_suspicion(mark, self.roster.runs(subject)?, end))
        })
    }
}

/// `runs` is since when the suspected node runs.
fn false_suspicion(mark: Mark, runs: Mark, at: Time) -> Violation {
    let since = if mark.at < at { format!(" (since {})", mark.at) } else { String::new() };
    Violation {
        fingerprint: "accuracy/false-suspicion".to_owned(),
        detail: format!("{} suspects {} at {at}{since}, though it runs since {}.", mark.node, runs.node, runs.at),
        at,
        events: trail(&[runs.event, mark.event]),
        nodes: vec![mark.node, runs.node],
    }
}

impl Checker for Accuracy {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        self.roster.observe(at, event, seen);
        if let Observation::Down(node) = *seen {
            self.suspicions.end_all_of(node);
            // A suspicion of a node that goes down has become right.
            let ended = [self.mistakes.end_all_of(node), self.mistakes.end_all_about(node)];
            self.mistakes_end(at, ended.into_iter().flatten());
            return None;
        }
        match Said::of(seen)? {
            Said::Suspects(node, subject) => return self.suspects(subject, Mark { node, at, event }),
            Said::Trusts(node, subject) => {
                self.suspicions.end(node, subject);
                let ended = self.mistakes.end(node, subject);
                self.mistakes_end(at, ended);
            }
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        // The suspicions left are judged at the end only: a run that was cut short has not had its calm.
        let left = || if self.after_calm { self.left(conclusion.at) } else { None };
        conclusion.cut_short().or_else(|| left().map(Verdict::Fail)).unwrap_or(Verdict::Pass)
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        measures.push(Measure { name: "false suspicions".to_owned(), amount: Amount::Count(self.false_suspicions) });
        self.durations.measure("false suspicion", measures);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::outcome::Amount;
    use crate::time::Span;

    fn after_calm() -> Script {
        Script::new(Check::Accuracy { after_calm: true }, 3).all_started()
    }
    fn always() -> Script {
        Script::new(Check::Accuracy { after_calm: false }, 3).all_started()
    }

    #[test]
    fn a_suspicion_left_at_the_end() {
        let violation = after_calm().suspects(10, 0, 1).violation();
        assert_eq!(violation.fingerprint, "accuracy/false-suspicion");
        assert_eq!(violation.detail, "n0 suspects n1 at 1s (since 10ms), though it runs since 0s.");
    }

    #[test]
    fn a_suspicion_that_was_right_until_the_node_came_back() {
        let violation = after_calm().down(5, 1).suspects(10, 0, 1).started(20, 1).violation();
        assert_eq!(violation.events, [5, 6]);
        after_calm().down(5, 1).suspects(10, 0, 1).started(20, 1).trusts(30, 0, 1).passes();
    }

    #[test]
    fn after_calm_nothing_on_the_way_matters() {
        after_calm().suspects(10, 0, 1).trusts(20, 0, 1).passes();
    }

    #[test]
    fn who_is_down_or_stands_still_neither_suspects_nor_is_suspected() {
        after_calm().suspects(10, 0, 1).down(20, 0).passes();
        after_calm().suspects(10, 0, 1).down(20, 0).started(30, 0).passes();
        after_calm().suspects(10, 0, 1).down(20, 1).passes();
        after_calm().suspects(10, 0, 1).paused(20, 1).passes();
        after_calm().suspects(10, 0, 1).paused(20, 0).passes();
        after_calm().suspects(10, 0, 1).paused(20, 1).resumed(30, 1).violation();
    }

    #[test]
    fn always_judges_each_suspicion_when_it_begins() {
        let violation = always().suspects(10, 0, 1).trusts(20, 0, 1).violation();
        assert_eq!(violation.detail, "n0 suspects n1 at 10ms, though it runs since 0s.");
        always().down(5, 1).suspects(10, 0, 1).started(20, 1).suspects(21, 0, 1).passes();
    }

    #[test]
    fn a_run_cut_short_is_not_judged() {
        assert_eq!(after_calm().suspects(10, 0, 1).at_limit().word(), "undecided");
        assert_eq!(after_calm().suspects(10, 0, 1).at_panic().word(), "undecided");
    }

    #[test]
    fn mistakes_are_counted_and_last_until_they_are_mended() {
        let script = after_calm()
            .suspects(10, 0, 1)
            .suspects(12, 0, 1)
            .trusts(30, 0, 1)
            .suspects(40, 2, 0)
            .down(45, 0)
            .suspects(50, 1, 0);
        assert_eq!(script.measure("false suspicions"), Some(Amount::Count(2)));
        assert_eq!(script.measure("false suspicion p50"), Some(Amount::Span(Span::from_millis(5))));
        assert_eq!(script.measure("false suspicion max"), Some(Amount::Span(Span::from_millis(20))));
    }
}
