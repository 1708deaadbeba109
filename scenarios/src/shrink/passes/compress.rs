//! The moments of a plan made round: each of them, with everything after it, comes earlier or a little later.
//!
//! What comes after keeps its distance, so that only one stretch of time changes at once.

use std::collections::BTreeSet;

use sim_core::Time;
use sim_core::plan::{Address, Exception, Load, Plan, Start};
use sim_core::time::Until;

use super::super::elements::exceptions;
use super::super::grain::{units, whole_seconds};
use super::super::lowering::{scale, top};
use super::super::numbers::{address_mut, exceptions_mut, listed, listed_mut};
use super::super::rules::{Horizon, Rules};
use super::super::search::Search;
use super::super::study::Study;

/// With more exceptions than these the moments of their packets lie too close to part.
const MANY: usize = 24;

/// More operations than these have too many stretches between them.
const MANY_OPERATIONS: usize = 40;

/// Gives each moment of the plan the simplest time that the failure bears, one after the other.
pub(super) async fn compress(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let many = exceptions(&best).len() > MANY || listed(&best).is_some_and(|listed| listed.len() > MANY_OPERATIONS);
    if rules.horizon == Horizon::Fixed || rules.keep_times() || many {
        return;
    }
    // Moments keep their number while time is taken out between them, unless two of them fall together.
    let mut before = Time::ZERO;
    let mut index = 0;
    loop {
        let study = search.study().await;
        let Some(at) = moments(&search.best(), study.as_deref()).get(index).copied() else { return };
        before = if retime(search, rules, before, at).await { before } else { at };
        index += 1;
    }
}

/// Brings what happens at `at` and after to a simpler time, not before `before`. Whether it could.
async fn retime(search: &mut Search<Plan>, rules: &Rules, before: Time, at: Time) -> bool {
    let study = search.study().await;
    let best = search.best();
    // What comes after the beginning of calm is the time that the system is given: there may be more of it, not less.
    let peace = rules.horizon != Horizon::Free && at > best.calm;
    let simpler = units().flat_map(|unit| {
        let next = (before.0 / unit + 1) * unit;
        let steps = [0, 1, 4, 9].map(|more| next.saturating_add(more * unit));
        let near = [at.0 / unit * unit, at.0.div_ceil(unit).saturating_mul(unit)];
        // By whole units, so that what comes later keeps its grain.
        let back = at.0 - at.since(before).0 / unit * unit;
        steps.into_iter().chain([top(scale(at.0.max(unit)))]).chain(near).chain([back])
    });
    let earliest = if peace { at } else { before };
    let times = [before.0].into_iter().chain(simpler).map(Time).filter(|time| *time >= earliest && *time != at);
    let shifts = times.flat_map(|time| {
        let exact = shifted(&best, study.as_deref(), at, time);
        let round = with_round_delays(&exact);
        [Some(exact), round]
    });
    if search.first(shifts).await.is_some() {
        return true;
    }
    // What cannot come as early as the moment before may have it come as late.
    let joined = joined(&best, before, at);
    let later = units().map(|unit| Time(at.0.div_ceil(unit).saturating_mul(unit)));
    search.first(later.map(|time| shifted(&joined, None, at, time))).await.is_some()
}

/// The plan with whole seconds for all delays, not shorter ones; `None` if they are.
fn with_round_delays(plan: &Plan) -> Option<Plan> {
    let mut round = plan.clone();
    for exception in exceptions_mut(&mut round)? {
        if let Exception::Delayed(_, by) = exception {
            *by = whole_seconds(*by);
        }
    }
    (round != *plan).then_some(round)
}

/// The plan with what starts at `early` starting at `late`.
fn joined(plan: &Plan, early: Time, late: Time) -> Plan {
    let moved = |time: Time| if time == early { late } else { time };
    let mut plan = plan.clone();
    for window in &mut plan.windows {
        window.from = moved(window.from);
    }
    for operation in listed_mut(&mut plan).into_iter().flatten() {
        if let Start::At(at) = &mut operation.start {
            *at = moved(*at);
        }
    }
    plan
}

/// The moments at which the plan itself makes something happen.
fn moments(plan: &Plan, study: Option<&Study>) -> Vec<Time> {
    let mut moments = BTreeSet::new();
    for window in &plan.windows {
        moments.insert(window.from);
        moments.extend(window.until.time());
    }
    if let Load::Listed(operations) = &plan.clients.load {
        moments.extend(operations.iter().filter_map(|operation| match operation.start {
            Start::At(at) => Some(at),
            Start::After(_) => None,
        }));
    }
    if let Some(study) = study {
        let sendings = study.sendings();
        moments.extend(study.packets_of(plan).into_iter().flatten().map(|packet| sendings[packet].at));
    }
    moments.into_iter().collect()
}

/// The plan with what happens at `since` happening at `then`, and everything later moved as far. An exception about a
/// packet that was sent then is now about the packet of its kind and link that is sent then, as far as the run as it is
/// can tell.
pub(super) fn shifted(plan: &Plan, study: Option<&Study>, since: Time, then: Time) -> Plan {
    let moved = |time: Time| if time >= since { then.saturating_add(time.since(since)) } else { time };
    let mut shifted = plan.clone();
    shifted.calm = moved(plan.calm);
    shifted.until = moved(plan.until);
    for window in &mut shifted.windows {
        window.from = moved(window.from);
        if let Until::At(closes) = &mut window.until {
            *closes = moved(*closes);
        }
    }
    for operation in listed_mut(&mut shifted).into_iter().flatten() {
        if let Start::At(at) = &mut operation.start {
            *at = moved(*at);
        }
    }
    let packets = study.map(|study| (study, study.sendings(), study.packets_of(plan)));
    if let (Some((study, sendings, packets)), Some(exceptions)) = (packets, exceptions_mut(&mut shifted)) {
        for (exception, packet) in exceptions.iter_mut().zip(packets) {
            let Some(packet) = packet else { continue };
            let sent = sendings[packet].at;
            if let Exception::Delayed(_, by) = exception
                && (sent..sent.saturating_add(*by)).contains(&since)
                && sent < since
            {
                // It is on its way meanwhile, and arrives as much earlier or later.
                *by = moved(sent.saturating_add(*by)).since(sent);
            }
            if sent < since {
                continue;
            }
            let Address::Nth { nth, .. } = address_mut(exception) else { continue };
            let link = |packet: usize| {
                let packet = &study.trace.packets[packet];
                (packet.from, packet.to, packet.kind)
            };
            let (own, at) = (link(packet), moved(sendings[packet].at));
            let before = (0..packet).filter(|other| link(*other) == own && sendings[*other].at < at).count();
            *nth = u32::try_from(before).unwrap_or(*nth);
        }
    }
    shifted
}
