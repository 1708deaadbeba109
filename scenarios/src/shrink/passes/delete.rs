//! Elements taken out: one kind after the other, those nobody speaks of, and two at a time.

use std::collections::BTreeSet;

use sim_core::NodeId;
use sim_core::fault::Target;
use sim_core::plan::{Address, Place, Plan};

use super::super::deletion::{delete, delete_runs};
use super::super::elements::{Kind, MANY, exceptions, singles};
use super::super::numbers::address;
use super::super::rules::Rules;
use super::super::search::Search;
use super::super::settings::{off_default, reset};

/// More elements than these are not tried two by two.
const FEW: usize = 14;

/// Of many operations not every one is tried by itself at first, only so many parts of all.
const PARTS: usize = 8;

/// The elements of one kind, in adaptive runs.
pub(super) async fn elements(search: &mut Search<Plan>, kind: &Kind) {
    delete(search, |plan| kind.count(plan), |plan, range| kind.without(plan, range)).await;
}

/// The operations, in adaptive runs. Many that are alike only in large ones: more of them go together once the rest is
/// simpler, and what is left of those that go one by one is in no order any more.
pub(super) async fn operations(search: &mut Search<Plan>, rules: &Rules) {
    let kind = Kind::Operations;
    let best = search.best();
    let least = if is_row(&best, rules) { kind.count(&best) / PARTS } else { 1 };
    delete_runs(search, least, |plan| kind.count(plan), |plan, range| kind.without(plan, range)).await;
}

/// Each of many operations that are alike.
pub(super) async fn each_operation(search: &mut Search<Plan>, rules: &Rules) {
    if is_row(&search.best(), rules) {
        elements(search, &Kind::Operations).await;
    }
}

/// Whether many operations are asked, and all are of one kind.
fn is_row(plan: &Plan, rules: &Rules) -> bool {
    Kind::Operations.count(plan) >= MANY && rules.kind(plan).is_some()
}

/// All nodes and clients at once that take no part in the violation and that no fault names.
pub(super) async fn bystanders(search: &mut Search<Plan>) {
    let best = search.best();
    let mut named: BTreeSet<Place> = BTreeSet::new();
    for target in best.windows.iter().flat_map(|window| window.fault.targets()) {
        named.extend(match target {
            Target::Node(id) => Some(Place::Node(*id)),
            Target::Client(client) => Some(Place::Client(*client)),
            Target::Holder(_) => None,
        });
    }
    for at in exceptions(&best).iter().map(address) {
        match at {
            Address::Id(_) => {}
            Address::Nth { from, to, .. } => named.extend([*from, *to]),
            Address::At { place, .. } => named.extend([*place]),
        }
    }
    let taking_part: BTreeSet<Place> = match search.study().await {
        Some(study) => study.violation.nodes.iter().map(|id| Place::Node(*id)).collect(),
        None => BTreeSet::new(),
    };
    if taking_part.is_empty() {
        return;
    }
    let all: BTreeSet<Place> = taking_part.union(&named).copied().collect();
    search.first([with_only_nodes(&best, &taking_part), with_only_nodes(&best, &all)]).await;
}

/// The plan with no nodes but these.
fn with_only_nodes(plan: &Plan, kept: &BTreeSet<Place>) -> Option<Plan> {
    let superfluous = (0..plan.nodes.len()).rev().filter(|index| {
        let id = u16::try_from(*index).map(|id| Place::Node(NodeId(id)));
        id.is_ok_and(|id| !kept.contains(&id))
    });
    superfluous.map(|index| index..index + 1).try_fold(plan.clone(), |plan, range| Kind::Nodes.without(&plan, range))
}

/// Settings put back to their defaults.
pub(super) async fn settings(search: &mut Search<Plan>) {
    for setting in off_default(&search.best()) {
        search.take(reset(&search.best(), setting)).await;
    }
}

/// Two elements at a time: what is needed only because of each other.
pub(super) async fn pairs(search: &mut Search<Plan>) {
    loop {
        let best = search.best();
        let singles = singles(&best);
        if singles.len() > FEW {
            return;
        }
        let pairs = (0..singles.len()).flat_map(|one| (one + 1..singles.len()).map(move |other| (one, other)));
        // The later goes first, so that the earlier keeps its place; kinds come in an order that allows it.
        let without = |(one, other): (usize, usize)| {
            let ((first, at), (second, index)) = (singles[one], singles[other]);
            if first == second {
                first.without(&second.without(&best, index..index + 1)?, at..at + 1)
            } else {
                let left = first.without(&best, at..at + 1)?;
                (index < second.count(&left)).then(|| second.without(&left, index..index + 1))?
            }
        };
        if search.first(pairs.map(without)).await.is_none() {
            return;
        }
    }
}
