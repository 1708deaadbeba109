//! At the end, for each key, the last values of all nodes that are up are the same.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement, trail};
use crate::plan::Plan;
use crate::time::Time;
use crate::value::Value;

pub(super) struct Converge {
    fact: String,
    /// By node, of the time since it started: what it knew before it went down may be gone.
    last: Vec<BTreeMap<Value, (Value, Mark)>>,
}

impl Converge {
    pub(super) fn new(fact: &str, plan: &Plan) -> Converge {
        Converge { fact: fact.to_owned(), last: plan.nodes.iter().map(|_| BTreeMap::new()).collect() }
    }

    /// The first key on which two nodes differ, and of it the first two nodes.
    fn difference(&self, end: Time) -> Option<Violation> {
        let mut agreed: BTreeMap<&Value, &(Value, Mark)> = BTreeMap::new();
        let mut differing: BTreeMap<&Value, [&(Value, Mark); 2]> = BTreeMap::new();
        for (key, said) in self.last.iter().flatten() {
            let first = *agreed.entry(key).or_insert(said);
            if first.0 != said.0 {
                differing.entry(key).or_insert([first, said]);
            }
        }
        let (key, [one, other]) = differing.into_iter().next()?;
        Some(Violation {
            fingerprint: format!("converge({})/diverged", self.fact),
            detail: format!("At the end {}.", apart(&self.fact, key, [one, other])),
            at: end,
            events: trail(&[one.1.event, other.1.event]),
            nodes: vec![one.1.node, other.1.node],
        })
    }
}

/// How two nodes differ on a key, in words.
pub(super) fn apart(fact: &str, key: &Value, [one, other]: [&(Value, Mark); 2]) -> String {
    let fact = statement(fact, key);
    let ((this, since), (that, later)) = (one, other);
    format!(
        "{} has {fact} as {this} (since {}) and {} as {that} (since {})",
        since.node, since.at, later.node, later.at
    )
}

impl Checker for Converge {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Observation::Down(node) = seen {
            self.last.get_mut(node.index()).map(BTreeMap::clear);
        }
        let (node, key, value) = seen.fact(&self.fact)?;
        let last = self.last.get_mut(node.index())?;
        let now = (value.clone(), Mark { node, at, event });
        match last.get_mut(key) {
            Some(said) => *said = now,
            None => {
                last.insert(key.clone(), now);
            }
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        // Judged at the end only: a run that was cut short has not had its time to converge.
        conclusion.cut_short().or_else(|| self.difference(conclusion.at).map(Verdict::Fail)).unwrap_or(Verdict::Pass)
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;

    fn converge() -> Script {
        Script::new(Check::Converge("state".to_owned()), 3)
    }

    #[test]
    fn two_last_values() {
        let violation = converge()
            .fact(1, 0, "state", "k", "x")
            .fact(2, 1, "state", "k", "x")
            .fact(3, 1, "state", "k", "y")
            .violation();
        assert_eq!(violation.fingerprint, "converge(state)/diverged");
        assert_eq!(violation.detail, "At the end n0 has `state(k)` as x (since 1ms) and n1 as y (since 3ms).");
    }

    #[test]
    fn differences_on_the_way_and_silent_nodes_do_not_matter() {
        converge().fact(1, 0, "state", "k", "x").fact(2, 1, "state", "k", "y").fact(3, 0, "state", "k", "y").passes();
    }

    #[test]
    fn a_node_that_is_down_or_has_said_nothing_since_is_not_judged() {
        let split = || converge().fact(1, 0, "state", "k", "x").fact(2, 1, "state", "k", "y");
        split().down(3, 0).passes();
        split().down(3, 0).started(4, 0).passes();
        split().down(3, 0).started(4, 0).fact(5, 0, "state", "k", "z").violation();
    }

    #[test]
    fn a_run_cut_short_is_not_judged() {
        let split = || converge().fact(1, 0, "state", "k", "x").fact(2, 1, "state", "k", "y");
        assert_eq!(split().at_limit().word(), "undecided");
        assert_eq!(split().at_panic().word(), "undecided");
    }
}
