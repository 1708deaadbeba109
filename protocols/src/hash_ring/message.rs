//! What travels between clients and nodes, and the timers of a node.

use serde::{Deserialize, Serialize};
use sim_core::NodeId;

use super::entry::{Entry, Version};
use super::range::{Group, Ownership, RangeId};
use super::store::Mark;
use crate::heartbeat::Stamp;

/// What a client asks. A write is tried once: a later attempt is refused, since without a leader nobody can know what
/// became of the first.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Op {
    /// What a key holds.
    Get(u32),
    /// To have a key hold a value.
    Put(u32, u64),
    /// To forget a key.
    Delete(u32),
    /// A node, by its number, shall be a member.
    Join(u16),
    /// A member shall go, and helps to move what it has.
    Leave(u16),
    /// A member is gone for good. The others move what they have of its ranges.
    Fail(u16),
    /// The first shall go and the second take part, in one change.
    Replace(u16, u16),
}

/// What a client is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Ret {
    /// To a read.
    Value(Option<u64>),
    /// To a write.
    Done,
    /// To a change of members, by its number: it is decided, and will be carried out.
    Decided(u32),
}

/// A step of an operation of a coordinator. An answer to an earlier step says nothing: it may be of an earlier group.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket {
    /// The coordinator's life.
    pub life: u64,
    /// The operation's number in it.
    pub number: u64,
    /// The step's number in the operation.
    pub step: u32,
}

/// The bytes of an entry with its key on the wire.
pub(super) const ENTRY_BYTES: u32 = 100;

/// Entries with their keys.
pub(super) type Entries = Vec<(u32, Entry)>;

/// Who is a member, as of the last change that is complete.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Roster {
    /// The change.
    pub change: u32,
    /// The members.
    pub members: Vec<NodeId>,
}

/// What nodes send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// The sender is alive.
    Beat(Stamp),

    /// Coordinator to owner: what does the key hold?
    Query { ticket: Ticket, range: RangeId, ownership: Ownership, key: u32 },
    /// The answer.
    Held { ticket: Ticket, entry: Option<Entry> },
    /// Coordinator to owner: keep this.
    Store { ticket: Ticket, range: RangeId, ownership: Ownership, key: u32, entry: Entry },
    /// It is on the disk.
    Stored { ticket: Ticket },
    /// The asker is behind: the range belongs to others now.
    Behind { range: RangeId, ownership: Ownership },

    /// Coordinator to stand-in: keep this for an owner that is not there.
    Hint { ticket: Ticket, home: NodeId, key: u32, entry: Entry },
    /// It is on the disk, for that owner.
    Hinted { ticket: Ticket, home: NodeId },
    /// Stand-in to owner: this was for you.
    Handoff { home: NodeId, range: RangeId, ownership: Ownership, key: u32, entry: Entry },
    /// It is on the disk.
    TakenOver { home: NodeId, key: u32, version: Version },
    /// Owner to owner: do we have the same?
    Compare { range: RangeId, ownership: Ownership, digest: u64 },
    /// No: this is what I have.
    Differs { range: RangeId, ownership: Ownership, entries: Entries, answer: bool },

    /// Sequencer to driver: move a range to another group.
    Move { range: RangeId, attempt: u64, from: Ownership, to: Group },
    /// Driver to old owner: what do you have behind this key that I have not? At most `limit` entries. `known` is what I
    /// have, up to the key `last`.
    Pull {
        range: RangeId,
        attempt: u64,
        from: Ownership,
        after: Option<u32>,
        limit: u32,
        known: Vec<(u32, Version)>,
        last: Option<u32>,
    },
    /// The answer, and the key to go on behind if there is more.
    Chunk { range: RangeId, attempt: u64, after: Option<u32>, mark: Mark, entries: Entries, next: Option<u32> },
    /// Driver to old owner: stop, and say what has changed since.
    Freeze { range: RangeId, attempt: u64, from: Ownership, since: Option<Mark> },
    /// It has stopped.
    Frozen { range: RangeId, attempt: u64, entries: Entries },
    /// Driver to new owner: keep these.
    Install { range: RangeId, attempt: u64, batch: u64, from: Ownership, entries: Entries },
    /// They are on the disk.
    Installed { range: RangeId, attempt: u64, batch: u64 },
    /// Driver to sequencer: the new group has everything.
    Finish { range: RangeId, attempt: u64 },
    /// Sequencer to all concerned: attempts up to this one are over, and this is how the range is owned. If one of them
    /// was committed, that says so; else they are given up.
    Over { range: RangeId, attempt: u64, ownership: Ownership },

    /// Node to sequencer: what have I missed, and are these attempts still on? With how far one's own have come.
    Poll { heard: u64, change: Option<u32>, frozen: Vec<(RangeId, u64)>, driven: Vec<(RangeId, u64, u64)> },
    /// Sequencer to node: commits from this number on, and who is a member.
    News { from: u64, commits: Vec<(RangeId, Ownership)>, roster: Option<Roster> },
}

impl Message {
    /// The variant's name.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Message::Beat(_) => "Beat",
            Message::Query { .. } => "Query",
            Message::Held { .. } => "Held",
            Message::Store { .. } => "Store",
            Message::Stored { .. } => "Stored",
            Message::Behind { .. } => "Behind",
            Message::Hint { .. } => "Hint",
            Message::Hinted { .. } => "Hinted",
            Message::Handoff { .. } => "Handoff",
            Message::TakenOver { .. } => "TakenOver",
            Message::Compare { .. } => "Compare",
            Message::Differs { .. } => "Differs",
            Message::Move { .. } => "Move",
            Message::Pull { .. } => "Pull",
            Message::Chunk { .. } => "Chunk",
            Message::Freeze { .. } => "Freeze",
            Message::Frozen { .. } => "Frozen",
            Message::Install { .. } => "Install",
            Message::Installed { .. } => "Installed",
            Message::Finish { .. } => "Finish",
            Message::Over { .. } => "Over",
            Message::Poll { .. } => "Poll",
            Message::News { .. } => "News",
        }
    }

    /// How many entries it carries.
    pub(super) fn entries(&self) -> usize {
        match self {
            Message::Held { entry, .. } => usize::from(entry.is_some()),
            Message::Store { .. } | Message::Hint { .. } | Message::Handoff { .. } => 1,
            Message::Differs { entries, .. }
            | Message::Chunk { entries, .. }
            | Message::Frozen { entries, .. }
            | Message::Install { entries, .. } => entries.len(),
            _ => 0,
        }
    }
}

/// The timers of a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    /// The disk was full when this life should have begun.
    Awake,
    /// Tell the others that one is alive.
    Beat,
    /// Somebody may have been silent for too long.
    Silence,
    /// An operation of this coordinator waits for answers.
    Answers(u64),
    /// A range that this node drives waits for answers.
    Driving(RangeId),
    /// The sequencer: an attempt to move this range may have come to nothing.
    Attempt(RangeId, u64),
    /// Ask for news, and offer hints.
    Poll,
    /// Compare with other replicas.
    Repair,
}
