//! A short story told in the plainest way: its fault now or at a round time, and what is asked in every order, by whom and
//! when.
//!
//! Who asks, when, and how long a fault lasts only matter in how they go together, so none of them can be changed alone:
//! of all ways the smallest is taken, and all storms that come to the same few things end at the same story.

use sim_core::Time;
use sim_core::fault::Window;
use sim_core::plan::{Operation, Plan, Start};
use sim_core::time::Until;

use super::super::elements::{Kind, exceptions};
use super::super::grain::SECOND;
use super::super::numbers::listed;
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::{Setting, reset, usual};
use super::anew::{orders, with_operations};
use super::plain::TIMES;

/// With more operations than these, or fewer, there are too many ways, or just one.
const SOME: std::ops::RangeInclusive<usize> = 2..=3;

/// With more nodes than these runs take too long.
const FEW: usize = 4;

/// When something is asked, in seconds.
const STARTS: [u64; 5] = [0, 1, 2, 3, 5];

/// The operations in every way beside the one fault; where there are two, a client of its own may do for either.
pub(super) async fn retell(search: &mut Search<Plan>, rules: &Rules) {
    let best = search.best();
    let is_short = listed(&best).is_some_and(|operations| SOME.contains(&operations.len()));
    if !is_short || !exceptions(&best).is_empty() || best.nodes.len() > FEW || rules.keep_times() {
        return;
    }
    let bases = match (best.windows.len(), best.clients.names.len()) {
        (1, 1..=2) => vec![Plan::clone(&best)],
        (2, 1) => (0..2).filter_map(|index| with_client_for_window(&best, index)).collect(),
        _ => return,
    };
    let bases = bases.into_iter().flat_map(|plan| [usual(&plan), plan]);
    let told = bases.flat_map(|plan| told(&plan)).flat_map(|plan| {
        // What differs in order alone needs no more time than there is.
        let in_time = (plan.windows == best.windows).then(|| plan.clone());
        [Some(rules.with_room_again(plan)), in_time]
    });
    search.smallest(told.flatten().filter_map(|plan| rules.with_calm_after(plan))).await;
}

/// The plan with one more client in the place of a window.
fn with_client_for_window(plan: &Plan, index: usize) -> Option<Plan> {
    let mut plan = Kind::Windows.without(plan, index..index + 1)?;
    let name = format!("c{}", plan.clients.names.len());
    plan.clients.names.push(name);
    Some(reset(&plan, Setting::ClientNames))
}

/// The plan told in every way.
fn told(plan: &Plan) -> Vec<Plan> {
    let (Some(operations), [window]) = (listed(plan), &plan.windows[..]) else { return Vec::new() };
    let in_order = |order: Vec<usize>| order.into_iter().map(|place| operations[place].clone()).collect();
    let ordered: Vec<Vec<Operation>> = orders(operations.len()).into_iter().map(in_order).collect();
    let (askers, starts) = (askers(operations.len(), plan.clients.names.len()), starts(operations.len()));
    let round = TIMES.map(|(from, until)| (Time(from * SECOND), Until::At(Time(until * SECOND))));
    let mut plans = Vec::new();
    for (from, until) in [(window.from, window.until)].into_iter().chain(round) {
        let struck = Plan { windows: vec![Window { from, until, ..window.clone() }], ..plan.clone() };
        for (clients, starts) in askers.iter().flat_map(|clients| starts.iter().map(move |starts| (clients, starts))) {
            plans.extend(ordered.iter().filter_map(|operations| {
                let mut said = operations.clone();
                for ((operation, client), start) in said.iter_mut().zip(clients).zip(starts) {
                    (operation.client, operation.start) = (*client, *start);
                }
                Some(reset(&with_operations(&struck, &said)?, Setting::OperationIds))
            }));
        }
    }
    plans
}

/// Who asks for so many things: the only client, or one of them the second.
fn askers(count: usize, clients: usize) -> Vec<Vec<u16>> {
    match clients {
        1 => vec![vec![0; count]],
        _ => (0..count).map(|second| (0..count).map(|place| u16::from(place == second)).collect()).collect(),
    }
}

/// Every way in which so many things start at these times, none before the one before it.
fn starts(count: usize) -> Vec<Vec<Start>> {
    let longer = |starts: Vec<u64>| {
        let last = starts.last().copied().unwrap_or(0);
        STARTS.into_iter().filter(move |next| *next >= last).map(move |next| [&starts[..], &[next]].concat())
    };
    let all = (0..count).fold(vec![Vec::new()], |all, _| all.into_iter().flat_map(longer).collect());
    let at = |seconds: u64| Start::At(Time(seconds * SECOND));
    all.into_iter().map(|starts| starts.into_iter().map(at).collect()).collect()
}
