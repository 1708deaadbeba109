//! The detectors of Chen, Toueg and Aguilera ("On the quality of service of failure detectors", IEEE ToC 51(5), 2002):
//! a heartbeat is judged by when it was sent, so that one which was long on its way buys no time.

use sim_core::{LocalTime, Span};

use super::rule::{Evidence, Rule};
use super::window::Window;

/// NFD-S, for synchronised clocks: a heartbeat vouches for its sender until the next one, sent a period later, is
/// overdue by `slack`. The detection time is never more than period and slack together, and no detector with this
/// period and bound makes fewer mistakes (their theorem 6).
///
/// A sign of life that does not say when it was sent counts as sent when it arrived: then this is a fixed time-out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NfdS {
    /// η: the time between two heartbeats.
    pub period: Span,
    /// δ: how long after its sending a heartbeat is due.
    pub slack: Span,
}

impl Rule for NfdS {
    type History = ();

    fn first_deadline(&self, now: LocalTime) -> LocalTime {
        now + self.period.saturating_add(self.slack)
    }

    fn deadline(&self, (): &mut (), evidence: Evidence) -> LocalTime {
        let age = evidence.dated.map_or(Span::ZERO, |dated| dated.age);
        let fresh_for = self.period.saturating_add(self.slack);
        LocalTime(evidence.at.0.saturating_sub(age.0)) + fresh_for
    }
}

/// NFD-E, for clocks that run alike but show different times: the next heartbeat is expected when the mean of the last
/// arrivals says so, and overdue after a `margin` (their section 6.3).
///
/// The mean is over arrival less sending, each on its own clock; so a heartbeat that was lost needs no place in it, and
/// nobody has to know how the clocks differ. It is begun anew when the peer begins a new life. Late arrivals count, also
/// those of a suspected peer: else a jump of one clock would separate two healthy nodes for good.
///
/// A sign of life that does not say when it was sent counts as sent when it arrived: then this is a fixed time-out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NfdE {
    /// η: the time between two heartbeats.
    pub period: Span,
    /// How many arrivals are averaged; 32 in the paper.
    pub window: u32,
    /// α: how long after its expected arrival a heartbeat is overdue.
    pub margin: Span,
}

/// What NFD-E remembers: how far arrivals lie behind sendings, in one life of the peer.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lags {
    life: u32,
    lags: Window,
}

impl Rule for NfdE {
    type History = Lags;

    fn first_deadline(&self, now: LocalTime) -> LocalTime {
        // The first heartbeat may be a whole period away, and how long it travels is not known yet: another period.
        now + self.period.saturating_mul(2).saturating_add(self.margin)
    }

    fn deadline(&self, history: &mut Lags, evidence: Evidence) -> LocalTime {
        let sent = evidence.dated.map_or(evidence.at, |dated| dated.sent);
        if history.life != evidence.stamp.incarnation {
            *history = Lags { life: evidence.stamp.incarnation, lags: Window::default() };
        }
        history.lags.push(signed(evidence.at).saturating_sub(signed(sent)), self.window);
        let expected = signed(sent).saturating_add(history.lags.mean());
        LocalTime(u64::try_from(expected).unwrap_or(0)) + self.period.saturating_add(self.margin)
    }
}

fn signed(time: LocalTime) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heartbeat::{Dated, Stamp};

    const PERIOD: Span = Span(1000);

    fn evidence(incarnation: u32, sent: u64, at: u64, age: u64) -> Evidence {
        let dated = Some(Dated { sent: LocalTime(sent), age: Span(age) });
        Evidence { stamp: Stamp { incarnation, sequence: sent }, at: LocalTime(at), dated, suspected: false }
    }

    #[test]
    fn a_heartbeat_that_was_long_on_its_way_buys_no_time() {
        let rule = NfdS { period: PERIOD, slack: Span(50) };
        assert_eq!(rule.deadline(&mut (), evidence(0, 0, 5_003, 3)), LocalTime(6_050));
        assert_eq!(rule.deadline(&mut (), evidence(0, 0, 5_040, 40)), LocalTime(6_050));
        assert_eq!(rule.deadline(&mut (), evidence(0, 0, 6_100, 1_100)), LocalTime(6_050), "too old to tell anything");
    }

    #[test]
    fn arrivals_are_expected_where_the_mean_says() {
        let rule = NfdE { period: PERIOD, window: 2, margin: Span(50) };
        let mut lags = Lags::default();
        // The observer's clock is 70,000 ahead; travel takes 10, then 30, then 20.
        assert_eq!(rule.deadline(&mut lags, evidence(0, 1_000, 71_010, 0)), LocalTime(72_060));
        assert_eq!(rule.deadline(&mut lags, evidence(0, 2_000, 72_030, 0)), LocalTime(73_070));
        assert_eq!(rule.deadline(&mut lags, evidence(0, 4_000, 74_020, 0)), LocalTime(75_075), "the oldest is gone");
    }

    #[test]
    fn a_clock_behind_the_senders_is_no_harder() {
        let rule = NfdE { period: PERIOD, window: 32, margin: Span(50) };
        assert_eq!(rule.deadline(&mut Lags::default(), evidence(0, 90_000, 1_010, 0)), LocalTime(2_060));
    }

    #[test]
    fn a_new_life_has_a_clock_of_its_own() {
        let rule = NfdE { period: PERIOD, window: 32, margin: Span(50) };
        let mut lags = Lags::default();
        rule.deadline(&mut lags, evidence(0, 50_000, 50_010, 0));
        assert_eq!(rule.deadline(&mut lags, evidence(1, 0, 60_020, 0)), LocalTime(61_070));
    }

    #[test]
    fn undated_signs_make_a_fixed_timeout() {
        let undated = Evidence { dated: None, ..evidence(0, 0, 5_000, 0) };
        assert_eq!(NfdS { period: PERIOD, slack: Span(50) }.deadline(&mut (), undated), LocalTime(6_050));
        let rule = NfdE { period: PERIOD, window: 32, margin: Span(50) };
        assert_eq!(rule.deadline(&mut Lags::default(), undated), LocalTime(6_050));
    }
}
