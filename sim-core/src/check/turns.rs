//! Everybody who is in gets a turn: the bound of fairness, and the absence of starvation.

use std::collections::{BTreeMap, BTreeSet};

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement, trail};
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::Time;
use crate::value::Value;

pub(super) struct Turns {
    fact: String,
    joins: String,
    leaves: String,
    within: u64,
    rounds: Vec<Round>,
    /// Turns of each key over all nodes.
    counts: BTreeMap<Value, u64>,
    longest: u64,
}

/// The turns that one node gives.
#[derive(Default)]
struct Round {
    given: u64,
    /// Who is in: how many turns had been given when it last had one (or came in), and when that was.
    since: BTreeMap<Value, (u64, Mark)>,
    /// The same by the number of turns: who has waited longest comes first.
    waiting: BTreeSet<(u64, Value)>,
}

impl Round {
    fn enter(&mut self, key: &Value, mark: Mark) {
        self.leave(key);
        self.since.insert(key.clone(), (self.given, mark));
        self.waiting.insert((self.given, key.clone()));
    }

    fn leave(&mut self, key: &Value) {
        if let Some((given, _)) = self.since.remove(key) {
            self.waiting.remove(&(given, key.clone()));
        }
    }

    /// Who has waited longest, for how many turns, and since when.
    fn longest(&self) -> Option<(&Value, u64, Mark)> {
        let (given, key) = self.waiting.first()?;
        Some((key, self.given - given, self.since.get(key)?.1))
    }
}

impl Turns {
    pub(super) fn new(fact: &str, joins: &str, leaves: &str, within: u32, plan: &Plan) -> Turns {
        Turns {
            fact: fact.to_owned(),
            joins: joins.to_owned(),
            leaves: leaves.to_owned(),
            within: u64::from(within),
            rounds: plan.nodes.iter().map(|_| Round::default()).collect(),
            counts: BTreeMap::new(),
            longest: 0,
        }
    }

    fn turn(&mut self, node: NodeId, key: &Value, mark: Mark) -> Option<Violation> {
        match self.counts.get_mut(key) {
            Some(count) => *count += 1,
            None => drop(self.counts.insert(key.clone(), 1)),
        }
        let round = self.rounds.get_mut(node.index())?;
        round.given += 1;
        if round.since.contains_key(key) {
            round.enter(key, mark);
        }
        let (passed_over, waits, since) = round.longest()?;
        self.longest = self.longest.max(waits);
        (waits > self.within).then(|| Violation {
            fingerprint: format!("turns({})/passed-over", self.fact),
            detail: format!(
                "{node} recorded `{}` for others {waits} times without {} since {}: {} are allowed.",
                self.fact,
                statement(&self.fact, passed_over),
                since.at,
                self.within
            ),
            at: mark.at,
            events: trail(&[since.event, mark.event]),
            nodes: match passed_over {
                Value::Node(passed_over) => vec![node, *passed_over],
                _ => vec![node],
            },
        })
    }
}

impl Checker for Turns {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Observation::Down(node) = seen {
            // A crashed node has forgotten whose turn it was, and who was in.
            self.rounds.get_mut(node.index()).map(std::mem::take);
        } else if let Some((node, key, _)) = seen.fact(&self.fact) {
            return self.turn(node, key, Mark { node, at, event });
        } else if let Some((node, key, _)) = seen.fact(&self.joins) {
            self.rounds.get_mut(node.index())?.enter(key, Mark { node, at, event });
        } else if let Some((node, key, _)) = seen.fact(&self.leaves) {
            self.rounds.get_mut(node.index())?.leave(key);
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        conclusion.pass_unless_cut_short()
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        let mut add = |what: &str, count: u64| {
            measures.push(Measure { name: format!("turns({}) {what}", self.fact), amount: Amount::Count(count) });
        };
        add("longest wait", self.longest);
        add("fewest", self.counts.values().copied().min().unwrap_or(0));
        add("most", self.counts.values().copied().max().unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::outcome::Amount;

    fn turns() -> Script {
        let check = Check::Turns {
            fact: "asked".to_owned(),
            joins: "holds".to_owned(),
            leaves: "releases".to_owned(),
            within: 2,
        };
        Script::new(check, 2).fact(1, 0, "holds", "x", ()).fact(1, 0, "holds", "y", ())
    }

    fn ask(script: Script, keys: &[&str]) -> Script {
        keys.iter().fold(script, |script, key| script.fact(10, 0, "asked", *key, ()))
    }

    #[test]
    fn one_that_is_in_and_passed_over() {
        let violation = ask(turns(), &["y", "x", "x", "x"]).violation();
        assert_eq!(violation.fingerprint, "turns(asked)/passed-over");
        assert_eq!(
            violation.detail,
            "n0 recorded `asked` for others 3 times without `asked(y)` since 10ms: 2 are allowed."
        );
        assert_eq!(violation.events, [3, 6]);
    }

    #[test]
    fn from_its_coming_in_everybody_has_the_same_bound() {
        ask(turns(), &["x", "x"]).passes();
        ask(turns(), &["x", "x", "x"]).violation();
        let late = ask(turns(), &["x", "y", "x"]).fact(11, 0, "holds", "z", ());
        ask(late, &["y", "x", "z", "y", "x", "z"]).passes();
    }

    #[test]
    fn who_is_out_may_be_passed_over_and_still_be_asked() {
        let out = || turns().fact(2, 0, "releases", "y", ());
        ask(out(), &["x", "x", "x", "x"]).passes();
        ask(out(), &["y", "y", "y"]).violation();
    }

    #[test]
    fn a_crash_ends_the_round_and_other_nodes_have_their_own() {
        let crashed = ask(turns(), &["x", "x"]).down(20, 0);
        ask(crashed, &["x", "x", "x"]).passes();
        let other = ask(turns(), &["x", "x"]).fact(20, 1, "asked", "x", ());
        ask(other, &["y"]).passes();
    }

    #[test]
    fn turns_are_counted() {
        let script = ask(turns(), &["x", "x", "y"]);
        assert_eq!(script.measure("turns(asked) longest wait"), Some(Amount::Count(2)));
        assert_eq!(script.measure("turns(asked) most"), Some(Amount::Count(2)));
        assert_eq!(script.measure("turns(asked) fewest"), Some(Amount::Count(1)));
    }
}
