//! A view: who is primary in which epoch, and who has everything.

use sim_core::NodeId;

use super::config::Replication;

/// A place in the history: the epoch that wrote the slot, and the slot. Later is larger.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Position {
    /// The epoch.
    pub epoch: u64,
    /// The slot; the first is 1.
    pub slot: u64,
}

/// Who is primary, and whose copies count. Within an epoch the primary numbers its views.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct View {
    /// The epoch; it has one primary.
    pub epoch: u64,
    /// The number of this view within the epoch.
    pub version: u32,
    /// The primary.
    pub primary: NodeId,
    /// Every node that has all that was acknowledged, as far as the replication mode asks; the primary is one of them.
    pub members: Vec<NodeId>,
    /// Nodes that are being brought up to date, and must not rule before they are.
    pub joining: Vec<NodeId>,
}

impl View {
    /// Before anybody rules: node 0 may.
    pub(super) fn genesis() -> View {
        View { epoch: 0, version: 0, primary: NodeId(0), members: vec![NodeId(0)], joining: Vec::new() }
    }

    pub(super) fn order(&self) -> (u64, u32) {
        (self.epoch, self.version)
    }

    pub(super) fn has(&self, id: NodeId) -> bool {
        self.members.contains(&id)
    }

    /// How many members other than the primary must have a write before it is acknowledged.
    pub(super) fn copies(&self, replication: Replication) -> usize {
        let others = self.members.len().saturating_sub(1);
        match replication {
            Replication::Async { .. } => 0,
            Replication::SemiSync(k) => others.min(usize::from(k)),
            Replication::Sync => others,
        }
    }

    /// How many members a candidate must know not to be ahead of it, itself included: so many that every acknowledged
    /// write is known to one of them.
    pub(super) fn witnesses_of_the_log(&self, replication: Replication) -> usize {
        match replication {
            // Nobody could answer for what only the primary has.
            Replication::Async { .. } => 1,
            _ => (self.members.len() - self.copies(replication)).max(1),
        }
    }
}
