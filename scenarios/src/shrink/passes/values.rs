//! Simpler numbers: each by itself, and those that are equal together.

use std::collections::BTreeMap;

use sim_core::plan::Plan;
use sim_core::{Span, Time};

use super::super::elements::exceptions;
use super::super::lowering::lower;
use super::super::numbers::{Spot, numbers, read, write};
use super::super::rules::{Horizon, Rules};
use super::super::search::Search;
use super::truncate::ends_at;

/// Every number that can be simpler by itself.
pub(super) async fn single(search: &mut Search<Plan>, rules: &Rules) {
    lower_until(search, rules).await;
    let spots: Vec<Spot> = numbers(&search.best()).into_iter().map(|(spot, _)| spot).collect();
    for spot in spots {
        let is_free = match spot {
            Spot::Until | Spot::Length(_) => false,
            Spot::Calm => rules.horizon == Horizon::Free,
            Spot::Start(_) => !rules.keep_times(),
            _ => true,
        };
        if is_free {
            lower(search, |plan| read(plan, spot), |plan, number| write(plan, spot, number)).await;
        }
    }
}

/// Numbers that are equal and of one sort, made simpler together: where two must agree, neither can move alone.
pub(super) async fn equal(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let mut alike: BTreeMap<(bool, u64), Vec<Spot>> = BTreeMap::new();
    let is_free = |spot: Spot| match spot {
        Spot::Until => false,
        Spot::Start(_) => !rules.keep_times(),
        _ => true,
    };
    for (spot, number) in numbers(&best).into_iter().filter(|(spot, number)| *number > 0 && is_free(*spot)) {
        alike.entry((spot.is_time(&best), number)).or_default().push(spot);
    }
    for spots in alike.into_values().filter(|spots| spots.len() > 1) {
        let put_all =
            |plan: &Plan, number| spots.iter().try_fold(plan.clone(), |plan, spot| write(&plan, *spot, number));
        lower(search, |plan| read(plan, *spots.first()?), put_all).await;
    }
}

/// An earlier end of the run, as far as the rules let it move.
pub(super) async fn lower_until(search: &mut Search<Plan>, rules: &Rules) {
    if matches!(rules.horizon, Horizon::Free | Horizon::Early) {
        lower(search, |plan| Some(plan.until.0), |plan, end| Some(ends_at(plan, Time(end), rules))).await;
    }
    if matches!(rules.horizon, Horizon::Early | Horizon::AfterCalm) {
        // Every trouble lies before calm, and what is late was sent before.
        let Some(last) = last_trouble(search).await else { return };
        let early = rules.horizon == Horizon::Early;
        let put = |plan: &Plan, calm| {
            let moved = if early { Plan { calm, ..plan.clone() } } else { calm_at(plan, calm) };
            (calm >= last).then_some(moved)
        };
        lower(search, |plan| Some(plan.calm.0), |plan, calm| put(plan, Time(calm))).await;
    }
}

/// When the last packet was sent that an exception of the best is about. `None` if nobody knows.
async fn last_trouble(search: &mut Search<Plan>) -> Option<Time> {
    let best = search.best();
    if exceptions(&best).is_empty() {
        return Some(Time::ZERO);
    }
    let study = search.study().await?;
    let sendings = study.sendings();
    let sent = study.packets_of(&best).into_iter().flatten().map(|packet| sendings[packet].at);
    Some(sent.max().unwrap_or(Time::ZERO))
}

/// The plan with its calm at this time, and as long a peace after it as before.
fn calm_at(plan: &Plan, calm: Time) -> Plan {
    let mut plan = plan.clone();
    let peace: Span = plan.until.since(plan.calm);
    plan.calm = calm;
    plan.until = calm.saturating_add(peace);
    plan
}
