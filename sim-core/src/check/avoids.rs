//! Nobody goes on naming a node that has been down for longer than it takes to notice.
//!
//! The completeness of a detector judges what is thought; this judges what is done: traffic sent to the dead. Only a node
//! that has run all the while is judged, since one that has just started or resumed cannot know yet.

use super::roster::Roster;
use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement, trail};
use crate::plan::Plan;
use crate::time::{Span, Time};
use crate::value::Value;

pub(super) struct Avoids {
    fact: String,
    dead_for: Span,
    roster: Roster,
}

impl Avoids {
    pub(super) fn new(fact: &str, dead_for: Span, plan: &Plan) -> Avoids {
        Avoids { fact: fact.to_owned(), dead_for, roster: Roster::new(plan.nodes.len()) }
    }

    fn violation(&self, key: &Value, down: Mark, mark: Mark) -> Violation {
        Violation {
            fingerprint: format!("avoids({})/dead", self.fact),
            detail: format!(
                "{} recorded {} at {}, though {} is down since {}: {} are allowed.",
                mark.node,
                statement(&self.fact, key),
                mark.at,
                down.node,
                down.at,
                self.dead_for
            ),
            at: mark.at,
            events: trail(&[down.event, mark.event]),
            nodes: vec![down.node, mark.node],
        }
    }
}

impl Checker for Avoids {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        self.roster.observe(at, event, seen);
        let (node, key, _) = seen.fact(&self.fact)?;
        let Value::Node(subject) = key else { return None };
        let down = self.roster.down(*subject)?;
        let runs = self.roster.runs(node)?;
        let deadline = down.at.max(runs.at).saturating_add(self.dead_for);
        (deadline < at).then(|| self.violation(key, down, Mark { node, at, event }))
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        conclusion.pass_unless_cut_short()
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::node::NodeId;
    use crate::time::Span;

    fn avoids() -> Script {
        Script::new(Check::Avoids { fact: "asked".to_owned(), dead_for: Span::from_millis(10) }, 3).all_started()
    }

    #[test]
    fn traffic_to_one_that_is_long_dead() {
        let violation =
            avoids().down(100, 2).fact(110, 0, "asked", NodeId(2), ()).fact(111, 0, "asked", NodeId(2), ()).violation();
        assert_eq!(violation.fingerprint, "avoids(asked)/dead");
        assert_eq!(
            violation.detail,
            "n0 recorded `asked(n2)` at 111ms, though n2 is down since 100ms: 10ms are allowed."
        );
        assert_eq!(violation.events, [4, 6]);
    }

    #[test]
    fn the_living_and_the_restarted_may_be_named() {
        avoids()
            .fact(50, 0, "asked", NodeId(2), ())
            .down(100, 2)
            .fact(150, 0, "asked", NodeId(1), ())
            .started(200, 2)
            .fact(300, 0, "asked", NodeId(2), ())
            .passes();
    }

    #[test]
    fn who_was_down_or_stood_still_meanwhile_gets_the_same_time() {
        avoids().down(100, 2).down(101, 0).started(300, 0).fact(310, 0, "asked", NodeId(2), ()).passes();
        avoids().down(100, 2).paused(101, 0).resumed(300, 0).fact(310, 0, "asked", NodeId(2), ()).passes();
        avoids().down(100, 2).paused(101, 0).resumed(300, 0).fact(311, 0, "asked", NodeId(2), ()).violation();
    }

    #[test]
    fn keys_that_are_no_nodes_are_not_judged() {
        avoids().down(100, 2).fact(500, 0, "asked", 2, ()).passes();
    }
}
