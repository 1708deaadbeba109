//! The coordinator of an operation: the node that a client has asked talks to the range's owners on its behalf.
//!
//! Reads and writes are those of Attiya, Bar-Noy and Dolev, *Sharing Memory Robustly in Message-Passing Systems* (1995),
//! for many writers: ask a read quorum for the newest version; then have a write quorum keep it (a read), or a newer one
//! (a write). A read whose write quorum holds the newest already is done at once. When a range changes hands the step under
//! way begins anew with the new owners; a version, once chosen, is kept.
//!
//! A sloppy write asks nobody first: it takes a version above all that this node has seen, and for an owner that is
//! suspected, or does not answer, another node keeps a hint, which counts.

use std::collections::BTreeMap;

use sim_core::{LocalTime, NodeId, RequestId};

use super::entry::{Entry, Version};
use super::message::{Message, Op, Ret, Ticket, Timer};
use super::node::{Ctx, Node};
use super::range::RangeId;

/// The operations under way at one node.
#[derive(Debug, Default)]
pub(super) struct Coordinator {
    pending: BTreeMap<u64, Pending>,
    last: u64,
    /// The greatest version seen here: sloppy writes go above it.
    pub(super) newest: Version,
}

#[derive(Debug)]
struct Pending {
    request: RequestId,
    range: RangeId,
    key: u32,
    /// What a write leaves behind; `None` is a read.
    change: Option<Option<u64>>,
    stage: Stage,
    /// How many steps there have been: a stage, with one group.
    step: u32,
    started: LocalTime,
}

#[derive(Debug)]
enum Stage {
    /// What does the key hold?
    Query { answers: Vec<(NodeId, Option<Entry>)> },
    /// Keep this. By place in the group, who has it, and for whom another has it.
    Store { entry: Entry, ret: Ret, kept: u64 },
}

impl Node {
    /// A client reads or writes.
    pub(super) fn begin(&mut self, ctx: &mut Ctx<'_>, request: RequestId, op: Op) {
        let (key, change) = match op {
            Op::Get(key) => (key, None),
            Op::Put(key, value) => (key, Some(Some(value))),
            Op::Delete(key) => (key, Some(None)),
            Op::Join(_) | Op::Leave(_) | Op::Fail(_) | Op::Replace(..) => return self.decide(ctx, request, op),
        };
        if change.is_some() {
            if request.attempt > 0 {
                return ctx.refuse(request);
            }
            if !self.take(ctx, request) {
                return;
            }
        }
        let range = self.layout.cuts().range_of(key);
        let stage = match change {
            Some(value) if self.config.is_sloppy() => {
                let version = Version::after(self.coordinator.newest, self.view.owner(range).epoch, request);
                self.coordinator.newest = version;
                Stage::Store { entry: Entry { version, value }, ret: Ret::Done, kept: 0 }
            }
            _ => Stage::Query { answers: Vec::new() },
        };
        self.coordinator.last += 1;
        let number = self.coordinator.last;
        let pending = Pending { request, range, key, change, stage, step: 0, started: ctx.now() };
        self.coordinator.pending.insert(number, pending);
        self.ask(ctx, number, false);
    }

    /// Sends the step under way to every owner that has not answered. `again`: they have had their time.
    fn ask(&mut self, ctx: &mut Ctx<'_>, number: u64, again: bool) {
        let Some(pending) = self.coordinator.pending.get(&number) else { return };
        let Pending { range, key, step, .. } = *pending;
        let ownership = self.view.owner(range).clone();
        let ticket = Ticket { life: self.life, number, step };
        let mut sent_to = None;
        for owner in ownership.group.iter().copied() {
            if sent_to.replace(owner) == Some(owner) {
                continue;
            }
            let message = match &pending.stage {
                Stage::Query { answers } if answers.iter().any(|(from, _)| *from == owner) => continue,
                Stage::Query { .. } => Message::Query { ticket, range, ownership: ownership.clone(), key },
                Stage::Store { kept, .. } if kept & ownership.places(owner) != 0 => continue,
                Stage::Store { entry, .. } => {
                    let entry = *entry;
                    if self.config.is_sloppy() && (again || self.suspects(owner)) {
                        let stand_in = self.stand_in(owner, &ownership);
                        ctx.send(stand_in, Message::Hint { ticket, home: owner, key, entry });
                    }
                    Message::Store { ticket, range, ownership: ownership.clone(), key, entry }
                }
            };
            ctx.send(owner, message);
        }
        ctx.set_timer(Timer::Answers(number), self.config.retry);
    }

    /// The owners have had their time.
    pub(super) fn on_answers_due(&mut self, ctx: &mut Ctx<'_>, number: u64) {
        let Some(pending) = self.coordinator.pending.get(&number) else { return };
        if ctx.now().since(pending.started) > self.config.patience {
            self.coordinator.pending.remove(&number);
        } else {
            self.ask(ctx, number, true);
        }
    }

    /// A range has changed hands: what is under way begins its step anew, with the new owners.
    pub(super) fn reroute(&mut self, ctx: &mut Ctx<'_>, range: RangeId) {
        let mut concerned = Vec::new();
        for (number, pending) in &mut self.coordinator.pending {
            if pending.range == range {
                match &mut pending.stage {
                    Stage::Query { answers } => answers.clear(),
                    Stage::Store { kept, .. } => *kept = 0,
                }
                pending.step += 1;
                concerned.push(*number);
            }
        }
        concerned.into_iter().for_each(|number| self.ask(ctx, number, false));
    }

    fn pending(&mut self, ticket: Ticket) -> Option<&mut Pending> {
        let of_this_life = ticket.life == self.life;
        let pending = self.coordinator.pending.get_mut(&ticket.number);
        pending.filter(|pending| of_this_life && pending.step == ticket.step)
    }

    /// An owner says what a key holds.
    pub(super) fn on_held(&mut self, ctx: &mut Ctx<'_>, from: NodeId, ticket: Ticket, entry: Option<Entry>) {
        let (read, write) = (u32::from(self.config.read), u32::from(self.config.write));
        let Some(pending) = self.pending(ticket) else { return };
        let Pending { request, range, change, .. } = *pending;
        let Stage::Query { answers } = &mut pending.stage else { return };
        if answers.iter().any(|(other, _)| *other == from) {
            return;
        }
        answers.push((from, entry));
        let answers = answers.clone();
        let ownership = self.view.owner(range).clone();
        let places = |nodes: &mut dyn Iterator<Item = NodeId>| -> u32 {
            nodes.map(|node| ownership.places(node).count_ones()).sum()
        };
        if places(&mut answers.iter().map(|(node, _)| *node)) < read {
            return;
        }
        let newest = answers.iter().filter_map(|(_, entry)| *entry).max_by_key(|entry| entry.version);
        let version = newest.map(|entry| entry.version);
        let has_it = |answer: &&(NodeId, Option<Entry>)| answer.1.map(|entry| entry.version) == version;
        let having = places(&mut answers.iter().filter(has_it).map(|(node, _)| *node));
        let sloppy = self.config.is_sloppy();
        let (entry, ret) = match (change, newest) {
            (Some(value), _) => {
                let version = Version::after(version.unwrap_or_default(), ownership.epoch, request);
                (Entry { version, value }, Ret::Done)
            }
            (None, None) => return self.answer(ctx, ticket.number, Ret::Value(None)),
            (None, Some(entry)) if having >= write || sloppy => {
                self.answer(ctx, ticket.number, Ret::Value(entry.value));
                if sloppy {
                    self.repair_behind(ctx, range, entry, &answers, ticket);
                }
                return;
            }
            (None, Some(entry)) => (entry, Ret::Value(entry.value)),
        };
        if let Some(pending) = self.pending(ticket) {
            pending.stage = Stage::Store { entry, ret, kept: 0 };
            pending.step += 1;
        }
        self.ask(ctx, ticket.number, false);
    }

    /// Has owners that answered with something older keep the newest. Nobody waits for that.
    fn repair_behind(
        &mut self,
        ctx: &mut Ctx<'_>,
        range: RangeId,
        newest: Entry,
        answers: &[(NodeId, Option<Entry>)],
        ticket: Ticket,
    ) {
        let Some(key) = self.coordinator.pending.remove(&ticket.number).map(|pending| pending.key) else { return };
        let ownership = self.view.owner(range).clone();
        for (node, held) in answers {
            if held.is_none_or(|held| held.version < newest.version) {
                let ownership = ownership.clone();
                ctx.send(*node, Message::Store { ticket, range, ownership, key, entry: newest });
            }
        }
    }

    /// An owner has it, or for `home` somebody else.
    pub(super) fn on_kept(&mut self, ctx: &mut Ctx<'_>, home: NodeId, ticket: Ticket) {
        let write = u32::from(self.config.write);
        let Some(range) = self.pending(ticket).map(|pending| pending.range) else { return };
        let places = self.view.owner(range).places(home);
        let Some(pending) = self.pending(ticket) else { return };
        let Stage::Store { entry, ret, kept } = &mut pending.stage else { return };
        *kept |= places;
        if kept.count_ones() >= write {
            let (ret, key, version) = (*ret, pending.key, entry.version);
            if ret == Ret::Done {
                ctx.record("promised", key, version);
            }
            self.answer(ctx, ticket.number, ret);
            self.coordinator.pending.remove(&ticket.number);
        }
    }

    fn answer(&mut self, ctx: &mut Ctx<'_>, number: u64, ret: Ret) {
        let sloppy_read = self.config.is_sloppy() && matches!(ret, Ret::Value(_));
        let Some(pending) = self.coordinator.pending.get(&number) else { return };
        ctx.reply(pending.request, ret);
        ctx.cancel_timer(Timer::Answers(number));
        // A sloppy read still has older replicas to repair.
        if !sloppy_read || ret == Ret::Value(None) {
            self.coordinator.pending.remove(&number);
        }
    }
}
