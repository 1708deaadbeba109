//! Effects are applied once: no node records the fact twice with the same key in one life.
//!
//! With the client's request as the key this is the half of "exactly once" that retries break. The other half, that what
//! was acknowledged was applied at all, is for `Linearizable` to judge. A node that has started anew may apply again what
//! it reads from its disk.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement, trail};
use crate::plan::Plan;
use crate::time::Time;
use crate::value::Value;

pub(super) struct Once {
    fact: String,
    /// By node, of its present life.
    applied: Vec<BTreeMap<Value, Mark>>,
}

impl Once {
    pub(super) fn new(fact: &str, plan: &Plan) -> Once {
        Once { fact: fact.to_owned(), applied: plan.nodes.iter().map(|_| BTreeMap::new()).collect() }
    }
}

impl Checker for Once {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Observation::Down(node) = seen {
            self.applied.get_mut(node.index()).map(BTreeMap::clear);
        }
        let (node, key, _) = seen.fact(&self.fact)?;
        let first = self.applied.get_mut(node.index())?.insert(key.clone(), Mark { node, at, event })?;
        Some(Violation {
            fingerprint: format!("exactly-once({})/twice", self.fact),
            detail: format!("{node} recorded {} at {} and again at {at}.", statement(&self.fact, key), first.at),
            at,
            events: trail(&[first.event, event]),
            nodes: vec![node],
        })
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        conclusion.pass_unless_cut_short()
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;

    fn once() -> Script {
        Script::new(Check::ExactlyOnce("applied".to_owned()), 2)
    }

    #[test]
    fn a_node_applies_the_same_request_twice() {
        let violation =
            once().fact(1, 0, "applied", (0u64, 7u64), 1).fact(5, 0, "applied", (0u64, 7u64), 2).violation();
        assert_eq!(violation.fingerprint, "exactly-once(applied)/twice");
        assert_eq!(violation.detail, "n0 recorded `applied(0, 7)` at 1ms and again at 5ms.");
        assert_eq!(violation.events, [1, 2]);
    }

    #[test]
    fn every_node_once_in_every_life() {
        let applied = || once().fact(1, 0, "applied", 7, ()).fact(2, 1, "applied", 7, ()).fact(3, 0, "applied", 8, ());
        applied().passes();
        applied().down(4, 0).started(5, 0).fact(6, 0, "applied", 7, ()).passes();
        applied().down(4, 0).started(5, 0).fact(6, 1, "applied", 7, ()).violation();
        assert_eq!(applied().at_limit().word(), "undecided");
    }
}
