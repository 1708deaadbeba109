//! How large a plan is, for people.

use sim_core::plan::{Chance, Plan};

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

impl Size {
    /// The size of a plan.
    pub fn of(plan: &Plan) -> Size {
        Size {
            nodes: plan.nodes.len() as u64,
            clients: plan.clients.names.len() as u64,
            operations: plan.clients.operations(),
            windows: plan.windows.len() as u64,
            exceptions: match &plan.chance {
                Chance::Frozen(exceptions) => exceptions.len() as u64,
                Chance::Seeded(_) => 0,
            },
        }
    }

    /// All elements together.
    pub const fn total(&self) -> u64 {
        self.nodes + self.clients + self.operations + self.windows + self.exceptions
    }
}
