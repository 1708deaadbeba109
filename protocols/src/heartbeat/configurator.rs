//! From the quality of service that is wanted to the settings of NFD-S and NFD-E: the configurator of Chen, Toueg and
//! Aguilera (2002, section 6.1), which needs no more of the network than the share of messages lost, and the mean and
//! deviation of their delay.

use sim_core::{Probability, Span};

use super::method::Method;

/// The quality of service that is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// T_D: a crash is noticed within this time.
    pub detection: Span,
    /// T_MR: mistakes begin at least this far apart, in the mean.
    pub recurrence: Span,
    /// T_M: a mistake takes no longer, in the mean.
    pub duration: Span,
}

/// What is known of the network.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Known {
    /// p_L: the share of messages lost.
    pub loss: Probability,
    /// E(D): the mean delay.
    pub delay: Span,
    /// The standard deviation of the delay.
    pub deviation: Span,
}

/// What to set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// η: the time between two heartbeats, the longest that will do.
    pub period: Span,
    /// δ of NFD-S: how long after its sending a heartbeat is due.
    pub slack: Span,
    /// α of NFD-E: how long after its expected arrival a heartbeat is overdue.
    pub margin: Span,
}

impl Settings {
    /// The settings with the fewest heartbeats that give what is wanted, whatever the distribution of the delay; `None` if
    /// no period does.
    pub fn of(wanted: Wanted, known: Known) -> Option<Settings> {
        let span = micros(wanted.detection).checked_sub(micros(known.delay)).filter(|span| *span > 0)?;
        let variance = micros(known.deviation).pow(2);
        let arrives = u128::from(PARTS - u64::from(known.loss.ppb()));
        // Chebyshev's bound on the share of heartbeats that arrive in time, times the longest mistake.
        let timely = micros(wanted.duration) * arrives / u128::from(PARTS) * span.pow(2) / (variance + span.pow(2));
        let longest = timely.min(span);
        let recurs = |period: u128| recurrence(period, span, variance, known.loss) >= micros(wanted.recurrence);
        let step = (longest / 1000).max(1);
        let coarse = (1..=longest / step).rev().map(|n| n * step).find(|period| recurs(*period))?;
        let (mut good, mut bad) = (coarse, (coarse + step).min(longest + 1));
        while bad - good > 1 {
            let middle = good.midpoint(bad);
            if recurs(middle) { good = middle } else { bad = middle }
        }
        let period = Span::from_micros(u64::try_from(good).ok()?);
        let slack = wanted.detection.saturating_sub(period);
        Some(Settings { period, slack, margin: slack.saturating_sub(known.delay) })
    }

    /// NFD-S with these settings.
    pub const fn nfd_s(self) -> Method {
        Method::NfdS { slack: self.slack }
    }

    /// NFD-E with these settings, over so many arrivals.
    pub const fn nfd_e(self, window: u32) -> Method {
        Method::NfdE { window, margin: self.margin }
    }
}

const PARTS: u64 = 1_000_000_000;

fn micros(span: Span) -> u128 {
    u128::from(span.0 / 1000)
}

/// A lower bound of the mean time between mistakes, in microseconds: the period times what each heartbeat that could vouch
/// in time contributes, by Chebyshev's one-sided inequality. Saturates.
fn recurrence(period: u128, span: u128, variance: u128, loss: Probability) -> u128 {
    let mut product = period << 20;
    for nth in 1..span.div_ceil(period) {
        let square = (span - nth * period).pow(2);
        let lost = square * u128::from(loss.ppb()) / u128::from(PARTS);
        let factor = ((variance + square) << 20) / (variance + lost).max(1);
        product = product.saturating_mul(factor) >> 20;
        if product > u128::MAX >> 64 {
            break;
        }
    }
    product >> 20
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            detection: Span::from_secs(30),
            recurrence: Span::from_secs(30 * 24 * 3600),
            duration: Span::from_secs(60),
        }
    }

    fn known() -> Known {
        let loss = "1%".parse().expect("a share");
        // The variance is 0.02 square seconds.
        Known { loss, delay: Span::from_millis(20), deviation: Span::from_micros(141_421) }
    }

    /// The example of the paper: 9.71 s and 20.29 s.
    #[test]
    fn the_example_of_the_paper() {
        let settings = Settings::of(wanted(), known()).expect("it can be had");
        let hundredths = |span: Span| (span.0 + 5_000_000) / 10_000_000;
        assert_eq!((hundredths(settings.period), hundredths(settings.slack)), (971, 2029), "{settings:?}");
        assert_eq!(settings.slack - settings.margin, Span::from_millis(20));
        assert_eq!(settings.nfd_s(), Method::NfdS { slack: settings.slack });
        assert_eq!(settings.nfd_e(32), Method::NfdE { window: 32, margin: settings.margin });
    }

    #[test]
    fn more_is_wanted_more_is_sent() {
        let rarer = Wanted { recurrence: Span::from_secs(3_000 * 24 * 3600), ..wanted() };
        let settings = |wanted| Settings::of(wanted, known()).expect("it can be had");
        assert!(settings(rarer).period < settings(wanted()).period);
        let faster = Wanted { detection: Span::from_secs(3), ..wanted() };
        assert!(settings(faster).period < settings(wanted()).period);
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        assert_eq!(Settings::of(Wanted { detection: Span::from_millis(20), ..wanted() }, known()), None);
        assert_eq!(Settings::of(wanted(), Known { loss: Probability::ONE, ..known() }), None);
    }
}
