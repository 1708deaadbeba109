//! Anti-entropy: replicas compare digests of the ranges that they share, and exchange what one has newer than the other.

use sim_core::NodeId;

use super::message::{Entries, Message, Timer};
use super::node::{Ctx, Node};
use super::range::{Ownership, RangeId};

impl Node {
    /// Compares every range that is owned here with one other owner of it; with another one the next time.
    pub(super) fn repair(&mut self, ctx: &mut Ctx<'_>) {
        let Some(period) = self.config.repair else { return };
        ctx.set_timer(Timer::Repair, period);
        self.rounds += 1;
        for (range, ownership) in self.view.ranges().filter(|(range, _)| self.owns(*range)) {
            let others: Vec<_> = ownership.group.iter().filter(|owner| **owner != self.me).collect();
            if let Some(peer) = others.get(self.rounds % others.len().max(1)) {
                let digest = self.store.digest(range);
                ctx.send(**peer, Message::Compare { range, ownership: ownership.clone(), digest });
            }
        }
    }

    pub(super) fn on_compare(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (range, seen): (RangeId, &Ownership),
        digest: u64,
    ) {
        if self.serves(ctx, from, range, seen) && self.store.digest(range) != digest {
            let (ownership, entries) = (seen.clone(), self.store.behind(range, None).collect());
            ctx.send(from, Message::Differs { range, ownership, entries, answer: true });
        }
    }

    pub(super) fn on_differs(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (range, seen): (RangeId, &Ownership),
        (entries, answer): (Entries, bool),
    ) {
        if !self.serves(ctx, from, range, seen) {
            return;
        }
        let lacks = |(key, entry): &&(u32, _)| {
            let entry: &super::entry::Entry = entry;
            self.store.lacks(range, *key, entry.version)
        };
        let wanted: Entries = entries.iter().filter(lacks).copied().collect();
        for (key, entry) in &wanted {
            if !self.keep(ctx, range, *key, *entry) {
                return;
            }
        }
        if !wanted.is_empty() {
            ctx.disk().sync();
            wanted.iter().for_each(|(key, _)| self.note(ctx, range, *key));
        }
        if answer {
            let theirs = |key: u32| entries.binary_search_by_key(&key, |(key, _)| *key).ok().map(|at| entries[at].1);
            let newer = |(key, entry): &(u32, super::entry::Entry)| {
                theirs(*key).is_none_or(|theirs| theirs.version < entry.version)
            };
            let entries: Entries = self.store.behind(range, None).filter(newer).collect();
            if !entries.is_empty() {
                ctx.send(from, Message::Differs { range, ownership: seen.clone(), entries, answer: false });
            }
        }
    }
}
