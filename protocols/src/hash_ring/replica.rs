//! An owner of ranges: answers coordinators, and keeps nothing to itself that is not on the disk.

use sim_core::NodeId;

use super::bug::Bug;
use super::entry::Entry;
use super::message::{Message, Ticket};
use super::node::{Ctx, Node};
use super::range::{Ownership, RangeId};

impl Node {
    pub(super) fn on_query(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        ticket: Ticket,
        (range, seen): (RangeId, &Ownership),
        key: u32,
    ) {
        if self.serves(ctx, from, range, seen) {
            ctx.send(from, Message::Held { ticket, entry: self.store.get(range, key) });
        }
    }

    pub(super) fn on_store(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        ticket: Ticket,
        (range, seen): (RangeId, &Ownership),
        (key, entry): (u32, Entry),
    ) {
        if !self.serves(ctx, from, range, seen) {
            return;
        }
        match self.streamed.get(&range) {
            Some(driver) if self.has(Bug::WritesToNewOnly) => {
                let (from, entries) = (seen.clone(), vec![(key, entry)]);
                ctx.send(*driver, Message::Install { range, attempt: 0, batch: 0, from, entries });
            }
            // Who streams this range brings along later what has changed meanwhile.
            _ => {
                if !self.merge(ctx, range, key, entry) {
                    return;
                }
                ctx.disk().sync();
                self.note(ctx, range, key);
            }
        }
        ctx.send(from, Message::Stored { ticket });
    }

    /// Somebody else says whom a range belongs to.
    pub(super) fn on_behind(&mut self, ctx: &mut Ctx<'_>, range: RangeId, ownership: &Ownership) {
        self.learn(ctx, range, ownership);
    }
}
