//! Whom clients ask: one node for all that is asked, where requests that went around served only to reach it.

use sim_core::plan::{Load, Plan, Route};

use super::super::elements::{singles, without_each};
use super::super::numbers::{listed, listed_mut};
use super::super::search::Search;
use super::trade::merged;

/// With more requests and clients than these it is not tried for each without whom a node is asked.
const FEW: usize = 12;

/// More elements than these are not all tried.
const MANY: usize = 20;

/// One node that is asked for several, with half of what is asked: the other half was for the others.
pub(super) async fn one_node_for_all(search: &mut Search<Plan>) {
    let best = search.best();
    let Load::Listed(operations) = &best.clients.load else { return };
    if matches!(best.clients.route, Route::Node(_)) || operations.len() < 2 {
        return;
    }
    let middle = operations.len() / 2;
    let halves: [&dyn Fn(usize) -> bool; 4] =
        [&|at| at.is_multiple_of(2), &|at| !at.is_multiple_of(2), &|at| at < middle, &|at| at >= middle];
    let half = |half: &dyn Fn(usize) -> bool| {
        let mut plan = Plan::clone(&best);
        let mut position = 0..;
        listed_mut(&mut plan)?.retain(|_| position.next().is_some_and(half));
        Some(plan)
    };
    search.first(by_way_of_each(halves.into_iter().filter_map(half).collect())).await;
}

/// One thing less, with any node asked by all: a request that goes takes a turn with it, and those after it ask somebody
/// else; and some troubles only keep clients from asking somebody else.
pub(super) async fn other_ways(search: &mut Search<Plan>) {
    loop {
        let best = search.best();
        let (requests, clients) = (listed(&best).map_or(0, <[_]>::len), best.clients.names.len());
        let singles = singles(&best);
        if requests == 0 || requests + clients > FEW || singles.len() > MANY {
            return;
        }
        let fewer = without_each(&best, &singles).into_iter().chain(merged(&best)).collect();
        if search.first(by_way_of_each(fewer)).await.is_none() {
            return;
        }
    }
}

/// Each plan with each of its nodes asked by all clients.
pub(super) fn by_way_of_each(plans: Vec<Plan>) -> impl Iterator<Item = Plan> {
    plans.into_iter().flat_map(|plan| {
        let nodes = (0..).take(plan.nodes.len());
        nodes.map(move |id| {
            let mut plan = plan.clone();
            plan.clients.route = Route::Node(id);
            plan
        })
    })
}
