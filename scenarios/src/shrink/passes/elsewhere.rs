//! One thing less, if something else is asked, or somebody else plays a part: another key, another member, another node.
//!
//! With the one that is named something more may be needed, to bring about what comes by itself with another.

use sim_core::Time;
use sim_core::plan::{Plan, Start};
use sim_core::time::Until;

use super::super::elements::{Kind, singles, without_each};
use super::super::grain::SECOND;
use super::super::numbers::{Spot, listed, listed_mut, numbers, with_choices, write};
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::usual;
use super::anew::about;
use super::places::{swapped, swaps};

/// With more operations than these there are too many ways.
const FEW: usize = 6;

/// More elements than these are not taken out one by one for every two nodes.
const MANY: usize = 20;

/// Every element in turn is taken out, while each two places change parts, or each number of an operation is each that
/// names a node; and a fault with a node: often the one only made somebody else take the part of the first.
pub(super) async fn elsewhere(search: &mut Search<Plan>, rules: &Rules) {
    loop {
        let best = search.best();
        let singles = singles(&best);
        if singles.len() > MANY {
            return;
        }
        let few = listed(&best).is_some_and(|listed| listed.len() <= FEW);
        let spots = numbers(&best).into_iter().filter(|(spot, _)| few && matches!(spot, Spot::Op(..)));
        let names = 0..best.nodes.len() as u64;
        let others =
            spots.flat_map(|(spot, own)| names.clone().filter(move |name| *name != own).map(move |name| (spot, name)));
        let said = others.filter_map(|(spot, name)| write(&best, spot, name));
        let parts = || swaps(&best).into_iter().map(|swap| swapped(&best, swap));
        let fewer = parts().chain(said).flat_map(|plan| {
            // Where it plays its part, its choices have other numbers.
            let first = with_choices(&plan, 0);
            [Some(plan), first].into_iter().flatten().flat_map(|plan| without_each(&plan, &singles))
        });
        let names = 0..best.nodes.len();
        let alike =
            parts().filter(|_| few).flat_map(|plan| names.clone().filter_map(move |name| all_about(&plan, name)));
        let simpler = parts().flat_map(|plan| simpler(&plan, rules));
        if search.first(fewer.chain(alike).chain(simpler)).await.is_none() {
            return;
        }
    }
}

/// The plan without settings of its own, with all operations about one thing: which it is, and who is asked, may only have
/// gone with the parts.
fn all_about(plan: &Plan, name: usize) -> Option<Plan> {
    let mut plan = usual(plan);
    for operation in listed_mut(&mut plan)? {
        operation.op = about(&operation.op, name);
    }
    Some(plan)
}

/// The plan without each of its windows and each of its nodes, what is left one after the other in whole seconds.
fn simpler(plan: &Plan, rules: &Rules) -> Vec<Plan> {
    let windows = if plan.windows.len() > 1 { 0..plan.windows.len() } else { 0..0 };
    let both = windows.clone().flat_map(|window| (0..plan.nodes.len()).map(move |node| (window, node)));
    let without = |(window, node): (usize, usize)| {
        Kind::Nodes.without(&Kind::Windows.without(plan, window..window + 1)?, node..node + 1)
    };
    let orderly = |plan: Plan| {
        let first = with_choices(&plan, 0).unwrap_or_else(|| plan.clone());
        [Some(plan), in_turn(&first, 1, rules)].into_iter().flatten().collect::<Vec<_>>()
    };
    let alone = without_each(plan, &windows.clone().map(|window| (Kind::Windows, window)).collect::<Vec<_>>());
    let longer = alone.iter().flat_map(|plan| [1, 2].map(|seconds| in_turn(plan, seconds, rules))).flatten();
    both.filter_map(without).flat_map(orderly).chain(longer).collect()
}

/// The plan in which everything is asked in the first second, and then one fault comes after the other, so many seconds
/// each; `None` if that reaches into the calm that is judged.
fn in_turn(plan: &Plan, seconds: u64, rules: &Rules) -> Option<Plan> {
    let mut plan = rules.with_room(plan).unwrap_or_else(|| plan.clone());
    for operation in listed_mut(&mut plan).into_iter().flatten() {
        operation.start = Start::At(Time(SECOND));
    }
    for (window, place) in plan.windows.iter_mut().zip(0..) {
        let from = Time((1 + place * seconds) * SECOND);
        (window.from, window.until) = (from, Until::At(Time(from.0 + seconds * SECOND)));
    }
    rules.with_calm_after(plan)
}
