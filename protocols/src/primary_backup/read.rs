//! Reads: by the primary, when the members have confirmed that it still is, and by active backups, when the primary has
//! told them how far to apply first.

use std::collections::BTreeMap;

use sim_core::check::model::key_value::Ask;
use sim_core::{NodeId, RequestId};

use super::config::Standby;
use super::message::Message;
use super::op::Op;
use super::{Bug, Ctx, PrimaryBackup, Role};

/// How many reads of a backup may wait at a time; older ones are given up.
const WAITING: usize = 256;

/// A read that waits for the members to confirm that its primary still is the primary.
#[derive(Debug)]
pub(super) struct Read {
    /// The number of the question that confirms it.
    probe: u64,
    asker: Asker,
}

/// Who wants to know.
#[derive(Debug)]
enum Asker {
    Client(RequestId, u32),
    /// A backup, by the number of its inquiry: everything committed up to this slot counts.
    Backup(NodeId, u64, u64),
}

/// Reads of an active backup.
#[derive(Debug, Default)]
pub(super) struct Inquiries {
    number: u64,
    /// Asked, with no answer from the primary yet.
    asked: BTreeMap<u64, (RequestId, u32)>,
    /// Answered: to be told when this slot has been applied.
    due: Vec<(u64, RequestId, u32)>,
}

impl PrimaryBackup {
    pub(super) fn read(&mut self, ctx: &mut Ctx<'_>, request: RequestId, key: u32) {
        if self.reads_alone() {
            ctx.reply(request, self.told_value(key));
        } else {
            self.ask_members(ctx, Asker::Client(request, key));
        }
    }

    fn ask_members(&mut self, ctx: &mut Ctx<'_>, asker: Asker) {
        let Role::Primary(lead) = &mut self.role else { return };
        lead.probe += 1;
        lead.reads.push_back(Read { probe: lead.probe, asker });
        self.replicate_to_all(ctx);
        self.answer_reads(ctx);
    }

    /// Answers the reads that have been confirmed.
    pub(super) fn answer_reads(&mut self, ctx: &mut Ctx<'_>) {
        let replication = self.config.replication();
        let Role::Primary(lead) = &mut self.role else { return };
        let confirmed = lead.reached(replication, lead.probe, |follower| follower.probe);
        while let Some(read) = lead.reads.pop_front_if(|read| read.probe <= confirmed) {
            match read.asker {
                Asker::Client(request, key) => {
                    ctx.reply(request, super::Ret::Value(self.store.get(key)));
                }
                Asker::Backup(backup, number, slot) => ctx.send(backup, Message::Inquired(number, slot)),
            }
        }
    }

    /// A client asks, and this node is not the primary.
    pub(super) fn serve_as_backup(&mut self, ctx: &mut Ctx<'_>, request: RequestId, op: &Op) {
        let knows = self.is_replica() && !self.journal.is_blank && !self.config.is_cold();
        if let Ask::Get(key) = op
            && knows
        {
            let is_lost = self.watch.suspects(self.seen.primary);
            if self.config.has(Bug::ReadsDuringFailover) && is_lost {
                ctx.reply(request, self.told_value(*key));
                return;
            }
            if self.config.standby == Standby::Active {
                self.read_as_backup(ctx, request, *key);
                return;
            }
        }
        self.send_away(ctx, request);
    }

    fn send_away(&mut self, ctx: &mut Ctx<'_>, request: RequestId) {
        let primary = self.seen.primary;
        if primary != self.id && self.seen.epoch > 0 && !self.watch.suspects(primary) {
            ctx.redirect(request, primary);
        } else {
            ctx.refuse(request);
        }
    }

    fn read_as_backup(&mut self, ctx: &mut Ctx<'_>, request: RequestId, key: u32) {
        if self.config.is_async() {
            ctx.reply(request, self.told_value(key));
            return;
        }
        let primary = self.seen.primary;
        if primary == self.id {
            ctx.refuse(request);
            return;
        }
        let Inquiries { number, asked, .. } = &mut self.inquiries;
        *number += 1;
        asked.insert(*number, (request, key));
        if asked.len() > WAITING {
            asked.pop_first();
        }
        ctx.send(primary, Message::Inquire(*number));
    }

    /// A backup asks how far it must apply before it may answer a read.
    pub(super) fn on_inquire(&mut self, ctx: &mut Ctx<'_>, from: NodeId, number: u64) {
        let may = self.holds_lease(ctx.now());
        match &self.role {
            Role::Primary(lead) if lead.is_serving && may => {
                if self.reads_alone() {
                    ctx.send(from, Message::Inquired(number, self.committed));
                } else {
                    self.ask_members(ctx, Asker::Backup(from, number, self.committed));
                }
            }
            _ => {}
        }
    }

    pub(super) fn on_inquired(&mut self, ctx: &mut Ctx<'_>, number: u64, slot: u64) {
        let Some((request, key)) = self.inquiries.asked.remove(&number) else { return };
        self.inquiries.due.push((slot, request, key));
        // What the primary has committed is committed here as well, as far as the log is known to be the primary's.
        if self.verified.0 == self.seen.epoch && matches!(self.role, Role::Backup) {
            self.committed = self.committed.max(slot.min(self.verified.1));
            self.apply_as_backup(ctx);
        }
        self.answer_inquiries(ctx);
    }

    pub(super) fn answer_inquiries(&mut self, ctx: &mut Ctx<'_>) {
        let (due, later): (Vec<_>, Vec<_>) = self.inquiries.due.drain(..).partition(|(slot, ..)| *slot <= self.applied);
        self.inquiries.due = later;
        for (_, request, key) in due {
            ctx.reply(request, self.told_value(key));
        }
    }
}
