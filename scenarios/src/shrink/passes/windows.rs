//! Shorter windows: from the back, then from the front.

use sim_core::plan::Plan;
use sim_core::time::Until;
use sim_core::{Span, Time};

use super::super::grain::settle;
use super::super::lowering::{scale, top};
use super::super::rules::Rules;
use super::super::search::Search;

/// How long each window must be open at the least.
pub(super) async fn ends(search: &mut Search<Plan>, rules: &Rules) {
    for index in 0..search.best().windows.len() {
        // One that never closes had better do so, whenever that is.
        let best = search.best();
        if let Some(open) = length(&best, index).filter(|_| best.windows[index].until.time().is_none()) {
            search.first([open, top(scale(open))].map(|length| closing_after(&best, index, length, rules))).await;
        }
        settle(search, |plan| length(plan, index), |plan, length| closing_after(plan, index, length, rules)).await;
        settle(search, |plan| length(plan, index), |plan, length| opening_before(plan, index, length)).await;
    }
}

/// How long a window is open; to the end of the run, if it never closes.
fn length(plan: &Plan, index: usize) -> Option<u64> {
    let window = plan.windows.get(index)?;
    Some(window.until.time().unwrap_or(plan.until).since(window.from).0)
}

fn closing_after(plan: &Plan, index: usize, length: u64, rules: &Rules) -> Option<Plan> {
    let mut changed = plan.clone();
    let window = changed.windows.get_mut(index)?;
    window.until = Until::At(window.from.saturating_add(Span(length)));
    Some(rules.with_time_for(plan, changed))
}

fn opening_before(plan: &Plan, index: usize, length: u64) -> Option<Plan> {
    let mut plan = plan.clone();
    let window = plan.windows.get_mut(index)?;
    let end = window.until.time().unwrap_or(plan.until);
    window.from = Time(end.0.checked_sub(length)?);
    Some(plan)
}
