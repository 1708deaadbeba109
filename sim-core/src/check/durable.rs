//! What was promised is there at the end: on some node that is up, or something newer is.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement};
use crate::plan::Plan;
use crate::time::Time;
use crate::value::Value;

pub(super) struct Durable {
    promise: String,
    proof: String,
    /// The greatest value promised of each key.
    promised: BTreeMap<Value, (Value, Mark)>,
    /// By node: the last value held of each key, of the time since it started.
    held: Vec<BTreeMap<Value, Value>>,
}

impl Durable {
    pub(super) fn new(promise: &str, proof: &str, plan: &Plan) -> Durable {
        Durable {
            promise: promise.to_owned(),
            proof: proof.to_owned(),
            promised: BTreeMap::new(),
            held: plan.nodes.iter().map(|_| BTreeMap::new()).collect(),
        }
    }
}

impl Checker for Durable {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Observation::Down(node) = seen {
            self.held.get_mut(node.index())?.clear();
        } else if let Some((node, key, value)) = seen.fact(&self.promise) {
            let newer = self.promised.get(key).is_none_or(|(promised, _)| promised < value);
            if newer {
                self.promised.insert(key.clone(), (value.clone(), Mark { node, at, event }));
            }
        } else if let Some((node, key, value)) = seen.fact(&self.proof) {
            self.held.get_mut(node.index())?.insert(key.clone(), value.clone());
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        for (key, (promised, mark)) in &self.promised {
            let best = self.held.iter().filter_map(|node| node.get(key)).max();
            if best.is_some_and(|best| best >= promised) {
                continue;
            }
            let left = best.map_or_else(|| "nothing".to_owned(), |best| format!("{best} at most"));
            return Verdict::Fail(Violation {
                fingerprint: format!("durable({}, {})/lost", self.promise, self.proof),
                detail: format!(
                    "{} recorded {} = {promised} at {}, and at the end the nodes that are up hold {left}.",
                    mark.node,
                    statement(&self.promise, key),
                    mark.at
                ),
                at: conclusion.at,
                events: vec![mark.event],
                nodes: vec![mark.node],
            });
        }
        conclusion.pass_unless_cut_short()
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;

    fn durable() -> Script {
        Script::new(Check::Durable("told".to_owned(), "holds".to_owned()), 3)
    }

    #[test]
    fn what_only_a_node_that_went_down_has_is_lost() {
        let violation = durable().fact(1, 0, "holds", "k", 5).fact(2, 1, "told", "k", 5).down(3, 0).violation();
        assert_eq!(violation.fingerprint, "durable(told, holds)/lost");
        assert_eq!(
            violation.detail,
            "n1 recorded `told(k)` = 5 at 2ms, and at the end the nodes that are up hold nothing."
        );
    }

    #[test]
    fn the_greatest_promise_counts_and_the_last_that_a_node_holds() {
        let told = || durable().fact(1, 0, "told", "k", 7).fact(2, 1, "told", "k", 5);
        told().fact(3, 2, "holds", "k", 5).violation();
        told().fact(3, 2, "holds", "k", 7).fact(4, 2, "holds", "k", 6).violation();
        told().fact(3, 2, "holds", "other", 9).violation();
    }

    #[test]
    fn what_somebody_holds_or_what_is_newer() {
        let told = || durable().fact(1, 0, "told", "k", 5).down(2, 0).started(3, 0);
        told().fact(4, 0, "holds", "k", 5).passes();
        told().fact(4, 2, "holds", "k", 8).fact(5, 1, "holds", "k", 1).passes();
    }
}
