//! The primary: what it answers, when a slot is committed, and what follows from that.

use std::collections::{BTreeMap, VecDeque};

use sim_core::check::model::key_value::{Ask, Told};
use sim_core::{NodeId, RequestId};

use super::apply::Slot;
use super::config::{Replication, Standby};
use super::entry::{Entry, Operation, operation};
use super::lease::Holding;
use super::membership::{Follower, Pending};
use super::message::Timer;
use super::op::Op;
use super::read::Read;
use super::storage::Orders;
use super::view::View;
use super::{Bug, Ctx, PrimaryBackup, Role};

/// What a primary knows.
#[derive(Debug)]
pub(super) struct Leading {
    /// The view in force.
    pub(super) view: View,
    /// The next one, of which the arbiters are still taking note.
    pub(super) pending: Option<Pending>,
    pub(super) followers: BTreeMap<NodeId, Follower>,
    /// The first slot of this epoch: nothing is committed before it is.
    pub(super) barrier: u64,
    /// A cold standby is not, until it has started up.
    pub(super) is_ready: bool,
    /// It has committed what it found, and answers clients.
    pub(super) is_serving: bool,
    /// The number of the last question to the members whether they are still with it.
    pub(super) probe: u64,
    /// Reads that wait for the answers.
    pub(super) reads: VecDeque<Read>,
    /// Who waits for a slot.
    waiting: BTreeMap<u64, Vec<RequestId>>,
    /// In which slot an operation is that has not been applied yet.
    under_way: BTreeMap<Operation, u64>,
    pub(super) lease: Holding,
    pub(super) orders: Orders,
    /// A backup is under way.
    pub(super) is_saving: bool,
    /// Every replica was a member when that was last looked at.
    pub(super) is_whole: bool,
}

impl Leading {
    pub(super) fn new(view: View, barrier: u64) -> Leading {
        Leading {
            view,
            pending: None,
            followers: BTreeMap::new(),
            barrier,
            is_ready: true,
            is_serving: false,
            probe: 0,
            reads: VecDeque::new(),
            waiting: BTreeMap::new(),
            under_way: BTreeMap::new(),
            lease: Holding::default(),
            orders: Orders::default(),
            is_saving: false,
            is_whole: false,
        }
    }

    /// The views that a write must satisfy: the one in force, and the next.
    pub(super) fn views(&self) -> impl Iterator<Item = &View> {
        [&self.view].into_iter().chain(self.pending.as_ref().map(|pending| &pending.view))
    }

    /// The largest value that enough members have reached, in every view that counts. The primary itself has reached
    /// `own`.
    pub(super) fn reached(&self, replication: Replication, own: u64, value: impl Fn(&Follower) -> u64) -> u64 {
        let of_view = |view: &View| {
            let copies = view.copies(replication);
            let others = view.members.iter().filter_map(|id| self.followers.get(id));
            let mut values: Vec<u64> = others.map(&value).collect();
            values.sort_unstable_by(|a, b| b.cmp(a));
            if copies == 0 { own } else { values.get(copies - 1).copied().unwrap_or(0).min(own) }
        };
        self.views().map(of_view).min().unwrap_or(0)
    }
}

impl PrimaryBackup {
    /// The first acts of a new primary. `before`: the last one, if it has gone silent.
    pub(super) fn begin_to_lead(&mut self, ctx: &mut Ctx<'_>, before: Option<NodeId>) {
        let (now, end) = (ctx.now(), self.journal.end().slot);
        let mut ready_after = None;
        if let Standby::Cold { start_up, replay } = self.config.standby {
            ready_after = Some(start_up.saturating_add(replay.saturating_mul(end - self.applied)));
        }
        let peers: Vec<NodeId> = self.cluster.replicas().filter(|id| *id != self.id).collect();
        let found: Vec<(Operation, u64)> = (self.applied + 1..=end)
            .filter_map(|slot| Some((self.journal.get(slot)?.asked.as_ref()?.0, slot)))
            .collect();
        let Role::Primary(lead) = &mut self.role else { return };
        for id in peers {
            let is_well = lead.view.has(id) && Some(id) != before && !self.watch.suspects(id);
            lead.followers.insert(id, Follower::new(end, is_well.then_some(now)));
        }
        lead.under_way.extend(found);
        lead.is_ready = ready_after.is_none();
        if let Some(after) = ready_after {
            ctx.set_timer(Timer::StartedUp, after);
        }
        if let Replication::Async { every } = self.config.replication() {
            ctx.set_timer(Timer::Batch, every);
        }
        if let Some(backup) = &self.config.backup {
            ctx.set_timer(Timer::Backup, backup.every);
        }
        self.journal.sync(ctx);
        // Not before: who has heard of a first primary no longer elects one whose log is empty, and who has followed into an
        // epoch waits for a primary that, if it crashes now, does not know that it was one.
        self.beat(ctx);
        self.replicate_to_all(ctx);
        self.reconsider_members(ctx);
        self.commit(ctx);
    }

    /// A cold standby has started up.
    pub(super) fn on_started_up(&mut self, ctx: &mut Ctx<'_>) {
        if let Role::Primary(lead) = &mut self.role {
            lead.is_ready = true;
            self.commit(ctx);
        }
    }

    /// A client asks, and this primary answers clients.
    pub(super) fn serve(&mut self, ctx: &mut Ctx<'_>, request: RequestId, op: &Op) {
        let is_read = matches!(op, Ask::Get(_));
        let may = self.holds_lease(ctx.now()) || is_read && self.config.has(Bug::ReadsAfterLease);
        let Role::Primary(lead) = &mut self.role else { return };
        let waits = lead.is_saving && self.config.backup.as_ref().is_some_and(|backup| backup.synchronous);
        if !may || waits {
            ctx.refuse(request);
            return;
        }
        match op {
            Ask::Append(..) => ctx.refuse(request),
            Ask::Get(key) => self.read(ctx, request, *key),
            _ => self.write(ctx, request, op),
        }
    }

    fn write(&mut self, ctx: &mut Ctx<'_>, request: RequestId, op: &Op) {
        let operation = operation(request);
        let Role::Primary(lead) = &mut self.role else { return };
        if !self.config.has(Bug::RetryUnrecognised) {
            if let Some(ret) = self.store.told(operation) {
                // What the storage has not kept yet will be answered when it has.
                if lead.orders.is_idle() {
                    ctx.reply(request, ret.clone());
                }
                return;
            }
            if let Some(slot) = lead.under_way.get(&operation) {
                lead.waiting.entry(*slot).or_default().push(request);
                return;
            }
            if self.store.has_forgotten(operation) {
                return;
            }
        }
        let entry = Entry { epoch: lead.view.epoch, asked: Some((operation, op.clone())) };
        if self.journal.append(ctx, entry).is_err() {
            ctx.refuse(request);
            return;
        }
        let slot = self.journal.end().slot;
        lead.under_way.insert(operation, slot);
        lead.waiting.entry(slot).or_default().push(request);
        if !self.config.is_async() {
            self.replicate_to_all(ctx);
        }
        self.journal.sync(ctx);
        self.commit(ctx);
    }

    /// Commits what enough members have, applies it and answers whoever waits for it.
    pub(super) fn commit(&mut self, ctx: &mut Ctx<'_>) {
        let mut replication = self.config.replication();
        if self.config.has(Bug::AckBeforeBackup) {
            replication = Replication::SemiSync(0);
        }
        let end = self.journal.end().slot;
        let Role::Primary(lead) = &mut self.role else { return };
        let upto = lead.reached(replication, end, |follower| follower.matched);
        // Not before the arbiters know its view: until then one that has lost its disk could be taken for a beginner.
        if upto < lead.barrier || !lead.is_ready || lead.view.version == 0 {
            return;
        }
        self.committed = self.committed.max(upto);
        let applied = self.apply(ctx);
        let Role::Primary(lead) = &mut self.role else { return };
        if self.cluster.storage.is_none() {
            lead.is_serving = true;
        }
        let mut orders = Vec::new();
        for Slot { slot, operation, applied } in applied {
            lead.under_way.remove(&operation);
            let waiting = lead.waiting.remove(&slot).unwrap_or_default();
            if self.cluster.storage.is_some() {
                orders.push((applied, waiting));
            } else {
                waiting.into_iter().for_each(|request| ctx.reply(request, applied.ret.clone()));
            }
        }
        self.order(ctx, orders);
        self.answer_reads(ctx);
    }

    /// Whether the members need not be asked before a read: nobody promises anything, or a lease does.
    pub(super) fn reads_alone(&self) -> bool {
        self.config.is_async() || self.lease_terms().is_some()
    }

    pub(super) fn told_value(&self, key: u32) -> Told<u64> {
        Told::Value(self.store.get(key))
    }
}
