//! How long nodes are up and down at a time, from the truth.

use super::Observation;
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::time::{Span, Time};

/// Adds up the lives of all nodes. A node's first life begins with its first start.
pub(super) struct Lives {
    /// By node: whether it is up, and since when it is as it is.
    nodes: Vec<Option<(bool, Time)>>,
    up: Span,
    down: Span,
    failures: u64,
    repairs: u64,
}

impl Lives {
    pub(super) fn new(nodes: usize) -> Lives {
        Lives { nodes: vec![None; nodes], up: Span::ZERO, down: Span::ZERO, failures: 0, repairs: 0 }
    }

    pub(super) fn observe(&mut self, at: Time, seen: &Observation<'_>) {
        let (node, up): (NodeId, bool) = match *seen {
            Observation::Started(node) => (node, true),
            Observation::Down(node) => (node, false),
            _ => return,
        };
        let Some(life) = self.nodes.get_mut(node.index()) else { return };
        match life {
            Some((was_up, _)) if *was_up == up => return,
            Some((false, since)) => {
                self.down += at.since(*since);
                self.repairs += 1;
            }
            Some((true, since)) => {
                self.up += at.since(*since);
                self.failures += 1;
            }
            None if !up => return,
            None => {}
        }
        *life = Some((up, at));
    }

    /// Counts what lasts at the end.
    pub(super) fn conclude(&mut self, at: Time) {
        for (up, since) in self.nodes.iter_mut().flatten() {
            *if *up { &mut self.up } else { &mut self.down } += at.since(*since);
            *since = at;
        }
    }

    /// Adds the share of the time that nodes were up, the mean time between failures and the mean time to repair. What
    /// the end cuts short counts as time, but not as a failure or a repair.
    pub(super) fn measure(&self, measures: &mut Vec<Measure>) {
        let all = u128::from(self.up.0) + u128::from(self.down.0);
        let share =
            (u128::from(self.up.0) * 1_000_000_000).checked_div(all).and_then(|share| u32::try_from(share).ok());
        let share = share.map(|share| ("node availability", Amount::Share(share)));
        let mean = |name, of: Span, count| Some((name, Amount::Span(Span(of.0.checked_div(count)?))));
        let between_failures = mean("node MTBF", self.up, self.failures);
        let to_repair = mean("node MTTR", self.down, self.repairs);
        let known = [share, between_failures, to_repair].into_iter().flatten();
        measures.extend(known.map(|(name, amount)| Measure { name: name.to_owned(), amount }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(script: &[(u64, Observation<'_>)], end: u64) -> Vec<(String, String)> {
        let at = |secs| Time::ZERO + Span::from_secs(secs);
        let mut lives = Lives::new(2);
        script.iter().for_each(|(secs, seen)| lives.observe(at(*secs), seen));
        lives.conclude(at(end));
        let mut measures = Vec::new();
        lives.measure(&mut measures);
        measures.into_iter().map(|measure| (measure.name, measure.amount.to_string())).collect()
    }
    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, amount)| ((*name).to_owned(), (*amount).to_owned())).collect()
    }

    #[test]
    fn up_and_down_times_of_all_nodes() {
        let (a, b) = (NodeId(0), NodeId(1));
        let script = [
            (0, Observation::Started(a)),
            (0, Observation::Started(b)),
            (10, Observation::Down(a)),
            (14, Observation::Started(a)),
            (20, Observation::Down(b)),
            (24, Observation::Down(a)),
            (30, Observation::Started(a)),
        ];
        let expected = [("node availability", "62.500%"), ("node MTBF", "16.666666666s"), ("node MTTR", "15s")];
        assert_eq!(measured(&script, 40), pairs(&expected));
    }

    #[test]
    fn who_never_started_has_no_life_and_who_never_failed_no_mean() {
        let script = [(0, Observation::Down(NodeId(0))), (10, Observation::Started(NodeId(1)))];
        assert_eq!(measured(&script, 40), pairs(&[("node availability", "100.000%")]));
        assert_eq!(measured(&[], 40), []);
    }
}
