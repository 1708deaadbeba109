//! No handler panics.

use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::outcome::End;
use crate::time::Time;

pub(super) struct NoPanic;

impl Checker for NoPanic {
    fn observe(&mut self, _: Time, _: u32, _: &Observation<'_>) -> Option<Violation> {
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        let End::Panic { at, message } = conclusion.end else { return conclusion.pass_unless_cut_short() };
        // Digits are masked, so that the same panic about another node or slot is the same finding.
        let masked: String = message.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect();
        Verdict::Fail(Violation {
            fingerprint: format!("no-panic/{}: {masked}", at.handler),
            detail: format!("`{}` of {} panicked at {}: {message}", at.handler, at.node, at.time),
            at: at.time,
            events: vec![conclusion.event],
            nodes: vec![],
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::Script;
    use crate::check::{Check, Verdict};

    #[test]
    fn a_panic_is_one_finding_whatever_its_numbers() {
        let Verdict::Fail(violation) = Script::new(Check::NoPanic, 1).at_panic() else { panic!("not found") };
        assert_eq!(violation.fingerprint, "no-panic/on_timer Beat: index ## out of bounds");
    }

    #[test]
    fn a_run_to_its_horizon_passes_and_one_cut_short_is_undecided() {
        Script::new(Check::NoPanic, 1).passes();
        assert_eq!(Script::new(Check::NoPanic, 1).at_limit().word(), "undecided");
    }
}
