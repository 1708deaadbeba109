//! Operations that are said more simply, and everything in the order in which it happens.
//!
//! Which operations a protocol knows, nobody says here; those that the storm asked are known.

use std::collections::BTreeSet;

use sim_core::plan::{Plan, Start};

use super::super::measure::place;
use super::super::numbers::{exceptions_mut, figures, listed, listed_mut, refilled, shape};
use super::super::rules::Rules;
use super::super::search::Search;
use super::anew::NAMES;

/// More operations than these are left as they are.
const MANY: usize = 40;

/// No more operations than these are brought into any other order.
const FEW: usize = 5;

/// For each operation one with a shorter text, if that fails as well: with as many of its own numbers as there is room
/// for, or with zeros.
pub(super) async fn simpler_operations(search: &mut Search<Plan>, rules: &Rules) {
    for index in 0..listed(&search.best()).map_or(0, <[_]>::len) {
        let best = search.best();
        if listed(&best).is_none_or(|listed| listed.len() > MANY) {
            return;
        }
        search.first(in_other_words(&best, index, rules)).await;
    }
}

/// The plan with one of its operations in every simpler way.
pub(super) fn in_other_words(plan: &Plan, index: usize, rules: &Rules) -> Vec<Plan> {
    let Some(operation) = listed(plan).and_then(|listed| listed.get(index)) else { return Vec::new() };
    let own = shape(&operation.op);
    let simplicity = |text: &String| (text.len(), text.clone());
    let simpler = rules.shapes.iter().filter(|shape| simplicity(shape) < simplicity(&own));
    // About any of the nodes, if it names one, or one that is not there.
    let names: Vec<String> = (0..(plan.nodes.len() + 1).min(NAMES)).map(|name| name.to_string()).collect();
    let texts = simpler.flat_map(|shape| {
        let named = names.iter().map(|name| refilled(shape, [name.as_str()]));
        [refilled(shape, figures(&operation.op)), shape.clone()].into_iter().chain(named)
    });
    let said = |text: String| {
        let mut plan = plan.clone();
        if let Some(operation) = listed_mut(&mut plan).and_then(|listed| listed.get_mut(index)) {
            operation.op = text;
        }
        plan
    };
    texts.map(said).collect()
}

/// Windows and operations in the order in which they begin, with the numbers that their places give them.
pub(super) async fn in_order(search: &mut Search<Plan>) {
    let best = search.best();
    let mut plan = Plan::clone(&best);
    plan.windows.sort_by_key(|window| window.from);
    let mut ids: Vec<u32> = plan.windows.iter().map(|window| window.id).collect();
    ids.sort_unstable();
    plan.windows.iter_mut().zip(ids).for_each(|(window, id)| window.id = id);
    search.take(plan).await;

    let mut plan = Plan::clone(&search.best());
    if let Some(exceptions) = exceptions_mut(&mut plan).filter(|exceptions| exceptions.len() <= MANY) {
        exceptions.sort_by(|one, other| place(one).cmp(&place(other)));
        search.take(plan).await;
    }

    let mut plan = Plan::clone(&search.best());
    let Some(operations) = listed_mut(&mut plan) else { return };
    if operations.len() > MANY || operations.iter().any(|one| matches!(one.start, Start::After(_))) {
        return;
    }
    let before = operations.clone();
    operations.sort_by_key(|operation| match operation.start {
        Start::At(at) => Some(at),
        Start::After(_) => None,
    });
    for client in operations.iter().map(|operation| operation.client).collect::<BTreeSet<_>>() {
        let ids = before.iter().filter(|one| one.client == client).map(|one| one.id);
        operations.iter_mut().filter(|one| one.client == client).zip(ids).for_each(|(one, id)| one.id = id);
    }
    search.take(plan).await;

    // Whatever begins when, the text that comes first in the order of words.
    let best = search.best();
    search.first(exchanged(&best)).await;
}

/// The plan with two of its operations exchanged, if they begin at the same time or there are few; and with a few in every
/// other order.
fn exchanged(plan: &Plan) -> Vec<Plan> {
    let Some(operations) = listed(plan) else { return Vec::new() };
    let together = |one: usize, other: usize| {
        (operations[one].client, operations[one].start) == (operations[other].client, operations[other].start)
    };
    let (few, count) = (operations.len() <= FEW, operations.len());
    let pairs = (0..count).flat_map(|one| (one + 1..count).map(move |other| vec![(one, other)]));
    let rings = (0..if few { count } else { 0 }).flat_map(|one| {
        let others = (0..count).flat_map(move |two| (0..count).map(move |three| vec![(one, two), (two, three)]));
        others.filter(move |swaps| swaps[0].1 != one && swaps[1].1 != one && swaps[1].0 != swaps[1].1)
    });
    let meant = pairs.filter(|pair| few || together(pair[0].0, pair[0].1)).chain(rings);
    let exchanged = meant.filter_map(|swaps| {
        let mut plan = plan.clone();
        let operations = listed_mut(&mut plan)?;
        for (one, other) in swaps {
            let text = std::mem::take(&mut operations[one].op);
            operations[one].op = std::mem::replace(&mut operations[other].op, text);
        }
        Some(plan)
    });
    exchanged.collect()
}
