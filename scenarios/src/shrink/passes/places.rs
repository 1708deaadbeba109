//! Who plays which part: the first node is as good as any, and then results from different runs look alike.

use std::convert::Infallible;

use sim_core::NodeId;
use sim_core::fault::Target;
use sim_core::plan::{Address, Load, Place, Plan, Route};

use super::super::numbers::{address_mut, exceptions_mut};
use super::super::search::Search;

/// Lets two nodes, or two clients, change parts, where that names lower ones.
pub(super) async fn swap(search: &mut Search<Plan>) {
    loop {
        let best = search.best();
        let swaps = |count: usize, place: fn(u16) -> Place| {
            let places = 0..u16::try_from(count).unwrap_or(u16::MAX);
            let pairs = places.clone().flat_map(move |one| (one + 1..places.end).map(move |other| (one, other)));
            pairs.map(move |(one, other)| (place(one), place(other))).collect::<Vec<_>>()
        };
        let mut all = swaps(best.nodes.len(), |id| Place::Node(NodeId(id)));
        all.extend(swaps(best.clients.names.len(), Place::Client));
        if search.first(all.into_iter().map(|(one, other)| swapped(&best, one, other))).await.is_none() {
            return;
        }
    }
}

/// The plan in which two places have changed parts. Names and clocks stay where they are.
fn swapped(plan: &Plan, one: Place, other: Place) -> Plan {
    let moved = |place: Place| match place {
        place if place == one => other,
        place if place == other => one,
        place => place,
    };
    let mut plan = plan.clone();
    for window in &mut plan.windows {
        let named = |target: &Target| {
            Ok::<_, Infallible>(match target {
                Target::Node(id) => as_target(moved(Place::Node(*id))),
                Target::Client(client) => as_target(moved(Place::Client(*client))),
                Target::Holder(fact) => Target::Holder(fact.clone()),
            })
        };
        let Ok(fault) = window.fault.try_map(named);
        window.fault = fault;
    }
    for at in exceptions_mut(&mut plan).into_iter().flatten().filter_map(address_mut) {
        if let Address::Nth { from, to, .. } = at {
            (*from, *to) = (moved(*from), moved(*to));
        }
    }
    if let Route::Node(id) = &mut plan.clients.route
        && let Place::Node(new) = moved(Place::Node(NodeId(*id)))
    {
        *id = new.0;
    }
    if let Load::Listed(operations) = &mut plan.clients.load {
        for operation in operations {
            if let Place::Client(client) = moved(Place::Client(operation.client)) {
                operation.client = client;
            }
        }
    }
    plan
}

fn as_target(place: Place) -> Target {
    match place {
        Place::Node(id) => Target::Node(id),
        Place::Client(client) => Target::Client(client),
    }
}
