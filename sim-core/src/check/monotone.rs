//! For each node and key the values of a fact never fall, restarts included.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement, trail};
use crate::time::Time;
use crate::value::Value;

pub(super) struct Monotone {
    fact: String,
    /// By node: a node's map is looked up by a borrowed key.
    last: Vec<BTreeMap<Value, (Value, Mark)>>,
}

impl Monotone {
    pub(super) fn new(fact: &str) -> Monotone {
        Monotone { fact: fact.to_owned(), last: Vec::new() }
    }
}

impl Checker for Monotone {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        let (node, key, value) = seen.fact(&self.fact)?;
        if self.last.len() <= node.index() {
            self.last.resize_with(node.index() + 1, BTreeMap::new);
        }
        let now = (value.clone(), Mark { node, at, event });
        let Some(last) = self.last[node.index()].get_mut(key) else {
            self.last[node.index()].insert(key.clone(), now);
            return None;
        };
        let (before, mark) = std::mem::replace(last, now);
        (*value < before).then(|| Violation {
            fingerprint: format!("monotone({})/fell", self.fact),
            detail: format!(
                "{} of {node} fell from {before} (recorded at {}) to {value} at {at}.",
                statement(&self.fact, key),
                mark.at
            ),
            at,
            events: trail(&[mark.event, event]),
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

    fn monotone() -> Script {
        Script::new(Check::Monotone("epoch".to_owned()), 3)
    }

    #[test]
    fn a_value_falls_over_a_restart() {
        let violation =
            monotone().fact(1, 1, "epoch", (), 5).down(2, 1).started(3, 1).fact(4, 1, "epoch", (), 4).violation();
        assert_eq!(violation.fingerprint, "monotone(epoch)/fell");
        assert_eq!(violation.detail, "`epoch` of n1 fell from 5 (recorded at 1ms) to 4 at 4ms.");
        assert_eq!(violation.events, [1, 4]);
    }

    #[test]
    fn the_last_value_counts_not_the_first() {
        monotone().fact(1, 1, "epoch", (), 1).fact(2, 1, "epoch", (), 9).fact(3, 1, "epoch", (), 8).violation();
    }

    #[test]
    fn values_that_stand_or_grow_and_other_nodes_and_keys() {
        monotone()
            .fact(1, 1, "epoch", "a", 5)
            .fact(2, 1, "epoch", "a", 5)
            .fact(3, 0, "epoch", "a", 1)
            .fact(4, 1, "epoch", "b", 2)
            .fact(5, 1, "epoch", "a", 6)
            .passes();
    }
}
