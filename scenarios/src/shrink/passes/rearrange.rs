//! A few operations that do the same, said anew: which things they are about, and when.
//!
//! Which key lies with which node, which node is asked in its turn: what matters of such names is only how they go
//! together, so no name, and no moment, can be changed alone. All ways are tried in which the operations are about two
//! things, at once or when they are now, also with one thing less.

use sim_core::Time;
use sim_core::plan::{Clients, Operation, Plan, Route, Start};

use super::super::elements::{Kind, exceptions, with_exceptions, without_each};
use super::super::grain::SECOND;
use super::super::numbers::{figures, is_choice, listed, listed_mut, refilled, shape};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::{Setting, off_default, reset};
use super::trade::with_merged;

/// With more operations than these, or fewer, there are too many ways, or just one.
const SOME: std::ops::RangeInclusive<usize> = 2..=5;

/// With more operations than these only one less is tried.
const FEW: usize = 4;

/// So many operations are not tried all at once: the last of them asks what came of the others.
const ALL_AT_ONCE: usize = 4;

/// The seconds at which operations start, one step after the other.
const STEPS: [u64; 4] = [1, 2, 5, 10];

/// No more nodes, or keys, are told apart.
const NAMES: usize = 6;

/// Gives operations other numbers and earlier times, together, and leaves out one of them, a node, or who is asked.
pub(super) async fn rearrange(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = without_choices(&search.best());
        let count = listed(&best).map_or(0, <[_]>::len);
        let troubled = !best.windows.is_empty() || !exceptions(&best).is_empty();
        if troubled || !SOME.contains(&count) {
            return;
        }
        let clients = best.clients.names.len();
        let pairs = (0..clients).flat_map(|to| (to + 1..clients).map(move |from| (from, to)));
        let merged: Vec<Plan> = pairs.filter_map(|(from, to)| with_merged(&best, from, to)).collect();
        if count > FEW {
            if best.nodes.len() > FEW {
                return;
            }
            let bases = if clients > 1 { merged } else { vec![best] };
            // Of those the last asks what came of the others.
            let singles: Vec<_> = (0..count - 1).map(|index| (Kind::Operations, index)).collect();
            let simpler = bases.iter().flat_map(|plan| without_each(plan, &singles));
            if search.first(simpler.flat_map(|plan| anew(&plan)).collect::<Vec<_>>()).await.is_none() {
                return;
            }
            continue;
        }
        let fewer = (0..count).filter_map(|index| Kind::Operations.without(&best, index..index + 1));
        let last = best.nodes.len() - 1;
        let smaller = Kind::Nodes.without(&best, last..last + 1);
        let is_set = |setting: &Setting| *setting == Setting::Route;
        let plainer = off_default(&best).into_iter().find(is_set).map(|setting| reset(&best, setting));
        let again: Vec<_> = merged.iter().chain([&best]).flat_map(anew).collect();
        let reworded = if count < FEW { reworded(&best, rules) } else { Vec::new() };
        let together = reworded.into_iter().flat_map(|plan| {
            let ways = said(&plan, count);
            ways.into_iter().map(move |way| with_operations(&plan, &way))
        });
        let bases = fewer.chain(merged).chain(smaller).chain(plainer).chain([best.clone()]);
        let said = bases.flat_map(|plan| {
            let count = listed(&plan).map_or(0, <[_]>::len);
            let at_once = [count, count.saturating_sub(1), 0].into_iter().filter(|at_once| *at_once < ALL_AT_ONCE);
            let ways = at_once.flat_map(|at_once| said(&plan, at_once)).collect::<Vec<_>>();
            ways.into_iter().map(move |way| with_operations(&plan, &way))
        });
        if search.first(said.chain(again).chain(together).collect::<Vec<_>>()).await.is_none() {
            return;
        }
    }
}

/// The plan with each operation in each simpler way that the storm knew, about whatever it may be; also without the last node,
/// which may be there for what was asked before.
fn reworded(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let last = plan.nodes.len() - 1;
    let operations = listed(plan).unwrap_or_default();
    let simpler = operations.iter().enumerate().flat_map(|(index, operation)| {
        let own = shape(&operation.op);
        let simpler = rules.shapes.iter().filter(move |shape| (shape.len(), *shape) < (own.len(), &own));
        simpler.map(move |shape| (index, shape))
    });
    let said = simpler.filter_map(|(index, shape)| {
        let mut plan = plan.clone();
        listed_mut(&mut plan)?[index].op.clone_from(shape);
        Some([Kind::Nodes.without(&plan, last..last + 1), Some(plan)])
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

/// The operations in every order but for the last, each together with the one before or a step later, where all of them or
/// all but one are about the same.
fn anew(plan: &Plan) -> Vec<Option<Plan>> {
    let Some(operations) = listed(plan).filter(|operations| operations.len() > 2) else { return Vec::new() };
    let last = operations.len() - 1;
    let texts: Vec<&str> = operations.iter().map(|operation| operation.op.as_str()).collect();
    let times: Vec<Vec<Start>> = (0..1u32 << (last - 1)).map(|steps| in_steps(last, steps)).collect();
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
fn orders(count: usize) -> Vec<Vec<usize>> {
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
    let with = |text: &str, name: usize| {
        let rest = figures(text).into_iter().skip(1).map(str::to_owned);
        let numbers: Vec<String> = [name.to_string()].into_iter().chain(rest).collect();
        refilled(text, numbers.iter().map(String::as_str))
    };
    let pairs = (0..names).flat_map(|one| (0..names).map(move |other| (one, other)));
    let ways = pairs.flat_map(|(one, other)| {
        let all = if one == other { 0..1 } else { 0..texts.len() - 1 };
        all.map(move |different| (one, other, different))
    });
    let told = |(one, other, different): (usize, usize, usize)| {
        let names = (0..texts.len()).map(|place| if place == different { other } else { one });
        texts.iter().zip(names).map(|(text, name)| with(text, name)).collect()
    };
    ways.map(told).collect()
}

fn with_operations(plan: &Plan, operations: &[Operation]) -> Option<Plan> {
    let mut plan = plan.clone();
    listed_mut(&mut plan)?.clone_from_slice(operations);
    Some(plan)
}

/// The operations with every two names for the first numbers of some and of the others; so many of them begin at once.
fn said(plan: &Plan, at_once: usize) -> Vec<Vec<Operation>> {
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
            let name = if is_other { other } else { one }.to_string();
            let rest = figures(&operation.op).into_iter().skip(1).map(str::to_owned).collect::<Vec<_>>();
            let numbers = [name].into_iter().chain(rest).collect::<Vec<_>>();
            operation.op = refilled(&operation.op, numbers.iter().map(String::as_str));
            if place < at_once {
                operation.start = Start::At(Time::ZERO);
            }
        }
        said
    };
    distinct.map(told).collect()
}
