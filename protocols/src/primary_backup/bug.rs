//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.

use serde::{Deserialize, Serialize};

/// A one-line departure from the correct line beside it.
///
/// Each has a scenario of its own, `bug_b1_keeps_epoch.ron` and so on, in which the check named here fails under each of the
/// seeds 0 to 9 and passes without the bug under each of 200. The last two columns: the chaos file of the preset that is
/// broken, with the bug switched on, and the first seed that finds it.
///
/// | id | bug | check that fails | smallest trigger | chaos | first seed |
/// |---|---|---|---|---|---|
/// | B1 | [`KeepsEpoch`](Bug::KeepsEpoch) | `unique(primary)` | a node cut off | `chaos_async_timeout` | 0 |
/// | B2 | [`AckBeforeBackup`](Bug::AckBeforeBackup) | `linearizable` | a lost update and a crash | `chaos_sync_view` | 0 |
/// | B3 | [`ReadsAfterLease`](Bug::ReadsAfterLease) | `linearizable` | a partition | `chaos_sync_witness_lease` | 110 |
/// | B4 | [`TokenUnchecked`](Bug::TokenUnchecked) | `monotone(stored)` | a pause longer than the lease | `chaos_sync_witness_fenced` | 52 |
/// | B5 | [`LeaseFromReply`](Bug::LeaseFromReply) | `exclusive` | late answers and a cut | `chaos_late_leases` | 17 |
/// | B6 | [`MarginLeftOut`](Bug::MarginLeftOut) | `exclusive` | two drifts and a cut | `chaos_clocks` | 331 |
/// | B7 | [`JoinsUnacknowledged`](Bug::JoinsUnacknowledged) | `linearizable` | two crashes | `chaos_sync_view` | 70 |
/// | B8 | [`TornTransfer`](Bug::TornTransfer) | `agree(committed)`, `converge(state)` | a late join and a write | `chaos_sync_view` | 94 |
/// | B9 | [`RetryUnrecognised`](Bug::RetryUnrecognised) | `exactly-once(applied)` | a lost reply | `chaos_sync_view` | 0 |
/// | B10 | [`VoteUnsynced`](Bug::VoteUnsynced) | `unique(primary)`, `agree(voted)` | a crash within one sync | `chaos_elections` | 16 |
/// | B11 | [`HastyFailBack`](Bug::HastyFailBack) | `availability`, in chaos `converge-within` | a crash and a one-way cut | `chaos_sync_witness` | 11 |
/// | B12 | [`ReadsDuringFailover`](Bug::ReadsDuringFailover) | `linearizable` | a partition | `chaos_sync_view` | 17 |
/// | S1 | [`LogUnsynced`](Bug::LogUnsynced) | `linearizable` | two crashes at once | `chaos_disk` | 20 |
/// | S2 | [`AddressUnchecked`](Bug::AddressUnchecked) | `linearizable` | a misdirected write, two crashes | `chaos_misdirect` | 0 |
/// | S3 | [`TruncatesCorruption`](Bug::TruncatesCorruption) | `linearizable` | a bit, two crashes | `chaos_rot` | 20 |
/// | S4 | [`SyncErrorIgnored`](Bug::SyncErrorIgnored) | `linearizable` | a sync error, two crashes | `chaos_disk` | 106 |
///
/// A vote that is sent but not on disk matters for a moment, a misdirected write only if it is the last one before a crash,
/// a late grant only while others elect: a storm of everything seldom hits that, so each has a storm that is aimed.
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
