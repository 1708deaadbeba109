//! Operations and packets that are said more simply, and everything in the order in which it happens.
//!
//! Which operations a protocol knows, nobody says here; those that the storm asked are known.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::plan::{Address, Exception, Plan, Start};
use sim_core::{Span, Time};

use super::super::elements::exceptions;
use super::super::numbers::{address_mut, exceptions_mut, figures, is_choice, listed, listed_mut, refilled, shape};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::study::Sending;

/// More operations than these are left as they are.
const MANY: usize = 40;

/// So many of the first packets of a kind on a link are tried in the place of another, where exceptions are few.
const FIRST: usize = 3;
const FEW: usize = 6;

/// An operation that is said otherwise may be about so many nodes.
const NAMES: usize = 6;

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;

/// For each operation one with a shorter text, if that fails as well: with as many of its own numbers as there is room
/// for, or with zeros.
pub(super) async fn simpler_operations(search: &mut Search<Plan>, rules: &Rules) {
    for index in 0..listed(&search.best()).map_or(0, <[_]>::len) {
        let best = search.best();
        if listed(&best).is_none_or(|listed| listed.len() > MANY) {
            return;
        }
        search.first(in_other_words(&best, index, rules)).await;
    }
}

/// The plan with one of its operations in every simpler way.
pub(super) fn in_other_words(plan: &Plan, index: usize, rules: &Rules) -> Vec<Plan> {
    let Some(operation) = listed(plan).and_then(|listed| listed.get(index)) else { return Vec::new() };
    let own = shape(&operation.op);
    let simplicity = |text: &String| (text.len(), text.clone());
    let simpler = rules.shapes.iter().filter(|shape| simplicity(shape) < simplicity(&own));
    // About any of the nodes, if it names one.
    let names: Vec<String> = (0..plan.nodes.len().min(NAMES)).map(|name| name.to_string()).collect();
    let texts = simpler.flat_map(|shape| {
        let named = names.iter().map(|name| refilled(shape, [name.as_str()]));
        [refilled(shape, figures(&operation.op)), shape.clone()].into_iter().chain(named)
    });
    let said = |text: String| {
        let mut plan = plan.clone();
        if let Some(operation) = listed_mut(&mut plan).and_then(|listed| listed.get_mut(index)) {
            operation.op = text;
        }
        plan
    };
    texts.map(said).collect()
}

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
                let until = Span(arrives.since(at).0.div_ceil(SECOND).saturating_mul(SECOND));
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

/// Windows and operations in the order in which they begin, with the numbers that their places give them.
pub(super) async fn in_order(search: &mut Search<Plan>) {
    let best = search.best();
    let mut plan = Plan::clone(&best);
    plan.windows.sort_by_key(|window| window.from);
    let mut ids: Vec<u32> = plan.windows.iter().map(|window| window.id).collect();
    ids.sort_unstable();
    plan.windows.iter_mut().zip(ids).for_each(|(window, id)| window.id = id);
    search.take(plan).await;

    let mut plan = Plan::clone(&search.best());
    let Some(operations) = listed_mut(&mut plan) else { return };
    if operations.len() > MANY || operations.iter().any(|one| matches!(one.start, Start::After(_))) {
        return;
    }
    let before = operations.clone();
    operations.sort_by_key(|operation| match operation.start {
        Start::At(at) => Some(at),
        Start::After(_) => None,
    });
    for client in operations.iter().map(|operation| operation.client).collect::<BTreeSet<_>>() {
        let ids = before.iter().filter(|one| one.client == client).map(|one| one.id);
        operations.iter_mut().filter(|one| one.client == client).zip(ids).for_each(|(one, id)| one.id = id);
    }
    search.take(plan).await;

    // Of what begins at the same time, the text that comes first in the order of words.
    let best = search.best();
    let Some(operations) = listed(&best) else { return };
    let together = |one: usize, other: usize| {
        (operations[one].client, operations[one].start) == (operations[other].client, operations[other].start)
    };
    let pairs = (0..operations.len()).flat_map(|one| (one + 1..operations.len()).map(move |other| (one, other)));
    let exchanged = pairs.filter(|(one, other)| together(*one, *other)).filter_map(|(one, other)| {
        let mut plan = Plan::clone(&best);
        let operations = listed_mut(&mut plan)?;
        let text = std::mem::take(&mut operations[one].op);
        operations[one].op = std::mem::replace(&mut operations[other].op, text);
        Some(plan)
    });
    search.first(exchanged.collect::<Vec<_>>()).await;
}
