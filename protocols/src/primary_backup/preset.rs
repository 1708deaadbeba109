//! The presets: named settings, each with a stated contract. Every field of a config can depart from its preset.
//!
//! What each promises, with hot or cold standby, under crashes, pauses, lost, late, doubled and reordered messages,
//! partitions of every kind and clocks within what is said here; disks may lose, keep in part and tear what was not
//! synced, fail to sync, be slow and be full. What was synced stays, unless said otherwise. "Safe" is: linearizable to
//! clients, every acknowledged write kept, each request applied at most once, one primary an epoch, and replicas that
//! agree on every slot.
//!
//! | preset | promises | gives up |
//! |---|---|---|
//! | [`AsyncTimeout`](Preset::AsyncTimeout) | one primary an epoch; replicas agree soon after calm; somebody serves as long as one replica runs | a failover loses what was acknowledged and not yet sent; a partition makes two primaries, and one side's writes are lost; so safe only as long as nobody is suspected |
//! | [`SemisyncView`](Preset::SemisyncView) | safe; any one replica may crash without a stop | no change of primary while the view service is away; a promotion needs all but k members |
//! | [`SyncView`](Preset::SyncView) | safe; a replica may even lose its disk, as long as another member of the view keeps its own | a write waits for the slowest member, or until it is removed; no change of view while the view service is away; the service's disk must last |
//! | [`SyncWitness`](Preset::SyncWitness) | safe; any minority of the nodes may be away | reads ask the other members; the disks of all voters must last |
//! | [`SyncWitnessLease`](Preset::SyncWitnessLease) | safe if no monotonic clock is off by more than the margin allows; reads ask nobody | a failover waits for the lease to run out; nobody serves without a majority |
//! | [`SyncWitnessFenced`](Preset::SyncWitnessFenced) | the same, and what is written to the shared storage is in the order of the epochs whatever clocks, pauses and late packets do | a write also waits for the storage, which is not redundant |

use serde::{Deserialize, Serialize};
use sim_core::Span;

use super::config::{Lease, Promotion, Replication};

/// A named combination of settings.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Preset {
    /// Asynchronous replication in batches; a backup that misses the primary promotes itself.
    AsyncTimeout,
    /// Acknowledged when one backup has it; a view service promotes.
    SemisyncView,
    /// Acknowledged when every member of the view has it; a view service promotes.
    SyncView,
    /// Acknowledged by every member; a majority of all nodes, one of them a mere witness, elects the primary.
    SyncWitness,
    /// The same; the primary holds a lease and answers reads by itself.
    SyncWitnessLease,
    /// The same; writes also go to a shared storage, which checks the epoch as a fencing token.
    SyncWitnessFenced,
}

const LEASE: (Span, Span) = (Span::from_secs(1), Span::from_millis(1));

impl Preset {
    pub(super) const fn replication(self) -> Replication {
        match self {
            Preset::AsyncTimeout => Replication::Async { every: Span::from_millis(50) },
            Preset::SemisyncView => Replication::SemiSync(1),
            _ => Replication::Sync,
        }
    }

    pub(super) const fn promotion(self) -> Promotion {
        match self {
            Preset::AsyncTimeout => Promotion::Timeout,
            Preset::SemisyncView | Preset::SyncView => Promotion::ViewService,
            _ => Promotion::Witness,
        }
    }

    pub(super) const fn lease(self) -> Lease {
        let (length, margin) = LEASE;
        match self {
            Preset::SyncWitnessLease => Lease::Plain { length, margin },
            Preset::SyncWitnessFenced => Lease::Fenced { length, margin },
            _ => Lease::Absent,
        }
    }
}
