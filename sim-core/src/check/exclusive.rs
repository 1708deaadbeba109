//! Holdings of one key do not overlap: from the first fact to the second (or a crash) the key belongs to one node.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, statement};
use crate::time::Time;
use crate::value::Value;

pub(super) struct Exclusive {
    begin: String,
    end: String,
    /// The one holder of each key that is held: a second one ends the check.
    held: BTreeMap<Value, Mark>,
}

impl Exclusive {
    pub(super) fn new(begin: &str, end: &str) -> Exclusive {
        Exclusive { begin: begin.to_owned(), end: end.to_owned(), held: BTreeMap::new() }
    }

    fn begins(&mut self, key: &Value, mark: Mark) -> Option<Violation> {
        let Some(holder) = self.held.get(key) else {
            self.held.insert(key.clone(), mark);
            return None;
        };
        let Mark { node, at, event } = mark;
        (holder.node != node).then(|| Violation {
            fingerprint: format!("exclusive({}, {})/overlap", self.begin, self.end),
            detail: format!(
                "{node} recorded {} at {at} while {} held it: {} since {}, with no `{}` after it.",
                statement(&self.begin, key),
                holder.node,
                statement(&self.begin, key),
                holder.at,
                self.end
            ),
            at,
            events: vec![holder.event, event],
            nodes: vec![holder.node, node],
        })
    }
}

impl Checker for Exclusive {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Observation::Down(node) = seen {
            self.held.retain(|_, holder| holder.node != *node);
        } else if let Some((node, key, _)) = seen.fact(&self.end) {
            if self.held.get(key).is_some_and(|holder| holder.node == node) {
                self.held.remove(key);
            }
        } else if let Some((node, key, _)) = seen.fact(&self.begin) {
            return self.begins(key, Mark { node, at, event });
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        conclusion.pass_unless_cut_short()
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;

    fn exclusive() -> Script {
        Script::new(Check::Exclusive("holds".to_owned(), "releases".to_owned()), 3)
    }

    #[test]
    fn a_second_holder_before_the_first_releases() {
        let violation = exclusive()
            .fact(1, 0, "holds", "lease", 1)
            .fact(2, 0, "holds", "lease", 2)
            .fact(3, 1, "releases", "lease", 1)
            .fact(4, 1, "holds", "lease", 3)
            .violation();
        assert_eq!(violation.fingerprint, "exclusive(holds, releases)/overlap");
        assert_eq!(violation.events, [1, 4]);
        assert!(violation.detail.starts_with("n1 recorded `holds(lease)` at 4ms while n0 held it"));
    }

    #[test]
    fn one_after_the_other_and_each_its_own_key() {
        exclusive()
            .fact(1, 0, "holds", "lease", 1)
            .fact(2, 0, "releases", "lease", 1)
            .fact(3, 1, "holds", "lease", 2)
            .fact(4, 2, "holds", "other", 2)
            .passes();
    }

    #[test]
    fn a_crash_ends_a_holding_and_a_pause_does_not() {
        exclusive().fact(1, 0, "holds", "lease", 1).down(2, 0).fact(3, 1, "holds", "lease", 2).passes();
        exclusive().fact(1, 0, "holds", "lease", 1).paused(2, 0).fact(3, 1, "holds", "lease", 2).violation();
    }
}
