//! A fact is never recorded.

use super::{Checker, Conclusion, Observation, Verdict, Violation, statement};
use crate::time::Time;

pub(super) struct Never {
    fact: String,
}

impl Never {
    pub(super) fn new(fact: &str) -> Never {
        Never { fact: fact.to_owned() }
    }
}

impl Checker for Never {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        let (node, key, value) = seen.fact(&self.fact)?;
        Some(Violation {
            fingerprint: format!("never({})/recorded", self.fact),
            detail: format!("{node} recorded {} as {value} at {at}.", statement(&self.fact, key)),
            at,
            events: vec![event],
            nodes: vec![node],
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

    #[test]
    fn the_first_record_is_one_too_many() {
        let violation =
            Script::new(Check::Never("lost".to_owned()), 2).fact(3, 1, "lost", "k", 4).fact(4, 0, "lost", "k", 4);
        assert_eq!(violation.violation().detail, "n1 recorded `lost(k)` as 4 at 3ms.");
    }

    #[test]
    fn other_facts_are_welcome() {
        Script::new(Check::Never("lost".to_owned()), 2).fact(3, 1, "primary", "k", 4).passes();
    }
}
