//! Two plain faults, the second a crash: what it takes where a crash must come upon something that is already amiss.

use sim_core::fault::{Family, Fault, Target, Window};
use sim_core::plan::{Address, Chance, Exception, Place, Plan};
use sim_core::time::Until;
use sim_core::{ChoiceKind, NodeId, Probability, Time};

use super::super::grain::SECOND;
use super::super::rules::Rules;

/// When the two faults begin and end, in tenths of a second: the crash comes when the other is over, or soon after.
const TIMES: [[(u64, u64); 2]; 2] = [[(10, 20), (20, 30)], [(10, 20), (22, 32)]];

/// With more nodes than these there are too many faults to try all times.
const FEW: usize = 3;

const TENTH: u64 = SECOND / 10;

/// Which bit flips.
const BITS: [u64; 12] = [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];

/// To which sector of its file a write goes.
const SECTORS: [u64; 2] = [1, 2];

/// The plan with every fault and every crash after it.
pub(super) fn with_two(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let nodes: Vec<Target> = (0..).take(plan.nodes.len()).map(|id| Target::Node(NodeId(id))).collect();
    let gone: Vec<Fault<Target>> = nodes.iter().flat_map(|node| gone(node, &nodes, rules)).collect();
    let faults = faults(&nodes, rules);
    let amiss = faults.iter().flat_map(|fault| gone.iter().map(|gone| ([fault.clone(), gone.clone()], None)));
    let damaged = (0..).zip(&nodes).flat_map(|(id, node)| {
        let then_crash = |(fault, exception)| ([fault, Fault::Crash(node.clone())], Some(exception));
        damages(NodeId(id), rules).into_iter().map(then_crash).collect::<Vec<_>>()
    });
    let pairs: Vec<([Fault<Target>; 2], Option<Exception>)> = amiss.chain(damaged).collect();
    let put = |(faults, exception): &([Fault<Target>; 2], Option<Exception>), times: [(u64, u64); 2]| {
        let windows = faults.iter().zip(times).zip(0..).map(|((fault, (from, until)), id)| Window {
            id,
            from: Time(from * TENTH),
            until: Until::At(Time(until * TENTH)),
            fault: fault.clone(),
        });
        let chance = Chance::Frozen(exception.iter().cloned().collect());
        let plan = Plan { windows: windows.collect(), chance, ..plan.clone() };
        rules.with_calm_after(plan)
    };
    let times = if nodes.len() > FEW { &TIMES[..1] } else { &TIMES[..] };
    times.iter().flat_map(|times| pairs.iter().filter_map(|pair| put(pair, *times))).collect()
}

/// How a node is gone for the others, as far as the storm knew: it crashes, or else it is cut off in any way.
fn gone(node: &Target, nodes: &[Target], rules: &Rules) -> Vec<Fault<Target>> {
    let others = nodes.iter().filter(|other| *other != node).cloned().collect();
    let crash = Fault::Crash(node.clone());
    if rules.knows(crash.family()) {
        return vec![crash];
    }
    let cut_off = [Fault::Isolate(node.clone()), Fault::OneWay { from: vec![node.clone()], to: others }];
    cut_off.into_iter().filter(|fault| rules.knows(fault.family())).collect()
}

/// What may be amiss with a disk: a bit that flips, or a write that goes elsewhere.
fn damages(node: NodeId, rules: &Rules) -> Vec<(Fault<Target>, Exception)> {
    if !rules.knows(Family::Crash) {
        return Vec::new();
    }
    let target = Target::Node(node);
    let first = |kind: ChoiceKind, value: u64| {
        let at = Address::At { place: Place::Node(node), kind, nth: 0 };
        Exception::Chosen(at, value)
    };
    let rots = BITS.map(|bit| (Fault::BitRot(target.clone()), first(ChoiceKind::Rot, bit)));
    let never = Probability::from_ppb(1).unwrap_or(Probability::ZERO);
    let astray = SECTORS.map(|sector| (Fault::Misdirect(target.clone(), never), first(ChoiceKind::Misdirect, sector)));
    rots.into_iter().chain(astray).filter(|(fault, _)| rules.knows(fault.family())).collect()
}

/// What may be amiss: a cut, or a node that is gone.
fn faults(nodes: &[Target], rules: &Rules) -> Vec<Fault<Target>> {
    let cuts = nodes.iter().flat_map(|node| {
        let others: Vec<Target> = nodes.iter().filter(|other| *other != node).cloned().collect();
        let all = others.len();
        let of = move |group: Vec<Target>| {
            let one_way = |from: &[Target], to: &[Target]| Fault::OneWay { from: from.to_vec(), to: to.to_vec() };
            let node = [node.clone()];
            let is_twice = group.len() == 1 && group < node.to_vec();
            let whole = group.len() == all && all > 1;
            let away = (whole || group.len() == 1).then(|| one_way(&node, &group));
            let back = whole.then(|| one_way(&group, &node));
            let both = (!is_twice).then(|| Fault::Bridge(node.to_vec(), group.clone()));
            away.into_iter().chain(back).chain(both)
        };
        groups(&others).into_iter().flat_map(of).collect::<Vec<_>>()
    });
    let single = nodes.iter().flat_map(|node| [Fault::Isolate(node.clone()), Fault::Crash(node.clone())]);
    cuts.chain(single).filter(|fault| rules.knows(fault.family())).collect()
}

/// Every choice of some of these.
fn groups(all: &[Target]) -> Vec<Vec<Target>> {
    let chosen = |choice: u32| {
        let is_in = |(place, _): &(usize, &Target)| choice >> place & 1 == 1;
        all.iter().enumerate().filter(is_in).map(|(_, node)| node.clone()).collect()
    };
    (1..1 << all.len()).map(chosen).collect()
}
