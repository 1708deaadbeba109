//! Which node plays which part: replicas first, then the view service or the witness, then the storage.

use sim_core::NodeId;

use super::config::{Config, Lease, Promotion};

/// The parts that nodes play.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cluster {
    nodes: u16,
    replicas: u16,
    /// Who must agree, in their majority, to a new primary and to a change of its view; nobody under
    /// [`Promotion::Timeout`].
    pub(super) arbiters: Vec<NodeId>,
    /// The node that watches the primary for all, if there is one.
    pub(super) service: Option<NodeId>,
    /// The shared storage, if there is one.
    pub(super) storage: Option<NodeId>,
}

impl Cluster {
    pub(super) fn new(config: &Config, nodes: u16) -> Cluster {
        let fenced = matches!(config.lease(), Lease::Fenced { .. });
        let storage = fenced.then(|| NodeId(nodes.saturating_sub(1)));
        let rest = nodes - u16::from(fenced);
        let after = NodeId(rest.saturating_sub(1));
        let (replicas, arbiters) = match config.promotion() {
            Promotion::Timeout => (rest, Vec::new()),
            Promotion::ViewService => (rest - 1, vec![after]),
            Promotion::Witness => (rest - 1, (0..rest).map(NodeId).collect()),
        };
        let service = (config.promotion() == Promotion::ViewService).then_some(after);
        Cluster { nodes, replicas, arbiters, service, storage }
    }

    /// How many arbiters must agree.
    pub(super) fn majority(&self) -> usize {
        if self.arbiters.is_empty() { 0 } else { self.arbiters.len() / 2 + 1 }
    }

    pub(super) fn is_arbiter(&self, id: NodeId) -> bool {
        self.arbiters.contains(&id)
    }

    pub(super) fn is_replica(&self, id: NodeId) -> bool {
        id.0 < self.replicas
    }

    pub(super) fn replicas(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.replicas).map(NodeId)
    }

    /// Whose disk keeps the backups of this primary.
    pub(super) fn keeper(&self, primary: NodeId) -> NodeId {
        let last = NodeId(self.nodes - 1);
        if last == primary { NodeId(0) } else { last }
    }

    /// The next epoch above `highest` for this node. Where nobody votes, epochs are dealt out in turn, so that no two
    /// nodes ever take the same one.
    pub(super) fn next_epoch(&self, highest: u64, id: NodeId) -> u64 {
        let next = highest + 1;
        if !self.arbiters.is_empty() {
            return next;
        }
        let (turn, turns) = (u64::from(id.0), u64::from(self.replicas));
        // Epoch 1 belongs to node 0.
        next + (turn + turns + 1 - next % turns) % turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::primary_backup::Preset;

    #[test]
    fn epochs_without_votes_are_dealt_out_in_turn() {
        let cluster = Cluster::new(&Config::new(Preset::AsyncTimeout), 3);
        let next = |highest, id| cluster.next_epoch(highest, NodeId(id));
        assert_eq!([next(0, 0), next(0, 1), next(0, 2)], [1, 2, 3]);
        assert_eq!([next(3, 0), next(1, 0), next(2, 1), next(4, 1)], [4, 4, 5, 5]);
    }

    #[test]
    fn the_last_nodes_play_the_other_parts() {
        let cluster = |preset| Cluster::new(&Config::new(preset), 4);
        assert_eq!(cluster(Preset::AsyncTimeout).replicas().count(), 4);
        let view = cluster(Preset::SyncView);
        assert_eq!((view.service, view.majority(), view.replicas().count()), (Some(NodeId(3)), 1, 3));
        let fenced = cluster(Preset::SyncWitnessFenced);
        assert_eq!((fenced.storage, fenced.majority(), fenced.replicas().count()), (Some(NodeId(3)), 2, 2));
    }
}
