//! The voter: which answer so many units agree on.

use sim_core::NodeId;

/// The answers to one operation, the latest of each unit.
#[derive(Clone, Debug, Default)]
pub(super) struct Votes(Vec<(NodeId, i64)>);

impl Votes {
    /// A unit answers, perhaps again.
    pub(super) fn cast(&mut self, from: NodeId, answer: i64) {
        self.0.retain(|(voter, _)| *voter != from);
        self.0.push((from, answer));
    }

    /// The answer that at least `needed` units agree on. Where there is none although all `voters` have answered, the
    /// first will do if `one_will_do`, which is planted bug D1.
    pub(super) fn decision(&self, needed: u16, voters: usize, one_will_do: bool) -> Option<i64> {
        let votes = |answer| self.0.iter().filter(|(_, other)| *other == answer).count();
        let agreed = self.0.iter().map(|(_, answer)| *answer).find(|answer| votes(*answer) >= usize::from(needed));
        let first = self.0.first().filter(|_| one_will_do && self.0.len() >= voters);
        agreed.or(first.map(|(_, answer)| *answer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(answers: &[(u16, i64)]) -> Votes {
        let mut votes = Votes::default();
        answers.iter().for_each(|(voter, answer)| votes.cast(NodeId(*voter), *answer));
        votes
    }

    #[test]
    fn one_of_three_is_outvoted() {
        assert_eq!(votes(&[(1, 8), (2, 7), (3, 7)]).decision(2, 3, false), Some(7));
        assert_eq!(votes(&[(1, 8), (2, 7)]).decision(2, 3, false), None);
        assert_eq!(votes(&[(2, 7), (2, 7)]).decision(2, 3, false), None, "nobody votes twice");
    }

    #[test]
    fn a_tie_is_no_decision() {
        let tie = votes(&[(1, 8), (2, 7), (3, 9)]);
        assert_eq!(tie.decision(2, 3, false), None);
        assert_eq!(tie.decision(2, 3, true), Some(8), "the bug");
        assert_eq!(votes(&[(1, 8), (2, 7)]).decision(2, 3, true), None, "it waits for the third");
    }

    #[test]
    fn a_unit_may_answer_better_when_it_is_asked_again() {
        assert_eq!(votes(&[(1, 8), (2, 7), (1, 7)]).decision(2, 3, false), Some(7));
    }
}
