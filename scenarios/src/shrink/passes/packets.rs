//! Which packet suffers: a simpler one instead, of another kind, on another link, or an earlier one.

use std::collections::BTreeMap;

use sim_core::plan::{Address, Exception, Plan};
use sim_core::{Span, Time};

use super::super::elements::exceptions;
use super::super::grain::whole_seconds;
use super::super::numbers::{address_mut, exceptions_mut, is_choice};
use super::super::search::Search;
use super::super::study::Sending;

/// The packets of no more exceptions than these are changed, and no more links and kinds are tried.
const MANY: usize = 40;

/// So many of the first packets of a kind on a link are tried in the place of another, where exceptions are few.
const FIRST: usize = 3;

/// No more exceptions than these are few.
const FEW: usize = 6;

/// For each exception another packet instead of its own, of a kind with a shorter name or between lower places: one of the
/// first of them, or the one that is sent about when its own is. If it is late it is so by as much, or to the same moment,
/// or for ever.
pub(super) async fn other_packets(search: &mut Search<Plan>) {
    for index in 0..exceptions(&search.best()).len().min(MANY) {
        let best = search.best();
        if is_choice(&exceptions(&best)[index]) {
            continue;
        }
        let is_few = exceptions(&best).len() <= FEW;
        let Some(study) = search.study().await else { return };
        let sendings = study.sendings();
        let own = study.packets_of(&best)[index].map_or(Time::ZERO, |packet| sendings[packet].at);
        let arrives = match exceptions(&best)[index] {
            Exception::Delayed(_, by) => own.saturating_add(by),
            _ => own,
        };
        let mut links: BTreeMap<_, Vec<(u32, Time)>> = BTreeMap::new();
        for Sending { packet, at } in &sendings {
            links.entry((packet.from, packet.to, packet.kind)).or_default().push((packet.nth, *at));
        }
        let instead = links.into_iter().take(MANY).flat_map(|((from, to, kind), sent)| {
            let near = sent.iter().min_by_key(|(_, at)| at.0.abs_diff(own.0)).copied();
            let some: BTreeMap<u32, Time> =
                sent.into_iter().take(if is_few { FIRST } else { 1 }).chain(near.filter(|_| is_few)).collect();
            let best = &best;
            some.into_iter().flat_map(move |(nth, at)| {
                let address = Address::Nth { from, to, kind: kind.to_owned(), nth };
                let until = whole_seconds(arrives.since(at));
                let others = [Some(until), Some(Span(best.until.0))].into_iter().filter(|_| is_few);
                let delays = [None].into_iter().chain(others);
                delays.map(|by| with_packet(best, index, &address, by)).collect::<Vec<_>>()
            })
        });
        search.first(instead.collect::<Vec<_>>()).await;
    }
}

/// The plan in which an exception is about another packet, and by another time if it is late.
fn with_packet(plan: &Plan, index: usize, packet: &Address, by: Option<Span>) -> Option<Plan> {
    let mut plan = plan.clone();
    let exception = exceptions_mut(&mut plan)?.get_mut(index)?;
    packet.clone_into(address_mut(exception));
    match (exception, by) {
        (Exception::Delayed(_, delay), Some(by)) => *delay = by,
        (_, Some(_)) => return None,
        (_, None) => {}
    }
    Some(plan)
}
