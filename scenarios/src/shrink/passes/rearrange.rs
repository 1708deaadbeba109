//! A few operations that do the same, said anew: which things they are about, and when.
//!
//! Which key lies with which node, which node is asked in its turn: what matters of such names is only how they go
//! together, so no name, and no moment, can be changed alone. All ways are tried in which the operations are about two
//! things, at once or when they are now, also with one thing less.

use sim_core::Time;
use sim_core::plan::{Clients, Plan, Route, Start};

use super::super::elements::{Kind, exceptions, is_calm, with_exceptions, without_each};
use super::super::numbers::{is_choice, listed, listed_mut, shape};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::{Setting, off_default, reset};
use super::anew::{NAMES, STEPS, about, anew, with_operations};
use super::trade::merged;

/// With more operations than these, or fewer, there are too many ways, or just one.
pub(super) const SOME: std::ops::RangeInclusive<usize> = 2..=5;

/// With more operations than these only one less is tried.
pub(super) const FEW: usize = 4;

/// With one less, no more steps than these are tried: all of them take twice as long, and find nothing more.
const SOON: usize = 2;

/// So many operations are not tried all at once: the last of them asks what came of the others.
const ALL_AT_ONCE: usize = 4;

/// Gives operations other numbers and other times, together, and leaves out one of them, a node, or who is asked.
pub(super) async fn rearrange(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = without_choices(&search.best());
        let count = listed(&best).map_or(0, <[_]>::len);
        if !is_calm(&best) || !SOME.contains(&count) {
            return;
        }
        let plans = if count > FEW { with_one_less(&best) } else { in_all_ways(&best, rules) };
        if search.first(plans.into_iter().flatten().map(|plan| rules.with_room_again(plan))).await.is_none() {
            return;
        }
    }
}

/// The plan with one client and one operation less, the others anew; none if there are many nodes as well.
fn with_one_less(plan: &Plan) -> Vec<Option<Plan>> {
    if plan.nodes.len() > FEW {
        return Vec::new();
    }
    let merged = merged(plan);
    let bases = if merged.is_empty() { vec![plan.clone()] } else { merged };
    // The last asks what came of the others.
    let last = listed(plan).map_or(0, |listed| listed.len().saturating_sub(1));
    let singles: Vec<_> = (0..last).map(|index| (Kind::Operations, index)).collect();
    bases.iter().flat_map(|plan| without_each(plan, &singles)).flat_map(|plan| anew(&plan, SOON)).collect()
}

/// The plan, and the plan with something less, with its operations about any two things, at once or when they are now; and
/// with all of them anew, or some in simpler words.
fn in_all_ways(plan: &Plan, rules: &Rules) -> Vec<Option<Plan>> {
    let count = listed(plan).map_or(0, <[_]>::len);
    let fewer = (0..count).filter_map(|index| Kind::Operations.without(plan, index..index + 1));
    let is_route = |setting: &Setting| *setting == Setting::Route;
    let plainer = off_default(plan).into_iter().find(is_route).map(|setting| reset(plan, setting));
    let bases = fewer.chain(merged(plan)).chain(without_last_node(plan)).chain(plainer).chain([plan.clone()]);
    let told = bases.flat_map(|plan| {
        let count = listed(&plan).map_or(0, <[_]>::len);
        let at_once = [count, count.saturating_sub(1), 0].into_iter().filter(|at_once| *at_once < ALL_AT_ONCE);
        at_once.flat_map(|at_once| said(&plan, at_once)).collect::<Vec<_>>()
    });
    let again = merged(plan).into_iter().chain([plan.clone()]).flat_map(|plan| anew(&plan, STEPS.len()));
    let reworded = if count < FEW { reworded(plan, rules) } else { Vec::new() };
    let together = reworded.into_iter().flat_map(|plan| said(&plan, count));
    told.chain(again).chain(together).collect()
}

/// The plan without its last node, which may be there only for what is asked.
pub(super) fn without_last_node(plan: &Plan) -> Option<Plan> {
    let last = plan.nodes.len().checked_sub(1)?;
    Kind::Nodes.without(plan, last..last + 1)
}

/// The plan with each operation in each simpler way that the storm knew, about whatever it may be; also without its last node.
fn reworded(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let operations = listed(plan).unwrap_or_default();
    let simpler = operations.iter().enumerate().flat_map(|(index, operation)| {
        let own = shape(&operation.op);
        let simpler = rules.shapes.iter().filter(move |shape| (shape.len(), *shape) < (own.len(), &own));
        simpler.map(move |shape| (index, shape))
    });
    let said = simpler.filter_map(|(index, shape)| {
        let mut plan = plan.clone();
        listed_mut(&mut plan)?[index].op.clone_from(shape);
        Some([without_last_node(&plan), Some(plan)])
    });
    said.flatten().flatten().collect()
}

/// The plan without choices, and without the setting that asks for most of them: who is asked.
fn without_choices(plan: &Plan) -> Plan {
    match with_exceptions(plan, |index| !is_choice(&exceptions(plan)[index])) {
        Some(plan) => Plan { clients: Clients { route: Route::default(), ..plan.clients.clone() }, ..plan },
        None => plan.clone(),
    }
}

/// The operations with every two names for the first numbers of some and of the others; so many of them begin at once.
pub(super) fn said(plan: &Plan, at_once: usize) -> Vec<Option<Plan>> {
    let Some(operations) = listed(plan).filter(|operations| !operations.is_empty()) else { return Vec::new() };
    let names = NAMES.min(plan.nodes.len() + 1);
    // The first operation is always of the first part, so that no division comes twice.
    let divisions = 0..1u32 << (operations.len() - 1);
    let pairs = (0..names).flat_map(|one| (0..names).map(move |other| (one, other)));
    let ways = divisions.flat_map(|division| pairs.clone().map(move |pair| (division, pair)));
    let distinct = ways.filter(|(division, (one, other))| *division > 0 || one == other);
    let told = |(division, (one, other)): (u32, (usize, usize))| {
        let mut said = operations.to_vec();
        for (place, operation) in said.iter_mut().enumerate() {
            let is_other = place > 0 && division >> (place - 1) & 1 == 1;
            operation.op = about(&operation.op, if is_other { other } else { one });
            if place < at_once {
                operation.start = Start::At(Time::ZERO);
            }
        }
        with_operations(plan, &said)
    };
    distinct.map(told).collect()
}
