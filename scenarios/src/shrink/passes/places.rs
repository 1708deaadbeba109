//! Who plays which part: the first node is as good as any, and then results from different runs look alike.

use std::convert::Infallible;

use sim_core::NodeId;
use sim_core::fault::{Fault, Target};
use sim_core::plan::{Address, Load, Place, Plan, Route};

use super::super::numbers::{address_mut, exceptions_mut};
use super::super::search::Search;

/// Of more nodes than these only two at a time change parts.
const FEW: usize = 4;

/// Lets nodes, or clients, change parts, and cuts go the other way, where that names lower ones first.
pub(super) async fn swap(search: &mut Search<Plan>) {
    loop {
        let best = search.best();
        let all = swaps(&best);
        let one = all.iter().map(|swap| swapped(&best, *swap));
        // Three that change parts in a ring are two swaps, of which the first alone may lead nowhere.
        let few = best.nodes.len() <= FEW;
        let two =
            all.iter().filter(|_| few).flat_map(|one| all.iter().map(|other| swapped(&swapped(&best, *one), *other)));
        let others = turned(&best);
        let both = others.iter().flat_map(|plan| all.iter().map(|swap| swapped(plan, *swap)));
        if search.first(one.chain(two).chain(both).chain(others.clone()).collect::<Vec<_>>()).await.is_none() {
            return;
        }
    }
}

/// The plan with each of its cuts the other way.
fn turned(plan: &Plan) -> Vec<Plan> {
    let turn = |index: usize| {
        let mut plan = plan.clone();
        plan.windows[index].fault = other_way(&plan.windows[index].fault)?;
        Some(plan)
    };
    (0..plan.windows.len()).filter_map(turn).collect()
}

/// A cut in the other direction: who does not hear is not heard, and often either does.
pub(super) fn other_way(fault: &Fault<Target>) -> Option<Fault<Target>> {
    match fault {
        Fault::OneWay { from, to } => Some(Fault::OneWay { from: to.clone(), to: from.clone() }),
        Fault::Bridge(left, right) => Some(Fault::Bridge(right.clone(), left.clone())),
        _ => None,
    }
}

/// Every two nodes, and every two clients, that can change parts.
pub(super) fn swaps(plan: &Plan) -> Vec<(Place, Place)> {
    let mut all = pairs(plan.nodes.len(), |id| Place::Node(NodeId(id)));
    all.extend(pairs(plan.clients.names.len(), Place::Client));
    all
}

/// All pairs of the first `count` places.
fn pairs(count: usize, place: fn(u16) -> Place) -> Vec<(Place, Place)> {
    let end = u16::try_from(count).unwrap_or(u16::MAX);
    let pairs = (0..end).flat_map(move |one| (one + 1..end).map(move |other| (one, other)));
    pairs.map(|(one, other)| (place(one), place(other))).collect()
}

/// A named node for a role that the check does not speak of: whoever had it.
pub(super) async fn node_for_role(search: &mut Search<Plan>) {
    for index in 0..search.best().windows.len() {
        let best = search.best();
        let Some(window) = best.windows.get(index) else { return };
        let roles: Vec<Target> =
            window.fault.targets().into_iter().filter(|one| matches!(one, Target::Holder(_))).cloned().collect();
        let nodes = (0..).take(best.nodes.len()).map(|id| Target::Node(NodeId(id)));
        let named = nodes.flat_map(|node| roles.iter().map(move |role| (role, node.clone())));
        let put = |(role, node): (&Target, Target)| {
            let mut plan = Plan::clone(&best);
            let Ok(fault) = window
                .fault
                .try_map(|target| Ok::<_, Infallible>(if target == role { node.clone() } else { target.clone() }));
            plan.windows[index].fault = fault;
            plan
        };
        search.first(named.map(put)).await;
    }
}

/// The plan in which two places have changed parts. Names and clocks stay where they are.
pub(super) fn swapped(plan: &Plan, (one, other): (Place, Place)) -> Plan {
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
    for at in exceptions_mut(&mut plan).into_iter().flatten().map(address_mut) {
        match at {
            Address::Id(_) => {}
            Address::Nth { from, to, .. } => (*from, *to) = (moved(*from), moved(*to)),
            Address::At { place, .. } => *place = moved(*place),
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
