//! A record log on a disk: what protocols write ahead.
//!
//! Each record carries its length, its address (where in the file it belongs), an epoch, and a checksum over all of that
//! and the payload. So a record that was written elsewhere is found out, an old record under a new epoch is found out, and
//! a tail that was torn by a crash is told apart from damage further up: a torn tail is followed by nothing valid.

use crate::digest::Digest;
use crate::disk::{DiskError, DiskHandle};
use crate::protocol::Protocol;
use std::hash::Hasher;

/// Length, epoch, checksum: the 4 + 8 + 8 bytes before each payload.
pub const HEADER: usize = 20;

/// What the checksum of a record covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Seal {
    /// Its contents and its address.
    #[default]
    Addressed,
    /// Its contents alone, as in many a log: a record that was written elsewhere looks valid.
    Bare,
}

/// What a log holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Replay {
    /// The payloads of the valid records, in order, with their epochs.
    pub records: Vec<(u64, Vec<u8>)>,
    /// The length of the valid part in bytes.
    pub valid: u64,
    /// What follows it.
    pub tail: Tail,
}

/// What follows the valid part of a log.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Tail {
    /// Nothing.
    #[default]
    Clean,
    /// A record that was never finished: safe to cut off, for nobody was told that it is there.
    Torn,
    /// A damaged record with valid ones behind it: records that were once durable are lost here. Cutting the log off would
    /// forget what is behind.
    Corrupt,
}

fn checksum(seal: Seal, address: u64, epoch: u64, payload: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.write_u64(if seal == Seal::Addressed { address } else { 0 });
    digest.write_u64(epoch);
    digest.write_usize(payload.len());
    digest.write(payload);
    digest.value()
}

/// The record at `address`, if a valid one stands there: its epoch and payload.
pub fn record_at(content: &[u8], address: usize, seal: Seal) -> Option<(u64, &[u8])> {
    let header = content.get(address..address + HEADER)?;
    let length = u32::from_le_bytes(header[..4].try_into().ok()?) as usize;
    let epoch = u64::from_le_bytes(header[4..12].try_into().ok()?);
    let sum = u64::from_le_bytes(header[12..].try_into().ok()?);
    let payload = content.get(address + HEADER..(address + HEADER).checked_add(length)?)?;
    (checksum(seal, address as u64, epoch, payload) == sum).then_some((epoch, payload))
}

/// Writes a record at the end of a log; it is durable after the next sync. Gives its address.
///
/// # Errors
/// [`DiskError::Full`].
pub fn append<P: Protocol>(
    disk: &mut DiskHandle<'_, P>,
    file: &str,
    epoch: u64,
    payload: &[u8],
) -> Result<u64, DiskError> {
    let address = disk.length(file);
    write_record(disk, file, address, Seal::Addressed, epoch, payload)?;
    Ok(address)
}

/// Writes a record at an address that its owner knows, with a seal of its choice.
///
/// # Errors
/// [`DiskError::Full`].
pub fn write_record<P: Protocol>(
    disk: &mut DiskHandle<'_, P>,
    file: &str,
    address: u64,
    seal: Seal,
    epoch: u64,
    payload: &[u8],
) -> Result<(), DiskError> {
    let mut record = Vec::with_capacity(HEADER + payload.len());
    record.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    record.extend_from_slice(&epoch.to_le_bytes());
    record.extend_from_slice(&checksum(seal, address, epoch, payload).to_le_bytes());
    record.extend_from_slice(payload);
    disk.write_at(file, address, &record)
}

/// How many bytes a record with this payload takes.
pub const fn size_of(payload: &[u8]) -> u64 {
    (HEADER + payload.len()) as u64
}

/// Reads a log as far as it is valid, and says what follows.
pub fn replay(content: &[u8]) -> Replay {
    replay_sealed(content, Seal::Addressed)
}

/// The same with another seal.
pub fn replay_sealed(content: &[u8], seal: Seal) -> Replay {
    let mut replay = Replay::default();
    let mut address = 0;
    while let Some((epoch, payload)) = record_at(content, address, seal) {
        replay.records.push((epoch, payload.to_vec()));
        address += HEADER + payload.len();
    }
    replay.valid = address as u64;
    replay.tail = match address == content.len() {
        true => Tail::Clean,
        // Whatever is valid behind the damage was written after it.
        false if behind(content, address, seal).next().is_some() => Tail::Corrupt,
        false => Tail::Torn,
    };
    replay
}

/// The valid records that stand anywhere behind `address`, with their epochs: behind damage, some may be left. A crash
/// that kept only the later of two unsynced records leaves the same picture as damage does; who writes down in each
/// record how much was durable by then can tell the two apart.
pub fn behind(content: &[u8], address: usize, seal: Seal) -> impl Iterator<Item = (u64, &[u8])> {
    (address + 1..content.len()).filter_map(move |address| record_at(content, address, seal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(payloads: &[&[u8]]) -> Vec<u8> {
        let mut content = Vec::new();
        for payload in payloads {
            let address = content.len() as u64;
            content.extend_from_slice(&(payload.len() as u32).to_le_bytes());
            content.extend_from_slice(&7u64.to_le_bytes());
            content.extend_from_slice(&checksum(Seal::Addressed, address, 7, payload).to_le_bytes());
            content.extend_from_slice(payload);
        }
        content
    }

    #[test]
    fn what_was_written_is_read_back() {
        let replay = replay(&log(&[b"one", b"", b"three"]));
        let payloads: Vec<_> = replay.records.iter().map(|(epoch, payload)| (*epoch, payload.as_slice())).collect();
        assert_eq!(payloads, [(7, &b"one"[..]), (7, b""), (7, b"three")]);
        assert_eq!(replay.tail, Tail::Clean);
    }

    #[test]
    fn every_cut_is_a_torn_tail_and_loses_only_the_last_record() {
        let whole = log(&[b"one", b"two"]);
        let first = log(&[b"one"]).len();
        for length in first + 1..whole.len() {
            let replay = replay(&whole[..length]);
            assert_eq!((replay.records.len(), replay.valid, replay.tail), (1, first as u64, Tail::Torn), "{length}");
        }
    }

    #[test]
    fn every_flipped_bit_before_the_last_record_is_corruption() {
        let whole = log(&[b"one", b"two", b"three"]);
        let last = log(&[b"one", b"two"]).len();
        for bit in 0..last * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let replay = replay(&damaged);
            assert!(replay.records.len() < 2, "bit {bit}");
            assert_eq!(replay.tail, Tail::Corrupt, "bit {bit}");
        }
    }

    #[test]
    fn a_record_at_another_address_is_not_valid() {
        let whole = log(&[b"one", b"two"]);
        let second = &whole[log(&[b"one"]).len()..];
        assert!(record_at(second, 0, Seal::Addressed).is_none());
    }

    #[test]
    fn a_bare_seal_does_not_know_the_address() {
        let bare = |address| checksum(Seal::Bare, address, 7, b"one");
        assert_eq!(bare(0), bare(512));
        let left: Vec<_> =
            behind(&log(&[b"one", b"two"]), 0, Seal::Addressed).map(|(_, payload)| payload.to_vec()).collect();
        assert_eq!(left, [b"two"]);
    }
}
