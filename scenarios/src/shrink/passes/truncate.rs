//! What comes after the violation, or made no difference before it, is left out: one look at the run says what.

use sim_core::Time;
use sim_core::plan::{Load, Plan};
use sim_core::time::Until;

use super::super::elements::with_exceptions;
use super::super::rules::{Horizon, Rules};
use super::super::search::Search;
use super::super::study::Study;
use super::values::lower_until;

/// Cuts the run off just after the violation, and takes out what was not used until then.
///
/// Where the whole run is judged at its end, there is no such moment: the end itself is made earlier.
pub(super) async fn truncate(search: &mut Search<Plan>, rules: &Rules) {
    let Some(study) = search.study().await else { return lower_until(search, rules).await };
    let best = search.best();
    let unused = without_unused(&best, &study);
    if study.concluded {
        search.first([unused]).await;
        return lower_until(search, rules).await;
    }
    let short = |plan: &Plan| ends_at(plan, after(study.violation.at).min(plan.until), rules);
    let candidates = [unused.as_ref().map(&short), Some(short(&best)), unused];
    search.first(candidates).await;
}

/// A round time after this one, not much later.
fn after(time: Time) -> Time {
    let unit = time.0.checked_ilog10().map_or(1, |digits| 10u64.pow(digits.saturating_sub(1)));
    Time((time.0 / unit + 1) * unit)
}

/// The plan with its horizon at `end`, and everything that lies beyond it clipped.
pub(super) fn ends_at(plan: &Plan, end: Time, rules: &Rules) -> Plan {
    let mut plan = plan.clone();
    plan.until = end;
    plan.calm = plan.calm.min(end);
    plan.windows.retain(|window| window.from < end);
    for window in &mut plan.windows {
        if window.until.time().is_some_and(|closes| closes > plan.calm) {
            // It was open to the end, and it stays so; where calm has a meaning, it is no part of it.
            window.until = if rules.horizon == Horizon::Free { Until::Never } else { Until::At(end) };
        }
    }
    plan
}

/// The plan without exceptions and operations that made no difference; `None` if each of them did.
fn without_unused(plan: &Plan, study: &Study) -> Option<Plan> {
    let used = study.used(plan);
    let fewer = with_exceptions(plan, |index| used[index]);
    let mut left = fewer.clone().unwrap_or_else(|| plan.clone());
    let started = study.started();
    if let Load::Listed(operations) = &mut left.clients.load {
        let before = operations.len();
        operations.retain(|operation| started.contains(&(operation.client, operation.id)));
        if operations.len() < before {
            return Some(left);
        }
    }
    fewer
}
