//! Time in which nothing happens is taken out: everything after it comes earlier by as much.

use std::collections::BTreeSet;

use sim_core::plan::{Address, Load, Plan, Start};
use sim_core::time::Until;
use sim_core::{Span, Time};

use super::super::elements::exceptions;
use super::super::lowering::{scale, top};
use super::super::numbers::{address_mut, exceptions_mut, listed, listed_mut};
use super::super::rules::{Horizon, Rules};
use super::super::search::Search;
use super::super::study::Study;

/// With more exceptions than these the moments of their packets lie too close to part.
const MANY: usize = 24;

/// More operations than these have too many stretches between them.
const MANY_OPERATIONS: usize = 40;

/// Shortens each stretch between two moments of the plan, as far as the failure bears it.
pub(super) async fn compress(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let many = exceptions(&best).len() > MANY || listed(&best).is_some_and(|listed| listed.len() > MANY_OPERATIONS);
    if rules.horizon == Horizon::Fixed || rules.keep_times() || many {
        return;
    }
    // Moments keep their number while time is taken out between them, unless two of them fall together.
    let mut index = 0;
    loop {
        let study = search.study().await;
        let moments = moments(&search.best(), study.as_deref());
        let Some((from, to)) = moments.get(index).copied().zip(moments.get(index + 1).copied()) else { return };
        // What comes after the beginning of calm is the time that the system is given.
        if rules.horizon == Horizon::Free || from < search.best().calm {
            shorten(search, from, to).await;
        }
        index += 1;
    }
}

/// Brings what happens at `to` and after as near to `from` as it can be.
async fn shorten(search: &mut Search<Plan>, from: Time, mut to: Time) {
    let (mut refused, mut held) = (None::<u64>, scale(to.since(from).0));
    // All of the stretch first, then ever less of it.
    loop {
        let wanted = match refused {
            None => 0,
            Some(low) if low + 1 < held => low.midpoint(held),
            Some(_) => return,
        };
        let best = search.best();
        let study = search.study().await;
        let earlier = to.since(from).saturating_sub(Span(top(wanted)));
        match search.first([shifted(&best, study.as_deref(), to, earlier)]).await {
            Some(_) if wanted == 0 => return,
            Some(_) => {
                held = wanted;
                to = Time(to.0 - earlier.0);
            }
            None => refused = Some(wanted),
        }
    }
}

/// The moments at which the plan itself makes something happen, from the start of the run to its end.
fn moments(plan: &Plan, study: Option<&Study>) -> Vec<Time> {
    let mut moments = BTreeSet::from([Time::ZERO, plan.calm, plan.until]);
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
    moments.into_iter().filter(|moment| *moment <= plan.until).collect()
}

/// The plan with everything at `since` and later brought forward. An exception about a packet that was sent then is now
/// about the packet of its kind and link that is sent then, as far as the run as it is can tell. `None` if nothing moves.
fn shifted(plan: &Plan, study: Option<&Study>, since: Time, earlier: Span) -> Option<Plan> {
    if earlier == Span::ZERO {
        return None;
    }
    let moved = |time: Time| if time >= since { Time(time.0.saturating_sub(earlier.0)) } else { time };
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
            let Some(packet) = packet.filter(|packet| sendings[*packet].at >= since) else { continue };
            let Some(Address::Nth { nth, .. }) = address_mut(exception) else { continue };
            let link = |packet: usize| {
                let packet = &study.trace.packets[packet];
                (packet.from, packet.to, packet.kind)
            };
            let (own, at) = (link(packet), moved(sendings[packet].at));
            let before = (0..packet).filter(|other| link(*other) == own && sendings[*other].at < at).count();
            *nth = u32::try_from(before).unwrap_or(*nth);
        }
    }
    Some(shifted)
}
