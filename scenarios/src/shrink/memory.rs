//! What has been refused, and what a refusal says of other candidates.
//!
//! A run does not see all of its plan: without a retry it is the same run for any pause between retries, and one that showed
//! nothing up to its end shows nothing up to an earlier one. So what is remembered is not only the candidate, but what its
//! run can have seen of it, and a candidate that would look the same to that run is not run again.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::outcome::Unused;

use super::engine::{Subject, Verdict};

/// How a candidate looks to runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sight {
    /// The same for two candidates only if a run that makes no use of some things cannot tell them apart.
    pub key: u64,
    /// How far the run goes, where nothing that happens later could undo what is seen before; else always the same.
    pub reach: u64,
}

/// What has been refused.
#[derive(Debug, Default)]
pub(super) struct Memory {
    /// By candidate.
    refused: BTreeSet<u64>,
    /// By what was not used: how far runs went that showed nothing.
    in_vain: BTreeMap<Unused, BTreeMap<u64, u64>>,
}

impl Memory {
    /// Whether it is known that a candidate would be refused.
    pub(super) fn refuses<S: Subject>(&self, candidate: &S) -> bool {
        let looks_alike = |(unused, runs): (&Unused, &BTreeMap<u64, u64>)| {
            let sight = candidate.sight(*unused);
            runs.get(&sight.key).is_some_and(|reach| *reach >= sight.reach)
        };
        self.refused.contains(&candidate.key()) || self.in_vain.iter().any(looks_alike)
    }

    /// Remembers that a candidate was refused, and why.
    pub(super) fn refuse<S: Subject>(&mut self, candidate: &S, verdict: &Verdict) {
        self.refused.insert(candidate.key());
        if let Verdict::Not(Some(unused)) = verdict {
            let sight = candidate.sight(*unused);
            let reach = self.in_vain.entry(*unused).or_default().entry(sight.key).or_default();
            *reach = sight.reach.max(*reach);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A number that a run sees only as far as to its tens, unless it uses the rest.
    #[derive(Clone)]
    struct Number(u64);

    impl Subject for Number {
        type Measure = u64;
        type Study = ();
        fn measure(&self) -> u64 {
            self.0
        }
        fn key(&self) -> u64 {
            self.0
        }
        fn sight(&self, unused: Unused) -> Sight {
            let key = if unused.retries { self.0 / 100 } else { self.0 / 10 };
            Sight { key, reach: self.0 % 10 }
        }
    }

    #[test]
    fn what_looks_alike_and_ends_no_later_is_known() {
        let known = |memory: &Memory| [125, 124, 120, 126, 135].map(|number| memory.refuses(&Number(number)));
        let mut memory = Memory::default();
        assert_eq!(known(&memory), [false; 5]);
        memory.refuse(&Number(125), &Verdict::Not(Some(Unused::default())));
        assert_eq!(known(&memory), [true, true, true, false, false]);
        memory.refuse(&Number(147), &Verdict::Not(Some(Unused { retries: true, ..Unused::default() })));
        assert_eq!(known(&memory), [true; 5]);
    }

    #[test]
    fn of_other_verdicts_only_the_candidate_is_remembered() {
        let mut memory = Memory::default();
        for verdict in [Verdict::Not(None), Verdict::Other("f".to_owned()), Verdict::Same(1)] {
            memory.refuse(&Number(125), &verdict);
        }
        assert_eq!([125, 124].map(|number| memory.refuses(&Number(number))), [true, false]);
    }
}
