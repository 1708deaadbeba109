//! Operations that only take up time: a client does one thing after another, so what it is asked before holds up what
//! matters until the time is right.

use sim_core::plan::Plan;

use super::super::elements::Kind;
use super::super::numbers::listed;
use super::super::search::Search;
use super::relax::at_own_times;
use super::route::by_way_of_each;

/// With more operations than these, or fewer, it is not tried.
const SOME: std::ops::RangeInclusive<usize> = 2..=60;

/// Takes operations out in runs of every length, while all others get the time at which they really started; whoever they
/// asked, one node is asked instead, if that helps.
pub(super) async fn fillers(search: &mut Search<Plan>) {
    loop {
        let best = search.best();
        let count = listed(&best).map_or(0, <[_]>::len);
        if !SOME.contains(&count) {
            return;
        }
        let Some(study) = search.study().await else { return };
        let timed = at_own_times(&best, &study);
        let lengths =
            std::iter::successors(Some(count / 2), |length| Some(length / 2)).take_while(|length| *length > 0);
        let runs = lengths.flat_map(|length| (0..count / length).map(move |run| run * length..(run + 1) * length));
        let fewer: Vec<Plan> = runs.filter_map(|run| Kind::Operations.without(&timed, run)).collect();
        let elsewhere = by_way_of_each(fewer.clone());
        if search.first(fewer.into_iter().chain(elsewhere)).await.is_none() {
            return;
        }
    }
}
