//! Distributions as integer arithmetic: fixed tables and exact 128-bit products, no floating point and no libm.
//!
//! A [`Law`] turns 64 uniform bits into a span by its quantile function, so that its median (the default of every
//! delay in a frozen plan) is just the quantile at one half. Logarithm and exponential interpolate tables that the
//! compiler computes; the normal quantile interpolates a committed one. The error of a sample is below 1e-4 of its
//! distance from the law's origin, far under what a run can resolve.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::chance::below;
use crate::normal_table::NORMAL;
use crate::time::{LONGEST, Span, scaled_decimal, serde_as_text};

/// How a length of time is distributed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Law {
    /// Always the same.
    Constant(Span),
    /// Uniform over `low..=high`.
    Uniform(Span, Span),
    /// Exponential with this mean.
    Exponential(Span),
    /// Log-normal: the median, and the standard deviation of the logarithm.
    LogNormal(Span, Decimal),
    /// Pareto: the least value, and the tail index (the mean is infinite at 1 and below).
    Pareto(Span, Decimal),
}

impl Law {
    /// The value at the quantile `bits / 2^64`.
    #[inline]
    pub fn sample(&self, bits: u64) -> Span {
        match *self {
            Law::Constant(span) => span,
            Law::Uniform(low, high) => Span(low.0 + below(bits, high.0 - low.0 + 1)),
            _ => self.sample_tail(bits),
        }
    }

    #[inline(never)]
    fn sample_tail(&self, bits: u64) -> Span {
        match *self {
            Law::Constant(_) | Law::Uniform(..) => Span::ZERO,
            Law::Exponential(mean) => scale(mean, negative_log2(!bits), LN_2),
            Law::LogNormal(median, sigma) => {
                let (z, negative) = normal_quantile(bits);
                let exponent = (u128::from(z) * u128::from(sigma.thousandths) * u128::from(LOG2_E) / 1000) >> 24;
                scale_exp2(median, u64::try_from(exponent).unwrap_or(u64::MAX), negative)
            }
            Law::Pareto(least, index) => {
                let exponent = u128::from(negative_log2(!bits)) * 1000 / u128::from(index.thousandths.max(1));
                scale_exp2(least, u64::try_from(exponent).unwrap_or(u64::MAX), false)
            }
        }
    }

    /// The median: what a frozen plan means where it lists no exception.
    pub fn median(&self) -> Span {
        self.sample(1 << 63)
    }

    /// Why this law cannot be sampled, if so.
    pub fn fault(&self) -> Option<String> {
        match self {
            Law::Uniform(low, high) if low > high => Some(format!("a uniform law from {low} to {high} is empty")),
            Law::LogNormal(_, sigma) if sigma.thousandths > 10_000 => Some("a sigma above 10 is not meant".to_owned()),
            Law::Pareto(_, index) if index.thousandths == 0 => Some("a tail index of 0 has no distribution".to_owned()),
            _ => None,
        }
    }
}

/// A decimal with three places, written as text: `"1.5"`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal {
    /// The value times one thousand.
    pub thousandths: u32,
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.thousandths / 1000, self.thousandths % 1000);
        if rest == 0 {
            write!(f, "{whole}")
        } else {
            write!(f, "{whole}.{}", format!("{rest:03}").trim_end_matches('0'))
        }
    }
}
impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::str::FromStr for Decimal {
    type Err = String;
    fn from_str(text: &str) -> Result<Decimal, String> {
        let value = scaled_decimal(text, 1000).flatten().and_then(|n| u32::try_from(n).ok());
        value.map(|thousandths| Decimal { thousandths }).ok_or_else(|| {
            format!("`{text}` is not a number; write a decimal with at most three places, as in \"1.5\"")
        })
    }
}
serde_as_text!(Decimal: "a decimal in quotes, such as \"1.5\"");

/// ln 2 in Q32.
const LN_2: u64 = 2_977_044_472;
/// log2 e in Q32.
const LOG2_E: u64 = 6_196_328_019;
/// log2(1 + i/256) in Q32.
const LOG2: [u64; 257] = log2_table();
/// 2^(i/256) in Q32, from 1 to 2.
const EXP2: [u64; 257] = exp2_table();

const fn log2_table() -> [u64; 257] {
    let mut table = [0; 257];
    let mut i = 0;
    while i <= 256 {
        // Digit by digit: square the mantissa (Q62), take a bit whenever it passes two.
        let mut x = (1u128 << 62) + ((i as u128) << 54);
        let mut result = 0u64;
        let mut bit = 0;
        if x >= 1 << 63 {
            result = 1;
            x >>= 1;
        }
        while bit < 32 {
            x = (x * x) >> 62;
            result <<= 1;
            if x >= 1 << 63 {
                result |= 1;
                x >>= 1;
            }
            bit += 1;
        }
        table[i] = result;
        i += 1;
    }
    table
}

const fn square_root(n: u128) -> u128 {
    let mut low = 0u128;
    let mut high = 1u128 << 64;
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if middle * middle <= n { low = middle } else { high = middle }
    }
    low
}

const fn exp2_table() -> [u64; 257] {
    // roots[j] is 2^(1/2^(j+1)) in Q62.
    let mut roots = [0u128; 8];
    let mut root = 2u128 << 62;
    let mut j = 0;
    while j < 8 {
        root = square_root(root << 62);
        roots[j] = root;
        j += 1;
    }
    let mut table = [0; 257];
    let mut i = 0;
    while i < 256 {
        let mut x = 1u128 << 62;
        let mut j = 0;
        while j < 8 {
            if i >> (7 - j) & 1 == 1 {
                x = (x * roots[j]) >> 62;
            }
            j += 1;
        }
        table[i] = ((x + (1 << 29)) >> 30) as u64;
        i += 1;
    }
    table[256] = 2 << 32;
    table
}

/// -log2((bits + 1) / 2^64) in Q32: 0 to 64.
fn negative_log2(bits: u64) -> u64 {
    let Some(n) = bits.checked_add(1) else { return 0 };
    let zeros = n.leading_zeros();
    // The mantissa's fraction, 64 bits with the leading one shifted out.
    let fraction = (n << zeros) << 1;
    let (index, rest) = ((fraction >> 56) as usize, (fraction << 8) >> 32);
    let log = LOG2[index] + (((LOG2[index + 1] - LOG2[index]) * rest) >> 32);
    ((u64::from(zeros) + 1) << 32) - log
}

/// `span * factor_a * factor_b`, both in Q32.
fn scale(span: Span, factor_a: u64, factor_b: u64) -> Span {
    let factor = (u128::from(factor_a) * u128::from(factor_b)) >> 32;
    let product = (u128::from(span.0) * factor + (1 << 31)) >> 32;
    Span(u64::try_from(product).unwrap_or(u64::MAX).min(LONGEST.0))
}

/// `span * 2^exponent`, or divided if `negative`; the exponent in Q32. Saturates at the longest span.
pub(crate) fn scale_exp2(span: Span, exponent: u64, negative: bool) -> Span {
    let (mut whole, mut fraction) = (exponent >> 32, exponent as u32);
    if negative && fraction > 0 {
        // 2^-(w + f) = 2^(1 - f) / 2^(w + 1)
        whole += 1;
        fraction = fraction.wrapping_neg();
    }
    let (index, rest) = ((fraction >> 24) as usize, u64::from(fraction & 0xff_ffff));
    let power = EXP2[index] + (((EXP2[index + 1] - EXP2[index]) * rest) >> 24);
    let product = u128::from(span.0) * u128::from(power);
    let shifted = match (negative, whole) {
        (true, 90..) => 0,
        (true, _) => product >> (32 + whole),
        (false, 0..=32) => product >> (32 - whole),
        (false, _) => u128::MAX,
    };
    let shifted = if span == Span::ZERO { 0 } else { shifted };
    Span(u64::try_from(shifted).unwrap_or(u64::MAX).min(LONGEST.0))
}

/// The standard normal quantile at `bits / 2^64`: its magnitude in Q24, and whether it is negative.
pub(crate) fn normal_quantile(bits: u64) -> (u64, bool) {
    let negative = bits < 1 << 63;
    // The tail's probability over 2^64, from 1 to 2^63.
    let tail = if negative { bits + 1 } else { !bits + 1 }.clamp(1, 1 << 63);
    if tail == 1 << 63 {
        return (0, false);
    }
    let zeros = tail.leading_zeros();
    let octave = (zeros as usize - 1).min(NORMAL.len() - 1);
    if zeros as usize > NORMAL.len() {
        return (NORMAL[octave][0] as u64, negative);
    }
    let fraction = (tail << zeros) << 1;
    let (index, rest) = ((fraction >> 59) as usize, (fraction << 5) >> 32);
    let low = i64::from(NORMAL[octave][index]);
    let high = match (index, octave) {
        (31, 0) => 0,
        (31, _) => i64::from(NORMAL[octave - 1][0]),
        _ => i64::from(NORMAL[octave][index + 1]),
    };
    ((low - (((low - high) * rest as i64) >> 32)) as u64, negative)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers pin the samplers: they are part of the engine.
    #[test]
    fn known_answers() {
        let second = Span::from_secs(1);
        let sigma = Decimal { thousandths: 500 };
        let quarter = 1u64 << 62;
        assert_eq!(Law::Exponential(second).median(), Span(693_147_181));
        assert_eq!(Law::Exponential(second).sample(quarter), Span(287_682_072));
        assert_eq!(Law::LogNormal(second, sigma).median(), second);
        assert_eq!(Law::Pareto(second, Decimal { thousandths: 2000 }).sample(0), second);
        assert_eq!(Law::Uniform(Span(0), Span(9)).sample(u64::MAX), Span(9));
    }

    /// Each quantile against its closed form, in floating point, to one part in ten thousand.
    #[test]
    fn quantiles_meet_their_closed_form() {
        let mean = Span::from_secs(1);
        for i in 1..4096u64 {
            let bits = i << 52;
            let u = i as f64 / 4096.0;
            let exponential = Law::Exponential(mean).sample(bits).0 as f64 / 1e9;
            assert!((exponential + (1.0 - u).ln()).abs() < 1e-4 * (1.0 + exponential), "exponential at {u}");
            let pareto = Law::Pareto(mean, Decimal { thousandths: 1500 }).sample(bits).0 as f64 / 1e9;
            let expected = (1.0 - u).powf(-1.0 / 1.5);
            assert!((pareto - expected).abs() < 1e-4 * expected, "pareto at {u}: {pareto} {expected}");
        }
        for (u, z) in
            [(0.5, 0.0), (0.841_344_746, 1.0), (0.977_249_868, 2.0), (0.158_655_254, -1.0), (0.998_650_102, 3.0)]
        {
            let bits = (u * 18_446_744_073_709_551_616.0) as u64;
            let sample = Law::LogNormal(mean, Decimal { thousandths: 1000 }).sample(bits).0 as f64 / 1e9;
            let expected = f64::exp(z);
            assert!((sample - expected).abs() < 5e-4 * expected, "log-normal at {z}: {sample} {expected}");
        }
    }

    #[test]
    fn quantiles_are_monotone() {
        let laws = [
            Law::Exponential(Span::from_millis(20)),
            Law::LogNormal(Span::from_millis(20), Decimal { thousandths: 800 }),
            Law::Pareto(Span::from_millis(1), Decimal { thousandths: 1100 }),
        ];
        for law in laws {
            let mut last = Span::ZERO;
            for i in 0..100_000u64 {
                let sample = law.sample(i * (u64::MAX / 100_000));
                assert!(sample >= last, "{law:?} at {i}: {sample} after {last}");
                last = sample;
            }
        }
    }
}
