//! What is said in a way that a person reads and that stays true when other things go: the n-th message of a kind on a
//! link, or choice at a place, instead of a causal identity; an operation at its time, instead of after another.

use std::collections::BTreeMap;

use sim_core::Identity;
use sim_core::chance::Purpose;
use sim_core::plan::{Address, Plan, Start};
use sim_core::trace::{Choice, Packet, TraceKind};

use super::super::elements::exceptions;
use super::super::numbers::{address, address_mut, exceptions_mut, listed, listed_mut};
use super::super::search::Search;
use super::super::study::Study;

/// More exceptions than these nobody reads.
const MANY: usize = 100;

/// Rewrites addresses where the run stays the very same: all at once, or as many as can be, one by one.
pub(super) async fn relax(search: &mut Search<Plan>) {
    let best = search.best();
    let opaque = |plan: &Plan, index| matches!(exceptions(plan).get(index).map(address), Some(Address::Id(_)));
    let wanted: Vec<usize> = (0..exceptions(&best).len()).filter(|index| opaque(&best, *index)).collect();
    if wanted.is_empty() || wanted.len() > MANY {
        return;
    }
    let Some(study) = search.study().await else { return };
    if let Some(relaxed) = relaxed(&best, &study, &wanted)
        && search.take_same_run(relaxed).await
    {
        return;
    }
    for index in wanted {
        if let Some(relaxed) = relaxed(&search.best(), &study, &[index]) {
            search.take_same_run(relaxed).await;
        }
    }
}

/// Gives operations a time of their own, the one at which they start now, instead of each one's after the one before: then
/// one can go and the others still come when they did.
pub(super) async fn own_times(search: &mut Search<Plan>) {
    let best = search.best();
    if !listed(&best).into_iter().flatten().any(|operation| matches!(operation.start, Start::After(_))) {
        return;
    }
    let Some(study) = search.study().await else { return };
    search.take(at_own_times(&best, &study)).await;
}

/// The plan in which each operation that was started has the time at which it was.
pub(super) fn at_own_times(plan: &Plan, study: &Study) -> Plan {
    let mut asked = BTreeMap::new();
    for entry in study.trace.entries.iter().filter(|entry| entry.kind == TraceKind::Client) {
        if let Some(identity) = entry.identity {
            asked.entry(identity).or_insert(entry.at);
        }
    }
    let names: Vec<Identity> = plan.clients.names.iter().map(|name| Identity::of_name(name)).collect();
    let mut plan = plan.clone();
    for operation in listed_mut(&mut plan).into_iter().flatten() {
        let client = names.get(usize::from(operation.client));
        let identity = client.map(|client| client.child(Purpose::Operation, u64::from(operation.id)));
        if let Some(at) = identity.and_then(|identity| asked.get(&identity)) {
            operation.start = Start::At(*at);
        }
    }
    plan
}

/// The plan with the addresses at these positions rewritten; `None` if none of them belongs to a packet or a choice
/// of the run.
fn relaxed(plan: &Plan, study: &Study, wanted: &[usize]) -> Option<Plan> {
    let (packets, choices) = (study.packets_of(plan), study.choices_of(plan));
    let mut plan = plan.clone();
    let exceptions = exceptions_mut(&mut plan)?;
    let mut any = false;
    for index in wanted {
        let packet = packets[*index].map(|packet| &study.trace.packets[packet]);
        let readable = match (packet, choices[*index]) {
            (Some(Packet { from, to, kind, nth, .. }), _) => {
                Address::Nth { from: *from, to: *to, kind: (*kind).to_owned(), nth: *nth }
            }
            (None, Some(Choice { place, kind, nth, .. })) => Address::At { place: *place, kind: *kind, nth: *nth },
            (None, None) => continue,
        };
        *address_mut(exceptions.get_mut(*index)?) = readable;
        any = true;
    }
    any.then_some(plan)
}
