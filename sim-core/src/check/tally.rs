//! How much there is of something, and how evenly it is spread: a measure, not a judgement.

use std::collections::BTreeMap;

use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::outcome::{Amount, Measure};
use crate::time::Time;
use crate::value::Value;

pub(super) struct Tally {
    fact: String,
    sum: u64,
    greatest: u64,
    /// The last value of each key.
    last: BTreeMap<Value, u64>,
}

impl Tally {
    pub(super) fn new(fact: &str) -> Tally {
        Tally { fact: fact.to_owned(), sum: 0, greatest: 0, last: BTreeMap::new() }
    }
}

impl Checker for Tally {
    fn observe(&mut self, _: Time, _: u32, seen: &Observation<'_>) -> Option<Violation> {
        let (_, key, value) = seen.fact(&self.fact)?;
        let Value::Int(amount) = value else { return None };
        let amount = u64::try_from(*amount).unwrap_or(if *amount < 0 { 0 } else { u64::MAX });
        self.sum = self.sum.saturating_add(amount);
        self.greatest = self.greatest.max(amount);
        self.last.insert(key.clone(), amount);
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        conclusion.pass_unless_cut_short()
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        let mut measure = |what: &str, amount| measures.push(Measure { name: format!("{} {what}", self.fact), amount });
        measure("sum", Amount::Count(self.sum));
        measure("greatest", Amount::Count(self.greatest));
        let keys = self.last.len() as u128;
        let (sum, most) = self.last.values().fold((0, 0), |(sum, most), n| (sum + u128::from(*n), most.max(*n)));
        // By how much the fullest is above the mean, as a share of the mean.
        if let Some(above) = ((u128::from(most) * keys).saturating_sub(sum) * 1_000_000_000).checked_div(sum) {
            measure("above mean", Amount::Share(u32::try_from(above).unwrap_or(u32::MAX)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::outcome::Amount;

    fn tally() -> Script {
        Script::new(Check::Tally("told".to_owned()), 3)
    }

    #[test]
    fn all_values_count_in_the_sum_and_the_last_of_each_key_in_the_spread() {
        let script = tally().fact(1, 0, "told", 1, 90).fact(2, 1, "told", 2, 10).fact(3, 2, "told", 1, 30);
        assert_eq!(script.measure("told sum"), Some(Amount::Count(130)));
        assert_eq!(script.measure("told greatest"), Some(Amount::Count(90)));
        assert_eq!(script.measure("told above mean"), Some(Amount::Share(500_000_000)));
        script.passes();
    }

    #[test]
    fn nothing_is_no_share() {
        let script = tally().fact(1, 0, "told", 1, 0).fact(1, 0, "told", 2, "text").fact(1, 0, "other", 1, 5);
        assert_eq!(script.measure("told sum"), Some(Amount::Count(0)));
        assert_eq!(script.measure("told above mean"), None);
    }
}
