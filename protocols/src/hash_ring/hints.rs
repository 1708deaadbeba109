//! Hinted handoff: what is kept here for owners that were not there, until they have it.
//!
//! DeCandia and others, *Dynamo* (2007). A hint counts in a sloppy quorum, so it goes to the disk before it is
//! acknowledged.

use std::collections::BTreeMap;

use sim_core::NodeId;

use super::bug::Bug;
use super::entry::{Entry, Version};
use super::journal::Record;
use super::message::{Message, Ticket};
use super::node::{Ctx, Node};
use super::range::{Ownership, RangeId};

/// How many hints are offered at a time.
const OFFERED: usize = 64;

/// The hints of one node: for whom, which key, the newest entry.
#[derive(Debug, Default)]
pub(super) struct Hints {
    kept: BTreeMap<(NodeId, u32), Entry>,
}

impl Hints {
    pub(super) fn keep(&mut self, home: NodeId, key: u32, entry: Entry) {
        let held = self.kept.entry((home, key)).or_insert(entry);
        if held.version < entry.version {
            *held = entry;
        }
    }

    pub(super) fn forget(&mut self, home: NodeId, key: u32) {
        self.kept.remove(&(home, key));
    }
}

impl Node {
    /// Who keeps a hint for an owner: a member outside of the group that seems to be there, or else this node.
    pub(super) fn stand_in(&self, home: NodeId, ownership: &Ownership) -> NodeId {
        let members = &self.view.members;
        let start = members.iter().position(|member| *member > home).unwrap_or(0);
        let in_turn = members[start..].iter().chain(&members[..start]);
        let fit = |member: &&NodeId| !ownership.includes(**member) && !self.suspects(**member);
        in_turn.copied().find(|member| fit(&member)).unwrap_or(self.me)
    }

    pub(super) fn on_hint(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        ticket: Ticket,
        home: NodeId,
        (key, entry): (u32, Entry),
    ) {
        if !self.has(Bug::HintInMemory) && !self.write(ctx, &Record::Hint { home, key, entry }) {
            return;
        }
        ctx.disk().sync();
        self.hints.keep(home, key, entry);
        ctx.send(from, Message::Hinted { ticket, home });
    }

    /// Offers hints to those that seem to be there again; to an heir, if their home is no owner any more.
    pub(super) fn offer_hints(&mut self, ctx: &mut Ctx<'_>) {
        let mut offered = Vec::new();
        for (&(home, key), &entry) in &self.hints.kept {
            let range = self.layout.cuts().range_of(key);
            let ownership = self.view.owner(range);
            let heir = ownership.group.iter().copied().find(|owner| !self.suspects(*owner));
            let to = if ownership.includes(home) { Some(home) } else { heir };
            if let Some(to) = to.filter(|to| !self.suspects(*to)) {
                let ownership = ownership.clone();
                offered.push((to, Message::Handoff { home, range, ownership, key, entry }));
            }
            if offered.len() == OFFERED {
                break;
            }
        }
        for (to, message) in offered {
            ctx.send(to, message);
        }
    }

    pub(super) fn on_handoff(
        &mut self,
        ctx: &mut Ctx<'_>,
        (from, home): (NodeId, NodeId),
        (range, seen): (RangeId, &Ownership),
        (key, entry): (u32, Entry),
    ) {
        if self.serves(ctx, from, range, seen) && self.merge(ctx, range, key, entry) {
            ctx.disk().sync();
            self.note(ctx, range, key);
            ctx.send(from, Message::TakenOver { home, key, version: entry.version });
        }
    }

    pub(super) fn on_taken_over(&mut self, ctx: &mut Ctx<'_>, home: NodeId, key: u32, version: Version) {
        let done = self.hints.kept.get(&(home, key)).is_some_and(|entry| entry.version == version);
        if done && self.write(ctx, &Record::Handed { home, key }) {
            self.hints.forget(home, key);
        }
    }
}
