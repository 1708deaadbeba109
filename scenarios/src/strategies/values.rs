//! Times, shares, laws: the small values of a plan, each from round ones to odd ones.

use proptest::prelude::*;
use sim_core::fault::Links;
use sim_core::law::{Decimal, Law};
use sim_core::plan::{Arrivals, Rate};
use sim_core::time::{Drift, SignedSpan};
use sim_core::{Probability, Span};

/// A length of time up to 1,000 s.
pub fn span() -> impl Strategy<Value = Span> {
    prop_oneof![
        (0u64..1_000).prop_map(Span::from_millis),
        (0u64..1_000).prop_map(Span::from_secs),
        (0u64..1_000_000_000_000).prop_map(Span),
    ]
}

/// A signed length of time up to 1,000 s.
pub fn signed_span() -> impl Strategy<Value = SignedSpan> {
    (span(), any::<bool>()).prop_map(|(span, back)| {
        let nanos = span.0.cast_signed();
        SignedSpan(if back { -nanos } else { nanos })
    })
}

/// A clock's rate error, up to 1,000 ppm.
pub fn drift() -> impl Strategy<Value = Drift> {
    (-1_000_000i64..1_000_000).prop_map(Drift)
}

/// A probability.
pub fn probability() -> impl Strategy<Value = Probability> {
    prop_oneof![(0u32..=100).prop_map(|percent| percent * 10_000_000), 0u32..=1_000_000_000]
        .prop_map(|parts| Probability::from_ppb(parts).unwrap_or(Probability::ONE))
}

/// A law that can be sampled.
pub fn law() -> impl Strategy<Value = Law> {
    let decimal = (1u32..=10_000).prop_map(|thousandths| Decimal { thousandths });
    prop_oneof![
        span().prop_map(Law::Constant),
        (span(), span()).prop_map(|(a, b)| Law::Uniform(a.min(b), a.max(b))),
        span().prop_map(Law::Exponential),
        (span(), decimal.clone()).prop_map(|(median, sigma)| Law::LogNormal(median, sigma)),
        (span(), decimal).prop_map(|(least, index)| Law::Pareto(least, index)),
    ]
}

/// When generated operations start.
pub fn arrivals() -> impl Strategy<Value = Arrivals> {
    let unit = prop_oneof![Just(Span::from_secs(1)), Just(Span::from_secs(60)), Just(Span::from_secs(3600))];
    let rate = (1u32..1_000, unit).prop_map(|(count, per)| Rate { count, per });
    prop_oneof![span().prop_map(|think| Arrivals::Closed { think }), rate.prop_map(|rate| Arrivals::Poisson { rate })]
}

/// Links between places of which any two groups are given by `groups`.
pub(super) fn links<T: Clone + std::fmt::Debug + 'static>(
    place: BoxedStrategy<T>,
    groups: BoxedStrategy<(Vec<T>, Vec<T>)>,
) -> impl Strategy<Value = Links<T>> {
    prop_oneof![
        3 => Just(Links::All),
        1 => groups.clone().prop_map(|(left, _)| Links::From(left)),
        1 => groups.clone().prop_map(|(_, right)| Links::To(right)),
        1 => (place.clone(), place).prop_map(|(from, to)| Links::Link(from, to)),
        1 => groups.prop_map(|(left, right)| Links::Between(left, right)),
    ]
}
