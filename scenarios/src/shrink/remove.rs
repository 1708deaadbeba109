//! Taking nodes and clients out of a plan, with everything that names them.

use std::ops::Range;

use sim_core::NodeId;
use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{Address, Chance, Load, Place, Plan, Route};

use super::numbers::address_mut;
use crate::anatomy;

/// Takes nodes out. The others keep their names, and with them their draws; their ids close up.
pub(super) fn nodes(plan: &mut Plan, range: &Range<usize>) {
    plan.nodes.drain(range.clone());
    let moved = |place: Place| match place {
        Place::Node(NodeId(id)) => closed_up(id, range).map(|id| Place::Node(NodeId(id))),
        client @ Place::Client(_) => Some(client),
    };
    if let Some(regions) = &mut plan.network.regions {
        regions.nodes.drain(range.clone());
    }
    if let Route::Node(id) = plan.clients.route {
        plan.clients.route = closed_up(id, range).map_or_else(Route::default, Route::Node);
    }
    rename(plan, &moved);
}

/// Takes clients out, with what they ask.
pub(super) fn clients(plan: &mut Plan, range: &Range<usize>) {
    plan.clients.names.drain(range.clone());
    let moved = |place: Place| match place {
        Place::Client(client) => closed_up(client, range).map(Place::Client),
        node @ Place::Node(_) => Some(node),
    };
    if let Some(regions) = &mut plan.network.regions {
        regions.clients.drain(range.clone());
    }
    match &mut plan.clients.load {
        Load::Listed(operations) => operations.retain_mut(|operation| {
            let client = closed_up(operation.client, range);
            operation.client = client.unwrap_or_default();
            client.is_some()
        }),
        // Nobody is left to ask: a file would not say so.
        load @ Load::Generated { .. } if plan.clients.names.is_empty() => *load = Load::Listed(Vec::new()),
        Load::Generated { .. } => {}
    }
    rename(plan, &moved);
}

/// The number that remains when `range` is taken out; `None` for what lies in it.
fn closed_up(number: u16, range: &Range<usize>) -> Option<u16> {
    match usize::from(number) {
        index if index < range.start => Some(number),
        index if index >= range.end => number.checked_sub(u16::try_from(range.len()).ok()?),
        _ => None,
    }
}

/// Gives every place in windows and exceptions its new number, and drops what is about places that are gone.
fn rename(plan: &mut Plan, moved: &impl Fn(Place) -> Option<Place>) {
    let windows = std::mem::take(&mut plan.windows);
    plan.windows = windows
        .into_iter()
        .filter_map(|window| Some(Window { fault: renamed_fault(&window.fault, moved)?, ..window }))
        .collect();
    if let Chance::Frozen(exceptions) = &mut plan.chance {
        exceptions.retain_mut(|exception| rename_address(address_mut(exception), moved).is_some());
    }
}

/// Gives the places of an address their new numbers; `None` if one of them is gone.
fn rename_address(address: &mut Address, moved: &impl Fn(Place) -> Option<Place>) -> Option<()> {
    match address {
        Address::Id(_) => {}
        Address::Nth { from, to, .. } => (*from, *to) = (moved(*from)?, moved(*to)?),
        Address::At { place, .. } => *place = moved(*place)?,
    }
    Some(())
}

/// The fault among those who are left; `None` if it has nobody to strike any more.
fn renamed_fault(fault: &Fault<Target>, moved: &impl Fn(Place) -> Option<Place>) -> Option<Fault<Target>> {
    let moved = |target: &Target| match target {
        Target::Node(id) => moved(Place::Node(*id)).map(as_target),
        Target::Client(client) => moved(Place::Client(*client)).map(as_target),
        holder @ Target::Holder(_) => Some(holder.clone()),
    };
    let mut fault = fault.clone();
    for group in anatomy::groups(&mut fault) {
        group.retain(|target| moved(target).is_some());
    }
    if let Fault::Partition(groups) | Fault::Sever(groups) = &mut fault {
        groups.retain(|group| !group.is_empty());
    }
    let is_partition = anatomy::is_partition(fault.family());
    let groups = anatomy::groups(&mut fault);
    if groups.iter().any(|group| group.is_empty()) || (is_partition && groups.len() < 2) {
        return None;
    }
    fault.try_map(|target| moved(target).ok_or(())).ok()
}

fn as_target(place: Place) -> Target {
    match place {
        Place::Node(id) => Target::Node(id),
        Place::Client(client) => Target::Client(client),
    }
}
