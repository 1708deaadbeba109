//! Moving a range: its driver, one of the new owners, and what old and new owners do for it.
//!
//! ```text
//! Stable(old, e) -> Prepare -> Stream -> Freeze -> last delta -> Commit(new, e+1) -> Drain -> Stable(new, e+1)
//!                      \__________\_________\___________\____ abort: Stable(old, e)
//! ```
//!
//! *Prepare*: the sequencer numbers an attempt, on its disk, and names a driver. *Stream*: the driver pulls the range from
//! old owners, one after the other, in bounded chunks, and has a write quorum of the new group keep each; the old group
//! goes on to serve alone, so an abort forgets nothing. *Freeze*: old owners stop, on their disks, and say what has
//! changed since they were pulled from; when so many have stopped that no read and no write can end any more, every write
//! that was acknowledged is on one of them. *Last delta*: the new group keeps that, too. *Commit*: the driver asks, and the
//! sequencer gives the range to the new group in the next epoch, on its disk, if the attempt was not given up meanwhile:
//! whether a range has moved is decided there and nowhere else. *Drain*: old owners hear of it, by the sequencer or by
//! whoever asks them next, and forget the range.
//!
//! An abort is the sequencer's, too: it will not commit an attempt that it has given up, so frozen owners may go on. They
//! ask for news while they stand still.

use std::collections::BTreeMap;

use sim_core::NodeId;

use super::bug::Bug;
use super::entry::Version;
use super::journal::Record;
use super::message::{ENTRY_BYTES, Entries, Message, Timer};
use super::node::{Ctx, Node, SEQUENCER};
use super::range::{Group, Ownership, RangeId};
use super::store::Mark;

/// A range that this node drives.
#[derive(Debug)]
pub(super) struct Migration {
    pub(super) attempt: u64,
    from: Ownership,
    to: Ownership,
    /// Whom to pull from, in this order, and since when what changes there is still to follow.
    sources: Vec<(NodeId, Option<Mark>)>,
    stage: Stage,
    /// What a write quorum of the new group has, by this attempt.
    installed: BTreeMap<u32, Version>,
    /// How many batches have been installed: the progress.
    pub(super) batch: u64,
    entries_moved: u64,
    /// How often the question under way has been asked.
    tries: u32,
}

/// After so many tries another source is asked.
const TRIES: u32 = 4;

#[derive(Debug)]
enum Stage {
    /// Waiting for a chunk of this source, behind this key.
    Pull { source: usize, after: Option<u32> },
    /// Waiting for a write quorum of the new group. Then on with this.
    Install { entries: Entries, kept: u64, then: Then },
    /// Waiting for old owners to stop.
    Freeze { answers: BTreeMap<NodeId, Entries> },
    /// Waiting for the sequencer.
    Finish,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Pull { source: usize, after: Option<u32> },
    Finish,
}

impl Node {
    /// The sequencer wants this node to move a range.
    pub(super) fn on_move(&mut self, ctx: &mut Ctx<'_>, (range, attempt): (RangeId, u64), from: Ownership, to: Group) {
        let known = self.driven.get(&range).is_some_and(|driven| driven.attempt >= attempt);
        if known || !self.learn(ctx, range, &from) || self.view.owner(range).epoch != from.epoch {
            return;
        }
        // Who stays knows the range best for those who come; who is suspected is asked last.
        let mut sources = from.group.to_vec();
        sources.dedup();
        sources.sort_by_key(|node| (self.suspects(*node), !to.contains(node), *node));
        let to = Ownership { epoch: from.epoch + 1, group: to };
        let migration = Migration {
            attempt,
            from,
            to,
            sources: sources.into_iter().map(|node| (node, None)).collect(),
            stage: Stage::Pull { source: 0, after: None },
            installed: BTreeMap::new(),
            batch: 0,
            entries_moved: 0,
            tries: 0,
        };
        self.driven.insert(range, migration);
        self.drive(ctx, range);
    }

    /// Nothing has come for a while. A source that does not answer goes to the end of the row, and what it has told of
    /// itself no longer counts: it was not told to the end.
    pub(super) fn on_driving_due(&mut self, ctx: &mut Ctx<'_>, range: RangeId) {
        let Some(migration) = self.driven.get_mut(&range) else { return };
        migration.tries += 1;
        if let Stage::Pull { source, .. } = migration.stage
            && migration.tries.is_multiple_of(TRIES)
        {
            migration.sources[source].1 = None;
            migration.sources[source..].rotate_left(1);
            migration.stage = Stage::Pull { source, after: None };
        }
        self.ask_on(ctx, range);
    }

    /// Begins to wait for something new.
    fn drive(&mut self, ctx: &mut Ctx<'_>, range: RangeId) {
        if let Some(migration) = self.driven.get_mut(&range) {
            migration.tries = 0;
        }
        self.ask_on(ctx, range);
    }

    /// Asks, or asks again, for what the stage waits for.
    fn ask_on(&mut self, ctx: &mut Ctx<'_>, range: RangeId) {
        let Some(migration) = self.driven.get(&range) else { return };
        let Migration { attempt, from, to, sources, installed, batch, .. } = migration;
        let (attempt, batch) = (*attempt, *batch);
        match &migration.stage {
            Stage::Pull { source, after } => {
                let limit = self.config.chunk;
                let behind = installed.range(after.map_or(0, |after| after + 1)..);
                let known: Vec<_> = behind.take(limit as usize).map(|(key, version)| (*key, *version)).collect();
                let last = known.last().map(|(key, _)| *key).filter(|_| known.len() == limit as usize);
                let (from, after) = (from.clone(), *after);
                ctx.send(sources[*source].0, Message::Pull { range, attempt, from, after, limit, known, last });
            }
            Stage::Install { entries, kept, .. } => {
                for owner in to.group.iter().filter(|owner| kept & to.places(**owner) == 0) {
                    let (from, entries) = (from.clone(), entries.clone());
                    ctx.send(*owner, Message::Install { range, attempt, batch, from, entries });
                }
            }
            Stage::Freeze { answers } => {
                for (owner, since) in sources.iter().filter(|(owner, _)| !answers.contains_key(owner)) {
                    ctx.send(*owner, Message::Freeze { range, attempt, from: from.clone(), since: *since });
                }
            }
            Stage::Finish => ctx.send(SEQUENCER, Message::Finish { range, attempt }),
        }
        ctx.set_timer(Timer::Driving(range), self.config.retry);
    }

    /// An old owner is asked for a chunk.
    pub(super) fn on_pull(
        &mut self,
        ctx: &mut Ctx<'_>,
        driver: NodeId,
        (range, attempt, from): (RangeId, u64, &Ownership),
        (after, limit): (Option<u32>, u32),
        (known, last): (&[(u32, Version)], Option<u32>),
    ) {
        if !self.still(ctx, driver, range, from) {
            return;
        }
        self.streamed.insert(range, driver);
        let has_it = |key: u32, version: Version| {
            known.binary_search_by_key(&key, |(key, _)| *key).is_ok_and(|at| known[at].1 >= version)
        };
        let mut entries = Vec::new();
        let mut next = None;
        let mut passed = after;
        for (key, entry) in self.store.behind(range, after) {
            // Behind the last key that is known there, everything would look new.
            if let Some(last) = last.filter(|last| key > *last) {
                next = Some(last);
                break;
            }
            if entries.len() == limit as usize {
                next = passed;
                break;
            }
            passed = Some(key);
            if !has_it(key, entry.version) {
                entries.push((key, entry));
            }
        }
        if self.has(Bug::TombstonesDropped) {
            entries.retain(|(_, entry)| entry.value.is_some());
        }
        ctx.send(driver, Message::Chunk { range, attempt, after, mark: self.mark(), entries, next });
    }

    /// Whether a range still has the owners that its driver begins from, and this node is one.
    fn still(&mut self, ctx: &mut Ctx<'_>, driver: NodeId, range: RangeId, from: &Ownership) -> bool {
        if !self.learn(ctx, range, from) {
            return false;
        }
        let known = self.view.owner(range);
        if known.epoch > from.epoch {
            ctx.send(driver, Message::Behind { range, ownership: known.clone() });
        }
        known.epoch == from.epoch && known.includes(self.me)
    }

    pub(super) fn on_chunk(
        &mut self,
        ctx: &mut Ctx<'_>,
        (range, attempt): (RangeId, u64),
        (asked, mark): (Option<u32>, Mark),
        (entries, next): (Entries, Option<u32>),
    ) {
        let group = self.view.owner(range).group.len();
        let enough = self.config.freeze_quorum(group);
        let Some(migration) = self.driven.get_mut(&range).filter(|driven| driven.attempt == attempt) else { return };
        let Stage::Pull { source, after } = migration.stage else { return };
        if after != asked {
            return;
        }
        // What has changed there since its first chunk was cut is still to follow.
        migration.sources[source].1.get_or_insert(mark);
        let then = match next {
            Some(_) => Some(Then::Pull { source, after: next }),
            None if source + 1 < enough => Some(Then::Pull { source: source + 1, after: None }),
            None => None,
        };
        match (entries.is_empty(), then) {
            (true, Some(Then::Pull { source, after })) => migration.stage = Stage::Pull { source, after },
            (true, _) => migration.stage = Stage::Freeze { answers: BTreeMap::new() },
            // The last chunk is followed by an empty pull of the same source, from its end.
            (false, then) => {
                let end = entries.last().map(|(key, _)| *key);
                let then = then.unwrap_or(Then::Pull { source, after: end });
                migration.install(entries, then);
            }
        }
        self.drive(ctx, range);
    }

    /// Entries for a range that this node owns, or will.
    pub(super) fn on_install(
        &mut self,
        ctx: &mut Ctx<'_>,
        driver: NodeId,
        (range, attempt, batch): (RangeId, u64, u64),
        (from, entries): (&Ownership, &Entries),
    ) {
        if !self.learn(ctx, range, from) {
            return;
        }
        let known = self.view.owner(range);
        if known.epoch > from.epoch && !self.has(Bug::StreamOverwrites) {
            let ownership = known.clone();
            ctx.send(driver, Message::Behind { range, ownership });
            return;
        }
        for (key, entry) in entries {
            let kept = match self.has(Bug::StreamOverwrites) {
                true => self.keep(ctx, range, *key, *entry),
                false => self.merge(ctx, range, *key, *entry),
            };
            if !kept {
                return;
            }
        }
        ctx.disk().sync();
        entries.iter().for_each(|(key, _)| self.note(ctx, range, *key));
        ctx.send(driver, Message::Installed { range, attempt, batch });
    }

    pub(super) fn on_installed(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (range, attempt, installed): (RangeId, u64, u64),
    ) {
        let write = u32::from(self.config.write);
        let Some(migration) = self.driven.get_mut(&range).filter(|driven| driven.attempt == attempt) else { return };
        let places = migration.to.places(from);
        let Stage::Install { entries, kept, then } = &mut migration.stage else { return };
        if installed != migration.batch {
            return;
        }
        *kept |= places;
        if kept.count_ones() < write {
            return;
        }
        migration.entries_moved += entries.len() as u64;
        for (key, entry) in entries.iter() {
            migration.installed.insert(*key, entry.version);
        }
        migration.stage = match *then {
            Then::Pull { source, after } => Stage::Pull { source, after },
            Then::Finish => Stage::Finish,
        };
        self.finish(ctx, range);
        self.drive(ctx, range);
    }

    /// An old owner is asked to stop.
    pub(super) fn on_freeze(
        &mut self,
        ctx: &mut Ctx<'_>,
        driver: NodeId,
        (range, attempt): (RangeId, u64),
        (from, since): (&Ownership, Option<Mark>),
    ) {
        if !self.still(ctx, driver, range, from) {
            return;
        }
        let stands = self.frozen.get(&range).copied();
        if stands.is_some_and(|stands| stands > attempt) {
            return;
        }
        if !self.has(Bug::TwoOwners) && stands != Some(attempt) {
            if !self.write(ctx, &Record::Frozen { range, attempt }) {
                return;
            }
            self.frozen.insert(range, attempt);
        }
        ctx.disk().sync();
        if stands.is_none() && self.frozen.contains_key(&range) {
            ctx.record("disowns", range.0, from.epoch);
            ctx.record("freeze", range.0, attempt);
        }
        let life = self.life;
        let changes = since.filter(|since| since.life == life).map_or(0, |since| since.changes);
        let mut entries: Entries = self.store.since(range, changes).collect();
        if self.has(Bug::TombstonesDropped) {
            entries.retain(|(_, entry)| entry.value.is_some());
        }
        ctx.send(driver, Message::Frozen { range, attempt, entries });
    }

    pub(super) fn on_frozen(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (range, attempt): (RangeId, u64),
        entries: Entries,
    ) {
        let group = self.view.owner(range).group.clone();
        let enough = self.config.freeze_quorum(group.len());
        let no_delta = self.has(Bug::NoLastDelta);
        let Some(migration) = self.driven.get_mut(&range).filter(|driven| driven.attempt == attempt) else { return };
        let Stage::Freeze { answers } = &mut migration.stage else { return };
        answers.insert(from, entries);
        let places: u32 = answers.keys().map(|node| migration.from.places(*node).count_ones()).sum();
        if (places as usize) < enough {
            return;
        }
        let mut delta = BTreeMap::new();
        for (key, entry) in answers.values().flatten() {
            let newest = delta.entry(*key).or_insert(*entry);
            if newest.version < entry.version {
                *newest = *entry;
            }
        }
        delta.retain(|key, entry| migration.installed.get(key).is_none_or(|version| *version < entry.version));
        match delta.is_empty() || no_delta {
            true => migration.stage = Stage::Finish,
            false => migration.install(delta.into_iter().collect(), Then::Finish),
        }
        self.finish(ctx, range);
        self.drive(ctx, range);
    }

    /// Says how much was moved, if that is done.
    fn finish(&mut self, ctx: &mut Ctx<'_>, range: RangeId) {
        let Some(migration) = self.driven.get(&range).filter(|driven| matches!(driven.stage, Stage::Finish)) else {
            return;
        };
        ctx.record("moved", range.0, migration.entries_moved * u64::from(ENTRY_BYTES));
    }

    /// Attempts up to this one are over. Unless one was committed, drop what is driven, and go on with what stands still.
    pub(super) fn on_over(&mut self, ctx: &mut Ctx<'_>, (range, attempt): (RangeId, u64), ownership: &Ownership) {
        // First of all: who stands still for an attempt that was committed must not go on.
        if !self.learn(ctx, range, ownership) {
            return;
        }
        if self.driven.get(&range).is_some_and(|driven| driven.attempt <= attempt) {
            self.driven.remove(&range);
        }
        self.streamed.remove(&range);
        let stands = self.frozen.get(&range).is_some_and(|stands| *stands <= attempt);
        if stands && self.write(ctx, &Record::Thawed { range }) {
            ctx.disk().sync();
            self.frozen.remove(&range);
            let epoch = self.view.owner(range).epoch;
            ctx.record("thaw", range.0, epoch);
            ctx.record("owns", range.0, epoch);
        }
    }
}

impl Migration {
    fn install(&mut self, entries: Entries, then: Then) {
        self.batch += 1;
        self.stage = Stage::Install { entries, kept: 0, then };
    }
}
