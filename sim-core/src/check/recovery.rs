//! After a node has gone down, full redundancy is soon there again: some node records `recovered`.
//!
//! Only faults that stop a node and let it go again are judged: the others may go unnoticed, or can never be mended. A
//! fault that another one follows before that is not judged by itself: the bound runs from the last of them.

use super::disruption::{Disruption, Disruptions};
use super::spans::Spans;
use super::{Checker, Conclusion, Observation, Verdict, Violation, trail};
use crate::outcome::Measure;
use crate::plan::Plan;
use crate::time::{Span, Time};

pub(super) struct Recovery {
    within: Span,
    disruptions: Disruptions,
    /// Faults since which redundancy is not known to be full, in their order.
    unmended: Vec<Disruption>,
    recovery: Spans,
}

impl Recovery {
    pub(super) fn new(within: Span, plan: &Plan) -> Recovery {
        Recovery { within, disruptions: Disruptions::new(plan), unmended: Vec::new(), recovery: Spans::default() }
    }

    fn overdue(&self, now: Time, event: u32) -> Option<Violation> {
        let fault = self.unmended.last()?;
        let at = fault.at.saturating_add(self.within);
        (at < now).then(|| Violation {
            fingerprint: "recover-within/late".to_owned(),
            detail: format!(
                "Nobody recorded `recovered` within {} of {}.",
                self.within,
                self.disruptions.describe(fault)
            ),
            at,
            events: trail(&[fault.event, event]),
            nodes: fault.nodes(),
        })
    }
}

impl Checker for Recovery {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Some(violation) = self.overdue(at, event) {
            return Some(violation);
        }
        if seen.fact("recovered").is_some() {
            self.unmended.drain(..).for_each(|fault| self.recovery.add(at.since(fault.at)));
        }
        let fault = self.disruptions.observe(at, event, seen);
        self.unmended.extend(fault.filter(|fault| self.disruptions.stops_for_a_while(fault)));
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        let overdue = self.overdue(conclusion.at, conclusion.event);
        overdue.map_or_else(|| conclusion.pass_unless_cut_short(), Verdict::Fail)
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        self.recovery.measure("recovery", measures);
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::{END, Script};
    use crate::fault::{Fault, Target};
    use crate::node::NodeId;
    use crate::outcome::Amount;
    use crate::time::Span;

    /// Window 0 stops n0, window 1 pauses n1, window 2 stops n2 and never closes.
    fn recovery() -> Script {
        let node = |n| Target::Node(NodeId(n));
        let faults = [Fault::Crash(node(0)), Fault::Pause(node(1)), Fault::Absent(node(2))];
        let check = Check::RecoverWithin(Span::from_millis(100));
        Script::with_windows(check, 3, &faults).never_closes(2).all_started()
    }

    #[test]
    fn redundancy_is_late() {
        let violation = recovery().opened(10, 0).down(10, 0).fact(111, 1, "recovered", (), ()).violation();
        assert_eq!(violation.fingerprint, "recover-within/late");
        assert_eq!(violation.detail, "Nobody recorded `recovered` within 100ms of the crash of n0 at 10ms.");
    }

    #[test]
    fn redundancy_is_in_time_and_measured() {
        let script = || recovery().opened(10, 0).down(10, 0).fact(110, 1, "recovered", (), ());
        script().passes();
        assert_eq!(script().measure("recovery max"), Some(Amount::Span(Span::from_millis(100))));
    }

    #[test]
    fn of_faults_that_follow_each_other_the_last_one_counts() {
        let twice = || recovery().opened(10, 0).down(10, 0).started(50, 0).opened(90, 0).down(90, 0);
        twice().fact(190, 1, "recovered", (), ()).passes();
        twice().fact(191, 1, "recovered", (), ()).violation();
    }

    #[test]
    fn what_may_go_unnoticed_or_never_end_is_not_judged() {
        recovery().opened(10, 1).paused(10, 1).passes();
        recovery().opened(10, 2).down(10, 2).passes();
        recovery().down(10, 0).passes();
    }

    #[test]
    fn what_the_horizon_cuts_is_not_judged() {
        recovery().opened(END - 100, 0).down(END - 100, 0).passes();
        recovery().opened(END - 101, 0).down(END - 101, 0).violation();
        assert_eq!(recovery().opened(END - 50, 0).down(END - 50, 0).at_panic().word(), "undecided");
    }
}
