//! The settings of a plan that differ from what a file need not say, and how to put them back.

use sim_core::plan::{Clients, DiskSettings, Limits, Network, NodePlan, Ordering, Plan, Supervisor};

use super::numbers::listed_mut;
use crate::load::default_name;

/// A setting that has a default.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Setting {
    /// The nodes are called `a`, `b` and so on.
    NodeNames,
    /// The clients are called `c0`, `c1` and so on.
    ClientNames,
    /// A node's wall clock is right.
    Offset(usize),
    /// A node's clocks run at the right rate.
    Drift(usize),
    /// A node's random numbers come from the default stream.
    Rng(usize),
    /// How long clients wait.
    Timeout,
    /// How often they try.
    Attempts,
    /// How long they pause.
    Backoff,
    /// Whom they ask.
    Route,
    /// How long packets travel.
    Latency,
    /// Whether they may overtake each other.
    Order,
    /// All places are alike.
    Regions,
    /// The disks.
    Disk,
    /// Who restarts what has crashed.
    Supervisor,
    /// What stops a run that does not end.
    Limits,
    /// Each window is identified by its position.
    WindowIds,
    /// Each operation is identified by its position among those of its client.
    OperationIds,
}

/// The settings of a plan that are off their default.
pub(super) fn off_default(plan: &Plan) -> Vec<Setting> {
    let per_node =
        (0..plan.nodes.len()).flat_map(|node| [Setting::Offset(node), Setting::Drift(node), Setting::Rng(node)]);
    let all = [
        Setting::NodeNames,
        Setting::ClientNames,
        Setting::Timeout,
        Setting::Attempts,
        Setting::Backoff,
        Setting::Route,
        Setting::Latency,
        Setting::Order,
        Setting::Regions,
        Setting::Disk,
        Setting::Supervisor,
        Setting::Limits,
        Setting::WindowIds,
        Setting::OperationIds,
    ];
    let mut probe = plan.clone();
    all.into_iter().chain(per_node).filter(|setting| reset_in(&mut probe, *setting)).collect()
}

/// The plan with a setting at its default.
pub(super) fn reset(plan: &Plan, setting: Setting) -> Plan {
    let mut plan = plan.clone();
    reset_in(&mut plan, setting);
    plan
}

/// The plan with all settings at their defaults.
pub(super) fn usual(plan: &Plan) -> Plan {
    off_default(plan).into_iter().fold(plan.clone(), |plan, setting| reset(&plan, setting))
}

/// Puts a setting to its default. Whether it was off it.
fn reset_in(plan: &mut Plan, setting: Setting) -> bool {
    let usual = Clients::none();
    let (clients, network) = (&mut plan.clients, &mut plan.network);
    let count = plan.nodes.len() as u64;
    match setting {
        Setting::NodeNames => {
            let names = (0..).map(|index| default_name(index, count));
            plan.nodes.iter_mut().zip(names).fold(false, |off, (node, name)| put(&mut node.name, name) || off)
        }
        Setting::ClientNames => {
            let names = (0..).map(|index: u16| format!("c{index}"));
            clients.names.iter_mut().zip(names).fold(false, |off, (client, name)| put(client, name) || off)
        }
        Setting::Offset(node) => at_node(plan, node, |node, usual| put(&mut node.offset, usual.offset)),
        Setting::Drift(node) => at_node(plan, node, |node, usual| put(&mut node.drift, usual.drift)),
        Setting::Rng(node) => at_node(plan, node, |node, usual| put(&mut node.rng, usual.rng)),
        // What nobody uses is neither here nor there, and a file does not say it.
        Setting::Timeout => put(&mut clients.timeout, usual.timeout),
        Setting::Attempts => put(&mut clients.attempts, usual.attempts),
        Setting::Backoff => put(&mut clients.backoff, usual.backoff),
        Setting::Route => put(&mut clients.route, usual.route),
        Setting::Latency => put(&mut network.latency, Network::default().latency),
        Setting::Order => put(&mut network.ordering, Ordering::default()),
        Setting::Regions => put(&mut network.regions, None),
        Setting::Disk => put(&mut plan.disk, DiskSettings::default()),
        Setting::Supervisor => put(&mut plan.supervisor, Supervisor::default()),
        Setting::Limits => put(&mut plan.limits, Limits::default()),
        Setting::WindowIds => {
            let ids = plan.windows.iter_mut().zip(0..);
            ids.fold(false, |off, (window, id)| put(&mut window.id, id) || off)
        }
        Setting::OperationIds => {
            let mut counts = vec![0; plan.clients.names.len()];
            let mut off = false;
            for operation in listed_mut(plan).into_iter().flatten() {
                if let Some(count) = counts.get_mut(usize::from(operation.client)) {
                    off |= put(&mut operation.id, *count);
                    *count += 1;
                }
            }
            off
        }
    }
}

fn at_node(plan: &mut Plan, node: usize, put: impl FnOnce(&mut NodePlan, NodePlan) -> bool) -> bool {
    plan.nodes.get_mut(node).is_some_and(|node| put(node, NodePlan::named("")))
}

/// Puts a value in place. Whether another was there.
fn put<T: PartialEq>(place: &mut T, value: T) -> bool {
    let off = *place != value;
    *place = value;
    off
}
