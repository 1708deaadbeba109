//! What travels between nodes, and their timers.

use sim_core::{LocalTime, NodeId};

use super::entry::Entry;
use super::store::Store;
use super::view::{Position, View};
use crate::heartbeat::Stamp;

/// What nodes send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// The sender is alive.
    Beat {
        /// Of the sender.
        stamp: Stamp,
        /// The newest stamp that it has heard of the receiver.
        remembered: Stamp,
        /// Its view, if it is primary.
        leads: Option<View>,
        /// When it asks for a lease, on its own clock; `None` if it does not.
        asks: Option<LocalTime>,
    },
    /// A lease is granted, as asked for at this time of the primary's clock.
    Grant(u64, LocalTime),
    /// The receiver should stand for primary: the view service, or a primary that hands over, says so.
    Stand {
        /// The newest view that the sender knows.
        view: View,
        /// The primary hands over: it need not be missed.
        handed: bool,
    },
    /// The sender stands for primary.
    Claim {
        /// In this epoch.
        epoch: u64,
        /// The end of its log.
        end: Position,
        /// When it asks, on its own clock: a vote is a lease, too.
        asks: LocalTime,
        /// The last primary has handed over.
        handed: bool,
    },
    /// The answer to a claim.
    Vote {
        /// The epoch of the claim.
        epoch: u64,
        /// The highest epoch that the sender has promised anything in.
        promised: u64,
        /// `None` if the claim is denied.
        granted: Option<Granted>,
    },
    /// From a node to itself, behind a sync: the log is durable up to here.
    Synced(Position),
    /// The primary asks the arbiters to take note of this view.
    Record(View),
    /// They have: epoch and version.
    Recorded(u64, u32),
    /// What was asked belongs to the past: this is the highest epoch that the sender has promised anything in.
    Outdated(u64),
    /// What the primary's log holds behind a position. Without entries it is a question: are you still with me?
    Append {
        /// The primary's epoch.
        epoch: u64,
        /// The number of the question.
        probe: u64,
        /// The life of the receiver that the primary knows of; one that is in another must say so first.
        life: Option<u64>,
        /// What comes before the entries.
        previous: Position,
        /// The entries.
        entries: Vec<Entry>,
        /// Everything up to this slot is committed.
        committed: u64,
    },
    /// The answer.
    Appended {
        /// The primary's epoch.
        epoch: u64,
        /// The number of the question.
        probe: u64,
        /// The life that the sender is in.
        life: u64,
        /// True: the logs agree up to `slot`. False: there is a gap, or they differ; `slot` is worth a try.
        matches: bool,
        /// See above.
        slot: u64,
    },
    /// The sender is no member and would like to be, or it has started anew.
    Join {
        /// Names the sender's life: what it says from now on counts, and a snapshot must be an answer to this.
        life: u64,
        /// It has nothing: neither a log nor a snapshot.
        blank: bool,
    },
    /// The primary takes this life for a former one: the receiver should begin another.
    Renew(u64),
    /// A piece of a snapshot.
    Install {
        /// The primary's epoch.
        epoch: u64,
        /// The life of the receiver that asked for it.
        life: u64,
        /// The number of the piece.
        piece: u32,
        /// What is in it.
        store: Store,
        /// With the last piece: the position of the snapshot.
        base: Option<Position>,
    },
    /// It has arrived.
    Installed {
        /// The primary's epoch.
        epoch: u64,
        /// The life that the sender is in.
        life: u64,
        /// The number of the piece.
        piece: u32,
        /// It was the last one: the snapshot stands, up to this slot.
        stands: Option<u64>,
    },
    /// How far must a backup apply before it may answer this read?
    Inquire(u64),
    /// The answer: up to this slot.
    Inquired(u64, u64),
    /// To the storage: keep this.
    Put {
        /// The fencing token: the primary's epoch.
        token: u64,
        /// The number of this order under its token, from 1. Gaps are refused.
        number: u64,
        /// The keys and what they hold now.
        values: Vec<(u32, Option<u64>)>,
    },
    /// The storage has kept all orders under this token up to this number.
    PutDone(u64, u64),
    /// To the keeper of backups: keep this snapshot.
    Save(Position, Store),
    /// It is kept.
    Saved(Position),
    /// To the keeper of backups: what have you got?
    Restore(u64),
    /// This: the answer to the question of this number.
    Restored(u64, Position, Store),
}

/// What a voter grants.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Granted {
    /// The newest view that it knows.
    pub view: View,
    /// The end of its log; `None` if it has none.
    pub end: Option<Position>,
    /// When the candidate asked.
    pub asks: LocalTime,
}

/// The timers of a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    /// Tell the others, and look after everything that waits.
    Beat,
    /// Somebody may have been silent for too long.
    Silence,
    /// It is time to stand for primary, or to stand again.
    Claim,
    /// The primary's lease may be over.
    LeaseEnd,
    /// The lease that this node has granted may be over.
    GrantEnd,
    /// The next batch is due.
    Batch,
    /// A cold standby has started up.
    StartedUp,
    /// The next backup is due.
    Backup,
}

pub(super) fn kind(message: &Message) -> &'static str {
    match message {
        Message::Beat { .. } => "Beat",
        Message::Grant(..) => "Grant",
        Message::Stand { .. } => "Stand",
        Message::Claim { .. } => "Claim",
        Message::Vote { .. } => "Vote",
        Message::Synced(_) => "Synced",
        Message::Record(_) => "Record",
        Message::Recorded(..) => "Recorded",
        Message::Outdated(_) => "Outdated",
        Message::Append { .. } => "Append",
        Message::Appended { .. } => "Appended",
        Message::Join { .. } => "Join",
        Message::Renew(_) => "Renew",
        Message::Install { .. } => "Install",
        Message::Installed { .. } => "Installed",
        Message::Inquire(_) => "Inquire",
        Message::Inquired(..) => "Inquired",
        Message::Put { .. } => "Put",
        Message::PutDone(..) => "PutDone",
        Message::Save(..) => "Save",
        Message::Saved(_) => "Saved",
        Message::Restore(_) => "Restore",
        Message::Restored(..) => "Restored",
    }
}

/// The bytes of a message on the wire.
pub(super) fn size(message: &Message) -> u32 {
    let items = match message {
        Message::Append { entries, .. } => entries.len(),
        Message::Install { store, .. } | Message::Save(_, store) | Message::Restored(_, _, store) => store.len(),
        Message::Put { values, .. } => values.len(),
        _ => 0,
    };
    64 + 48 * u32::try_from(items).unwrap_or(u32::MAX / 64)
}

/// Who is asked about a claim.
pub(super) fn unique(mut nodes: Vec<NodeId>) -> Vec<NodeId> {
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}
