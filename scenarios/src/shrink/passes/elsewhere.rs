//! One thing less, if something else is asked, or somebody else plays a part: another key, another member, another node.
//!
//! With the one that is named something more may be needed, to bring about what comes by itself with another.

use sim_core::plan::{Address, Plan};

use super::super::elements::{singles, without_each};
use super::super::numbers::{Spot, address_mut, exceptions_mut, listed, numbers, write};
use super::super::search::Search;
use super::places::{swapped, swaps};

/// With more operations than these there are too many ways.
const FEW: usize = 6;

/// More elements than these are not taken out one by one for every two nodes.
const MANY: usize = 20;

/// Every element in turn is taken out, while each two places change parts, or each number of an operation is each that
/// names a node.
pub(super) async fn elsewhere(search: &mut Search<Plan>) {
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
        let parts = swaps(&best).into_iter().map(|swap| swapped(&best, swap)).flat_map(|plan| {
            // Where it plays its part, its choices have other numbers.
            let first = with_first_choices(&plan);
            [Some(plan), first].into_iter().flatten()
        });
        let fewer = parts.chain(said).flat_map(|plan| without_each(&plan, &singles));
        if search.first(fewer).await.is_none() {
            return;
        }
    }
}

/// The plan in which all choices are about the first of their kind; `None` if they are.
fn with_first_choices(plan: &Plan) -> Option<Plan> {
    let mut first = plan.clone();
    for exception in exceptions_mut(&mut first)? {
        if let Address::At { nth, .. } = address_mut(exception) {
            *nth = 0;
        }
    }
    (first != *plan).then_some(first)
}
