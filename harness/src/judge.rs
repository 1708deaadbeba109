//! From an outcome and an expectation to one word.

use scenarios::Expect;
use sim_core::check::{Check, CheckOutcome, Conclusion, Verdict, Violation};
use sim_core::outcome::End;
use sim_core::{Outcome, Plan};

use crate::exit::Exit;

/// The worst verdict of a run's checks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Overall {
    /// Every check passed.
    Pass,
    /// At least one could not tell, and none failed.
    Undecided,
    /// At least one failed.
    Fail,
}

impl Overall {
    /// `pass`, `undecided`, `fail`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Overall::Pass => "pass",
            Overall::Undecided => "undecided",
            Overall::Fail => "fail",
        }
    }
}

/// A run judged: each check, all together, and beside what was expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Judgement {
    /// Each check of the plan; before them `limits` if one ran out, after them `no-panic` if a handler panicked and no
    /// check was there to say so.
    pub(crate) checks: Vec<CheckOutcome>,
    /// The worst of them.
    pub(crate) overall: Overall,
    /// [`Exit::Met`], [`Exit::Missed`] or [`Exit::Undecided`].
    pub(crate) exit: Exit,
}

impl Judgement {
    pub(crate) fn of(plan: &Plan, outcome: &Outcome, expect: &Expect) -> Judgement {
        let mut checks = outcome.checks.clone();
        if matches!(outcome.end, End::Panic { .. }) && !checks.iter().any(failed) {
            checks.push(panicked(plan, outcome));
        }
        if let End::Limit { limit, at } = &outcome.end {
            let why = format!(
                "the limit `{limit}` ran out at {} in `{}` of {}; `limits: ({limit}: ..)` raises it",
                at.time, at.handler, at.node
            );
            checks.insert(0, CheckOutcome { name: "limits".to_owned(), verdict: Verdict::Undecided(why) });
        }
        let overall = checks.iter().map(overall_of).max().unwrap_or(Overall::Pass);
        let exit = match expect {
            Expect::Pass => match overall {
                Overall::Pass => Exit::Met,
                Overall::Undecided => Exit::Undecided,
                Overall::Fail => Exit::Missed,
            },
            Expect::Fail(_) if failing(&checks, expect).is_some_and(|check| expect_names(expect, &check.name)) => {
                Exit::Met
            }
            Expect::Fail(_) if overall == Overall::Undecided => Exit::Undecided,
            Expect::Fail(_) => Exit::Missed,
        };
        Judgement { checks, overall, exit }
    }

    /// The failure that matters: the one that was expected, otherwise the first.
    pub(crate) fn violation(&self, expect: &Expect) -> Option<(&str, &Violation)> {
        let check = failing(&self.checks, expect)?;
        match &check.verdict {
            Verdict::Fail(violation) => Some((&check.name, violation)),
            Verdict::Pass | Verdict::Undecided(_) => None,
        }
    }
}

/// Whether `expect: Fail("..")` means the check of this name: all of the name, or its first word.
fn expect_names(expect: &Expect, check: &str) -> bool {
    match expect {
        Expect::Pass => false,
        Expect::Fail(name) => check == name || check.split('(').next() == Some(name),
    }
}

fn failing<'a>(checks: &'a [CheckOutcome], expect: &Expect) -> Option<&'a CheckOutcome> {
    let expected = checks.iter().find(|check| failed(check) && expect_names(expect, &check.name));
    expected.or_else(|| checks.iter().find(|check| failed(check)))
}

fn failed(check: &CheckOutcome) -> bool {
    overall_of(check) == Overall::Fail
}

fn overall_of(check: &CheckOutcome) -> Overall {
    match check.verdict {
        Verdict::Pass => Overall::Pass,
        Verdict::Undecided(_) => Overall::Undecided,
        Verdict::Fail(_) => Overall::Fail,
    }
}

/// A panic is never a pass, whether or not the scenario thought of it: the kernel's own judge is asked.
fn panicked(plan: &Plan, outcome: &Outcome) -> CheckOutcome {
    let event = u32::try_from(outcome.events.saturating_sub(1)).unwrap_or(u32::MAX);
    let conclusion = Conclusion { at: outcome.simulated, event, end: &outcome.end, plan };
    CheckOutcome { name: Check::NoPanic.name(), verdict: Check::NoPanic.checker(plan).conclude(&conclusion) }
}

#[cfg(test)]
mod tests {
    use sim_core::Time;
    use sim_core::outcome::Where;

    use super::*;
    use crate::testing::{outcome_of, plan_of, violation_of};

    fn exit(expect: &Expect, checks: &[(&str, Verdict)], end: End) -> Exit {
        Judgement::of(&plan_of(&["a", "b"]), &outcome_of(checks, end), expect).exit
    }

    fn fail() -> Verdict {
        Verdict::Fail(violation_of("unique(primary)/two-nodes", &[3]))
    }

    fn unsure() -> Verdict {
        Verdict::Undecided("too little time".to_owned())
    }

    fn somewhere() -> Where {
        Where { time: Time(5), node: "a".to_owned(), handler: "on_timer".to_owned() }
    }

    #[test]
    fn the_worst_check_decides_unless_it_was_expected() {
        let unique = || Expect::Fail("unique".to_owned());
        for (expect, checks, met) in [
            (Expect::Pass, vec![("x", Verdict::Pass)], Exit::Met),
            (Expect::Pass, vec![("x", unsure()), ("y", Verdict::Pass)], Exit::Undecided),
            (Expect::Pass, vec![("x", unsure()), ("y", fail())], Exit::Missed),
            (unique(), vec![("unique(primary)", fail())], Exit::Met),
            (unique(), vec![("agree(x)", fail()), ("unique(primary)", fail())], Exit::Met),
            (Expect::Fail("unique(primary)".to_owned()), vec![("unique(primary)", fail())], Exit::Met),
            (Expect::Fail("unique(other)".to_owned()), vec![("unique(primary)", fail())], Exit::Missed),
            (Expect::Fail("uniq".to_owned()), vec![("unique(primary)", fail())], Exit::Missed),
            (unique(), vec![("unique(primary)", Verdict::Pass)], Exit::Missed),
            (unique(), vec![("unique(primary)", unsure())], Exit::Undecided),
            (unique(), vec![("unique(primary)", unsure()), ("x", fail())], Exit::Missed),
        ] {
            assert_eq!(exit(&expect, &checks, End::Horizon), met, "{expect:?} {checks:?}");
        }
    }

    #[test]
    fn a_panic_never_passes_though_no_check_asked() {
        let end = || End::Panic { at: somewhere(), message: "index 7 out of bounds".to_owned() };
        assert_eq!(exit(&Expect::Pass, &[("x", Verdict::Pass)], end()), Exit::Missed);
        assert_eq!(exit(&Expect::Fail("no-panic".to_owned()), &[], end()), Exit::Met);
        let expect = Expect::Pass;
        let judgement = Judgement::of(&plan_of(&["a"]), &outcome_of(&[], end()), &expect);
        let (check, violation) = judgement.violation(&expect).unwrap();
        assert_eq!((check, &*violation.fingerprint), ("no-panic", "no-panic/on_timer: index # out of bounds"));
    }

    #[test]
    fn a_limit_that_ran_out_never_passes() {
        let end = End::Limit { limit: "events", at: somewhere() };
        assert_eq!(exit(&Expect::Pass, &[("x", Verdict::Pass)], end.clone()), Exit::Undecided);
        assert_eq!(exit(&Expect::Pass, &[("x", fail())], end), Exit::Missed);
    }
}
