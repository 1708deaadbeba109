//! The failure anew, from nothing: one or two plain faults in a small system that is asked once, or not at all.
//!
//! Most of what storms find has a plain story. Where one fails as the storm does, nothing of the storm is needed.

use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{Load, Operation, Plan, Start};
use sim_core::time::Until;
use sim_core::{NodeId, Span, Time};

use super::super::elements::{Kind, calmed, is_calm};
use super::super::grain::{MILLISECOND, SECOND};
use super::super::numbers::{listed, listed_mut};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::duo::with_two;
use super::plain;
use super::rearrange::without_last_node;

/// A small system has so many nodes at most.
const NODES: usize = 4;

/// So many kinds of operation are tried, the simplest.
const SHAPES: usize = 2;

/// No more operations than these are left as they are.
const OPERATIONS: usize = 2;

/// When it is asked, in seconds; of the largest the last.
const STARTS: [u64; 2] = [0, 1];

/// How soon before is just before, in milliseconds: what is asked is on its way, or has just arrived.
const MOMENTS: [u64; 2] = [10, 15];

/// When a node gets slow or stands still while the system is hardly there, and when something is asked then, in
/// milliseconds.
const BEGINNINGS: [u64; 2] = [100, 110];
const EARLY: u64 = 200;

/// How slow it gets.
const SLOW: Span = Span(50 * MILLISECOND);

/// How long it is looked at, where that is of no account.
const END: Time = Time(5 * SECOND);

/// A plain story in the place of all, the simplest first.
pub(super) async fn sketch(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let lasts = best.windows.iter().any(|window| window.until.time().is_none());
    if lasts || is_calm(&best) || rules.keep_times() {
        return;
    }
    let plans = blanks(&best, rules).into_iter().flat_map(|blank| {
        let with =
            |(blank, window): (&Plan, Window)| rules.with_calm_after(Plan { windows: vec![window], ..blank.clone() });
        let windows = plain::windows(&blank, rules);
        let just_before = MOMENTS.map(|moment| just_before(&blank, moment).filter(|_| rules.is_free()));
        let blanks = [Some(&blank)].into_iter().chain(just_before.iter().map(Option::as_ref)).flatten();
        let one = blanks.flat_map(|blank| windows.iter().cloned().map(move |window| (blank, window)));
        let two = if blank.nodes.len() <= most_for_two(&blank, rules) { with_two(&blank, rules) } else { Vec::new() };
        one.filter_map(with).chain(early(&blank, rules)).chain(two).collect::<Vec<_>>()
    });
    search.smallest(plans).await;
}

/// Up to how many nodes two faults are tried: fewer where it takes longer.
const fn most_for_two(blank: &Plan, rules: &Rules) -> usize {
    match (rules.is_free(), blank.clients.names.is_empty()) {
        (true, true) => NODES,
        (true, false) => NODES - 1,
        (false, _) => NODES - 2,
    }
}

/// Small systems of the same kind without any trouble or setting, asked nothing, or one thing, or the little that is asked.
fn blanks(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let smaller = std::iter::successors(Some(blank(plan, rules)), without_last_node);
    let small = smaller.filter(|plan| (2..=NODES).contains(&plan.nodes.len()));
    small.flat_map(|plan| asked(&plan, rules)).map(|plan| usual(&plan)).collect()
}

/// The plan without any trouble, with all the time that there was; where the end is of no account, with less.
pub(super) fn blank(plan: &Plan, rules: &Rules) -> Plan {
    let mut blank = calmed(&rules.with_room(plan).unwrap_or_else(|| plan.clone()));
    if rules.is_free() {
        (blank.calm, blank.until) = (Time::ZERO, blank.until.min(END));
    }
    blank
}

/// The plan with what is asked so many milliseconds before the first fault.
fn just_before(plan: &Plan, moment: u64) -> Option<Plan> {
    asked_at(plan, Time(SECOND), Time(SECOND - moment * MILLISECOND))
}

/// The plan with what is asked at one time asked at another.
fn asked_at(plan: &Plan, now: Time, then: Time) -> Option<Plan> {
    let mut plan = plan.clone();
    let mut asked = listed_mut(&mut plan)?.iter_mut().filter(|operation| operation.start == Start::At(now)).peekable();
    asked.peek()?;
    asked.for_each(|operation| operation.start = Start::At(then));
    Some(plan)
}

/// What is asked at the beginning asked a little later, of a system in which a node has just become slow or stands still.
fn early(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let asked = asked_at(plan, Time::ZERO, Time(EARLY * MILLISECOND)).filter(|_| rules.is_free());
    let Some(plan) = asked else { return Vec::new() };
    let nodes = (0..).take(plan.nodes.len()).map(|id| Target::Node(NodeId(id)));
    let faults = nodes.flat_map(|node| [Fault::Pause(node.clone()), Fault::Slow(node, SLOW)]);
    let known = faults.filter(|fault| rules.knows(fault.family()));
    let windows = known.flat_map(|fault| {
        BEGINNINGS.map(|from| Window {
            id: 0,
            from: Time(from * MILLISECOND),
            until: Until::At(Time(from * MILLISECOND + SECOND)),
            fault: fault.clone(),
        })
    });
    let with = |window| rules.with_calm_after(Plan { windows: vec![window], ..plan.clone() });
    windows.filter_map(with).collect()
}

/// The plan without clients, with one that asks one thing, and as it is if that is little.
fn asked(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let clients = plan.clients.names.len();
    let first = |count: usize| Kind::Clients.without(plan, count.min(clients)..clients);
    let mut all: Vec<Plan> = first(0).into_iter().collect();
    let Some(operations) = listed(plan).filter(|operations| !operations.is_empty()) else { return all };
    let starts = if plan.nodes.len() < NODES { &STARTS[..] } else { &STARTS[1..] };
    for start in starts.iter().map(|seconds| Start::At(Time(seconds * SECOND))) {
        let one =
            rules.shapes.iter().take(SHAPES).map(|op| vec![Operation { id: 0, client: 0, start, op: op.clone() }]);
        let few = (operations.len() <= OPERATIONS)
            .then(|| operations.iter().map(|one| Operation { start, ..one.clone() }).collect());
        let plans = one.filter_map(|one| first(1).map(|plan| (plan, one))).chain(few.map(|few| (plan.clone(), few)));
        all.extend(plans.map(|(mut plan, operations)| {
            plan.clients.load = Load::Listed(operations);
            plan
        }));
    }
    all
}
