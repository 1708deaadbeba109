//! How far out an improbable value lies: thresholds of adaptive detectors, in integers.
//!
//! A level is the negative decimal logarithm of a probability: at level 8 a value is exceeded once in 10^8 times. Results
//! have 24 binary places. Levels go from 1 to 12: below, the word improbable would not fit; above, nothing is known of
//! the tail of a distribution that was estimated from a few hundred values.

use crate::law::{Decimal, normal_quantile, scale_exp2};
use crate::time::Span;

/// The lowest level.
pub const LEVEL_MIN: Decimal = Decimal { thousandths: 1_000 };
/// The highest level.
pub const LEVEL_MAX: Decimal = Decimal { thousandths: 12_000 };

/// log2 10 in Q32.
const LOG2_10: u64 = 14_267_572_527;
/// ln 10 in Q32.
const LN_10: u64 = 9_889_527_671;

/// How many standard deviations above its mean a normal value must lie to be exceeded with probability 10^-level only: in
/// Q24, to one part in ten thousand. The level is clamped to its range.
///
/// ```
/// use sim_core::law::Decimal;
/// let deviations = sim_core::tail::normal(Decimal { thousandths: 8_000 });
/// assert_eq!((deviations * 100) >> 24, 561, "5.61 standard deviations");
/// ```
pub fn normal(level: Decimal) -> u64 {
    // The probability over 2^64, from 2^61 down: 10^-1 is below 2^-3.
    let exponent = u64::from(clamped(level)) * LOG2_10 / 1000 - (3 << 32);
    let probability = scale_exp2(Span(1 << 61), exponent, true).0;
    normal_quantile(probability.saturating_sub(1)).0
}

/// How many means an exponentially distributed value must last to be exceeded with probability 10^-level only: in Q24.
/// The level is clamped to its range.
pub fn exponential(level: Decimal) -> u64 {
    (u64::from(clamped(level)) * LN_10 / 1000) >> 8
}

fn clamped(level: Decimal) -> u32 {
    level.clamp(LEVEL_MIN, LEVEL_MAX).thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Upper quantiles of the normal distribution at 10^-1 to 10^-12, from tables.
    #[test]
    fn normal_levels_meet_the_tables() {
        let expected = [
            1.281_552, 2.326_348, 3.090_232, 3.719_016, 4.264_891, 4.753_424, 5.199_338, 5.612_001, 5.997_807,
            6.361_341, 6.706_023, 7.034_484,
        ];
        for (level, expected) in (1..).zip(expected) {
            let deviations = normal(Decimal { thousandths: level * 1000 }) as f64 / 16_777_216.0;
            assert!((deviations - expected).abs() < 1e-4 * expected, "{level}: {deviations} {expected}");
        }
    }

    #[test]
    fn exponential_levels_are_multiples_of_the_logarithm_of_ten() {
        for thousandths in [1_000, 2_500, 8_000, 12_000] {
            let expected = f64::from(thousandths) / 1000.0 * std::f64::consts::LN_10;
            let means = exponential(Decimal { thousandths }) as f64 / 16_777_216.0;
            assert!((means - expected).abs() < 1e-6 * expected, "{means} {expected}");
        }
    }

    #[test]
    fn levels_out_of_range_are_clamped() {
        assert_eq!(normal(Decimal { thousandths: 0 }), normal(LEVEL_MIN));
        assert_eq!(normal(Decimal { thousandths: u32::MAX }), normal(LEVEL_MAX));
    }
}
