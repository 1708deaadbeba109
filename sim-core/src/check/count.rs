//! How often a fact is recorded: a measure without a judgement.

use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::outcome::{Amount, Measure};
use crate::time::Time;

pub(super) struct Count {
    fact: String,
    records: u64,
}

impl Count {
    pub(super) fn new(fact: &str) -> Count {
        Count { fact: fact.to_owned(), records: 0 }
    }
}

impl Checker for Count {
    fn observe(&mut self, _at: Time, _event: u32, seen: &Observation<'_>) -> Option<Violation> {
        self.records += u64::from(seen.fact(&self.fact).is_some());
        None
    }

    fn conclude(&mut self, _conclusion: &Conclusion<'_>) -> Verdict {
        Verdict::Pass
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        measures.push(Measure { name: format!("count({})", self.fact), amount: Amount::Count(self.records) });
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::outcome::Amount;

    #[test]
    fn every_record_counts_and_none_is_judged() {
        let script =
            || {
                Script::new(Check::Count("beat".to_owned()), 2)
                    .fact(1, 0, "beat", 7, ())
                    .fact(2, 1, "beat", 7, ())
                    .fact(3, 1, "other", 7, ())
            };
        assert_eq!(script().measure("count(beat)"), Some(Amount::Count(2)));
        script().passes();
    }
}
