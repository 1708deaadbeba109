//! Many requests made alike: where it takes hundreds of them, a person reads one line of them, not each.
//!
//! A storm asks at random moments for things of random size. Where only their number matters, or how many come in a
//! second, all can ask for the same, by one client, at equal distances or at once; and then it soon shows how many it takes.

use std::collections::BTreeSet;

use sim_core::plan::{Chance, Operation, Plan, Route, Start};
use sim_core::{Span, Time};

use super::super::elements::Kind;
use super::super::numbers::{listed, listed_mut};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::plain::late;
use super::weaken::weaker;

/// Fewer operations than these are looked at one by one, and have numbers of their own.
pub(super) const MANY: usize = 40;

/// The distances that are tried, in milliseconds.
const STEPS: [u64; 4] = [100, 50, 20, 10];

/// All operations alike, asked by the first client, of whoever is asked now or of one node; also with a weaker fault, for
/// what strikes everybody shows less where all are asked alike. One less than there were, if they were not alike before.
pub(super) async fn alike(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let operations = listed(&best).unwrap_or_default();
    let Some(kind) = rules.kind(&best).filter(|_| operations.len() >= MANY) else { return };
    let Some(alone) = with_one_client(&best) else { return };
    let weaker = if best.windows.len() == 1 { weaker(&alone, 0, rules) } else { Vec::new() };
    let routed = (0..).take(best.nodes.len()).map(|node| {
        let mut plan = alone.clone();
        plan.clients.route = Route::Node(node);
        plan
    });
    let bases: Vec<Plan> = [alone.clone()].into_iter().chain(weaker).chain(routed).collect();
    let are_alike = operations.windows(2).all(|pair| pair[0].op == pair[1].op);
    let count = if are_alike { operations.len() } else { operations.len() - 1 };
    let starts = starts(&best, rules, count);
    let asked = bases.iter().flat_map(|plan| starts.iter().map(|starts| with_alike(plan, &kind, starts)));
    if search.first(asked).await.is_none() && are_alike && !rules.keep_times() {
        let late = with_one_late(search, rules).await;
        search.first(late).await;
    }
}

/// The plan of which the operations are alike with one late packet for all troubles, and with all the time it takes for
/// each distance between operations.
async fn with_one_late(search: &mut Search<Plan>, rules: &Rules) -> Vec<Option<Plan>> {
    let Some(study) = search.study().await else { return Vec::new() };
    let best = search.best();
    let Some(first) = listed(&best).and_then(<[_]>::first) else { return Vec::new() };
    let count = listed(&best).map_or(0, <[_]>::len);
    let mut bare = rules.with_room(&best).unwrap_or_else(|| Plan::clone(&best));
    bare.windows.clear();
    let bare = usual(&bare);
    let starts = STEPS.map(|step| apart(Span::from_millis(step), Time::ZERO, bare.until, count));
    let late = late(&study).into_iter().flat_map(|exception| {
        let bare = Plan { chance: Chance::Frozen(vec![exception]), ..bare.clone() };
        starts.iter().map(move |starts| with_alike(&bare, &first.op, starts)).collect::<Vec<_>>()
    });
    late.collect()
}

/// When so many operations may start, from the beginning or from that of a fault: at equal distances for as long as there
/// were any; and all at once, unless that would be more than the system is made for.
fn starts(plan: &Plan, rules: &Rules, count: usize) -> Vec<Vec<Start>> {
    let moments: BTreeSet<Time> =
        [Time::ZERO].into_iter().chain(plan.windows.iter().map(|window| window.from)).collect();
    let at_once = moments.iter().filter(|_| !rules.keep_times());
    let together = at_once.map(|at| vec![Start::At(*at); count]);
    let last = last_start(plan);
    let steps = moments.iter().flat_map(|first| STEPS.map(|step| apart(Span::from_millis(step), *first, last, count)));
    together.chain(steps).collect()
}

/// When the last operation starts.
fn last_start(plan: &Plan) -> Time {
    let start = |operation: &Operation| match operation.start {
        Start::At(at) => at,
        Start::After(_) => Time::ZERO,
    };
    listed(plan).into_iter().flatten().map(start).max().unwrap_or(Time::ZERO)
}

/// At most so many moments, at equal distances from the first to the last.
fn apart(step: Span, first: Time, last: Time, most: usize) -> Vec<Start> {
    let all = (0..).map(|place: u64| first.saturating_add(step.saturating_mul(place)));
    all.take_while(|at| *at <= last).take(most).map(Start::At).collect()
}

/// The plan with so many operations a second at equal distances, and fewer, all alike and asked by one client.
pub(super) fn evenly(plan: &Plan, rules: &Rules, a_second: u64) -> Vec<Option<Plan>> {
    let (Some(alone), Some(kind)) = (with_one_client(plan), rules.kind(plan)) else { return Vec::new() };
    let count = listed(plan).map_or(0, <[_]>::len);
    let least = Span::from_millis(1_000u64.div_ceil(a_second.max(1)));
    let rounder = STEPS.map(Span::from_millis).into_iter().rev().filter(|step| *step > least).take(2);
    let steps = [least].into_iter().chain(rounder);
    steps.map(|step| with_alike(&alone, &kind, &apart(step, Time::ZERO, last_start(plan), count))).collect()
}

/// The plan without any client but the first; `None` if it has none.
fn with_one_client(plan: &Plan) -> Option<Plan> {
    let clients = plan.clients.names.len();
    (clients > 0).then(|| Kind::Clients.without(plan, 1..clients))?
}

/// The plan in which its first client asks for the same at each of these times, and that is all.
fn with_alike(plan: &Plan, op: &str, starts: &[Start]) -> Option<Plan> {
    let mut plan = plan.clone();
    let operations = (0..).zip(starts).map(|(id, start)| Operation { id, client: 0, start: *start, op: op.to_owned() });
    *listed_mut(&mut plan)? = operations.collect();
    Some(plan)
}
