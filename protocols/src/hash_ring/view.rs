//! What a node knows of the ring: for each range its latest owners, and who was a member at the last complete change.
//!
//! The sequencer's commits are numbered, and a node asks for those that it has not heard of; it also believes whoever
//! shows it a later epoch of a range, since epochs are given out by the sequencer alone. So views only ever grow.

use sim_core::NodeId;
use sim_core::digest::Digest;

use super::layout::Layout;
use super::message::Roster;
use super::range::{Ownership, RangeId};

/// One node's view.
#[derive(Clone, Debug)]
pub(super) struct View {
    ownerships: Vec<Ownership>,
    /// The commits with lower numbers are known.
    pub(super) heard: u64,
    /// `None` until this life has heard of it.
    pub(super) change: Option<u32>,
    /// The members, as of that change.
    pub(super) members: Vec<NodeId>,
    digest: u64,
}

fn trace(range: RangeId, ownership: &Ownership) -> u64 {
    Digest::of(&(range, ownership))
}

impl View {
    /// The ring before any change: everything belongs to the first members, in epoch 1.
    pub(super) fn new(layout: &Layout, members: Vec<NodeId>) -> View {
        let own = |group| Ownership { epoch: 1, group };
        let ownerships: Vec<_> = layout.table(&members).into_iter().map(own).collect();
        let mut view = View { ownerships, heard: 0, change: None, members, digest: 0 };
        view.digest = view.ranges().fold(0, |digest, (range, ownership)| digest ^ trace(range, ownership));
        view
    }

    /// Who owns a range.
    pub(super) fn owner(&self, range: RangeId) -> &Ownership {
        &self.ownerships[range.index()]
    }

    /// Every range with its owners.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (RangeId, &Ownership)> {
        (0..).map(RangeId).zip(&self.ownerships)
    }

    /// Whether this is news.
    pub(super) fn is_behind(&self, range: RangeId, ownership: &Ownership) -> bool {
        self.ownerships.get(range.index()).is_some_and(|known| known.epoch < ownership.epoch)
    }

    /// Takes a later epoch in; gives the ownership that it ends.
    pub(super) fn adopt(&mut self, range: RangeId, ownership: Ownership) -> Ownership {
        self.digest ^= trace(range, &ownership);
        let before = std::mem::replace(&mut self.ownerships[range.index()], ownership);
        self.digest ^= trace(range, &before);
        before
    }

    /// A digest of all owners, for nodes to compare.
    pub(super) fn digest(&self) -> u64 {
        self.digest
    }

    /// A roster has been heard of; whether it is news.
    pub(super) fn enrol(&mut self, roster: Roster) -> bool {
        let news = self.change.is_none_or(|change| change < roster.change);
        if news {
            self.change = Some(roster.change);
            self.members = roster.members;
        }
        news
    }
}
