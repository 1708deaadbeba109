//! A node's disk: files of bytes, what is durable, and what only the running process sees.
//!
//! Writes take effect at once for who reads, and become durable when a later [`sync`](DiskHandle::sync) completes. A crash
//! loses what is not durable; under an [`Unsynced`](crate::fault::Fault::Unsynced) window it may keep any part of it, as
//! disks do: single writes in any order, and a write torn between two sectors.

use std::collections::BTreeMap;
use std::fmt;

use crate::chance::{Identity, Purpose, below};
use crate::choice::{Asked, ChoiceKind};
use crate::context::Effect;
use crate::decide::Decide;
use crate::node::NodeId;
use crate::plan::Place;
use crate::protocol::Protocol;

/// What a disk writes as a whole: a torn write ends between two sectors.
pub const SECTOR: usize = 512;

type Files = BTreeMap<Box<str>, Vec<u8>>;

/// A write that is not yet durable.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Write {
    At { file: Box<str>, offset: usize, bytes: Vec<u8> },
    Truncate { file: Box<str>, length: usize },
    Rename { from: Box<str>, to: Box<str> },
    Remove { file: Box<str> },
}

impl Write {
    fn apply(&self, files: &mut Files) {
        match self {
            Write::At { file, offset, bytes } => {
                let content = files.entry(file.clone()).or_default();
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
            Write::Truncate { file, length } => files.entry(file.clone()).or_default().truncate(*length),
            Write::Rename { from, to } => {
                if let Some(content) = files.remove(from) {
                    files.insert(to.clone(), content);
                }
            }
            Write::Remove { file } => {
                files.remove(file);
            }
        }
    }

    /// How many sectors the write touches, if tearing it makes a difference.
    fn sectors(&self) -> usize {
        match self {
            Write::At { offset, bytes, .. } => (offset + bytes.len()).div_ceil(SECTOR) - offset / SECTOR,
            _ => 1,
        }
    }

    /// The write as far as its first `sectors` sectors.
    fn torn(&self, sectors: usize) -> Write {
        let mut torn = self.clone();
        if let Write::At { offset, bytes, .. } = &mut torn {
            let end = (*offset / SECTOR + sectors) * SECTOR;
            bytes.truncate(end.saturating_sub(*offset));
        }
        torn
    }
}

/// The disk cannot do what was asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiskError {
    /// There is no room: a [`FullDisk`](crate::fault::Fault::FullDisk) window is open. Nothing was written.
    Full,
    /// There is no such file. Nothing was written.
    Missing,
}

impl fmt::Display for DiskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DiskError::Full => "the disk is full",
            DiskError::Missing => "there is no such file",
        })
    }
}
impl std::error::Error for DiskError {}

/// One node's disk.
#[derive(Clone, Default, Debug)]
pub struct Disk {
    durable: Files,
    /// What the process sees.
    current: Files,
    pending: Vec<Write>,
    /// Writes that have left `pending` so far: the number of its first.
    settled: u64,
    /// Open windows of each kind.
    pub(crate) full: u32,
    pub(crate) lying: u32,
    pub(crate) failing: u32,
    /// Writes refused because the disk was full, and writes that went astray.
    pub(crate) refused: u64,
    pub(crate) misdirected: u64,
    /// Open misdirection windows: their addresses and the share of writes, in parts per billion.
    pub(crate) misdirecting: Vec<(Identity, crate::Probability)>,
}

impl Disk {
    /// The content of a file, as the process sees it.
    pub fn read(&self, file: &str) -> Option<&[u8]> {
        self.current.get(file).map(Vec::as_slice)
    }

    /// The length of a file in bytes; 0 if there is none.
    pub fn length(&self, file: &str) -> u64 {
        self.read(file).map_or(0, |content| content.len() as u64)
    }

    /// The names of all files, in order.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.current.keys().map(|name| &**name)
    }

    /// What would be left of a file if the power failed now.
    pub fn durable(&self, file: &str) -> Option<&[u8]> {
        self.durable.get(file).map(Vec::as_slice)
    }

    fn write(&mut self, write: Write) -> Result<(), DiskError> {
        if self.full > 0 && matches!(write, Write::At { .. }) {
            self.refused += 1;
            return Err(DiskError::Full);
        }
        write.apply(&mut self.current);
        self.pending.push(write);
        Ok(())
    }

    /// The number of the next write: a sync covers all before it.
    pub(crate) fn written(&self) -> u64 {
        self.settled + self.pending.len() as u64
    }

    /// Makes all writes before number `upto` durable.
    pub(crate) fn settle(&mut self, upto: u64) {
        let count = usize::try_from(upto.saturating_sub(self.settled)).unwrap_or(0).min(self.pending.len());
        for write in self.pending.drain(..count) {
            write.apply(&mut self.durable);
            self.settled += 1;
        }
    }

    /// The address of each unsynced write's fate in this crash, and the sectors that it touches.
    pub(crate) fn fates(&self, crash: Identity) -> impl Iterator<Item = (Identity, u32)> {
        let sectors = self.pending.iter().map(|write| write.sectors() as u32);
        (0..).zip(sectors).map(move |(index, sectors)| (crash.child(Purpose::Disk, index), sectors))
    }

    /// The process has crashed. `keep`: an open window lets unsynced writes survive in part, and how likely each is kept
    /// and torn. Gives the number of writes that survived.
    pub(crate) fn crash(
        &mut self,
        decide: &mut Decide,
        node: NodeId,
        crash: Identity,
        keep: Option<(crate::Probability, crate::Probability)>,
    ) -> u64 {
        let mut kept = 0;
        self.settled += self.pending.len() as u64;
        let fates: Vec<_> = self.fates(crash).collect();
        for ((identity, sectors), write) in fates.into_iter().zip(self.pending.drain(..)) {
            let Some((keep, tear)) = keep else { continue };
            let sectors = u64::from(sectors);
            // 0: lost. 1: kept. 2 and up: torn after that many sectors less one.
            let asked = Asked { identity, place: Place::Node(node), kind: ChoiceKind::Unsynced };
            let fate = decide.value(asked, |key| {
                if !keep.hits(key.draw(Purpose::Disk, identity)) {
                    return 0;
                }
                let torn = identity.child(Purpose::Disk, 0);
                let tears = sectors > 1 && tear.hits(key.draw(Purpose::Disk, torn));
                1 + if tears {
                    1 + below(key.draw(Purpose::Disk, torn.child(Purpose::Disk, 0)), sectors - 1)
                } else {
                    0
                }
            });
            match fate {
                0 => continue,
                1 => write.apply(&mut self.durable),
                torn => write.torn((torn - 1) as usize).apply(&mut self.durable),
            }
            kept += 1;
        }
        self.current.clone_from(&self.durable);
        kept
    }

    /// Everything is lost.
    pub(crate) fn wipe(&mut self) {
        self.settled += self.pending.len() as u64;
        self.pending.clear();
        self.durable.clear();
        self.current.clear();
    }

    /// Flips one bit of what is stored: the byte and bit are a decision. False if there is nothing to rot.
    pub(crate) fn rot(&mut self, decide: &mut Decide, node: NodeId, identity: Identity) -> bool {
        let total: usize = self.durable.values().map(Vec::len).sum();
        if total == 0 {
            return false;
        }
        let asked = Asked { identity, place: Place::Node(node), kind: ChoiceKind::Rot };
        let at = decide.choose(asked, total as u64 * 8);
        let (mut byte, bit) = ((at / 8) as usize, at % 8);
        for (name, content) in &mut self.durable {
            if byte < content.len() {
                content[byte] ^= 1 << bit;
                // The page cache of a running process would hide it: what is read comes from the disk.
                if let Some(seen) = self.current.get_mut(name).and_then(|seen| seen.get_mut(byte)) {
                    *seen ^= 1 << bit;
                }
                return true;
            }
            byte -= content.len();
        }
        false
    }
}

/// What a handler can do with its node's disk. Reads and writes take no time; a sync does.
pub struct DiskHandle<'c, P: Protocol> {
    pub(crate) node: NodeId,
    pub(crate) disk: &'c mut Disk,
    pub(crate) decide: &'c mut Decide,
    pub(crate) effects: &'c mut Vec<Effect<P>>,
}

impl<P: Protocol> DiskHandle<'_, P> {
    /// The content of a file, as this process sees it.
    pub fn read(&self, file: &str) -> Option<&[u8]> {
        self.disk.read(file)
    }

    /// The length of a file in bytes; 0 if there is none.
    pub fn length(&self, file: &str) -> u64 {
        self.disk.length(file)
    }

    /// Writes `bytes` at `offset`; a gap before it reads as zeros.
    ///
    /// # Errors
    /// [`DiskError::Full`].
    pub fn write_at(&mut self, file: &str, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let mut offset = offset as usize;
        let number = self.disk.written();
        let mut astray = 0;
        for (window, rate) in &self.disk.misdirecting {
            let identity = window.child(Purpose::Disk, number);
            let sectors = (self.disk.length(file) as usize).div_ceil(SECTOR) as u64;
            // 0: where it belongs. Otherwise that sector of the file, less one.
            let asked = Asked { identity, place: Place::Node(self.node), kind: ChoiceKind::Misdirect };
            let sector = self.decide.value(asked, |key| match rate.hits(key.draw(Purpose::Disk, identity)) {
                true => below(key.draw(Purpose::Disk, identity.child(Purpose::Disk, 0)), sectors + 1),
                false => 0,
            });
            if sector > 0 {
                offset = (sector as usize - 1) * SECTOR;
                astray = 1;
            }
        }
        self.disk.misdirected += astray;
        self.disk.write(Write::At { file: file.into(), offset, bytes: bytes.to_vec() })
    }

    /// Writes `bytes` at the end of a file; gives the offset at which they begin.
    ///
    /// # Errors
    /// [`DiskError::Full`].
    pub fn append(&mut self, file: &str, bytes: &[u8]) -> Result<u64, DiskError> {
        let offset = self.disk.length(file);
        self.write_at(file, offset, bytes)?;
        Ok(offset)
    }

    /// Cuts a file off after `length` bytes.
    ///
    /// # Errors
    /// [`DiskError::Missing`].
    pub fn truncate(&mut self, file: &str, length: u64) -> Result<(), DiskError> {
        self.existing(file)?;
        self.disk.write(Write::Truncate { file: file.into(), length: length as usize })
    }

    /// Gives a file another name, replacing what has that name.
    ///
    /// # Errors
    /// [`DiskError::Missing`].
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), DiskError> {
        self.existing(from)?;
        self.disk.write(Write::Rename { from: from.into(), to: to.into() })
    }

    /// Removes a file.
    ///
    /// # Errors
    /// [`DiskError::Missing`].
    pub fn remove(&mut self, file: &str) -> Result<(), DiskError> {
        self.existing(file)?;
        self.disk.write(Write::Remove { file: file.into() })
    }

    fn existing(&self, file: &str) -> Result<(), DiskError> {
        self.disk.read(file).map(|_| ()).ok_or(DiskError::Missing)
    }

    /// Makes all writes so far durable, and holds everything that this node does from here on (sends, replies, timers,
    /// records), also of later handlers, until that is done. If the sync fails, what waits for it is dropped and
    /// [`Protocol::on_sync_error`] runs.
    pub fn sync(&mut self) {
        let upto = self.disk.written();
        self.effects.push(Effect::Sync { upto, checked: true });
    }

    /// The same for who ignores errors: after a failed sync everything goes on as if it had succeeded.
    pub fn sync_unchecked(&mut self) {
        let upto = self.disk.written();
        self.effects.push(Effect::Sync { upto, checked: false });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Probability;
    use crate::plan::Chance;

    fn append(disk: &mut Disk, bytes: &[u8]) {
        let offset = disk.length("log") as usize;
        disk.write(Write::At { file: "log".into(), offset, bytes: bytes.to_vec() }).unwrap();
    }

    fn decide() -> Decide {
        let mut decide = Decide::default();
        decide.reset(&Chance::Seeded(1), 1, true, false);
        decide
    }

    #[test]
    fn a_crash_keeps_what_was_synced_and_nothing_else() {
        let mut disk = Disk::default();
        append(&mut disk, b"one");
        let covered = disk.written();
        append(&mut disk, b"two");
        assert_eq!(disk.read("log"), Some(&b"onetwo"[..]));
        disk.settle(covered);
        disk.crash(&mut decide(), NodeId(0), Identity(1), None);
        assert_eq!(disk.read("log"), Some(&b"one"[..]));
    }

    #[test]
    fn an_unsynced_crash_keeps_any_subset_and_tears_between_sectors() {
        let half = Probability::from_ppb(500_000_000).unwrap();
        let (mut images, mut torn) = (std::collections::BTreeSet::new(), 0);
        let mut decide = decide();
        for crash in 0..200 {
            let mut disk = Disk::default();
            append(&mut disk, &[1; 10]);
            append(&mut disk, &[2; 10]);
            append(&mut disk, &[3; 3 * SECTOR]);
            disk.crash(&mut decide, NodeId(0), Identity(crash), Some((half, half)));
            let image = disk.durable("log").unwrap_or_default().to_vec();
            let threes = image.iter().filter(|byte| **byte == 3).count();
            torn += u32::from(threes > 0 && threes < 3 * SECTOR);
            assert!(threes == 0 || threes == 3 * SECTOR || (threes + 20).is_multiple_of(SECTOR));
            images.insert((image.first() == Some(&1), image.get(10) == Some(&2), threes));
        }
        assert!(images.len() >= 12, "{images:?}");
        assert!(torn > 20);
    }

    #[test]
    fn a_full_disk_refuses_writes_and_changes_nothing() {
        let mut disk = Disk { full: 1, ..Disk::default() };
        let write = Write::At { file: "log".into(), offset: 0, bytes: vec![1] };
        assert_eq!(disk.write(write), Err(DiskError::Full));
        assert_eq!(disk.read("log"), None);
    }

    #[test]
    fn rot_flips_one_stored_bit() {
        let mut disk = Disk::default();
        assert!(!disk.rot(&mut decide(), NodeId(0), Identity(1)));
        append(&mut disk, &[0; 64]);
        disk.settle(disk.written());
        assert!(disk.rot(&mut decide(), NodeId(0), Identity(1)));
        let ones: u32 = disk.durable("log").unwrap().iter().map(|byte| byte.count_ones()).sum();
        assert_eq!(ones, 1);
    }

    #[test]
    fn names_change_atomically() {
        let mut disk = Disk::default();
        append(&mut disk, b"old");
        disk.settle(disk.written());
        disk.write(Write::At { file: "new".into(), offset: 0, bytes: b"new".to_vec() }).unwrap();
        disk.write(Write::Rename { from: "new".into(), to: "log".into() }).unwrap();
        assert_eq!(disk.read("log"), Some(&b"new"[..]));
        assert_eq!(disk.durable("log"), Some(&b"old"[..]));
        disk.settle(disk.written());
        assert_eq!(disk.durable("log"), Some(&b"new"[..]));
        assert_eq!(disk.files().collect::<Vec<_>>(), ["log"]);
    }
}
