//! Phi accrual: silence is suspect when it has become improbable by the gaps seen before.
//!
//! Hayashibara, Défago, Yared and Katayama ("The φ accrual failure detector", SRDS 2004): φ = -log10 of the probability
//! that a gap is at least as long as the present silence. Both rules turn the threshold of φ into a length of silence at
//! each sign of life, from exact sums and the tables of [`sim_core::tail`], so that nobody polls φ.
//!
//! The mean gap is never taken to be shorter than the period: after a pause of the observer, what waited for it arrives at
//! once, and a row of gaps of no length would teach it to suspect everybody for good.
//!
//! Gaps that ended a suspicion are not learned. They measure the outage, not the heartbeats: after a long partition an
//! estimator that has learned them sleeps through the next crash. That is planted bug H5.

use sim_core::law::Decimal;
use sim_core::{LocalTime, Span, tail};

use super::rule::{Evidence, Rule};
use super::window::Window;

/// What is remembered of one peer: its gaps, and when it was heard last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Gaps {
    gaps: Window,
    last: Option<LocalTime>,
}

impl Gaps {
    /// Learns from a sign of life. `begin` are the gaps to begin with.
    fn learn(&mut self, evidence: Evidence, window: u32, begin: &[Span]) {
        if self.gaps.is_empty() {
            begin.iter().for_each(|gap| self.gaps.push(whole(*gap), window));
        }
        if let Some(last) = self.last.filter(|_| !evidence.suspected) {
            self.gaps.push(whole(evidence.at.since(last)), window);
        }
        self.last = Some(evidence.at);
    }

    /// The mean gap, `period` at least.
    fn mean(&self, period: Span) -> Span {
        Span(u64::try_from(self.gaps.mean()).unwrap_or(0)).max(period)
    }
}

fn whole(span: Span) -> i64 {
    i64::try_from(span.0).unwrap_or(i64::MAX)
}

/// `span` times a factor in Q24.
fn times(span: Span, factor: u64) -> Span {
    Span(u64::try_from((u128::from(span.0) * u128::from(factor)) >> 24).unwrap_or(u64::MAX))
}

/// Gaps are taken to be normal: silence may last for their mean, the pause, and so many of their deviations as the
/// threshold asks for (5.61 at φ = 8). As in Akka, the window begins with two gaps that have the period for their mean and
/// a quarter of it for their deviation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhiNormal {
    /// The time between two heartbeats: what is believed at first.
    pub period: Span,
    /// How many gaps are remembered.
    pub window: u32,
    /// How many deviations the threshold means, in Q24.
    deviations: u64,
    /// The deviation is never taken to be smaller.
    pub deviation_min: Span,
    /// Further silence that is no suspicion, as a collector of garbage may cause.
    pub pause: Span,
}

impl PhiNormal {
    /// The rule with this threshold of φ, from 1 to 12.
    pub fn new(period: Span, threshold: Decimal, window: u32, deviation_min: Span, pause: Span) -> PhiNormal {
        PhiNormal { period, window, deviations: tail::normal(threshold), deviation_min, pause }
    }

    fn begin(&self) -> [Span; 2] {
        let quarter = Span(self.period.0 / 4);
        [self.period - quarter, self.period.saturating_add(quarter)]
    }

    fn patience(&self, mean: Span, deviation: Span) -> Span {
        let spread = times(deviation.max(self.deviation_min), self.deviations);
        mean.saturating_add(self.pause).saturating_add(spread)
    }
}

impl Rule for PhiNormal {
    type History = Gaps;

    fn first_deadline(&self, now: LocalTime) -> LocalTime {
        // The first sign of life may be a period away, and then has travelled.
        now + self.period.saturating_add(self.patience(self.period, Span(self.period.0 / 4)))
    }

    fn deadline(&self, history: &mut Gaps, evidence: Evidence) -> LocalTime {
        history.learn(evidence, self.window, &self.begin());
        evidence.at + self.patience(history.mean(self.period), Span(history.gaps.deviation()))
    }
}

/// Gaps are taken to be exponential, as in Cassandra: silence may last for so many of their means as the threshold asks
/// for, 18.42 at φ = 8. The window begins with ten gaps of a period, so that a single long one is not half of what is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PhiExponential {
    /// The time between two heartbeats: what is believed at first.
    pub period: Span,
    /// How many gaps are remembered.
    pub window: u32,
    /// How many means the threshold means, in Q24.
    means: u64,
}

impl PhiExponential {
    /// The rule with this threshold of φ, from 1 to 12.
    pub fn new(period: Span, threshold: Decimal, window: u32) -> PhiExponential {
        PhiExponential { period, window, means: tail::exponential(threshold) }
    }
}

impl Rule for PhiExponential {
    type History = Gaps;

    fn first_deadline(&self, now: LocalTime) -> LocalTime {
        now + times(self.period, self.means)
    }

    fn deadline(&self, history: &mut Gaps, evidence: Evidence) -> LocalTime {
        history.learn(evidence, self.window, &[self.period; 10]);
        evidence.at + times(history.mean(self.period), self.means)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heartbeat::Stamp;

    const SECOND: Span = Span::from_secs(1);
    const EIGHT: Decimal = Decimal { thousandths: 8_000 };

    fn heard(at: Span, suspected: bool) -> Evidence {
        Evidence { stamp: Stamp::default(), at: LocalTime(at.0), dated: None, suspected }
    }

    /// The silence that is allowed after `count` signs of life, a second apart.
    fn patience<R: Rule<History = Gaps>>(rule: &R, count: u64) -> Span {
        let mut history = Gaps::default();
        let deadlines = (1..=count).map(|n| {
            let at = SECOND.saturating_mul(n);
            rule.deadline(&mut history, heard(at, false)).since(LocalTime(at.0))
        });
        deadlines.last().unwrap_or_default()
    }

    #[test]
    fn akka_suspects_after_four_and_a_half_seconds() {
        let pause = Span::from_secs(3);
        let rule = PhiNormal::new(SECOND, EIGHT, 1000, Span::from_millis(100), pause);
        let silence = patience(&rule, 5_000);
        assert_eq!(silence.0 / 1_000_000, 4_561, "{silence}");
    }

    #[test]
    fn cassandra_suspects_after_eighteen_means() {
        let rule = PhiExponential::new(SECOND, EIGHT, 1000);
        let silence = patience(&rule, 50);
        assert_eq!(silence.0 / 1_000_000, 18_420, "{silence}");
    }

    #[test]
    fn a_wider_spread_needs_a_longer_silence() {
        let rule = PhiNormal::new(SECOND, EIGHT, 100, Span::ZERO, Span::ZERO);
        let mut history = Gaps::default();
        let mut at = Span::ZERO;
        let mut deadline = LocalTime(0);
        for n in 0..300u64 {
            at += Span::from_millis(if n % 2 == 0 { 900 } else { 1_100 });
            deadline = rule.deadline(&mut history, heard(at, false));
        }
        // The mean is a second, the deviation a tenth of it.
        assert_eq!(deadline.since(LocalTime(at.0)).0 / 1_000_000, 1_561);
    }

    #[test]
    fn what_waited_for_the_observer_teaches_no_impatience() {
        let rule = PhiExponential::new(SECOND, EIGHT, 20);
        let mut history = Gaps::default();
        for _ in 0..50 {
            rule.deadline(&mut history, heard(SECOND, false));
        }
        let deadline = rule.deadline(&mut history, heard(SECOND, false));
        assert!(deadline > LocalTime(19 * SECOND.0), "{deadline}");
    }

    #[test]
    fn outages_are_not_learned() {
        let rule = PhiExponential::new(SECOND, EIGHT, 4);
        let mut history = Gaps::default();
        rule.deadline(&mut history, heard(SECOND, false));
        let before = history.mean(SECOND);
        rule.deadline(&mut history, heard(Span::from_secs(1_000), true));
        assert_eq!(history.mean(SECOND), before);
        rule.deadline(&mut history, heard(Span::from_secs(1_001), false));
        assert_eq!(history.mean(SECOND), SECOND, "the next gap counts from the end of the outage");
    }
}
