//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.

use serde::{Deserialize, Serialize};

/// A one-line departure from the correct line beside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Bug {
    /// B1: a backup that promotes itself keeps the epoch, so two primaries rule in one.
    KeepsEpoch,
    /// B2: a write is acknowledged before the backups have it, whatever the config says.
    AckBeforeBackup,
    /// B3: a primary answers reads when its lease is over.
    ReadsAfterLease,
    /// B4: the storage does not look at the fencing token.
    TokenUnchecked,
    /// B5: the lease counts from the answer of the granter, not from the question.
    LeaseFromReply,
    /// B6: the margin for drift is left out of the lease.
    MarginLeftOut,
    /// B7: a node that is joining counts as a member before the primary has acknowledged that it has everything.
    JoinsUnacknowledged,
    /// B8: a snapshot is read from the live state chunk by chunk, under the slot at which the last was read.
    TornTransfer,
    /// B9: the retry of a request that was applied is applied again.
    RetryUnrecognised,
    /// B10: a vote is sent before it is on disk.
    VoteUnsynced,
    /// B11: the primary hands over at the first beat of node 0, without asking whether that is up to date.
    HastyFailBack,
    /// B12: a backup that suspects its primary answers reads with what it has.
    ReadsDuringFailover,
    /// S1: the log is not synced before the acknowledgement.
    LogUnsynced,
    /// S2: checksums do not cover the address, so a misdirected record is taken for the one that belongs there.
    AddressUnchecked,
    /// S3: the log is cut off at any damage, not only at a torn tail.
    TruncatesCorruption,
    /// S4: errors of sync are ignored.
    SyncErrorIgnored,
}
