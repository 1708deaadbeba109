//! Beats: who is alive, who leads, and what view they tell.

use sim_core::{LocalTime, NodeId};

use super::message::{Message, Timer};
use super::view::View;
use super::{Bug, Ctx, PrimaryBackup, Role};
use crate::heartbeat::{Change, Opinion, Stamp};

impl PrimaryBackup {
    /// Tells everybody.
    pub(super) fn beat(&mut self, ctx: &mut Ctx<'_>) {
        let leads = match &self.role {
            Role::Primary(lead) => Some(lead.view.clone()),
            _ => None,
        };
        let asks = (leads.is_some() && self.lease_terms().is_some()).then(|| ctx.now());
        let stamp = self.life.next_stamp();
        for peer in ctx.peers() {
            let asks = asks.filter(|_| self.cluster.is_arbiter(peer));
            ctx.send(peer, Message::Beat { stamp, remembered: self.watch.newest(peer), leads: leads.clone(), asks });
        }
        if let Some(now) = asks.filter(|_| self.cluster.is_arbiter(self.id)) {
            // Who leads votes for nobody else, so it can grant its own wish.
            self.take_grant(ctx, self.id, now);
        }
    }

    pub(super) fn on_beat(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (stamp, remembered): (Stamp, Stamp),
        leads: Option<View>,
        asks: Option<LocalTime>,
    ) {
        if self.life.supersede(remembered) {
            self.beat(ctx);
        }
        let is_new = stamp > self.watch.newest(from);
        if let Some(change) = self.watch.heard(from, stamp, ctx.now()) {
            record(ctx, change);
        }
        self.set_silence(ctx);
        if !is_new {
            return;
        }
        self.leaders.insert(from, leads.as_ref().map(|view| view.epoch));
        if let Some(view) = leads {
            self.learn(ctx, &view);
            if let Some(asks) = asks {
                self.lend(ctx, from, view.epoch, asks);
            }
        }
        if self.config.has(Bug::HastyFailBack) && from == NodeId(0) && self.config.fail_back.is_some() {
            self.hand_over(ctx, from);
        }
    }

    /// Takes in a view that its primary has told.
    pub(super) fn learn(&mut self, ctx: &mut Ctx<'_>, view: &View) {
        self.highest = self.highest.max(view.epoch);
        let is_past = match &self.role {
            Role::Primary(lead) => view.epoch > lead.view.epoch,
            Role::Candidate(campaign) => view.epoch >= campaign.epoch,
            Role::Backup => false,
        };
        if is_past {
            self.step_down(ctx);
        }
        if view.order() > self.seen.order() {
            self.seen = view.clone();
        }
        if view.order() > self.ballot.view.order() && view.epoch >= self.ballot.promised {
            let before = std::mem::replace(&mut self.ballot.view, view.clone());
            // A full disk: it will be told again, and nothing rests on it.
            let _ = self.ballot.write(ctx);
            if self.cluster.arbiters.is_empty() && view.has(self.id) && !before.has(self.id) {
                // Nobody else keeps it, and who comes back alone must know that it may lead.
                ctx.disk().sync();
            }
        }
    }

    pub(super) fn on_silence(&mut self, ctx: &mut Ctx<'_>) {
        for change in self.watch.tick(ctx.now()) {
            record(ctx, change);
        }
        self.set_silence(ctx);
        self.watch_primary(ctx);
    }

    /// Sets the timer of silence, if the one that is set will not do.
    pub(super) fn set_silence(&mut self, ctx: &mut Ctx<'_>) {
        if let Some(deadline) = self.watch.wake() {
            ctx.set_timer(Timer::Silence, deadline.since(ctx.now()));
        }
    }

    /// Whether there is a primary as far as this node can tell. Who has just started waits for a while to hear of one.
    pub(super) fn trusts_primary(&self, now: LocalTime) -> bool {
        let primary = self.seen.primary;
        if primary == self.id {
            // Where nobody could deny it, one that was primary before it restarted waits to hear of another, too.
            let waits = self.cluster.arbiters.is_empty() && !self.is_long_ago(self.started, now);
            return matches!(self.role, Role::Primary(_)) || waits;
        }
        let leads = self.leaders.get(&primary).is_none_or(Option::is_some);
        leads && !self.watch.suspects(primary)
    }
}

/// Tells the checkers what this node thinks from now on.
fn record(ctx: &mut Ctx<'_>, change: Change) {
    let fact = match change.opinion {
        Opinion::Suspects => "suspects",
        Opinion::Trusts => "trusts",
    };
    ctx.record(fact, change.peer, change.incarnation);
}
