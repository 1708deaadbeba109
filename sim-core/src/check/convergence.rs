//! Soon after calm the nodes agree: each key on which they differ then comes to a moment at which they do not.

use std::collections::BTreeMap;

use super::converge::apart;
use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, trail};
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::{Span, Time};
use crate::value::Value;

/// The fact by which nodes tell what they hold.
pub(super) const FACT: &str = "state";

pub(super) struct Convergence {
    within: Span,
    /// By node, of the time since it started: what it knew before it went down may be gone.
    last: Vec<BTreeMap<Value, (Value, Mark)>>,
    /// Once calm has come: when it did, and the keys on which nodes have differed ever since.
    after_calm: Option<(Time, Vec<Value>)>,
    /// How long after calm the last of them agreed.
    converged: Span,
}

impl Convergence {
    pub(super) fn new(within: Span, plan: &Plan) -> Convergence {
        Convergence {
            within,
            last: plan.nodes.iter().map(|_| BTreeMap::new()).collect(),
            after_calm: None,
            converged: Span::ZERO,
        }
    }

    /// The first two nodes that differ on a key.
    fn difference(&self, key: &Value) -> Option<[&(Value, Mark); 2]> {
        let mut said = self.last.iter().filter_map(|node| node.get(key));
        let first = said.next()?;
        said.find(|other| other.0 != first.0).map(|other| [first, other])
    }

    fn note(&mut self, node: NodeId, at: Time, event: u32, seen: &Observation<'_>) {
        let Some(last) = self.last.get_mut(node.index()) else { return };
        match seen.fact(FACT) {
            Some((_, key, value)) => drop(last.insert(key.clone(), (value.clone(), Mark { node, at, event }))),
            None => last.clear(),
        }
    }

    /// Forgets the keys on which nodes have come to agree.
    fn settle(&mut self, at: Time) {
        let Some((calm, mut differing)) = self.after_calm.take() else { return };
        let before = differing.len();
        differing.retain(|key| self.difference(key).is_some());
        if differing.len() < before {
            self.converged = at.since(calm);
        }
        self.after_calm = Some((calm, differing));
    }

    fn calm(&mut self, at: Time) {
        let mut keys: Vec<Value> = self.last.iter().flat_map(BTreeMap::keys).cloned().collect();
        keys.sort_unstable();
        keys.dedup();
        self.after_calm = Some((at, keys));
        self.settle(at);
    }

    fn overdue(&self, now: Time) -> Option<Violation> {
        let (calm, differing) = self.after_calm.as_ref()?;
        let over = calm.saturating_add(self.within);
        let key = differing.first().filter(|_| over < now)?;
        let [one, other] = self.difference(key)?;
        Some(Violation {
            fingerprint: "converge-within/diverged".to_owned(),
            detail: format!(
                "{} after calm {}, and they never agreed meanwhile.",
                self.within,
                apart(FACT, key, [one, other])
            ),
            at: over,
            events: trail(&[one.1.event, other.1.event]),
            nodes: vec![one.1.node, other.1.node],
        })
    }
}

impl Checker for Convergence {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Some(violation) = self.overdue(at) {
            return Some(violation);
        }
        match *seen {
            Observation::Calm => self.calm(at),
            Observation::Down(node) => self.note(node, at, event, seen),
            Observation::Fact { node, fact, .. } if fact.name == FACT => self.note(node, at, event, seen),
            _ => return None,
        }
        self.settle(at);
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        let overdue = self.overdue(conclusion.at);
        overdue.map_or_else(|| conclusion.pass_unless_cut_short(), Verdict::Fail)
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        if self.after_calm.as_ref().is_some_and(|(_, differing)| differing.is_empty()) {
            measures.push(Measure { name: "convergence".to_owned(), amount: Amount::Span(self.converged) });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::{END, Script};
    use crate::outcome::Amount;
    use crate::time::Span;

    fn convergence() -> Script {
        Script::new(Check::ConvergeWithin(Span::from_millis(100)), 3)
    }
    fn split() -> Script {
        convergence().fact(1, 0, "state", "k", "x").fact(2, 1, "state", "k", "y").calm(10)
    }

    #[test]
    fn nodes_that_go_on_differing() {
        let violation = split().violation();
        assert_eq!(violation.fingerprint, "converge-within/diverged");
        assert_eq!(
            violation.detail,
            "100ms after calm n0 has `state(k)` as x (since 1ms) and n1 as y (since 2ms), and they never agreed meanwhile."
        );
        split().fact(111, 1, "state", "k", "x").violation();
        split().fact(50, 1, "state", "other", "x").fact(60, 0, "state", "other", "x").violation();
    }

    #[test]
    fn one_moment_of_agreement_is_enough() {
        let agreed = || split().fact(110, 1, "state", "k", "x");
        agreed().passes();
        agreed().fact(111, 0, "state", "k", "z").passes();
        assert_eq!(agreed().measure("convergence"), Some(Amount::Span(Span::from_millis(100))));
        assert_eq!(split().measure("convergence"), None);
    }

    #[test]
    fn what_differs_only_before_calm_or_begins_after_it_is_not_judged() {
        convergence().fact(1, 0, "state", "k", "x").fact(2, 1, "state", "k", "y").passes();
        convergence().calm(10).fact(11, 0, "state", "k", "x").fact(12, 1, "state", "k", "y").passes();
    }

    #[test]
    fn a_node_that_is_down_is_not_judged() {
        split().down(50, 0).passes();
        split().down(50, 2).violation();
    }

    #[test]
    fn what_the_horizon_cuts_is_not_judged() {
        let late = |calm| convergence().fact(1, 0, "state", "k", "x").fact(2, 1, "state", "k", "y").calm(calm);
        late(END - 100).passes();
        late(END - 101).violation();
        assert_eq!(late(END - 50).at_limit().word(), "undecided");
    }
}
