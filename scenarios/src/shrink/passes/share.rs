//! A smaller system that is asked for its share: where it is judged how much a system bears, no node can go alone.

use std::collections::BTreeMap;

use sim_core::fault::{Family, Fault, Target};
use sim_core::plan::{Operation, Plan, Start};
use sim_core::time::Until;
use sim_core::{NodeId, Time};

use super::super::elements::Kind;
use super::super::grain::SECOND;
use super::super::numbers::listed_mut;
use super::super::rules::{Rules, second};
use super::super::search::Search;
use super::alike::evenly;

/// Of more nodes than these not every choice of some is tried.
const FEW: usize = 6;

/// Takes out as many nodes as can be at once, and with them the requests that are too many for those that stay: those are
/// evenly chosen, or come at equal distances.
pub(super) async fn share(search: &mut Search<Plan>, rules: &Rules) {
    let Some(strength) = rules.strength() else { return };
    let best = search.best();
    let count = best.nodes.len();
    if count > FEW {
        return;
    }
    let mut choices: Vec<u32> =
        (1..1 << count).filter(|choice: &u32| (2..count as u32).contains(&choice.count_ones())).collect();
    choices.sort_by_key(|choice| choice.count_ones());
    let of = |choice: u32| {
        let gone = (0..count).rev().filter(move |node| choice >> node & 1 == 0);
        gone.map(|node| node..node + 1).try_fold(Plan::clone(&best), |plan, range| Kind::Nodes.without(&plan, range))
    };
    let fewer = choices.into_iter().filter_map(of).flat_map(|plan| {
        let cut = with_a_cut(&plan, rules);
        [Some(in_whole_seconds(&plan)), cut, Some(plan)].into_iter().flatten()
    });
    let asked = fewer.flat_map(|plan| {
        let most = strength.bears(plan.nodes.len());
        let even = evenly(&plan, rules, most);
        even.into_iter().chain([with_at_most(plan, most)])
    });
    search.first(asked).await;
}

/// The plan with its windows open for whole seconds, not shorter: a smaller system may need a little more to be shaken.
fn in_whole_seconds(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    for window in &mut plan.windows {
        window.from = Time(window.from.0 / SECOND * SECOND);
        if let Until::At(closes) = &mut window.until {
            *closes = Time(closes.0.div_ceil(SECOND) * SECOND).min(plan.calm.max(*closes));
        }
    }
    plan
}

/// The plan with a cut of two seconds from the other of its two nodes to the first for its one window; `None` if the storm
/// had no such cuts, or if that leaves less peace than there was.
fn with_a_cut(plan: &Plan, rules: &Rules) -> Option<Plan> {
    let ([_], [_, _]) = (&plan.windows[..], &plan.nodes[..]) else { return None };
    let mut plan = plan.clone();
    let node = |id| vec![Target::Node(NodeId(id))];
    let window = &mut plan.windows[0];
    window.fault = Fault::OneWay { from: node(1), to: node(0) };
    let from = Time(window.from.0 / SECOND * SECOND);
    let closes = Time(from.0 + 2 * SECOND);
    (window.from, window.until) = (from, Until::At(closes));
    plan.calm = plan.calm.max(closes);
    (rules.knows(Family::OneWay) && plan.until.since(plan.calm) >= rules.peace()).then_some(plan)
}

/// The plan with as many requests of each second as its nodes should bear, evenly chosen.
fn with_at_most(plan: Plan, most: u64) -> Option<Plan> {
    let mut plan = plan;
    let operations = listed_mut(&mut plan)?;
    let moment = |operation: &Operation| match operation.start {
        Start::At(at) => Some(second(at)),
        Start::After(_) => None,
    };
    let mut asked: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for at in operations.iter().filter_map(moment) {
        asked.entry(at).or_default().0 += 1;
    }
    operations.retain(|operation| {
        let Some((all, seen)) = moment(operation).and_then(|at| asked.get_mut(&at)) else { return true };
        let stay = most.min(*all);
        *seen += 1;
        *seen * stay / *all > (*seen - 1) * stay / *all
    });
    Some(plan)
}
