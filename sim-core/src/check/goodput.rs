//! After calm, and some time to settle, what clients ask is answered again: no overload outlives its trigger.
//!
//! A system whose own reaction to an overload (retries, lost caches, expelled servers) keeps it overloaded is metastable;
//! see Bronson and others, *Metastable failures in distributed systems* (2021). Offered load does not show it, answered
//! operations do.

use super::spans::Spans;
use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::chance::Probability;
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::{Span, Time};

pub(super) struct Goodput {
    min: Probability,
    /// Operations that begin earlier are not judged.
    from: Time,
    answered: u64,
    missed: u64,
    /// The event that ended the first of them without an answer.
    first_missed: Option<u32>,
    latency: Spans,
    latency_sum: u128,
}

impl Goodput {
    pub(super) fn new(settle: Span, min: Probability, plan: &Plan) -> Goodput {
        let from = plan.calm.saturating_add(settle);
        Goodput { min, from, answered: 0, missed: 0, first_missed: None, latency: Spans::default(), latency_sum: 0 }
    }

    /// The share answered, in parts per billion.
    fn share(&self) -> Option<u32> {
        let ended = u128::from(self.answered) + u128::from(self.missed);
        let share = (u128::from(self.answered) * 1_000_000_000).checked_div(ended)?;
        u32::try_from(share).ok()
    }

    fn began_in_time(&self, at: Time, took: Span) -> bool {
        at.0 - took.0 >= self.from.0
    }
}

impl Checker for Goodput {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        match *seen {
            Observation::Answered(_, took) if self.began_in_time(at, took) => {
                self.answered += 1;
                self.latency.add(took);
                self.latency_sum += u128::from(took.0);
            }
            Observation::Failed(_, took) | Observation::Unknown(_, took) if self.began_in_time(at, took) => {
                self.missed += 1;
                self.first_missed.get_or_insert(event);
            }
            _ => {}
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        if let Some(undecided) = conclusion.cut_short() {
            return undecided;
        }
        let Some(share) = self.share() else {
            return Verdict::Undecided(format!("no operation that began at {} or later has ended", self.from));
        };
        if share >= self.min.ppb() {
            return Verdict::Pass;
        }
        let (answered, ended) = (self.answered, self.answered + self.missed);
        Verdict::Fail(Violation {
            fingerprint: "goodput/low".to_owned(),
            detail: format!(
                "Of {ended} operations that began at {} or later and have ended, {answered} were answered ({}): {} are \
                 demanded.",
                self.from,
                Amount::Share(share),
                self.min
            ),
            at: conclusion.at,
            events: self.first_missed.into_iter().collect(),
            nodes: Vec::new(),
        })
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        let Some(share) = self.share() else { return };
        measures.push(Measure { name: "goodput".to_owned(), amount: Amount::Share(share) });
        let mean = self.latency_sum.checked_div(u128::from(self.answered)).and_then(|mean| u64::try_from(mean).ok());
        if let Some(mean) = mean {
            measures.push(Measure { name: "goodput latency mean".to_owned(), amount: Amount::Span(Span(mean)) });
        }
        self.latency.measure("goodput latency", measures);
    }
}

#[cfg(test)]
mod tests {
    use crate::chance::Probability;
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::outcome::Amount;
    use crate::time::Span;

    /// At least three quarters of what begins 100 ms after calm (which is at 0) or later.
    fn goodput() -> Script {
        let min = Probability::from_ppb(750_000_000).unwrap();
        Script::new(Check::Goodput { settle: Span::from_millis(100), min }, 1)
    }

    #[test]
    fn too_few_answers() {
        let script = goodput().answered(110, 10).unknown(120, 10);
        assert_eq!(script.measure("goodput"), Some(Amount::Share(500_000_000)));
        let violation = script.violation();
        assert_eq!(violation.fingerprint, "goodput/low");
        assert_eq!(
            violation.detail,
            "Of 2 operations that began at 100ms or later and have ended, 1 were answered (50.000%): 75% are demanded."
        );
        assert_eq!(violation.events, [2]);
    }

    #[test]
    fn just_enough_answers() {
        goodput().answered(110, 10).failed(120, 10).answered(130, 10).answered(140, 10).passes();
    }

    #[test]
    fn what_began_earlier_is_not_judged() {
        goodput().unknown(150, 51).answered(150, 50).passes();
    }

    #[test]
    fn latencies_are_measured() {
        let script = goodput().answered(110, 10).answered(140, 40).answered(150, 100);
        assert_eq!(script.measure("goodput latency mean"), Some(Amount::Span(Span::from_millis(25))));
        assert_eq!(script.measure("goodput latency max"), Some(Amount::Span(Span::from_millis(40))));
    }

    #[test]
    fn nothing_asked_is_nothing_decided() {
        assert_eq!(goodput().at_limit().word(), "undecided");
        assert_eq!(goodput().unknown(50, 10).at_horizon().word(), "undecided");
    }
}
