//! After a fault somebody is soon answered again; and how long the stages on the way there take.
//!
//! Detection is from the fault to the first suspicion (of the node that it struck, if it struck one), promotion to the
//! first `promoted`, failover to the first answer to an attempt that was made after the fault. A fault that another one
//! follows before anybody was answered is not judged by itself: the bound runs from the last of them.

use super::answers::{Answers, Patience};
use super::disruption::{Disruption, Disruptions};
use super::spans::Spans;
use super::suspicions::Said;
use super::{Checker, Conclusion, Observation, Verdict, Violation, trail};
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::{Span, Time};

pub(super) struct Failover {
    within: Span,
    disruptions: Disruptions,
    answers: Answers,
    /// Faults since which nobody was answered, in their order.
    unanswered: Vec<Disruption>,
    /// The last fault, while what comes next is still put down to it.
    last: Option<Stages>,
    patience: Option<Patience>,
    faults: u64,
    detection: Spans,
    promotion: Spans,
    failover: Spans,
}

/// What has not yet come of a fault.
struct Stages {
    fault: Disruption,
    undetected: bool,
    unpromoted: bool,
}

impl Failover {
    pub(super) fn new(within: Span, plan: &Plan) -> Failover {
        Failover {
            within,
            disruptions: Disruptions::new(plan),
            answers: Answers::default(),
            unanswered: Vec::new(),
            last: None,
            patience: None,
            faults: 0,
            detection: Spans::default(),
            promotion: Spans::default(),
            failover: Spans::default(),
        }
    }

    fn overdue(&mut self, now: Time, event: u32) -> Option<Violation> {
        let (since, at) = self.patience.as_mut()?.over(now, &self.answers)?;
        let fault = self.unanswered.last()?;
        let nobody_asked =
            if since > fault.at { format!(" (Nobody had asked before {since}.)") } else { String::new() };
        Some(Violation {
            fingerprint: "failover-within/late".to_owned(),
            detail: format!(
                "Nobody was answered within {} of {}.{nobody_asked}",
                self.within,
                self.disruptions.describe(fault)
            ),
            at,
            events: trail(&[fault.event, event]),
            nodes: fault.nodes(),
        })
    }

    /// An attempt made at that time is answered.
    fn answered(&mut self, made: Time, at: Time) {
        let times = &mut self.failover;
        self.unanswered.retain(|fault| {
            let over = fault.at <= made;
            if over {
                times.add(at.since(fault.at));
            }
            !over
        });
        if self.unanswered.is_empty() {
            self.patience = None;
        }
    }

    fn struck(&mut self, fault: Disruption) {
        self.faults += 1;
        self.unanswered.push(fault);
        self.patience = Some(Patience::new(self.within, fault.at, &self.answers));
        self.last = Some(Stages { fault, undetected: true, unpromoted: true });
    }

    fn note_stages(&mut self, at: Time, seen: &Observation<'_>) {
        let Some(Stages { fault, undetected, unpromoted }) = &mut self.last else { return };
        if let Some(Said::Suspects(_, subject)) = Said::of(seen)
            && *undetected
            && fault.node.is_none_or(|node| node == subject)
        {
            *undetected = false;
            self.detection.add(at.since(fault.at));
        }
        if *unpromoted && seen.fact("promoted").is_some() {
            *unpromoted = false;
            self.promotion.add(at.since(fault.at));
        }
    }
}

impl Checker for Failover {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Some(violation) = self.overdue(at, event) {
            return Some(violation);
        }
        if let Some(made) = self.answers.observe(at, seen) {
            self.answered(made, at);
        }
        if let (Observation::Invoked(_), Some(patience)) = (seen, &mut self.patience) {
            patience.asked(at);
        }
        if let Some(fault) = self.disruptions.observe(at, event, seen) {
            self.struck(fault);
        }
        self.note_stages(at, seen);
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        let overdue = self.overdue(conclusion.at, conclusion.event);
        overdue.map_or_else(|| conclusion.pass_unless_cut_short(), Verdict::Fail)
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        measures.push(Measure { name: "faults".to_owned(), amount: Amount::Count(self.faults) });
        self.detection.measure("fault detection", measures);
        self.promotion.measure("promotion", measures);
        self.failover.measure("failover", measures);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::{END, Script};
    use crate::fault::{Fault, Target};
    use crate::node::NodeId;
    use crate::outcome::Amount;
    use crate::time::{Span, Time};

    /// Three nodes; window 0 stops n0, window 1 pauses n1, window 2 cuts n2 off, window 3 slows n0 down.
    fn failover() -> Script {
        let node = |n| Target::Node(NodeId(n));
        let faults = [
            Fault::Crash(node(0)),
            Fault::Pause(node(1)),
            Fault::Isolate(node(2)),
            Fault::Slow(node(0), Span::from_millis(1)),
        ];
        Script::with_windows(Check::FailoverWithin(Span::from_millis(100)), 3, &faults).all_started()
    }

    #[test]
    fn nobody_is_answered_in_time() {
        let violation = failover().invoked(5, 0).opened(10, 0).down(10, 0).invoked(120, 1).violation();
        assert_eq!(violation.fingerprint, "failover-within/late");
        assert_eq!(violation.detail, "Nobody was answered within 100ms of the crash of n0 at 10ms.");
        assert_eq!((violation.at, violation.nodes), (Time::ZERO + Span::from_millis(110), vec![NodeId(0)]));
    }

    #[test]
    fn an_answer_to_what_was_asked_before_the_fault_does_not_count() {
        let before = || failover().invoked(5, 0).opened(10, 0).down(10, 0);
        before().told(20, 0, 0).invoked(21, 1).violation();
        before().told(20, 0, 0).invoked(21, 1).told(110, 1, 0).passes();
        // A later attempt does.
        before().tried(50, 0, 1).told(110, 0, 1).passes();
        before().tried(50, 0, 1).told(60, 0, 0).invoked(61, 1).violation();
    }

    #[test]
    fn the_bound_runs_while_somebody_asks() {
        let struck = || failover().opened(10, 0).down(10, 0);
        struck().passes();
        struck().invoked(500, 0).told(599, 0, 0).passes();
        let violation = struck().invoked(500, 0).violation();
        assert_eq!(
            violation.detail,
            "Nobody was answered within 100ms of the crash of n0 at 10ms. (Nobody had asked before 500ms.)"
        );
        // Nobody waits when it is over: what an answer would have been is not known.
        struck().invoked(20, 0).gave_up(50, 0).invoked(300, 1).told(390, 1, 0).passes();
        struck().invoked(20, 0).gave_up(50, 0).invoked(300, 1).violation();
    }

    #[test]
    fn what_the_horizon_cuts_is_not_judged() {
        failover().opened(END - 100, 0).down(END - 100, 0).invoked(END - 100, 0).passes();
        failover().opened(END - 101, 0).down(END - 101, 0).invoked(END - 101, 0).violation();
        assert_eq!(failover().opened(END - 50, 0).down(END - 50, 0).at_limit().word(), "undecided");
    }

    #[test]
    fn pauses_and_cuts_are_faults_and_slowness_is_none() {
        failover().invoked(5, 0).opened(10, 1).paused(10, 1).violation();
        failover().invoked(5, 0).opened(10, 2).violation();
        failover().invoked(5, 0).opened(10, 3).passes();
    }

    #[test]
    fn a_fault_without_effect_is_none() {
        failover().down(1, 0).invoked(5, 0).opened(10, 0).passes();
        failover().invoked(5, 0).opened(10, 0).paused(10, 1).down(11, 0).passes();
    }

    #[test]
    fn of_faults_that_follow_each_other_the_last_one_counts() {
        let struck = || failover().opened(10, 0).down(10, 0).invoked(20, 0).opened(80, 2);
        struck().tried(150, 0, 1).told(170, 0, 1).passes();
        let violation = struck().violation();
        assert_eq!(violation.detail, "Nobody was answered within 100ms of the isolation of n2 at 80ms.");
    }

    #[test]
    fn the_stages_are_measured() {
        let script = failover()
            .opened(10, 0)
            .down(10, 0)
            .suspects(25, 1, 2)
            .suspects(30, 1, 0)
            .suspects(31, 2, 0)
            .fact(40, 1, "promoted", 2, ())
            .invoked(41, 0)
            .told(60, 0, 0);
        let millis = |millis| Some(Amount::Span(Span::from_millis(millis)));
        assert_eq!(script.measure("faults"), Some(Amount::Count(1)));
        assert_eq!(script.measure("fault detection max"), millis(20));
        assert_eq!(script.measure("promotion max"), millis(30));
        assert_eq!(script.measure("failover max"), millis(50));
        assert_eq!(script.measure("failover p50"), millis(50));
    }
}
