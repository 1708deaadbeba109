//! The distribution of measured spans in bounded memory.

use std::collections::BTreeMap;

use crate::outcome::{Amount, Measure};
use crate::time::Span;

/// Spans, counted by their three leading decimal digits: as exact as a report needs, and under 20,000 entries whatever comes.
#[derive(Default)]
pub(super) struct Spans {
    counts: BTreeMap<Span, u64>,
    total: u64,
    longest: Span,
}

impl Spans {
    pub(super) fn add(&mut self, span: Span) {
        let digits = span.0.checked_ilog10().unwrap_or(0);
        let unit = 10u64.pow(digits.saturating_sub(2));
        *self.counts.entry(Span(span.0 / unit * unit)).or_default() += 1;
        self.total += 1;
        self.longest = self.longest.max(span);
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The nearest-rank percentile, rounded down to three digits. `percent` is 1 to 100.
    fn percentile(&self, percent: u64) -> Option<Span> {
        let rank = u64::try_from((u128::from(self.total) * u128::from(percent)).div_ceil(100)).unwrap_or(u64::MAX);
        let mut seen = 0;
        self.counts.iter().find_map(|(span, count)| {
            seen += count;
            (seen >= rank).then_some(*span)
        })
    }

    /// Adds `name p50`, `name p99` and `name max`, if there is anything to tell.
    pub(super) fn measure(&self, name: &str, measures: &mut Vec<Measure>) {
        let (Some(median), Some(p99)) = (self.percentile(50), self.percentile(99)) else { return };
        for (which, span) in [("p50", median), ("p99", p99), ("max", self.longest)] {
            measures.push(Measure { name: format!("{name} {which}"), amount: Amount::Span(span) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_nearest_rank_to_three_digits() {
        let mut spans = Spans::default();
        for millis in 1..=200 {
            spans.add(Span::from_millis(millis) + Span(999));
        }
        assert_eq!(spans.percentile(50), Some(Span::from_millis(100)));
        assert_eq!(spans.percentile(99), Some(Span::from_millis(198)));
        assert_eq!(spans.longest, Span(200_000_999));
    }

    #[test]
    fn memory_is_bounded_and_extremes_are_held() {
        let mut spans = Spans::default();
        for span in [0, 9, 10, 99, 100, 1_000_007, u64::MAX] {
            spans.add(Span(span));
        }
        assert_eq!(spans.percentile(1), Some(Span(0)));
        assert_eq!(spans.percentile(100), Some(Span(18_400_000_000_000_000_000)));
        (0..100_000).for_each(|n| spans.add(Span(1_000_000 + n)));
        assert!(spans.counts.len() < 120, "{}", spans.counts.len());
    }

    #[test]
    fn nothing_measured_is_nothing_told() {
        let mut measures = Vec::new();
        Spans::default().measure("detection", &mut measures);
        assert_eq!(measures, []);
    }
}
