//! A fact is recorded at least once. Not to have reached it proves nothing in a single run.

use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::outcome::{Amount, Measure};
use crate::time::Time;

pub(super) struct Sometimes {
    fact: String,
    reached: bool,
}

impl Sometimes {
    pub(super) fn new(fact: &str) -> Sometimes {
        Sometimes { fact: fact.to_owned(), reached: false }
    }
}

impl Checker for Sometimes {
    fn observe(&mut self, _: Time, _: u32, seen: &Observation<'_>) -> Option<Violation> {
        self.reached = self.reached || seen.fact(&self.fact).is_some();
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        if self.reached { Verdict::Pass } else { conclusion.pass_unless_cut_short() }
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        let name = format!("sometimes({}) reached", self.fact);
        measures.push(Measure { name, amount: Amount::Count(u64::from(self.reached)) });
    }
}

#[cfg(test)]
mod tests {
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::outcome::Amount;

    fn sometimes() -> Script {
        Script::new(Check::Sometimes("primary".to_owned()), 3)
    }

    #[test]
    fn unreached_is_a_pass_with_a_count_of_zero() {
        let quiet = sometimes().fact(1, 0, "backup", 1, ());
        assert_eq!(quiet.measure("sometimes(primary) reached"), Some(Amount::Count(0)));
        quiet.passes();
    }

    #[test]
    fn reached_is_a_count_of_one_however_often() {
        let reached = sometimes().fact(1, 0, "primary", 1, ()).fact(2, 0, "primary", 2, ());
        assert_eq!(reached.measure("sometimes(primary) reached"), Some(Amount::Count(1)));
        reached.passes();
    }

    #[test]
    fn a_run_cut_short_may_have_reached_it_already() {
        assert!(sometimes().at_limit().word() == "undecided");
        assert!(sometimes().fact(1, 0, "primary", 1, ()).at_limit().word() == "pass");
    }
}
