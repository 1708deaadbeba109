//! What a node writes to its disk, and how it is read back: one record after the other, each a row of 64-bit words.
//!
//! Everything that a node has promised is here before it says so: entries, whom a range belongs to, that a range stands
//! still, which requests it has taken, hints, and, on the sequencer, who shall be a member. Each life of a node begins
//! with a record of its own, and its number is that of the records that follow.
//!
//! A tail that does not read as a record was never synced, so nobody was told of it, and it is cut off. That holds for
//! disks that keep what they have synced; others are outside the contract.

use sim_core::log;
use sim_core::{NodeId, RequestId};

use super::entry::{Entry, Version};
use super::range::{Ownership, RangeId};

/// The file.
pub(super) const FILE: &str = "journal";

/// One thing to remember.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Record {
    /// A life begins.
    Life,
    /// An entry is stored.
    Put { range: RangeId, key: u32, entry: Entry },
    /// A range belongs to this group in this epoch.
    Owned { range: RangeId, ownership: Ownership },
    /// A range stands still for this attempt.
    Frozen { range: RangeId, attempt: u64 },
    /// It goes on: the attempt was given up.
    Thawed { range: RangeId },
    /// A write has been taken: should its request come again, it is a copy.
    Taken { client: u16, operation: u32 },
    /// An entry is kept for a node that was not there.
    Hint { home: NodeId, key: u32, entry: Entry },
    /// That node has it now.
    Handed { home: NodeId, key: u32 },
    /// The sequencer: who shall be a member from this change on.
    Members { change: u32, members: Vec<NodeId> },
    /// The sequencer: attempts up to this number have been begun.
    Attempts { upto: u64 },
}

impl Record {
    /// The request of a write, as it is remembered.
    pub(super) fn taken(request: RequestId) -> Record {
        Record::Taken { client: request.client, operation: request.operation }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let node = |id: &NodeId| u64::from(id.0);
        let mut words: Vec<u64> = Vec::new();
        match self {
            Record::Life => words.push(0),
            Record::Put { range, key, entry } => {
                words.extend([1, u64::from(range.0), u64::from(*key)]);
                words.extend(entry_words(entry));
            }
            Record::Owned { range, ownership } => {
                words.extend([2, u64::from(range.0), u64::from(ownership.epoch)]);
                words.extend(ownership.group.iter().map(node));
            }
            Record::Frozen { range, attempt } => words.extend([3, u64::from(range.0), *attempt]),
            Record::Thawed { range } => words.extend([4, u64::from(range.0)]),
            Record::Taken { client, operation } => words.extend([5, u64::from(*client), u64::from(*operation)]),
            Record::Hint { home, key, entry } => {
                words.extend([6, node(home), u64::from(*key)]);
                words.extend(entry_words(entry));
            }
            Record::Handed { home, key } => words.extend([7, node(home), u64::from(*key)]),
            Record::Members { change, members } => {
                words.extend([8, u64::from(*change)]);
                words.extend(members.iter().map(node));
            }
            Record::Attempts { upto } => words.extend([9, *upto]),
        }
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// `None` if it is no record.
    pub(super) fn decode(bytes: &[u8]) -> Option<Record> {
        let words: Vec<u64> =
            bytes.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(u64::from_le_bytes)).collect();
        let (tag, rest) = words.split_first()?;
        let node = |word: &u64| u16::try_from(*word).ok().map(NodeId);
        let nodes = |words: &[u64]| words.iter().map(node).collect::<Option<Vec<_>>>();
        let small = |word: u64| u32::try_from(word).ok();
        Some(match (tag, rest) {
            (0, []) => Record::Life,
            (1, [range, key, entry @ ..]) => {
                Record::Put { range: RangeId(small(*range)?), key: small(*key)?, entry: entry_of(entry)? }
            }
            (2, [range, epoch, group @ ..]) => {
                let ownership = Ownership { epoch: small(*epoch)?, group: nodes(group)?.into() };
                Record::Owned { range: RangeId(small(*range)?), ownership }
            }
            (3, [range, attempt]) => Record::Frozen { range: RangeId(small(*range)?), attempt: *attempt },
            (4, [range]) => Record::Thawed { range: RangeId(small(*range)?) },
            (5, [client, operation]) => {
                Record::Taken { client: u16::try_from(*client).ok()?, operation: small(*operation)? }
            }
            (6, [home, key, entry @ ..]) => {
                Record::Hint { home: node(home)?, key: small(*key)?, entry: entry_of(entry)? }
            }
            (7, [home, key]) => Record::Handed { home: node(home)?, key: small(*key)? },
            (8, [change, members @ ..]) => Record::Members { change: small(*change)?, members: nodes(members)? },
            (9, [upto]) => Record::Attempts { upto: *upto },
            _ => return None,
        })
    }
}

fn entry_words(entry: &Entry) -> [u64; 6] {
    let Version { epoch, sequence, client, operation } = entry.version;
    let (there, value) = entry.value.map_or((0, 0), |value| (1, value));
    [u64::from(epoch), sequence, u64::from(client), u64::from(operation), there, value]
}

fn entry_of(words: &[u64]) -> Option<Entry> {
    let &[epoch, sequence, client, operation, there, value] = words else { return None };
    let version = Version {
        epoch: u32::try_from(epoch).ok()?,
        sequence,
        client: u16::try_from(client).ok()?,
        operation: u32::try_from(operation).ok()?,
    };
    Some(Entry { version, value: (there == 1).then_some(value) })
}

/// What a journal holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) records: Vec<Record>,
    /// The last life that has begun.
    pub(super) life: u64,
    /// How many bytes of the file are valid, if something follows them.
    pub(super) cut: Option<u64>,
}

/// Reads a journal. A record of an earlier life behind a later one is what an old crash has left.
pub(super) fn read(file: Option<&[u8]>) -> Contents {
    let replay = log::replay(file.unwrap_or_default());
    let mut contents =
        Contents { cut: (replay.tail != log::Tail::Clean).then_some(replay.valid), ..Contents::default() };
    let mut valid = 0;
    for (life, payload) in &replay.records {
        let record = Record::decode(payload).filter(|_| *life >= contents.life);
        let Some(record) = record else {
            contents.cut = Some(valid);
            break;
        };
        contents.life = *life;
        contents.records.push(record);
        valid += log::size_of(payload);
    }
    contents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let version = Version { epoch: 2, sequence: 1 << 40, client: 7, operation: 9 };
        let entry = |value| Entry { version, value };
        let range = RangeId(5);
        for record in [
            Record::Life,
            Record::Put { range, key: 3, entry: entry(Some(0)) },
            Record::Put { range, key: 3, entry: entry(None) },
            Record::Owned { range, ownership: Ownership { epoch: 4, group: [1, 1, 2].map(NodeId).into() } },
            Record::Frozen { range, attempt: 11 },
            Record::Thawed { range },
            Record::Taken { client: 1, operation: 2 },
            Record::Hint { home: NodeId(4), key: 1, entry: entry(Some(u64::MAX)) },
            Record::Handed { home: NodeId(4), key: 1 },
            Record::Members { change: 3, members: vec![NodeId(0), NodeId(9)] },
            Record::Attempts { upto: 12 },
        ] {
            assert_eq!(Record::decode(&record.encode()), Some(record));
        }
        assert_eq!(Record::decode(&[]), None);
        assert_eq!(Record::decode(&77u64.to_le_bytes()), None);
    }
}
