//! The primary shrinks and grows its view: who does not answer leaves it, who has caught up joins it.

use std::collections::BTreeSet;

use sim_core::{LocalTime, NodeId, Value};

use super::message::Message;
use super::transfer::Transfer;
use super::view::View;
use super::{Ctx, PrimaryBackup, Role};

/// What a primary knows of another replica.
#[derive(Debug)]
pub(super) struct Follower {
    /// Its log is known to agree with the primary's up to here.
    pub(super) matched: u64,
    /// The first slot that it has not been sent.
    pub(super) next: u64,
    /// The newest question that it has answered.
    pub(super) probe: u64,
    /// When it last answered; `None` if it has not, and is not expected to.
    pub(super) heard: Option<LocalTime>,
    /// The life that it is in: answers of an earlier one, in which it may have had what it has lost since, do not count.
    pub(super) life: Option<u64>,
    former: BTreeSet<u64>,
    /// It has asked to join.
    pub(super) joins: bool,
    /// It cannot be brought up to date by the log alone, and so must leave the view.
    pub(super) needs_snapshot: bool,
    pub(super) transfer: Option<Transfer>,
    /// Since when it has been a member.
    member_since: Option<LocalTime>,
}

/// A view of which the arbiters are taking note.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) view: View,
    noted: BTreeSet<NodeId>,
}

impl Follower {
    pub(super) fn new(end: u64, heard: Option<LocalTime>) -> Follower {
        Follower {
            matched: 0,
            next: end,
            probe: 0,
            heard,
            life: None,
            former: BTreeSet::new(),
            joins: false,
            needs_snapshot: false,
            transfer: None,
            member_since: None,
        }
    }

    /// Takes note of the life that it is in. False if that is over: the message is late, or a late one came before it.
    fn begins(&mut self, life: u64) -> bool {
        let is_new = self.life != Some(life) && !self.former.contains(&life);
        if is_new {
            self.former.extend(self.life.replace(life));
        }
        self.life == Some(life)
    }
}

impl PrimaryBackup {
    /// Once a period.
    pub(super) fn look_after_members(&mut self, ctx: &mut Ctx<'_>) {
        self.retry_pending(ctx);
        self.replicate_again(ctx);
        self.reconsider_members(ctx);
        self.consider_handing_over(ctx);
    }

    /// Proposes another view, if there should be one.
    pub(super) fn reconsider_members(&mut self, ctx: &mut Ctx<'_>) {
        let now = ctx.now();
        let Role::Primary(lead) = &self.role else { return };
        if lead.pending.is_some() {
            return;
        }
        let caught_up = self.committed.max(lead.barrier);
        let mut members = Vec::new();
        let mut joining = Vec::new();
        for id in self.cluster.replicas() {
            let Some(follower) = lead.followers.get(&id) else {
                members.push(id);
                continue;
            };
            let answers = follower.heard.is_some_and(|heard| !self.is_long_ago(heard, now)) && !follower.needs_snapshot;
            let is_member = lead.view.has(id);
            let has_caught_up = follower.joins && follower.transfer.is_none() && follower.matched >= caught_up;
            if answers && (is_member || has_caught_up) {
                members.push(id);
            } else if follower.joins && follower.heard.is_some_and(|heard| !self.is_long_ago(heard, now)) {
                joining.push(id);
            }
        }
        let is_new = members != lead.view.members || joining != lead.view.joining || lead.view.version == 0;
        let view = View { version: lead.view.version + 1, members, joining, ..lead.view.clone() };
        if is_new && self.keeps_everything(&view, caught_up) {
            self.propose(ctx, view);
        }
    }

    /// Whether every write that was ever acknowledged has as many copies in this view as an election in it relies on.
    fn keeps_everything(&self, view: &View, caught_up: u64) -> bool {
        let Role::Primary(lead) = &self.role else { return false };
        let has = |id: &&NodeId| lead.followers.get(id).is_some_and(|follower| follower.matched >= caught_up);
        view.members.iter().filter(has).count() >= view.copies(self.config.replication())
    }

    fn propose(&mut self, ctx: &mut Ctx<'_>, view: View) {
        let mut noted = BTreeSet::new();
        if self.cluster.is_arbiter(self.id) {
            self.ballot.view = view.clone();
            if self.ballot.write(ctx).is_err() {
                return;
            }
            ctx.disk().sync();
            noted.insert(self.id);
        }
        if let Role::Primary(lead) = &mut self.role {
            lead.pending = Some(Pending { view, noted });
        }
        self.retry_pending(ctx);
        self.settle(ctx);
    }

    fn retry_pending(&mut self, ctx: &mut Ctx<'_>) {
        let Role::Primary(lead) = &self.role else { return };
        let Some(pending) = &lead.pending else { return };
        for arbiter in self.cluster.arbiters.iter().filter(|id| **id != self.id && !pending.noted.contains(id)) {
            ctx.send(*arbiter, Message::Record(pending.view.clone()));
        }
    }

    pub(super) fn on_recorded(&mut self, ctx: &mut Ctx<'_>, from: NodeId, order: (u64, u32)) {
        if let Role::Primary(lead) = &mut self.role
            && let Some(pending) = lead.pending.as_mut().filter(|pending| pending.view.order() == order)
        {
            pending.noted.insert(from);
            self.settle(ctx);
        }
    }

    /// The pending view is in force as soon as a majority has taken note of it.
    fn settle(&mut self, ctx: &mut Ctx<'_>) {
        let Role::Primary(lead) = &mut self.role else { return };
        let majority = self.cluster.majority();
        let Some(Pending { view, .. }) = lead.pending.take_if(|pending| pending.noted.len() >= majority) else {
            return;
        };
        let now = ctx.now();
        for (id, follower) in &mut lead.followers {
            match (view.has(*id), follower.member_since) {
                (true, None) => {
                    follower.member_since = Some(now);
                    follower.joins = false;
                    ctx.record("joined", *id, follower.matched);
                }
                (false, Some(_)) => follower.member_since = None,
                _ => {}
            }
        }
        let members: Vec<Value> = view.members.iter().map(|id| Value::Node(*id)).collect();
        ctx.record("view", (view.epoch, view.version), Value::Tuple(members.into()));
        let is_whole = view.members.len() == self.cluster.replicas().count();
        if is_whole && !lead.is_whole {
            ctx.record("recovered", view.epoch, view.members.len());
        }
        lead.is_whole = is_whole;
        lead.view = view.clone();
        self.seen = view;
        if self.cluster.arbiters.is_empty() {
            self.ballot.view = self.seen.clone();
            // A full disk: the next view may fit.
            let _ = self.ballot.write(ctx);
            ctx.disk().sync();
        }
        self.beat(ctx);
        self.begin_transfers(ctx);
        self.commit(ctx);
        self.reconsider_members(ctx);
    }

    /// A replica is no member and would like to be.
    pub(super) fn on_join(&mut self, ctx: &mut Ctx<'_>, from: NodeId, life: u64, blank: bool) {
        let now = ctx.now();
        let Role::Primary(lead) = &mut self.role else { return };
        let is_member = lead.views().any(|view| view.has(from));
        let Some(follower) = lead.followers.get_mut(&from) else { return };
        if !follower.begins(life) {
            ctx.send(from, Message::Renew(life));
            return;
        }
        follower.heard = Some(now);
        if blank {
            (follower.matched, follower.needs_snapshot) = (0, true);
        }
        if blank || !is_member {
            follower.joins = true;
        }
        self.begin_transfers(ctx);
        self.reconsider_members(ctx);
    }

    /// Whoever is not a member of the primary's view asks to be.
    pub(super) fn ask_to_join(&mut self, ctx: &mut Ctx<'_>) {
        let primary = self.seen.primary;
        let is_out = self.journal.is_blank || !self.seen.has(self.id);
        if self.is_replica() && is_out && primary != self.id && self.seen.epoch > 0 {
            ctx.send(primary, Message::Join { life: self.own_life, blank: self.journal.is_blank });
        }
        self.ask_for_backup(ctx);
    }

    /// The primary does not believe that this is the life that this node is in.
    pub(super) fn on_renew(&mut self, ctx: &mut Ctx<'_>, life: u64) {
        if life == self.own_life {
            self.own_life = ctx.rng().next_u64();
            self.ask_to_join(ctx);
        }
    }

    /// Node 0 becomes primary again when it has been a member for long enough.
    fn consider_handing_over(&mut self, ctx: &mut Ctx<'_>) {
        let (Some(after), first, now) = (self.config.fail_back, NodeId(0), ctx.now()) else { return };
        let end = self.journal.end().slot;
        let Role::Primary(lead) = &self.role else { return };
        let Some(follower) = lead.followers.get(&first).filter(|_| lead.pending.is_none()) else { return };
        let is_steady = follower.member_since.is_some_and(|since| now.since(since) >= after);
        if is_steady && follower.matched == end && self.committed == end && !self.watch.suspects(first) {
            self.hand_over(ctx, first);
        }
    }
}
