//! The log on its way from the primary to the others.

use sim_core::NodeId;

use super::config::Replication;
use super::entry::Entry;
use super::message::{Message, Timer};
use super::view::Position;
use super::{Ctx, PrimaryBackup, Role};

impl PrimaryBackup {
    /// Sends everybody who follows what they have not been sent, or at least the question whether they are still there.
    pub(super) fn replicate_to_all(&mut self, ctx: &mut Ctx<'_>) {
        let Role::Primary(lead) = &self.role else { return };
        let follows = |id: &NodeId| lead.views().any(|view| view.has(*id)) || lead.followers[id].joins;
        let ids: Vec<NodeId> = lead.followers.keys().copied().filter(follows).collect();
        for id in ids {
            self.replicate_to(ctx, id);
        }
    }

    /// Once a period: what has not been answered was lost, perhaps.
    pub(super) fn replicate_again(&mut self, ctx: &mut Ctx<'_>) {
        let Role::Primary(lead) = &mut self.role else { return };
        for follower in lead.followers.values_mut().filter(|follower| follower.matched > 0) {
            follower.next = follower.next.min(follower.matched + 1);
        }
        self.continue_transfers(ctx);
        if !self.config.is_async() {
            self.replicate_to_all(ctx);
        }
    }

    fn replicate_to(&mut self, ctx: &mut Ctx<'_>, id: NodeId) {
        let (committed, end) = (self.committed, self.journal.end().slot);
        let Role::Primary(lead) = &mut self.role else { return };
        let Some(follower) = lead.followers.get_mut(&id) else { return };
        if follower.needs_snapshot {
            return;
        }
        follower.next = follower.next.clamp(1, end + 1);
        let Some(previous) = self.journal.position(follower.next - 1) else {
            follower.needs_snapshot = true;
            self.begin_transfers(ctx);
            return;
        };
        let entries = self.journal.after(previous.slot, self.config.chunk);
        follower.next += entries.len() as u64;
        let (epoch, probe) = (lead.view.epoch, lead.probe);
        let life = follower.life;
        ctx.send(id, Message::Append { epoch, probe, life, previous, entries, committed });
    }

    /// Under asynchronous replication: the next batch is due.
    pub(super) fn on_batch(&mut self, ctx: &mut Ctx<'_>) {
        if let (Role::Primary(_), Replication::Async { every }) = (&self.role, self.config.replication()) {
            self.replicate_to_all(ctx);
            ctx.set_timer(Timer::Batch, every);
        }
    }

    /// A primary sends what its log holds.
    pub(super) fn on_append(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (epoch, probe, life): (u64, u64, Option<u64>),
        previous: Position,
        entries: Vec<Entry>,
        committed: u64,
    ) {
        if !self.follow(ctx, from, epoch) {
            return;
        }
        let own_life = self.own_life;
        if self.journal.is_blank || life.is_some_and(|life| life != own_life) {
            ctx.send(from, Message::Join { life: own_life, blank: self.journal.is_blank });
            return;
        }
        let answer = |matches, slot| Message::Appended { epoch, probe, life: own_life, matches, slot };
        if self.journal.position(previous.slot) != Some(previous) {
            if (self.journal.base().slot..=self.applied).contains(&previous.slot) {
                self.start_over(ctx, previous.slot);
                return;
            }
            // Before the snapshot everything is known to agree, if that is of the primary's history.
            let known = self.journal.end().slot.min(previous.slot.saturating_sub(1));
            ctx.send(from, answer(false, known.max(self.journal.base().slot)));
            return;
        }
        let upto = previous.slot + entries.len() as u64;
        let mut has_written = false;
        for (slot, entry) in (previous.slot + 1..).zip(entries) {
            match self.journal.get(slot) {
                Some(own) if *own == entry => continue,
                Some(_) if slot <= self.applied => {
                    self.start_over(ctx, slot);
                    return;
                }
                Some(_) => self.cut_off(ctx, slot),
                None => {}
            }
            if self.journal.append(ctx, entry).is_err() {
                // There is no room: the primary will find out, and go on without this node.
                return;
            }
            has_written = true;
        }
        if has_written {
            self.journal.sync(ctx);
        }
        ctx.send(from, answer(true, upto));
        let before = if self.verified.0 == epoch { self.verified.1 } else { 0 };
        self.verified = (epoch, upto.max(before));
        self.committed = self.committed.max(committed.min(self.verified.1));
        self.apply_as_backup(ctx);
        self.answer_inquiries(ctx);
    }

    /// Takes a node for the primary of its epoch, unless a later one has been promised. False if that is so.
    pub(super) fn follow(&mut self, ctx: &mut Ctx<'_>, from: NodeId, epoch: u64) -> bool {
        if epoch < self.ballot.promised || !self.is_replica() {
            ctx.send(from, Message::Outdated(self.ballot.promised));
            return false;
        }
        if matches!(&self.role, Role::Primary(lead) if lead.view.epoch == epoch) {
            return false;
        }
        if epoch > self.ballot.promised && !self.promise(ctx, epoch, from) {
            return false;
        }
        self.highest = self.highest.max(epoch);
        self.step_down(ctx);
        true
    }

    /// A replica has answered.
    pub(super) fn on_appended(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (epoch, probe, life): (u64, u64, u64),
        matches: bool,
        slot: u64,
    ) {
        let (now, end) = (ctx.now(), self.journal.end().slot);
        let Role::Primary(lead) = &mut self.role else { return };
        let Some(follower) = lead.followers.get_mut(&from).filter(|_| lead.view.epoch == epoch) else { return };
        if *follower.life.get_or_insert(life) != life {
            return;
        }
        follower.heard = Some(now);
        follower.probe = follower.probe.max(probe);
        if matches {
            follower.matched = follower.matched.max(slot);
            follower.next = follower.next.max(slot + 1);
        } else if slot > end {
            // Its snapshot is of another history.
            follower.needs_snapshot = true;
        }
        let goes_back = !matches && slot + 1 < follower.next;
        if goes_back {
            follower.next = slot + 1;
        }
        let is_behind = goes_back || matches && follower.next <= end && !self.config.is_async();
        if is_behind {
            self.replicate_to(ctx, from);
        }
        self.begin_transfers(ctx);
        self.reconsider_members(ctx);
        self.commit(ctx);
    }
}
