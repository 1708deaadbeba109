//! Many requests made alike: where it takes hundreds of them, a person reads one line of them, not each.
//!
//! A storm asks at random moments for things of random size. Where only their number matters, or how many come in a
//! second, all can ask for the same, by one client, at equal distances or at once; and then it soon shows how many it takes.

use std::collections::BTreeSet;

use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{Chance, Operation, Plan, Route, Start};
use sim_core::time::Until;
use sim_core::{Span, Time};

use super::super::elements::{Kind, MANY, with_one_client};
use super::super::grain::SECOND;
use super::super::lowering::lower;
use super::super::numbers::{listed, listed_mut};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::places::other_way;
use super::plain::late;
use super::rearrange::without_last_node;
use super::weaken::weaker;

/// The distances that are tried, in milliseconds.
const STEPS: [u64; 4] = [100, 50, 20, 10];

/// When a plain fault begins and ends, in seconds.
const WINDOWS: [(u64, u64); 4] = [(0, 1), (0, 2), (1, 2), (1, 3)];

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
    if search.first(asked).await.is_some() || search.smallest(timetables(&alone, &kind, count)).await || !are_alike {
        return;
    }
    shorter(search).await;
    if !rules.keep_times() {
        let late = with_one_late(search, rules).await;
        search.first(late).await;
    }
}

/// The plan with its one fault, or a cut the other way, in the first seconds, and what is asked at equal distances from the
/// beginning or from that of the fault, for as long after it as now.
fn timetables(plan: &Plan, kind: &str, count: usize) -> Vec<Plan> {
    let [window] = &plan.windows[..] else { return Vec::new() };
    let after = last_start(plan).since(window.until.time().unwrap_or(window.from)).saturating_add(Span(SECOND));
    let faults = [Some(window.fault.clone()), other_way(&window.fault)].into_iter().flatten();
    let at = |fault: Fault<Target>| {
        WINDOWS.into_iter().flat_map(move |(from, until)| {
            let (from, until) = (Time(from * SECOND), Time(until * SECOND));
            let window = Window { from, until: Until::At(until), fault: fault.clone(), ..window.clone() };
            let troubled = Plan { windows: vec![window], calm: until, ..plan.clone() };
            let ways = [Time::ZERO, from].into_iter().flat_map(move |first| STEPS.map(|step| (step, first)));
            ways.filter_map(move |(step, first)| {
                let starts = apart(Span::from_millis(step), first, until.saturating_add(after), count);
                with_alike(&troubled, kind, &starts)
            })
        })
    };
    faults.flat_map(at).collect()
}

/// Fewer of operations that are alike: at the end, and at the beginning.
async fn shorter(search: &mut Search<Plan>) {
    let count = |plan: &Plan| listed(plan).map(|operations| operations.len() as u64);
    let gone = |plan: &Plan, left: u64| listed(plan)?.len().checked_sub(usize::try_from(left).ok()?);
    let without_last = |plan: &Plan, left: u64| {
        let count = listed(plan)?.len();
        Kind::Operations.without(plan, count - gone(plan, left)?..count)
    };
    let without_first = |plan: &Plan, left: u64| Kind::Operations.without(plan, 0..gone(plan, left)?);
    lower(search, count, without_last).await;
    lower(search, count, without_first).await;
}

/// The plan of which the operations are alike with one late packet for all troubles, and with all the time it takes for
/// each distance between operations.
async fn with_one_late(search: &mut Search<Plan>, rules: &Rules) -> Vec<Option<Plan>> {
    let Some(study) = search.study().await else { return Vec::new() };
    let best = search.best();
    let Some(first) = listed(&best).and_then(<[_]>::first) else { return Vec::new() };
    // In a simpler system it may take a few more.
    let count = listed(&best).map_or(0, |operations| operations.len() + operations.len() / 10);
    let mut bare = rules.with_room(&best).unwrap_or_else(|| Plan::clone(&best));
    bare.windows.clear();
    let bare = usual(&bare);
    let starts = STEPS.map(|step| apart(Span::from_millis(step), Time::ZERO, bare.until, count));
    let late = late(&study).into_iter().flat_map(|exception| {
        let late = Plan { chance: Chance::Frozen(vec![exception]), ..bare.clone() };
        let systems = [without_last_node(&late), Some(late)].into_iter().flatten();
        systems
            .flat_map(|plan| starts.iter().map(|starts| with_alike(&plan, &first.op, starts)).collect::<Vec<_>>())
            .collect::<Vec<_>>()
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

/// The plan in which its first client asks for the same at each of these times, and that is all.
fn with_alike(plan: &Plan, op: &str, starts: &[Start]) -> Option<Plan> {
    let mut plan = plan.clone();
    let operations = (0..).zip(starts).map(|(id, start)| Operation { id, client: 0, start: *start, op: op.to_owned() });
    *listed_mut(&mut plan)? = operations.collect();
    Some(plan)
}
