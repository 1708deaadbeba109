//! Which plans a file can hold: the shrinker proposes no others.

use std::collections::BTreeSet;

use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{Address, Chance, Load, Place, Plan};
use sim_core::{NodeId, Probability, Time};

use super::elements::exceptions;
use super::numbers::{address, is_choice};
use super::study::sort;
use crate::anatomy;

/// Whether the loader would take the plan, once printed. What is the protocol's to judge is left to the driver.
pub(super) fn is_valid(plan: &Plan) -> bool {
    !plan.nodes.is_empty()
        && plan.until > Time::ZERO
        && plan.calm <= plan.until
        && plan.windows.iter().all(|window| is_valid_window(plan, window))
        && has_distinct_ids(&plan.windows)
        && is_valid_load(plan)
        && (matches!(plan.chance, Chance::Seeded(_)) || !draws(plan))
        && has_distinct_names(plan)
        && has_distinct_addresses(plan)
}

/// Whether something in a plan is drawn as the run goes on: in a frozen one nothing is.
fn draws(plan: &Plan) -> bool {
    plan.network.loss != Probability::ZERO
        || matches!(plan.clients.load, Load::Generated { .. })
        || plan.windows.iter().any(|window| window.fault.family().is_chance())
}

fn is_valid_window(plan: &Plan, window: &Window) -> bool {
    let closes_rightly = match window.until.time() {
        Some(closes) => closes > window.from && closes <= plan.until && closes <= plan.calm,
        None => !matches!(window.fault, Fault::Slew(..)),
    };
    let has_meaning = match &window.fault {
        Fault::Delay { by, .. } | Fault::SlowDisk(_, by) => by.fault().is_none(),
        _ => true,
    };
    window.from < plan.until && closes_rightly && has_meaning && has_valid_groups(plan, &window.fault)
}

fn has_valid_groups(plan: &Plan, fault: &Fault<Target>) -> bool {
    let family = fault.family();
    let targets = fault.targets();
    let in_place = targets.iter().all(|target| match target {
        Target::Node(id) => exists(plan, Place::Node(*id)),
        Target::Client(client) => exists(plan, Place::Client(*client)) && anatomy::strikes_links(family),
        Target::Holder(_) => true,
    });
    let mut seen = BTreeSet::new();
    let once = !anatomy::takes_sides(family) || targets.iter().all(|target| seen.insert(*target));
    let mut fault = fault.clone();
    let groups = anatomy::groups(&mut fault);
    let enough = !anatomy::is_partition(family) || groups.len() >= 2;
    in_place && once && enough && groups.iter().all(|group| !group.is_empty())
}

fn has_distinct_ids(windows: &[Window]) -> bool {
    let mut ids = BTreeSet::new();
    windows.iter().all(|window| ids.insert(window.id))
}

fn is_valid_load(plan: &Plan) -> bool {
    let clients = plan.clients.names.len();
    match &plan.clients.load {
        Load::Generated { .. } => clients > 0,
        Load::Listed(operations) => {
            let mut ids = BTreeSet::new();
            let fits = |client| usize::from(client) < clients;
            operations.iter().all(|operation| fits(operation.client) && ids.insert((operation.client, operation.id)))
        }
    }
}

fn has_distinct_names(plan: &Plan) -> bool {
    let mut names = BTreeSet::new();
    let mut all = plan.nodes.iter().map(|node| &node.name).chain(&plan.clients.names);
    all.all(|name| names.insert(name))
}

/// Whether no two exceptions decide the same about the same packet or choice. Causal addresses come from a run, where each
/// has its own; those by number are the shrinker's to mix up.
fn has_distinct_addresses(plan: &Plan) -> bool {
    let mut seen = BTreeSet::new();
    exceptions(plan).iter().all(|exception| match address(exception) {
        at @ Address::Nth { from, to, .. } => {
            let exist = exists(plan, *from) && exists(plan, *to);
            exist && !is_choice(exception) && seen.insert((at, sort(exception)))
        }
        at @ Address::At { place, .. } => {
            exists(plan, *place) && is_choice(exception) && seen.insert((at, sort(exception)))
        }
        Address::Id(_) => true,
    })
}

fn exists(plan: &Plan, place: Place) -> bool {
    match place {
        Place::Node(NodeId(id)) => usize::from(id) < plan.nodes.len(),
        Place::Client(client) => usize::from(client) < plan.clients.names.len(),
    }
}
