//! The plainest trouble in the place of all: what a person would try first, before thinking about what happened.
//!
//! Storms reach one failure in many ways. Where a single fault at a round time does, or a single packet that is late, all
//! of them end at that one. Where it takes a fault and packets, one packet may do.

use std::collections::BTreeSet;

use sim_core::fault::{Family, Fault, Target, Window};
use sim_core::plan::{Address, Chance, Exception, Place, Plan, Start};
use sim_core::time::Until;
use sim_core::{NodeId, Span, Time};

use super::super::elements::{calmed, exceptions, is_calm};
use super::super::grain::SECOND;
use super::super::numbers::{address, listed, listed_mut};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::super::study::Study;
use super::route::by_way_of_each;

/// More operations or nodes than these are no plain story.
const FEW: usize = 6;

/// No more kinds of packets, on so many links, are tried late.
const MANY: usize = 60;

/// When a plain fault begins and ends, in seconds.
pub(super) const TIMES: [(u64, u64); 4] = [(1, 2), (1, 3), (1, 6), (2, 4)];

/// How late a packet is, in seconds.
const DELAYS: [u64; 2] = [1, 2];

/// With fewer exceptions than these a fault and a late packet are not tried for all: they would take few away.
const MANY_EXCEPTIONS: usize = 4;

/// By how much a node is slower.
const SLOW: Span = Span::from_millis(300);

/// One fault, or one late packet, for all windows and exceptions.
pub(super) async fn plain(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = search.best();
        let count = listed(&best).map_or(0, <[_]>::len);
        let lasts = best.windows.iter().any(|window| window.until.time().is_none());
        if is_calm(&best) || lasts || count > FEW || best.nodes.len() > FEW || rules.keep_times() {
            return;
        }
        let study = search.study().await;
        let bases = bases(&best);
        let windows = windows(&best, rules);
        let is_late = |exception: &Exception| matches!(exception, Exception::Delayed(..));
        let any_late = exceptions(&best).iter().any(is_late);
        // What is cut off may as well be late.
        let one_cut = best.windows.len() == 1 && exceptions(&best).is_empty() && rules.knows(Family::OneWay);
        let late = study.filter(|_| any_late || one_cut).map_or(Vec::new(), |study| late(&study));
        let plain = bases.iter().enumerate().flat_map(|(place, base)| {
            let troubled = windows.iter().filter_map(|window| with_window(base, window, rules));
            let late = late.iter().filter(|_| any_late || place < 2);
            troubled.chain(late.map(|exception| with_exception(base, exception, rules))).collect::<Vec<_>>()
        });
        let both = with_both(&bases[0], &windows, exceptions(&best), rules);
        if search.first(plain.chain(both).collect::<Vec<_>>()).await.is_none() {
            return;
        }
    }
}

/// The plan with each of these windows and one late packet, of a kind and on a link that the exceptions speak of, if they
/// are many.
fn with_both(plan: &Plan, windows: &[Window], exceptions: &[Exception], rules: &Rules) -> Vec<Plan> {
    if exceptions.len() < MANY_EXCEPTIONS {
        return Vec::new();
    }
    let link = |exception: &Exception| match address(exception) {
        Address::Nth { from, to, kind, .. } => Some((*from, *to, kind.clone())),
        Address::Id(_) | Address::At { .. } => None,
    };
    let late = firsts_late(exceptions.iter().filter_map(link).collect());
    let with = |window: &Window| {
        let troubled = with_window(plan, window, rules)?;
        Some(late.iter().map(move |exception| with_exception(&troubled, exception, rules)).collect::<Vec<_>>())
    };
    windows.iter().filter_map(with).flatten().collect()
}

/// The plan without any trouble: as it is, and with its operations a second apart; with its settings, and without.
fn bases(plan: &Plan) -> Vec<Plan> {
    let bare = calmed(plan);
    let mut apart = bare.clone();
    for (operation, seconds) in listed_mut(&mut apart).into_iter().flatten().zip(1..) {
        operation.start = Start::At(Time(seconds * SECOND));
    }
    let mut bases = vec![usual(&bare), usual(&apart)];
    if listed(plan).is_some_and(|listed| !listed.is_empty()) {
        bases.extend(by_way_of_each(vec![bare.clone(), apart.clone()]));
    }
    bases.extend([bare, apart]);
    bases
}

/// Every one-way cut between two nodes, and of one from all others, and whatever slows one down or stops it.
pub(super) fn windows(plan: &Plan, rules: &Rules) -> Vec<Window> {
    let nodes: Vec<Target> = (0..).take(plan.nodes.len()).map(|id| Target::Node(NodeId(id))).collect();
    let others = |node: &Target| nodes.iter().filter(|other| *other != node).cloned().collect::<Vec<_>>();
    let one_way = |from: Vec<Target>, to: Vec<Target>| Fault::OneWay { from, to };
    let links = nodes.iter().flat_map(|from| {
        let link = move |to: Target| one_way(vec![from.clone()], vec![to]);
        others(from).into_iter().map(link)
    });
    let whole = nodes
        .iter()
        .filter(|_| nodes.len() > 2)
        .flat_map(|node| [one_way(vec![node.clone()], others(node)), one_way(others(node), vec![node.clone()])]);
    let slow = |node: Target| Fault::Slow(node, SLOW);
    let faults: [&dyn Fn(Target) -> Fault<Target>; 4] = [&Fault::Isolate, &Fault::Pause, &slow, &Fault::Crash];
    let single = nodes.iter().flat_map(|node| faults.iter().map(move |fault| fault(node.clone())));
    let faults: Vec<Fault<Target>> =
        links.chain(whole).chain(single).filter(|fault| rules.knows(fault.family())).collect();
    let at = |(from, until): (u64, u64)| (Time(from * SECOND), Until::At(Time(until * SECOND)));
    let windows = TIMES
        .map(at)
        .into_iter()
        .flat_map(|(from, until)| faults.iter().map(move |fault| Window { id: 0, from, until, fault: fault.clone() }));
    windows.collect()
}

/// The first packet of each kind on each link, late.
pub(super) fn late(study: &Study) -> Vec<Exception> {
    let links: BTreeSet<_> = study.trace.packets.iter().map(|packet| (packet.from, packet.to, packet.kind)).collect();
    firsts_late(links.into_iter().map(|(from, to, kind)| (from, to, kind.to_owned())).collect())
}

/// The first packet of each of these kinds on its link, late.
fn firsts_late(links: BTreeSet<(Place, Place, String)>) -> Vec<Exception> {
    let firsts = links.into_iter().take(MANY).map(|(from, to, kind)| Address::Nth { from, to, kind, nth: 0 });
    firsts.flat_map(|at| DELAYS.map(|by| Exception::Delayed(at.clone(), Span(by * SECOND)))).collect()
}

/// The plan with one window and room for it; `None` if it would reach into the calm that is judged.
fn with_window(plan: &Plan, window: &Window, rules: &Rules) -> Option<Plan> {
    let mut troubled = plan.clone();
    troubled.windows.push(window.clone());
    rules.with_calm_after(rules.with_room_again(troubled))
}

/// The plan with one exception and room for it.
fn with_exception(plan: &Plan, exception: &Exception, rules: &Rules) -> Plan {
    rules.with_room_again(Plan { chance: Chance::Frozen(vec![exception.clone()]), ..plan.clone() })
}
