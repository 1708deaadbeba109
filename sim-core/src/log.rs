//! A record log on a disk: what protocols write ahead.
//!
//! Each record carries its length, its address (where in the file it belongs), an epoch, and a checksum over all of that
//! and the payload. So a record that was written elsewhere is found out, an old record under a new epoch is found out, and
//! a tail that was torn by a crash is told apart from damage further up: a torn tail is followed by nothing valid.

use crate::digest::Digest;
use crate::disk::{DiskError, DiskHandle};
use crate::protocol::Protocol;
use std::hash::Hasher;

/// Length, epoch, checksum: 4 + 8 + 8 bytes before each payload.
const HEADER: usize = 20;

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

fn checksum(address: u64, epoch: u64, payload: &[u8]) -> u64 {
    let mut digest = Digest::new();
    digest.write_u64(address);
    digest.write_u64(epoch);
    digest.write_usize(payload.len());
    digest.write(payload);
    digest.value()
}

/// The record at `address`, if a valid one stands there: its epoch and payload.
fn record_at(content: &[u8], address: usize) -> Option<(u64, &[u8])> {
    let header = content.get(address..address + HEADER)?;
    let length = u32::from_le_bytes(header[..4].try_into().ok()?) as usize;
    let epoch = u64::from_le_bytes(header[4..12].try_into().ok()?);
    let sum = u64::from_le_bytes(header[12..].try_into().ok()?);
    let payload = content.get(address + HEADER..(address + HEADER).checked_add(length)?)?;
    (checksum(address as u64, epoch, payload) == sum).then_some((epoch, payload))
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
    let mut record = Vec::with_capacity(HEADER + payload.len());
    record.extend_from_slice(&(payload.len() as u32).to_le_bytes());
    record.extend_from_slice(&epoch.to_le_bytes());
    record.extend_from_slice(&checksum(address, epoch, payload).to_le_bytes());
    record.extend_from_slice(payload);
    disk.write_at(file, address, &record)?;
    Ok(address)
}

/// Reads a log as far as it is valid, and says what follows.
pub fn replay(content: &[u8]) -> Replay {
    let mut replay = Replay::default();
    let mut address = 0;
    while let Some((epoch, payload)) = record_at(content, address) {
        replay.records.push((epoch, payload.to_vec()));
        address += HEADER + payload.len();
    }
    replay.valid = address as u64;
    replay.tail = match address == content.len() {
        true => Tail::Clean,
        // Whatever is valid behind the damage was written after it.
        false if (address + 1..content.len()).any(|behind| record_at(content, behind).is_some()) => Tail::Corrupt,
        false => Tail::Torn,
    };
    replay
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
            content.extend_from_slice(&checksum(address, 7, payload).to_le_bytes());
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
        assert!(record_at(second, 0).is_none());
    }
}
