//! The log and the snapshot of a replica, in memory and on disk.
//!
//! The log of a snapshot is a file of its own, named after the slot and epoch that the snapshot stands for, so that a
//! crash between two writes never pairs the one with the other's log. Each slot has a sector to itself: a torn write
//! never damages its neighbour, and a sector with anything in it that is not its record was damaged later. Each record
//! says how many slots were durable when it was written, so that a slot lost before one that knew it to be durable is
//! told apart from one that was never synced.

use sim_core::NodeId;
use sim_core::disk::{DiskError, SECTOR};
use sim_core::log::{self, HEADER, Seal, Tail};

use super::Ctx;
use super::bug::Bug;
use super::codec::{Pack, packed};
use super::config::Config;
use super::entry::Entry;
use super::message::Message;
use super::store::Store;
use super::view::Position;

const SNAPSHOT: &str = "snapshot";
const NEW_SNAPSHOT: &str = "snapshot.new";

/// What a replica has on disk.
#[derive(Debug)]
pub(super) struct Journal {
    /// Nothing at all: not even the beginning of a log.
    pub(super) is_blank: bool,
    /// What the snapshot stands for.
    base: Position,
    /// The slots after it.
    entries: Vec<Entry>,
    /// The last slot known to be durable.
    durable: u64,
    seal: Seal,
    sync: Sync,
}

/// How the log is made durable.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sync {
    Checked,
    Unchecked,
    Never,
}

fn log_file(base: Position) -> String {
    format!("log-{}-{}", base.slot, base.epoch)
}

impl Journal {
    /// Nothing yet.
    pub(super) fn new(config: &Config) -> Journal {
        Journal {
            is_blank: true,
            base: Position::default(),
            entries: Vec::new(),
            durable: 0,
            seal: if config.has(Bug::AddressUnchecked) { Seal::Bare } else { Seal::Addressed },
            sync: match () {
                () if config.has(Bug::LogUnsynced) => Sync::Never,
                () if config.has(Bug::SyncErrorIgnored) => Sync::Unchecked,
                () => Sync::Checked,
            },
        }
    }

    /// Reads back what is on disk. A log that has lost what was durable is worth nothing: its node starts as if it had
    /// none, and is brought up to date by the others.
    pub(super) fn recover(&mut self, ctx: &mut Ctx<'_>, truncates_corruption: bool) -> Store {
        let disk = ctx.disk();
        let snapshot = log::replay(disk.read(SNAPSHOT).unwrap_or_default()).records.pop();
        let snapshot = snapshot.and_then(|(epoch, bytes)| {
            let (slot, store) = <(u64, Store)>::unpack(&mut &bytes[..])?;
            Some((Position { epoch, slot }, store))
        });
        let has_snapshot = snapshot.is_some();
        let (base, store) = snapshot.unwrap_or_default();
        let file = log_file(base);
        let Some(content) = disk.read(&file) else {
            self.is_blank = !has_snapshot;
            (self.base, self.durable) = (base, base.slot);
            return store;
        };
        let replay = log::replay_sealed(content, self.seal);
        let records = replay.records.iter().map_while(|(_, record)| <(u64, Entry)>::unpack(&mut &record[..]));
        self.entries = records.map(|(_, entry)| entry).collect();
        let kept = base.slot + self.entries.len() as u64;
        let behind = log::behind(content, replay.valid as usize, self.seal);
        let known = behind.filter_map(|(_, record)| u64::unpack(&mut &record[..])).max();
        // A sector is written as a whole or not at all: one that holds something else is damaged.
        let is_damaged = content[replay.valid as usize..].iter().take(SECTOR).any(|byte| *byte != 0);
        let is_corrupt = is_damaged || known.is_some_and(|durable| durable > kept);
        if is_corrupt && !truncates_corruption {
            self.clear(ctx);
            return Store::default();
        }
        if replay.tail != Tail::Clean {
            // The file is there, so this cannot fail.
            let _ = ctx.disk().truncate(&file, replay.valid);
        }
        (self.is_blank, self.base, self.durable) = (false, base, kept);
        store
    }

    /// Starts over: removes everything.
    pub(super) fn clear(&mut self, ctx: &mut Ctx<'_>) {
        // What is not there need not be removed.
        let _ = ctx.disk().remove(SNAPSHOT);
        let _ = ctx.disk().remove(&log_file(self.base));
        (self.is_blank, self.base, self.durable) = (true, Position::default(), 0);
        self.entries.clear();
        self.sync(ctx);
    }

    /// Starts over from a snapshot. Sync before telling anybody.
    pub(super) fn install(&mut self, ctx: &mut Ctx<'_>, base: Position, store: &Store) -> Result<(), DiskError> {
        let old = log_file(self.base);
        let mut disk = ctx.disk();
        // What is not there need not be removed.
        let _ = disk.remove(NEW_SNAPSHOT);
        log::append(&mut disk, NEW_SNAPSHOT, base.epoch, &packed(&(base.slot, store.clone())))?;
        disk.write_at(&log_file(base), 0, &[])?;
        disk.truncate(&log_file(base), 0)?;
        disk.rename(NEW_SNAPSHOT, SNAPSHOT)?;
        if old != log_file(base) {
            let _ = disk.remove(&old);
        }
        (self.is_blank, self.base, self.durable) = (false, base, base.slot);
        self.entries.clear();
        Ok(())
    }

    /// The end of the log.
    pub(super) fn end(&self) -> Position {
        let slot = self.base.slot + self.entries.len() as u64;
        Position { epoch: self.entries.last().map_or(self.base.epoch, |entry| entry.epoch), slot }
    }

    /// What the snapshot stands for: what comes before can no longer be read.
    pub(super) fn base(&self) -> Position {
        self.base
    }

    /// What a slot holds, if the log still has it.
    pub(super) fn get(&self, slot: u64) -> Option<&Entry> {
        let index = slot.checked_sub(self.base.slot + 1)?;
        self.entries.get(usize::try_from(index).ok()?)
    }

    /// The position of a slot, if it is known.
    pub(super) fn position(&self, slot: u64) -> Option<Position> {
        if slot == self.base.slot {
            return Some(self.base);
        }
        self.get(slot).map(|entry| Position { epoch: entry.epoch, slot })
    }

    /// At most so many entries behind a slot.
    pub(super) fn after(&self, slot: u64, most: u32) -> Vec<Entry> {
        let skipped = usize::try_from(slot.saturating_sub(self.base.slot)).unwrap_or(usize::MAX);
        self.entries.iter().skip(skipped).take(most as usize).cloned().collect()
    }

    /// Adds a slot.
    pub(super) fn append(&mut self, ctx: &mut Ctx<'_>, entry: Entry) -> Result<(), DiskError> {
        let mut record = packed(&(self.durable, entry.clone()));
        record.resize((HEADER + record.len()).next_multiple_of(SECTOR) - HEADER, 0);
        let address = (self.entries.len() * SECTOR) as u64;
        log::write_record(&mut ctx.disk(), &log_file(self.base), address, self.seal, entry.epoch, &record)?;
        self.entries.push(entry);
        self.is_blank = false;
        Ok(())
    }

    /// Forgets all slots after this one.
    pub(super) fn truncate(&mut self, ctx: &mut Ctx<'_>, slot: u64) {
        let kept = slot.saturating_sub(self.base.slot);
        self.entries.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        self.durable = self.durable.min(slot);
        // Every entry fits into one sector. Without a file there is nothing to cut.
        let _ = ctx.disk().truncate(&log_file(self.base), kept * SECTOR as u64);
    }

    /// Makes everything so far durable before anything else is told to anybody.
    pub(super) fn sync(&self, ctx: &mut Ctx<'_>) {
        match self.sync {
            Sync::Checked => ctx.disk().sync(),
            Sync::Unchecked => ctx.disk().sync_unchecked(),
            Sync::Never => return,
        }
        let me: NodeId = ctx.id();
        ctx.send(me, Message::Synced(self.end()));
    }

    /// A sync has completed that covers everything up to here.
    pub(super) fn synced(&mut self, upto: Position) {
        if self.position(upto.slot) == Some(upto) {
            self.durable = self.durable.max(upto.slot);
        }
    }
}
