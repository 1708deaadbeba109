//! Those who vote: they elect primaries, take note of views and grant leases.

use sim_core::{LocalTime, NodeId};

use super::message::{Granted, Message, Timer};
use super::view::{Position, View};
use super::{Bug, Ctx, PrimaryBackup, Role};

/// A lease that this node has granted: until then it elects nobody else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lent {
    /// To whom; `None` if that was forgotten in a restart.
    to: Option<NodeId>,
    until: LocalTime,
}

impl PrimaryBackup {
    /// Who restarts does not know whom it has granted a lease: it waits until any is over.
    pub(super) fn keep_quiet(&mut self, ctx: &mut Ctx<'_>) {
        if let Some((length, _)) = self.lease_terms().filter(|_| self.ballot.promised > 0) {
            self.lent = Some(Lent { to: None, until: ctx.now() + length });
        }
    }

    /// Whether no lease that this node has granted keeps it from granting one to `id`.
    pub(super) fn may_lend(&self, id: NodeId, now: LocalTime) -> bool {
        self.lent.is_none_or(|lent| lent.to == Some(id) || lent.until <= now)
    }

    /// The primary asks for a lease.
    pub(super) fn lend(&mut self, ctx: &mut Ctx<'_>, to: NodeId, epoch: u64, asks: LocalTime) {
        if epoch < self.ballot.promised {
            ctx.send(to, Message::Outdated(self.ballot.promised));
        } else if self.take_note_of_lease(ctx, to) {
            ctx.send(to, Message::Grant(epoch, asks));
        }
    }

    fn take_note_of_lease(&mut self, ctx: &mut Ctx<'_>, to: NodeId) -> bool {
        let Some((length, _)) = self.lease_terms() else { return true };
        let may = self.may_lend(to, ctx.now());
        if may {
            self.lent = Some(Lent { to: Some(to), until: ctx.now() + length });
            ctx.set_timer(Timer::GrantEnd, length);
        }
        may
    }

    pub(super) fn on_claim(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (epoch, end, asks): (u64, Position, LocalTime),
        handed: bool,
    ) {
        self.highest = self.highest.max(epoch);
        let votes = self.would_vote(ctx.now(), from, (epoch, end), handed)
            && self.promise(ctx, epoch, from)
            && (!self.cluster.is_arbiter(self.id) || self.take_note_of_lease(ctx, from));
        let granted = votes.then(|| Granted {
            view: if self.cluster.is_arbiter(self.id) { self.ballot.view.clone() } else { self.seen.clone() },
            end: (!self.journal.is_blank).then(|| self.journal.end()),
            asks,
        });
        ctx.send(from, Message::Vote { epoch, promised: self.ballot.promised, granted });
    }

    fn would_vote(&self, now: LocalTime, from: NodeId, (epoch, end): (u64, Position), handed: bool) -> bool {
        // Who has nothing may only be the very first primary: one that has lost its disk must not be taken for it.
        let is_blank = end.slot == 0 && self.ballot.view.epoch > 0 && !self.config.has(Bug::JoinsUnacknowledged);
        if epoch <= self.ballot.promised || is_blank {
            return false;
        }
        if self.cluster.is_arbiter(self.id) {
            // A primary that is not missed stays: a node that cannot hear it must not disturb the others.
            let is_missed = handed || self.seen.primary == from || !self.trusts_primary(now);
            if !is_missed || !self.may_lend(from, now) || !self.may_lead(&self.ballot.view, from) {
                return false;
            }
        }
        // Only what members have may have been acknowledged.
        let counts = self.seen.has(self.id) && !self.journal.is_blank;
        !counts || end >= self.journal.end()
    }

    /// Votes in an epoch: from here on nothing of an earlier one counts. False if the disk has no room to remember it.
    pub(super) fn promise(&mut self, ctx: &mut Ctx<'_>, epoch: u64, to: NodeId) -> bool {
        if self.ballot.promised == epoch && self.ballot.voted == Some(to) {
            return true;
        }
        let before = (self.ballot.promised, self.ballot.voted);
        (self.ballot.promised, self.ballot.voted) = (epoch, Some(to));
        if self.ballot.write(ctx).is_err() {
            (self.ballot.promised, self.ballot.voted) = before;
            return false;
        }
        if !self.config.has(Bug::VoteUnsynced) {
            ctx.disk().sync();
        }
        ctx.record("voted", (self.id, epoch), to);
        if to != self.id {
            self.step_down(ctx);
        }
        true
    }

    /// The primary has changed its view.
    pub(super) fn on_record(&mut self, ctx: &mut Ctx<'_>, from: NodeId, view: View) {
        if view.epoch < self.ballot.promised {
            ctx.send(from, Message::Outdated(self.ballot.promised));
            return;
        }
        let order = view.order();
        if view.epoch > self.ballot.promised && !self.promise(ctx, view.epoch, from) {
            return;
        }
        if order > self.ballot.view.order() {
            let before = std::mem::replace(&mut self.ballot.view, view);
            if self.ballot.write(ctx).is_err() {
                self.ballot.view = before;
                return;
            }
            ctx.disk().sync();
        }
        ctx.send(from, Message::Recorded(order.0, order.1));
    }

    /// If there is no primary: the view service asks a member to stand, and where there is none, members do so of their
    /// own accord, one after the other.
    pub(super) fn watch_primary(&mut self, ctx: &mut Ctx<'_>) {
        if self.trusts_primary(ctx.now()) {
            self.is_due = false;
            return;
        }
        if self.cluster.service == Some(self.id) {
            self.invite(ctx);
        } else if self.cluster.service.is_none() && self.is_replica() && matches!(self.role, Role::Backup) {
            let ahead = self.seen.members.iter().filter(|id| **id < self.id && !self.watch.suspects(**id));
            match ahead.filter(|id| **id != self.seen.primary).count() as u64 {
                0 => self.stand(ctx, false),
                rank if !self.is_due => {
                    self.is_due = true;
                    ctx.set_timer(Timer::Claim, self.config.period.saturating_mul(rank));
                }
                _ => {}
            }
        }
    }

    fn invite(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now();
        if self.invited.is_some_and(|(_, at)| !self.is_long_ago(at, now)) {
            // The last one is still at it.
            return;
        }
        let view = &self.ballot.view;
        let may = |id: &NodeId| self.may_lead(view, *id) && self.may_lend(*id, now) && !self.watch.suspects(*id);
        let candidates: Vec<NodeId> = self.cluster.replicas().filter(may).collect();
        let turn = self.invited.map_or(0, |(turn, _)| turn + 1);
        if let Some(id) = candidates.get(turn % candidates.len().max(1)) {
            ctx.send(*id, Message::Stand { view: view.clone(), handed: false });
            self.invited = Some((turn, now));
        }
    }
}
