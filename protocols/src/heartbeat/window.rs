//! The last few values of something, with their exact mean and deviation.

use std::collections::VecDeque;

/// Values are clamped to this magnitude, about two years in nanoseconds, so that sums of squares are exact.
const LARGEST: i64 = 1 << 56;

/// A sliding window over whole numbers. Its sums are exact, so nothing drifts however long it slides.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Window {
    values: VecDeque<i64>,
    sum: i128,
    squares: i128,
}

/// How many values a window may hold: more would not be exact.
pub(super) const SIZE_MAX: u32 = 10_000;

impl Window {
    /// Takes in a value; the oldest goes when there are more than `size`, which is at least 1.
    pub fn push(&mut self, value: i64, size: u32) {
        let value = value.clamp(-LARGEST, LARGEST);
        self.values.push_back(value);
        self.sum += i128::from(value);
        self.squares += i128::from(value) * i128::from(value);
        while self.values.len() > size.clamp(1, SIZE_MAX) as usize {
            let Some(oldest) = self.values.pop_front() else { break };
            self.sum -= i128::from(oldest);
            self.squares -= i128::from(oldest) * i128::from(oldest);
        }
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Window::default();
    }

    /// Whether there is nothing to learn from.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The mean, rounded down; 0 if there is none.
    pub fn mean(&self) -> i64 {
        let count = self.values.len() as i128;
        if count == 0 { 0 } else { self.sum.div_euclid(count) as i64 }
    }

    /// The standard deviation of the values themselves (not of a population behind them), rounded down.
    pub fn deviation(&self) -> u64 {
        let count = self.values.len() as i128;
        if count == 0 {
            return 0;
        }
        // The mean of squares less the square of the mean, about the rounded mean, so that no product is too large.
        let mean = i128::from(self.mean());
        let about_mean = self.squares - 2 * mean * self.sum + count * mean * mean;
        let rest = self.sum - count * mean;
        let variance = (about_mean - rest * rest / count).max(0) / count;
        variance.unsigned_abs().isqrt() as u64
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_has_no_spread() {
        let window = Window::default();
        assert!(window.is_empty());
        assert_eq!((window.mean(), window.deviation()), (0, 0));
    }

    #[test]
    fn the_extremes_are_held() {
        let mut window = Window::default();
        for n in 0..SIZE_MAX + 5 {
            window.push(if n % 2 == 0 { i64::MAX } else { i64::MIN }, SIZE_MAX);
        }
        assert_eq!((window.mean(), window.deviation()), (0, LARGEST as u64));
    }

    proptest! {
        /// The sliding sums say what the values themselves say.
        #[test]
        fn sliding_changes_nothing(values in prop::collection::vec(-1_000_000i64..1_000_000, 1..60), size in 1u32..20) {
            let mut window = Window::default();
            values.iter().for_each(|value| window.push(*value, size));
            let kept = &values[values.len().saturating_sub(size as usize)..];
            let count = kept.len() as i64;
            let sum: i64 = kept.iter().sum();
            prop_assert_eq!(window.mean(), sum.div_euclid(count));
            // n^2 times the variance is a whole number.
            let scaled = count * kept.iter().map(|value| value * value).sum::<i64>() - sum * sum;
            let deviation = i64::try_from(window.deviation()).expect("small");
            prop_assert!(deviation * deviation * count * count <= scaled, "too large");
            prop_assert!((deviation + 1) * (deviation + 1) * count * count > scaled - count * count, "too small");
        }
    }
}
