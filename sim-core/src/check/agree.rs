//! All records of a fact with the same key have the same value.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement, trail};
use crate::time::Time;
use crate::value::Value;

pub(super) struct Agree {
    fact: String,
    first: BTreeMap<Value, (Value, Mark)>,
}

impl Agree {
    pub(super) fn new(fact: &str) -> Agree {
        Agree { fact: fact.to_owned(), first: BTreeMap::new() }
    }
}

impl Checker for Agree {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        let (node, key, value) = seen.fact(&self.fact)?;
        let Some((agreed, first)) = self.first.get(key) else {
            self.first.insert(key.clone(), (value.clone(), Mark { node, at, event }));
            return None;
        };
        if agreed == value {
            return None;
        }
        Some(Violation {
            fingerprint: format!("agree({})/two-values", self.fact),
            detail: format!(
                "{} recorded {} as {agreed} at {}, but {node} recorded {value} at {at}.",
                first.node,
                statement(&self.fact, key),
                first.at
            ),
            at,
            events: trail(&[first.event, event]),
            nodes: if first.node == node { vec![node] } else { vec![first.node, node] },
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

    fn agree() -> Script {
        Script::new(Check::Agree("chosen".to_owned()), 3)
    }

    #[test]
    fn two_values_for_one_key() {
        let violation = agree().fact(1, 0, "chosen", 4, "x").fact(2, 1, "chosen", 4, "y").violation();
        assert_eq!(violation.fingerprint, "agree(chosen)/two-values");
        assert_eq!(violation.detail, "n0 recorded `chosen(4)` as x at 1ms, but n1 recorded y at 2ms.");
    }

    #[test]
    fn a_node_that_contradicts_itself() {
        let violation = agree().fact(1, 0, "chosen", 4, "x").fact(2, 0, "chosen", 4, "y").violation();
        assert_eq!(violation.nodes.len(), 1);
    }

    #[test]
    fn one_value_for_each_key() {
        agree().fact(1, 0, "chosen", 4, "x").fact(2, 1, "chosen", 4, "x").fact(3, 1, "chosen", 5, "y").passes();
    }
}
