//! One thing for another: a milder one, a simpler one, or one for several.

use std::collections::BTreeMap;

use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{Chance, Exception, Load, Place, Plan, Route};
use sim_core::time::Until;
use sim_core::trace::TraceKind;
use sim_core::{Span, Time};

use super::super::elements::{exceptions, with_exceptions};
use super::super::numbers::{exceptions_mut, listed_mut};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::study::{Sending, Study};

/// More packets than these are not tried in the place of a window.
const MOST_PACKETS: usize = 12;

/// A cut may strike this many times the packets that it stands for.
const MOST_STRUCK: usize = 3;

/// The ends of a possible cut; one that is open stands for every place.
type Ends = (Option<Place>, Option<Place>);

/// A packet that is lost or late: its exception, its sender, its receiver, when it was sent, and until when it was missed.
type Trouble = (usize, Place, Place, (Time, Time));

/// A packet that is late for one that is lost.
pub(super) async fn delay_for_loss(search: &mut Search<Plan>) {
    for index in 0..exceptions(&search.best()).len() {
        let mut plan = Plan::clone(&search.best());
        let late = Span(plan.until.0);
        let Some(exception) = exceptions_mut(&mut plan).and_then(|exceptions| exceptions.get_mut(index)) else {
            return;
        };
        if let Exception::Lost(at) = exception {
            *exception = Exception::Delayed(at.clone(), late);
            search.take(plan).await;
        }
    }
}

/// One cut for several packets that are lost or late: on one link, from one place, to one place.
pub(super) async fn cut_for_packets(search: &mut Search<Plan>) {
    let best = search.best();
    let Some(study) = search.study().await else { return };
    let (sendings, arrivals) = (study.sendings(), study.arrivals());
    let mut cuts: BTreeMap<Ends, Vec<Trouble>> = BTreeMap::new();
    for (index, (exception, packet)) in exceptions(&best).iter().zip(study.packets_of(&best)).enumerate() {
        let (Exception::Lost(_) | Exception::Delayed(..), Some(packet)) = (exception, packet) else { continue };
        let sending = &sendings[packet];
        let (from, to) = (sending.packet.from, sending.packet.to);
        for ends in [(Some(from), Some(to)), (Some(from), None), (None, Some(to))] {
            let after = sending.at.saturating_add(Span(1));
            let missed = arrivals.get(&sending.packet.identity).map_or(after, |arrival| after.max(*arrival));
            cuts.entry(ends).or_default().push((index, from, to, (sending.at, missed)));
        }
    }
    let cut = |packets: &Vec<Trouble>, until_missed: bool| {
        let mut plan = with_exceptions(&best, |index| packets.iter().all(|(other, ..)| *other != index))?;
        let opens = packets.iter().map(|(.., (sent, _))| *sent).min()?;
        let sent = packets.iter().map(|(.., (sent, _))| sent.saturating_add(Span(1))).max()?;
        let missed = packets.iter().map(|(.., (_, missed))| *missed).max()?;
        let closes = if until_missed { missed } else { sent };
        let group = |place: fn(&Trouble) -> Place| {
            let mut group: Vec<Target> = packets.iter().map(|packet| target(place(packet))).collect();
            group.sort();
            group.dedup();
            group
        };
        let fault = Fault::OneWay { from: group(|(_, from, ..)| *from), to: group(|(_, _, to, _)| *to) };
        // Never a worse storm than there was: no cut that outlasts calm, and none that takes many packets along.
        let ends = |sending: &&Sending<'_>| {
            let (from, to) = (sending.packet.from, sending.packet.to);
            packets.iter().any(|packet| packet.1 == from) && packets.iter().any(|packet| packet.2 == to)
        };
        let meanwhile = |sending: &&Sending<'_>| (opens..closes).contains(&sending.at);
        let struck = sendings.iter().filter(meanwhile).filter(ends).count();
        if closes > plan.calm || struck > MOST_STRUCK * packets.len() {
            return None;
        }
        let until = Until::At(closes);
        let id = plan.windows.iter().map(|window| window.id.saturating_add(1)).max().unwrap_or(0);
        plan.windows.push(Window { id, from: opens, until, fault });
        Some(plan)
    };
    let several = cuts.values().filter(|packets| packets.len() > 1);
    search.first(several.flat_map(|packets| [cut(packets, false), cut(packets, true)])).await;
}

/// One packet that is lost for a window that cuts it off: often it is the only one that matters.
pub(super) async fn packet_for_cut(search: &mut Search<Plan>) {
    for index in 0..search.best().windows.len() {
        let best = search.best();
        let is_cut =
            |window: &Window| matches!(window.fault, Fault::OneWay { .. } | Fault::Bridge(..) | Fault::Isolate(_));
        let Some(window) = best.windows.get(index).filter(|window| is_cut(window)) else { continue };
        let Some(study) = search.study().await else { return };
        let lost = cut_off(&best, &study, window);
        let instead = |at: &sim_core::plan::Address| {
            let mut plan = Plan::clone(&best);
            plan.windows.remove(index);
            match &mut plan.chance {
                Chance::Frozen(exceptions) => exceptions.push(Exception::Lost(at.clone())),
                Chance::Seeded(_) => return None,
            }
            Some(plan)
        };
        if lost.len() <= MOST_PACKETS {
            search.first(lost.iter().map(instead)).await;
        }
    }
}

/// The packets that were lost at a cut while a window was open.
fn cut_off(plan: &Plan, study: &Study, window: &Window) -> Vec<sim_core::plan::Address> {
    let closes = window.until.time().unwrap_or(plan.until);
    let at_cut = study.trace.entries.iter().filter(|entry| {
        entry.kind == TraceKind::Lost
            && entry.at >= window.from
            && entry.at < closes
            && entry.text.ends_with("at a cut")
    });
    let identities: Vec<_> = at_cut.filter_map(|entry| entry.identity).collect();
    let packets = study.trace.packets.iter().filter(|packet| identities.contains(&packet.identity));
    packets
        .map(|packet| sim_core::plan::Address::Nth {
            from: packet.from,
            to: packet.to,
            kind: packet.kind.to_owned(),
            nth: packet.nth,
        })
        .collect()
}

/// A role for a node: whoever is the primary, instead of the one that happens to be. Only roles of which the plan spoke
/// from the beginning.
pub(super) async fn role_for_node(search: &mut Search<Plan>, rules: &Rules) {
    for index in 0..search.best().windows.len() {
        let best = search.best();
        let with_role = |role: &String| {
            let mut plan = Plan::clone(&best);
            let window = plan.windows.get_mut(index)?;
            let named = |target: &Target| match target {
                Target::Node(_) => Ok::<_, std::convert::Infallible>(Target::Holder(role.clone())),
                other => Ok(other.clone()),
            };
            let Ok(fault) = window.fault.try_map(named);
            window.fault = fault;
            Some(plan)
        };
        let lonely = best.windows.get(index).is_some_and(|window| window.fault.targets().len() == 1);
        search.first(rules.roles.iter().filter(|_| lonely).map(with_role)).await;
    }
}

/// One client for two: it asks what both did.
pub(super) async fn one_client_for_two(search: &mut Search<Plan>) {
    loop {
        let best = search.best();
        let count = best.clients.names.len();
        let merged = (0..count).flat_map(|to| (to + 1..count).map(move |from| (from, to)));
        if search.first(merged.map(|(from, to)| with_merged(&best, from, to))).await.is_none() {
            return;
        }
    }
}

fn with_merged(plan: &Plan, from: usize, to: usize) -> Option<Plan> {
    let Load::Listed(_) = plan.clients.load else { return None };
    let mut plan = plan.clone();
    let (source, sink) = (u16::try_from(from).ok()?, u16::try_from(to).ok()?);
    let operations = listed_mut(&mut plan)?;
    let next = operations.iter().filter(|operation| operation.client == sink).map(|operation| operation.id + 1).max();
    let ids = next.unwrap_or(0)..;
    for (operation, id) in operations.iter_mut().filter(|operation| operation.client == source).zip(ids) {
        (operation.client, operation.id) = (sink, id);
    }
    super::super::remove::clients(&mut plan, &(from..from + 1));
    Some(plan)
}

/// One node that is asked for several, with half of what is asked: the other half was for the others.
pub(super) async fn one_node_for_all(search: &mut Search<Plan>) {
    let best = search.best();
    let Load::Listed(operations) = &best.clients.load else { return };
    if matches!(best.clients.route, Route::Node(_)) || operations.len() < 2 {
        return;
    }
    let middle = operations.len() / 2;
    let halves: [&dyn Fn(usize) -> bool; 4] =
        [&|at| at.is_multiple_of(2), &|at| !at.is_multiple_of(2), &|at| at < middle, &|at| at >= middle];
    let asked = |id: u16, half: &dyn Fn(usize) -> bool| {
        let mut plan = Plan::clone(&best);
        plan.clients.route = Route::Node(id);
        let mut position = 0..;
        listed_mut(&mut plan)?.retain(|_| position.next().is_some_and(half));
        Some(plan)
    };
    let nodes = (0..).take(best.nodes.len());
    search.first(nodes.flat_map(|id| halves.map(|half| asked(id, half)))).await;
}

fn target(place: Place) -> Target {
    match place {
        Place::Node(id) => Target::Node(id),
        Place::Client(client) => Target::Client(client),
    }
}
