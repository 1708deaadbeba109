//! What of a shrunk plan may be anything: each number is varied, and so is each node that a fault strikes.

use std::convert::Infallible;

use sim_core::NodeId;
use sim_core::fault::Target;
use sim_core::plan::Plan;

use super::elements::exceptions;
use super::numbers::{Spot, is_choice, numbers, write};
use super::search::Search;

/// More numbers than these are not varied.
const MANY: usize = 60;

/// The parts of the best that do not matter, as paths of the file with what they are: `faults[0].from`.
///
/// A part that withstands every variation tried need not withstand all others.
pub(super) async fn explain(search: &mut Search<Plan>) -> Vec<String> {
    let best = search.best();
    let numbers = numbers(&best);
    let mut free = Vec::new();
    if numbers.len() > MANY {
        return free;
    }
    for (spot, number) in numbers {
        let variations =
            variations(number).filter_map(|other| write(&best, spot, other)).filter(|plan| search.is_allowed(plan));
        let variations = variations.collect();
        if all_fail(search, variations).await {
            free.extend(path(&best, spot));
        }
    }
    for (index, window) in best.windows.iter().enumerate() {
        let targets = window.fault.targets();
        let [target @ Target::Node(_)] = targets[..] else { continue };
        let nodes = (0..).take(best.nodes.len()).map(|id| Target::Node(NodeId(id)));
        let others = nodes.filter(|other| other != target).map(|other| {
            let mut plan = Plan::clone(&best);
            let Ok(fault) = window.fault.try_map(|_| Ok::<_, Infallible>(other.clone()));
            plan.windows[index].fault = fault;
            plan
        });
        let others = others.filter(|plan| search.is_allowed(plan)).collect();
        if all_fail(search, others).await {
            free.push(format!("whom faults[{index}] strikes"));
        }
    }
    free
}

/// Other numbers, near and far; times that are moved by less than most periods, too.
fn variations(number: u64) -> impl Iterator<Item = u64> {
    let near = [number.saturating_sub(number / 10), number.saturating_add(number / 10)];
    let far = [number / 2, number.saturating_mul(2), number.saturating_mul(10)];
    let odd = number.saturating_add(number / 7).saturating_add(1);
    near.into_iter().chain(far).chain([odd]).filter(move |other| *other != number)
}

async fn all_fail(search: &mut Search<Plan>, variations: Vec<Plan>) -> bool {
    // One variation alone says little: most could not stand there at all.
    if variations.is_empty() {
        return false;
    }
    for variation in variations {
        if !search.fails(variation).await {
            return false;
        }
    }
    true
}

/// The path of a number in a file; `None` for what nobody would vary.
fn path(plan: &Plan, spot: Spot) -> Option<String> {
    Some(match spot {
        Spot::Calm | Spot::Until | Spot::Offset(_) | Spot::Drift(_) => return None,
        Spot::Length(index) => format!("the length of faults[{index}]"),
        Spot::From(index) => format!("the time of faults[{index}]"),
        Spot::Fault(index, _) => format!("the amount of faults[{index}]"),
        Spot::Decision(index) => format!("the amount of exceptions[{index}]"),
        Spot::Nth(index) => {
            let choice = exceptions(plan).get(index).is_some_and(is_choice);
            format!("which {} exceptions[{index}] is about", if choice { "choice" } else { "packet" })
        }
        Spot::Start(index) => format!("the time of operations[{index}]"),
        Spot::Op(index, _) => format!("a number in operations[{index}]"),
        Spot::Timeout => "clients.timeout".to_owned(),
        Spot::Attempts => "clients.attempts".to_owned(),
        Spot::Backoff => "clients.backoff".to_owned(),
    })
}
