//! A node that is down is suspected by everybody, within a bound: the strong completeness of failure detectors.
//!
//! Follows Chandra and Toueg (1996) for the property, and Chen, Toueg and Aguilera (2002) for the detection time.

use std::collections::VecDeque;

use super::roster::Roster;
use super::spans::Spans;
use super::suspicions::{Said, Suspicions};
use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, trail};
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::{Span, Time};

pub(super) struct Completeness {
    within: Span,
    roster: Roster,
    suspicions: Suspicions,
    /// Nodes that went down, started or resumed, in order: each is judged once `within` has passed since, unless its
    /// state has changed meanwhile. So the work is a scan for each change in a node's life, none for the passing of time.
    due: VecDeque<Mark>,
    /// By node: it is down, and nobody has suspected it yet.
    unnoticed: Vec<bool>,
    detection: Spans,
}

impl Completeness {
    pub(super) fn new(within: Span, plan: &Plan) -> Completeness {
        let nodes = plan.nodes.len();
        let roster = Roster::new(nodes);
        Completeness {
            within,
            due: roster.downed().collect(),
            roster,
            suspicions: Suspicions::new(nodes),
            unnoticed: vec![false; nodes],
            detection: Spans::default(),
        }
    }

    /// The first pair whose time has run out before `now`.
    fn overdue(&mut self, now: Time) -> Option<Violation> {
        while let Some(mark) = self.due.front().copied() {
            if self.deadline(mark) >= now {
                return None;
            }
            self.due.pop_front();
            let missed = if self.roster.down(mark.node) == Some(mark) {
                self.roster
                    .running()
                    .find(|runs| runs.at <= mark.at && self.misses(*runs, mark))
                    .map(|runs| (runs, mark))
            } else if self.roster.runs(mark.node) == Some(mark) {
                self.roster
                    .downed()
                    .find(|down| down.at <= mark.at && self.misses(mark, *down))
                    .map(|down| (mark, down))
            } else {
                None
            };
            if let Some((runs, down)) = missed {
                return Some(self.undetected(runs, down, self.deadline(mark)));
            }
        }
        None
    }

    fn deadline(&self, mark: Mark) -> Time {
        mark.at.saturating_add(self.within)
    }

    fn misses(&self, runs: Mark, down: Mark) -> bool {
        runs.node != down.node && !self.suspicions.stands(runs.node, down.node)
    }

    fn undetected(&self, runs: Mark, down: Mark, at: Time) -> Violation {
        Violation {
            fingerprint: "completeness/undetected".to_owned(),
            detail: format!(
                "{} is down since {}, and {}, running since {}, does not suspect it at {at}: {} are allowed.",
                down.node, down.at, runs.node, runs.at, self.within
            ),
            at,
            events: trail(&[down.event, runs.event]),
            nodes: vec![down.node, runs.node],
        }
    }

    /// A suspicion that had to stand is withdrawn.
    fn withdrawn(&self, observer: NodeId, subject: NodeId, mark: Mark) -> Option<Violation> {
        let (runs, down) = (self.roster.runs(observer)?, self.roster.down(subject)?);
        let deadline = self.deadline(runs).max(self.deadline(down));
        (deadline < mark.at).then(|| Violation {
            fingerprint: "completeness/withdrawn".to_owned(),
            detail: format!("{observer} trusts {subject} again at {}, though it is down since {}.", mark.at, down.at),
            at: mark.at,
            events: trail(&[down.event, mark.event]),
            nodes: vec![subject, observer],
        })
    }

    fn suspects(&mut self, subject: NodeId, mark: Mark) {
        self.suspicions.begin(subject, mark);
        if let Some(unnoticed) = self.unnoticed.get_mut(subject.index())
            && std::mem::take(unnoticed)
            && let Some(down) = self.roster.down(subject)
        {
            self.detection.add(mark.at.since(down.at));
        }
    }

    /// A node's life has changed: its time, or that of the others about it, begins anew.
    fn turn(&mut self, mark: Mark, down: bool) {
        self.due.push_back(mark);
        if down {
            self.suspicions.end_all_of(mark.node);
        }
        if let Some(unnoticed) = self.unnoticed.get_mut(mark.node.index()) {
            // Who was suspected before it went down has no detection time.
            *unnoticed = down && !self.suspicions.any_about(mark.node);
        }
    }
}

impl Checker for Completeness {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Some(violation) = self.overdue(at) {
            return Some(violation);
        }
        self.roster.observe(at, event, seen);
        match *seen {
            Observation::Down(node) => self.turn(Mark { node, at, event }, true),
            Observation::Started(node) | Observation::Resumed(node) => self.turn(Mark { node, at, event }, false),
            _ => match Said::of(seen)? {
                Said::Suspects(node, subject) => self.suspects(subject, Mark { node, at, event }),
                Said::Trusts(node, subject) => {
                    self.suspicions.end(node, subject);
                    return self.withdrawn(node, subject, Mark { node, at, event });
                }
            },
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        self.overdue(conclusion.at).map_or_else(|| conclusion.pass_unless_cut_short(), Verdict::Fail)
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        measures.push(Measure { name: "detections".to_owned(), amount: Amount::Count(self.detection.total()) });
        self.detection.measure("detection", measures);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::{END, Script};
    use crate::outcome::Amount;
    use crate::time::Span;

    /// Three nodes that run from the start; a node down must be suspected within 100 ms.
    fn completeness() -> Script {
        Script::new(Check::Completeness { within: Span::from_millis(100) }, 3).all_started()
    }

    #[test]
    fn a_node_that_one_other_misses() {
        let violation = completeness().down(10, 2).suspects(50, 0, 2).violation();
        assert_eq!(violation.fingerprint, "completeness/undetected");
        assert_eq!(
            violation.detail,
            "n2 is down since 10ms, and n1, running since 0s, does not suspect it at 110ms: 100ms are allowed."
        );
        assert_eq!(violation.at.to_string(), "110ms");
    }

    #[test]
    fn it_is_seen_as_soon_as_anything_happens_after_the_bound() {
        completeness().down(10, 2).suspects(110, 0, 2).suspects(111, 1, 2).violation();
        completeness().down(10, 2).suspects(110, 0, 2).suspects(110, 1, 2).passes();
    }

    #[test]
    fn a_node_that_comes_back_in_time_need_not_be_suspected() {
        completeness().down(10, 2).started(100, 2).passes();
        completeness().down(10, 2).started(120, 2).violation();
    }

    #[test]
    fn a_trust_after_the_bound_is_a_withdrawal_and_before_it_a_change_of_mind() {
        let both = || completeness().down(10, 2).suspects(50, 0, 2).suspects(50, 1, 2);
        assert_eq!(both().trusts(120, 1, 2).violation().fingerprint, "completeness/withdrawn");
        both().trusts(60, 1, 2).suspects(90, 1, 2).passes();
        assert_eq!(both().trusts(60, 1, 2).violation().fingerprint, "completeness/undetected");
    }

    #[test]
    fn who_was_down_or_stood_still_has_its_time_from_then() {
        let paused = || completeness().down(10, 2).suspects(50, 0, 2).paused(60, 1).resumed(500, 1);
        paused().suspects(600, 1, 2).passes();
        paused().violation();
        let crashed = || completeness().down(10, 2).suspects(50, 0, 2).down(60, 1).started(90, 1);
        crashed().suspects(190, 1, 2).passes();
        crashed().suspects(191, 1, 2).violation();
    }

    #[test]
    fn a_crash_forgets_what_the_node_suspected() {
        let again = completeness().down(10, 2).suspects(50, 0, 2).suspects(50, 1, 2).down(60, 1).started(70, 1);
        again.violation();
    }

    #[test]
    fn a_node_that_never_started_is_down_from_the_start() {
        let late = || Script::new(Check::Completeness { within: Span::from_millis(100) }, 2).started(0, 0);
        late().suspects(80, 0, 1).passes();
        late().violation();
    }

    #[test]
    fn a_crashed_node_that_leaves_is_down_since_its_crash() {
        completeness().down(10, 2).suspects(50, 0, 2).down(60, 2).suspects(130, 1, 2).violation();
    }

    #[test]
    fn what_the_horizon_cuts_is_not_judged_and_a_limit_is_undecided() {
        completeness().down(END - 100, 2).passes();
        completeness().down(END - 101, 2).violation();
        assert_eq!(completeness().at_limit().word(), "undecided");
    }

    #[test]
    fn detection_is_from_the_crash_to_the_first_suspicion() {
        let script = completeness()
            .suspects(5, 0, 1)
            .down(10, 2)
            .suspects(50, 0, 2)
            .suspects(90, 1, 2)
            .down(95, 1)
            .suspects(96, 0, 1);
        assert_eq!(script.measure("detections"), Some(Amount::Count(1)));
        assert_eq!(script.measure("detection p99"), Some(Amount::Span(Span::from_millis(40))));
    }
}
