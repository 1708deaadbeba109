//! One thing for another: a milder one, a simpler one, or one for several.

use std::collections::BTreeMap;
use std::convert::Infallible;

use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{Chance, Exception, Load, Place, Plan};
use sim_core::time::Until;
use sim_core::trace::TraceKind;
use sim_core::{NodeId, Span, Time};

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

/// A role for a node: whoever is the primary, instead of the one that happens to be. Only the role that the check speaks
/// of.
pub(super) async fn role_for_node(search: &mut Search<Plan>, rules: &Rules) {
    for index in 0..search.best().windows.len() {
        let best = search.best();
        let Some(window) = best.windows.get(index) else { return };
        let named = window.fault.targets().into_iter().filter(|target| matches!(target, Target::Node(_)));
        let with_role = |(node, role): (&Target, &String)| {
            let holder = Target::Holder(role.clone());
            let put = |target: &Target| Ok::<_, Infallible>(if target == node { &holder } else { target }.clone());
            let Ok(fault) = window.fault.try_map(put);
            let mut plan = Plan::clone(&best);
            plan.windows[index].fault = fault;
            plan
        };
        let pairs = named.flat_map(|node| rules.roles.iter().map(move |role| (node, role)));
        search.first(pairs.map(with_role)).await;
    }
}

/// One window for two, over the time of both or of one: a node that is cut off, stands still or is down, where the storm had such.
pub(super) async fn one_window_for_two(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = search.best();
        let count = best.windows.len();
        if !(2..=MOST_PACKETS).contains(&count) {
            return;
        }
        let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other)));
        let nodes: Vec<Target> = (0..).take(best.nodes.len()).map(|id| Target::Node(NodeId(id))).collect();
        let faults: [fn(Target) -> Fault<Target>; 3] = [Fault::Isolate, Fault::Pause, Fault::Crash];
        let faults = faults.iter().flat_map(|fault| nodes.iter().map(|node| fault(node.clone())));
        let faults: Vec<Fault<Target>> = faults.filter(|fault| rules.knows(fault.family())).collect();
        let merged = pairs.flat_map(|(one, other)| {
            let (left, right) = (&best.windows[one], &best.windows[other]);
            let both = (left.from.min(right.from), left.until.max(right.until));
            let times = [both, (left.from, left.until), (right.from, right.until)];
            let best = &best;
            faults.iter().flat_map(move |fault| {
                times.map(|(from, until)| {
                    let mut plan = Plan::clone(best);
                    plan.windows.remove(other);
                    plan.windows[one] = Window { from, until, fault: fault.clone(), ..best.windows[one].clone() };
                    plan
                })
            })
        });
        if search.first(merged.collect::<Vec<_>>()).await.is_none() {
            return;
        }
    }
}

/// One client for two: it asks what both did.
pub(super) async fn one_client_for_two(search: &mut Search<Plan>) {
    loop {
        let best = search.best();
        if search.first(merged(&best)).await.is_none() {
            return;
        }
    }
}

/// The plan with one client for each two of its clients.
pub(super) fn merged(plan: &Plan) -> Vec<Plan> {
    let count = plan.clients.names.len();
    let pairs = (0..count).flat_map(|to| (to + 1..count).map(move |from| (from, to)));
    pairs.filter_map(|(from, to)| with_merged(plan, from, to)).collect()
}

/// The plan in which client `to` asks what `from` did, after its own, and `from` is gone.
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

fn target(place: Place) -> Target {
    match place {
        Place::Node(id) => Target::Node(id),
        Place::Client(client) => Target::Client(client),
    }
}
