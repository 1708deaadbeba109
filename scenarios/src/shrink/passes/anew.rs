//! A few operations said anew: in another order, about other things, by whole seconds.
//!
//! The last of them stays the last: it asks what came of the others.

use sim_core::Time;
use sim_core::plan::{Operation, Plan, Start};

use super::super::grain::SECOND;
use super::super::numbers::{figures, listed, listed_mut, refilled};

/// The seconds at which operations start, one step after the other.
pub(super) const STEPS: [u64; 4] = [1, 2, 5, 10];

/// No more nodes, or keys, are told apart.
pub(super) const NAMES: usize = 6;

/// The operations in every order but for the last, each together with the one before or a step later, where all of them or
/// all but one are about the same; with no more than so many steps.
pub(super) fn anew(plan: &Plan, most: usize) -> Vec<Option<Plan>> {
    let Some(operations) = listed(plan).filter(|operations| operations.len() > 2) else { return Vec::new() };
    let last = operations.len() - 1;
    let texts: Vec<&str> = operations.iter().map(|operation| operation.op.as_str()).collect();
    let few = (0..1u32 << (last - 1)).filter(|steps| (steps.count_ones() as usize) < most);
    let times: Vec<Vec<Start>> = few.map(|steps| in_steps(last, steps)).collect();
    let said = orders(last).into_iter().flat_map(|order| {
        let texts: Vec<&str> = order.into_iter().chain([last]).map(|place| texts[place]).collect();
        named(&texts, NAMES.min(plan.nodes.len() + 1))
    });
    let ways = said.flat_map(|texts| times.iter().map(move |times| (texts.clone(), times)));
    ways.map(|(texts, times)| {
        let mut said = operations.to_vec();
        for ((operation, text), start) in said.iter_mut().zip(texts).zip(times) {
            (operation.op, operation.start) = (text, *start);
        }
        with_operations(plan, &said)
    })
    .collect()
}

/// Every order of so many things.
pub(super) fn orders(count: usize) -> Vec<Vec<usize>> {
    let longer = |orders: Vec<Vec<usize>>, next: usize| {
        let put = |order: &Vec<usize>, place: usize| {
            let mut order = order.clone();
            order.insert(place, next);
            order
        };
        orders.iter().flat_map(|order| (0..=order.len()).map(move |place| put(order, place))).collect()
    };
    (0..count).fold(vec![Vec::new()], longer)
}

/// When `last` operations and one more start: each with the one before it or later, as the bits of `steps` say, the first
/// at the beginning, the last always later.
fn in_steps(last: usize, steps: u32) -> Vec<Start> {
    let mut later = STEPS.into_iter();
    let mut start = |place: usize| match place {
        0 => Time::ZERO,
        // A client starts one operation after the other, so that an earlier time is that of the one before.
        _ if place < last && steps >> (place - 1) & 1 == 0 => Time::ZERO,
        _ => Time(later.next().unwrap_or_default() * SECOND),
    };
    (0..=last).map(|place| Start::At(start(place))).collect()
}

/// The texts with every name for the first number of all of them, or of all but one and every other for that; the last is
/// about what most are about.
fn named(texts: &[&str], names: usize) -> Vec<Vec<String>> {
    let pairs = (0..names).flat_map(|one| (0..names).map(move |other| (one, other)));
    let ways = pairs.flat_map(|(one, other)| {
        let all = if one == other { 0..1 } else { 0..texts.len() - 1 };
        all.map(move |different| (one, other, different))
    });
    let told = |(one, other, different): (usize, usize, usize)| {
        let names = (0..texts.len()).map(|place| if place == different { other } else { one });
        texts.iter().zip(names).map(|(text, name)| about(text, name)).collect()
    };
    ways.map(told).collect()
}

/// The text of an operation with this name for its first number.
pub(super) fn about(text: &str, name: usize) -> String {
    let name = name.to_string();
    refilled(text, [name.as_str()].into_iter().chain(figures(text).into_iter().skip(1)))
}

/// The plan with these operations, as many as it has.
pub(super) fn with_operations(plan: &Plan, operations: &[Operation]) -> Option<Plan> {
    let mut plan = plan.clone();
    listed_mut(&mut plan)?.clone_from_slice(operations);
    Some(plan)
}
