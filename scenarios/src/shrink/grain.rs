//! Moments and lengths of time that a person would have written: whole seconds, else tenths of one, and so on.
//!
//! A storm leaves times to the nanosecond, no two alike, and how far each of them can be lowered depends on all others.
//! What mostly matters is their order. So a time is the simpler the coarser the *grain* that it is a multiple of; then,
//! if it is one of the steps 1, 2, 5, 10 and so on; then, the shorter it is. Failures that came about in different ways
//! then end at the same times.

use sim_core::Span;

use super::engine::Subject;
use super::lowering::{digits, scale, top};
use super::search::Search;

/// One second, the coarsest grain, in nanoseconds.
pub(super) const SECOND: u64 = 1_000_000_000;

/// One millisecond, in nanoseconds.
pub(super) const MILLISECOND: u64 = 1_000_000;

/// How many grains there are: from a second down to a nanosecond, each a tenth of the one before.
const GRAINS: u64 = 10;

/// How fine the grain of a time must be: 0 for whole seconds, 9 for those that are told to the nanosecond.
pub(super) fn grain(time: u64) -> u64 {
    units().position(|unit| time.is_multiple_of(unit)).map_or(GRAINS, |place| place as u64)
}

/// The length in whole seconds, not shorter.
pub(super) const fn whole_seconds(span: Span) -> Span {
    Span(span.0.div_ceil(SECOND).saturating_mul(SECOND))
}

/// How far a time is from the steps 1, 2, 5, 10 and so on: 0 for those, else the number of its digits.
pub(super) fn roughness(time: u64) -> u64 {
    if time == top(scale(time)) { 0 } else { digits(time) }
}

/// How simple a time is, the simplest first.
pub(super) fn simplicity(time: u64) -> (u64, u64, u64) {
    (grain(time), roughness(time), time)
}

/// The grains, coarse ones first, in nanoseconds.
pub(super) fn units() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(SECOND), |unit| (*unit > 1).then(|| unit / 10))
}

/// Makes a time of the best simpler. `read` gives it, `write` makes the candidate with another time in its place.
pub(super) async fn settle<S: Subject>(
    search: &mut Search<S>,
    read: impl Fn(&S) -> Option<u64>,
    write: impl Fn(&S, u64) -> Option<S>,
) {
    let Some(time) = read(&search.best()) else { return };
    for unit in units() {
        let best = search.best();
        let near = [time / unit * unit, time.div_ceil(unit).saturating_mul(unit)];
        let steps = [1, 2, 5, 10, 20, 50].map(|step| unit.saturating_mul(step));
        let above = top(scale(time.max(unit)));
        let all = [0].into_iter().chain(steps).chain([above]).chain(near);
        let simpler = all.filter(|other| simplicity(*other) < simplicity(time));
        if search.first(simpler.map(|other| write(&best, other))).await.is_some() {
            return;
        }
        if time.is_multiple_of(unit) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_seconds_come_first_then_steps_then_less() {
        const MS: u64 = 1_000_000;
        assert_eq!([0, 1_000 * MS, 300 * MS, 310 * MS, MS, 1].map(grain), [0, 0, 1, 2, 3, 9]);
        assert_eq!([0, 5, 7, 20, 30, 31].map(roughness), [0, 0, 1, 0, 1, 2]);
        let mut times = [1, 300 * MS, 7_000 * MS, 200 * MS, 10_000 * MS, 310 * MS];
        times.sort_by_key(|time| simplicity(*time));
        assert_eq!(times, [10_000 * MS, 7_000 * MS, 200 * MS, 300 * MS, 310 * MS, 1]);
    }
}
