//! Simpler numbers: each by itself, and those that are equal together.

use std::collections::BTreeMap;

use sim_core::plan::Plan;
use sim_core::{Span, Time};

use super::super::elements::{MANY, exceptions};
use super::super::grain::{settle, units};
use super::super::lowering::{lower, scale, top};
use super::super::numbers::{Spot, listed, numbers, read, write};
use super::super::rules::{Horizon, Rules};
use super::super::search::Search;
use super::truncate::ends_at;

/// Every number that can be simpler by itself.
pub(super) async fn single(search: &mut Search<Plan>, rules: &Rules) {
    lower_until(search, rules).await;
    let spots: Vec<Spot> = numbers(&search.best()).into_iter().map(|(spot, _)| spot).collect();
    let many = listed(&search.best()).is_some_and(|listed| listed.len() >= MANY);
    for spot in spots {
        let is_free = match spot {
            Spot::Start(_) | Spot::Op(..) if many => false,
            Spot::Calm | Spot::Until | Spot::Length(_) => false,
            Spot::Start(_) => !rules.keep_times(),
            _ => true,
        };
        if is_free && spot.is_time(&search.best()) {
            let put = |plan: &Plan, number| Some(rules.with_time_for(plan, write(plan, spot, number)?));
            settle(search, |plan| read(plan, spot), put).await;
        } else if is_free {
            lower(search, |plan| read(plan, spot), |plan, number| write(plan, spot, number)).await;
        }
    }
}

/// Numbers that are equal and of one sort, made simpler together: where two must agree, neither can move alone.
pub(super) async fn equal(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let mut alike: BTreeMap<(bool, u64), Vec<Spot>> = BTreeMap::new();
    let many = listed(&best).is_some_and(|listed| listed.len() >= MANY);
    let is_free = |spot: Spot| match spot {
        Spot::Start(_) | Spot::Op(..) if many => false,
        Spot::Calm | Spot::Until => false,
        Spot::Start(_) => !rules.keep_times(),
        _ => true,
    };
    for (spot, number) in numbers(&best).into_iter().filter(|(spot, number)| *number > 0 && is_free(*spot)) {
        alike.entry((spot.is_time(&best), number)).or_default().push(spot);
    }
    for spots in alike.into_values().filter(|spots| spots.len() > 1) {
        let put_all =
            |plan: &Plan, number| spots.iter().try_fold(plan.clone(), |plan, spot| write(&plan, *spot, number));
        let is_time = spots.first().is_some_and(|spot| spot.is_time(&best));
        if is_time {
            let put_all = |plan: &Plan, number| Some(rules.with_time_for(plan, put_all(plan, number)?));
            settle(search, |plan| read(plan, *spots.first()?), put_all).await;
        } else {
            lower(search, |plan| read(plan, *spots.first()?), put_all).await;
        }
    }
}

/// An earlier end of the run, as far as the rules let it move.
pub(super) async fn lower_until(search: &mut Search<Plan>, rules: &Rules) {
    if matches!(rules.horizon, Horizon::Free | Horizon::Early) {
        lower(search, |plan| Some(plan.until.0), |plan, end| Some(ends_at(plan, Time(end), rules))).await;
    }
    if rules.horizon == Horizon::Free {
        let last = |plan: &Plan| plan.windows.iter().filter_map(|window| window.until.time()).max();
        let calm_at =
            |plan: &Plan, calm| (Some(Time(calm)) >= last(plan)).then(|| Plan { calm: Time(calm), ..plan.clone() });
        lower(search, |plan| Some(plan.calm.0), calm_at).await;
    }
    if rules.horizon == Horizon::Free {
        let best = search.best();
        let calm = Time(top(scale(best.calm.0)));
        search.first([Plan { calm, until: best.until.max(calm), ..Plan::clone(&best) }]).await;
        return round_end(search).await;
    }
    if rules.horizon == Horizon::Fixed {
        return;
    }
    // Every trouble lies before calm, and what is late was sent before.
    let Some(last) = last_trouble(search).await else { return };
    let early = rules.horizon == Horizon::Early;
    let put = |plan: &Plan, calm| {
        let moved = if early { Plan { calm, ..plan.clone() } } else { calm_at(plan, calm) };
        (calm >= last).then_some(moved)
    };
    lower(search, |plan| Some(plan.calm.0), |plan, calm| put(plan, Time(calm))).await;
    if !early {
        // Calm as soon as the troubles are over, and no more of it than there was at first.
        let best = search.best();
        let closes = best.windows.iter().filter_map(|window| window.until.time()).max();
        let calm = closes.unwrap_or(Time::ZERO).max(last);
        let until = calm.saturating_add(rules.peace());
        let ends = [until, Time(top(scale(until.0)))];
        search.first(ends.map(|until| Plan { calm, until, ..Plan::clone(&best) })).await;
    }
    round_end(search).await;
}

/// A round time for the end, if need be a little later: more peace does no harm.
async fn round_end(search: &mut Search<Plan>) {
    let best = search.best();
    let near = units().map(|unit| best.until.0.div_ceil(unit).saturating_mul(unit));
    let ends = [top(scale(best.until.0))].into_iter().chain(near).map(Time);
    search.first(ends.map(|until| Plan { until, ..Plan::clone(&best) })).await;
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
