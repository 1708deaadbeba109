//! No two nodes record a fact with the same key.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement};
use crate::time::Time;
use crate::value::Value;

pub(super) struct Unique {
    fact: String,
    first: BTreeMap<Value, Mark>,
}

impl Unique {
    pub(super) fn new(fact: &str) -> Unique {
        Unique { fact: fact.to_owned(), first: BTreeMap::new() }
    }
}

impl Checker for Unique {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        let (node, key, _) = seen.fact(&self.fact)?;
        let Some(first) = self.first.get(key) else {
            self.first.insert(key.clone(), Mark { node, at, event });
            return None;
        };
        if first.node == node {
            return None;
        }
        Some(Violation {
            fingerprint: format!("unique({})/two-nodes", self.fact),
            detail: format!(
                "{} recorded {} at {}, and {node} recorded it too, at {at}.",
                first.node,
                statement(&self.fact, key),
                first.at
            ),
            at,
            events: vec![first.event, event],
            nodes: vec![first.node, node],
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

    fn unique() -> Script {
        Script::new(Check::Unique("primary".to_owned()), 3)
    }

    #[test]
    fn two_nodes_with_one_key() {
        let violation = unique().fact(10, 0, "primary", 7, ()).fact(20, 2, "primary", 7, ()).violation();
        assert_eq!(violation.fingerprint, "unique(primary)/two-nodes");
        assert_eq!(violation.detail, "n0 recorded `primary(7)` at 10ms, and n2 recorded it too, at 20ms.");
        assert_eq!(violation.events, [1, 2]);
    }

    #[test]
    fn one_node_again_and_others_with_other_keys() {
        unique()
            .fact(10, 0, "primary", 7, ())
            .fact(20, 0, "primary", 7, ())
            .fact(30, 1, "primary", 8, ())
            .fact(40, 1, "backup", 7, ())
            .passes();
    }
}
