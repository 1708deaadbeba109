//! Two plain faults in the place of all, the second a crash: what it takes where a crash must come upon something that is
//! already amiss.
//!
//! How such storms end depends on moments and on who is who. Where two faults at simple times do, all of them end at those.

use sim_core::fault::{Family, Fault, Target, Window};
use sim_core::plan::{Chance, Plan, Start};
use sim_core::time::Until;
use sim_core::{NodeId, Time};

use super::super::elements::exceptions;
use super::super::grain::SECOND;
use super::super::numbers::{listed, listed_mut};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::rearrange::without_last_node;

/// More nodes or operations than these are no plain story.
const NODES: usize = 4;
const OPERATIONS: usize = 2;

/// When the two faults begin and end, in seconds: the crash comes when the other is over.
const TIMES: [(u64, u64); 2] = [(1, 2), (2, 3)];

/// When all is asked, in seconds.
const STARTS: [u64; 2] = [0, 1];

/// Two faults for all windows and exceptions, also in a smaller system, the simplest first.
pub(super) async fn duo(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = search.best();
        let few = best.nodes.len() <= NODES && listed(&best).map_or(0, <[_]>::len) <= OPERATIONS;
        let lasts = best.windows.iter().any(|window| window.until.time().is_none());
        let troubles = best.windows.len() + exceptions(&best).len();
        if !few || lasts || troubles < 2 || rules.keep_times() || !rules.knows(Family::Crash) {
            return;
        }
        let plans = bases(&best).into_iter().flat_map(|plan| with_two(&plan, rules));
        if !search.smallest(plans).await {
            return;
        }
    }
}

/// The plan without any trouble or setting, with as many nodes as it has and with fewer, with all that is asked at once.
fn bases(plan: &Plan) -> Vec<Plan> {
    let mut bare = usual(plan);
    bare.windows.clear();
    bare.chance = Chance::Frozen(Vec::new());
    let smaller = std::iter::successors(Some(bare), |plan| without_last_node(plan).filter(|plan| plan.nodes.len() > 1));
    let at = |plan: &Plan, seconds: u64| {
        let mut plan = plan.clone();
        for operation in listed_mut(&mut plan).into_iter().flatten() {
            operation.start = Start::At(Time(seconds * SECOND));
        }
        plan
    };
    let asks = listed(plan).is_some_and(|listed| !listed.is_empty());
    let starts = if asks { &STARTS[..] } else { &STARTS[..1] };
    smaller.flat_map(|plan| starts.iter().map(move |seconds| at(&plan, *seconds)).collect::<Vec<_>>()).collect()
}

/// The plan with every fault and every crash after it.
fn with_two(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let nodes: Vec<Target> = (0..).take(plan.nodes.len()).map(|id| Target::Node(NodeId(id))).collect();
    let faults = faults(&nodes, rules);
    let pairs =
        faults.iter().flat_map(|fault| nodes.iter().map(move |node| [fault.clone(), Fault::Crash(node.clone())]));
    let put = |faults: [Fault<Target>; 2]| {
        let windows = faults.into_iter().zip(TIMES).zip(0..).map(|((fault, (from, until)), id)| Window {
            id,
            from: Time(from * SECOND),
            until: Until::At(Time(until * SECOND)),
            fault,
        });
        let plan = Plan { windows: windows.collect(), ..plan.clone() };
        rules.with_calm_after(rules.with_room_again(plan))
    };
    pairs.filter_map(put).collect()
}

/// What may be amiss: a cut, or a node that is gone.
fn faults(nodes: &[Target], rules: &Rules) -> Vec<Fault<Target>> {
    let others = |node: &Target| nodes.iter().filter(|other| *other != node).cloned().collect::<Vec<_>>();
    let cuts = nodes.iter().flat_map(|node| {
        let others = others(node);
        let all = others.len();
        let of = |group: Vec<Target>| {
            let (from, to) = (vec![node.clone()], group.clone());
            let back = Fault::OneWay { from: to.clone(), to: from.clone() };
            let plain = [1, all].contains(&group.len());
            let one_way = [Fault::OneWay { from, to }, back].into_iter().filter(move |_| plain);
            one_way.chain([Fault::Bridge(vec![node.clone()], group)])
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
