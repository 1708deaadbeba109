//! What is asked, in peace: without any fault, exception or setting, at simple times.
//!
//! A fault often only makes a story last until something is asked. Asked at the right time, about the right things, it does
//! as well without.

use std::collections::BTreeSet;

use sim_core::Time;
use sim_core::plan::{Clients, Load, Operation, Plan, Start};

use super::super::elements::{calmed, is_calm, with_one_client};
use super::super::grain::{MILLISECOND, SECOND};
use super::super::numbers::{kinds, listed, listed_mut, starts};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::rearrange::{FEW, SOME, said};

/// More operations than these are left as they are.
const MANY: usize = 20;

/// When something is asked, in milliseconds.
const STARTS: [u64; 4] = [0, 100, 1_000, 2_000];

/// Of a row of operations that are alike no more than so many are tried.
const ROW: usize = 3;

/// No more kinds of operation are tried behind a row of another, those asked least.
const CHANGES: usize = 3;

/// The operations alone, what began together still together, about any two things; the simplest first. Of many, if that
/// finds nothing, a row of one kind and a change.
pub(super) async fn peace(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let count = listed(&best).map_or(0, <[_]>::len);
    // A few in peace are said in all ways already.
    if is_calm(&best) && count <= FEW || count > MANY || rules.keep_times() {
        return;
    }
    let bare = usual(&calmed(&best));
    let short = (1..=ROW).map(|most| with_short_rows(&bare, most));
    let bases: Vec<Plan> = [bare.clone()].into_iter().chain(short).collect();
    let plans = |bases: &[Plan]| {
        let few = bases.iter().filter(|plan| SOME.contains(&listed(plan).map_or(0, <[_]>::len)));
        let said = few.flat_map(|plan| said(plan, 0).into_iter().flatten()).chain(bases.iter().cloned());
        said.flat_map(|plan| at_simple_times(&plan)).map(|plan| rules.with_room_again(plan)).collect::<Vec<_>>()
    };
    if !search.smallest(plans(&bases)).await && count > *SOME.end() {
        search.smallest(plans(&rows(&bare))).await;
    }
}

/// The plan with a row of what is asked most, one of each other kind of operation, and one more of the first, all asked by
/// the first client.
fn rows(plan: &Plan) -> Vec<Plan> {
    let mut kinds = kinds(&listed(plan).into_iter().flatten().collect::<Vec<_>>());
    let (Some(alone), Some(row)) = (with_one_client(plan), kinds.pop()) else { return Vec::new() };
    let plans = kinds.iter().take(CHANGES).map(|change| {
        let asked = [(&row, 0); ROW].into_iter().chain([(change, 1), (&row, 2)]);
        let operation = |(id, (op, seconds)): (u32, (&String, u64))| Operation {
            id,
            client: 0,
            start: Start::At(Time(seconds * SECOND)),
            op: op.clone(),
        };
        let load = Load::Listed((0..).zip(asked).map(operation).collect());
        usual(&Plan { clients: Clients { load, ..alone.clients.clone() }, ..alone.clone() })
    });
    plans.collect()
}

/// The plan with at most so many operations of each row that are asked for the same, one after the other.
fn with_short_rows(plan: &Plan, most: usize) -> Plan {
    let mut plan = plan.clone();
    let mut row: (Option<(u16, String)>, usize) = (None, 0);
    if let Some(operations) = listed_mut(&mut plan) {
        operations.retain(|operation| {
            let asked = Some((operation.client, operation.op.clone()));
            row = if row.0 == asked { (asked, row.1 + 1) } else { (asked, 1) };
            row.1 <= most
        });
    }
    usual(&plan)
}

/// The plan with what starts together, or is alike and in a row, at a simple time, in every way that keeps the order.
fn at_simple_times(plan: &Plan) -> Vec<Plan> {
    let groups = [by_moment(plan), Some(by_row(plan))];
    groups.into_iter().flatten().flat_map(|groups| with_groups_at(plan, &groups)).collect()
}

/// The plan with each of these groups of operations, numbered in their order, at a simple time.
fn with_groups_at(plan: &Plan, groups: &[usize]) -> Vec<Plan> {
    let count = groups.iter().max().map_or(0, |last| last + 1);
    let chosen = (0..1u32 << STARTS.len()).filter(|chosen| chosen.count_ones() as usize == count);
    let timed = |chosen: u32| {
        let times = STARTS.iter().zip(0..).filter(|(_, place)| chosen >> place & 1 == 1).map(|(time, _)| *time);
        let times: Vec<u64> = times.collect();
        let mut plan = plan.clone();
        for (operation, group) in listed_mut(&mut plan).into_iter().flatten().zip(groups) {
            operation.start = Start::At(Time(times[*group] * MILLISECOND));
        }
        plan
    };
    chosen.map(timed).collect()
}

/// By when each starts. `None` where a time is that of another.
fn by_moment(plan: &Plan) -> Option<Vec<usize>> {
    let starts: Vec<Time> = starts(plan).into_iter().collect::<Option<_>>()?;
    let moments: BTreeSet<Time> = starts.iter().copied().collect();
    let group = |start: &Time| moments.iter().take_while(|moment| *moment < start).count();
    Some(starts.iter().map(group).collect())
}

/// By the row of operations, all for the same, in which each stands.
fn by_row(plan: &Plan) -> Vec<usize> {
    let operations = listed(plan).unwrap_or_default();
    let changes = |end: usize| operations[..=end].windows(2).filter(|two| two[0].op != two[1].op).count();
    (0..operations.len()).map(changes).collect()
}
