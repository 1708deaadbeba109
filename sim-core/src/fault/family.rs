//! The families of faults by name, and how often each had an effect in a run.

use serde::{Deserialize, Serialize};

#[cfg(doc)]
use super::Fault;

/// Declares the families with their names in reports, so that none can be forgotten in one of the lists.
macro_rules! families {
    ($($(#[$doc:meta])* $family:ident $name:literal,)*) => {
        /// The families of fault: what a sweep switches on and off, and what `fired` counts.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        pub enum Family {
            $($(#[$doc])* $family,)*
        }

        impl Family {
            /// Every family, in the order of the enum.
            pub const ALL: &'static [Family] = &[$(Family::$family),*];

            /// The name in reports: `crash`, `one_way`, `freeze_clock`.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Family::$family => $name,)*
                }
            }
        }
    };
}

families! {
    /// [`Fault::Crash`]
    Crash "crash",
    /// [`Fault::Reboot`]
    Reboot "reboot",
    /// [`Fault::Amnesia`]
    Amnesia "amnesia",
    /// [`Fault::Stop`]
    Stop "stop",
    /// [`Fault::Pause`]
    Pause "pause",
    /// [`Fault::Slow`]
    Slow "slow",
    /// [`Fault::Absent`]
    Absent "absent",
    /// [`Fault::Partition`]
    Partition "partition",
    /// [`Fault::OneWay`]
    OneWay "one_way",
    /// [`Fault::Bridge`]
    Bridge "bridge",
    /// [`Fault::Isolate`]
    Isolate "isolate",
    /// [`Fault::Sever`]
    Sever "sever",
    /// [`Fault::Flap`]
    Flap "flap",
    /// [`Fault::Clog`]
    Clog "clog",
    /// [`Fault::Bandwidth`]
    Bandwidth "bandwidth",
    /// [`Fault::Burst`]
    Burst "burst",
    /// [`Fault::Corrupt`] and `Corrupted` exceptions
    Corrupt "corrupt",
    /// [`Fault::Loss`], the network's own loss, and `Lost` exceptions
    Loss "loss",
    /// [`Fault::Duplicate`] and `Copies` exceptions
    Duplicate "duplicate",
    /// [`Fault::Delay`] and `Delayed` exceptions
    Delay "delay",
    /// [`Fault::Reorder`]
    Reorder "reorder",
    /// [`Fault::Drift`]
    Drift "drift",
    /// [`Fault::Step`]
    Step "step",
    /// [`Fault::Slew`]
    Slew "slew",
    /// [`Fault::FreezeClock`]
    FreezeClock "freeze_clock",
    /// [`Fault::Unsynced`]
    Unsynced "unsynced",
    /// [`Fault::SyncLies`]
    SyncLies "sync_lies",
    /// [`Fault::SyncError`]
    SyncError "sync_error",
    /// [`Fault::SlowDisk`]
    SlowDisk "slow_disk",
    /// [`Fault::FullDisk`]
    FullDisk "full_disk",
    /// [`Fault::BitRot`]
    BitRot "bit_rot",
    /// [`Fault::Misdirect`]
    Misdirect "misdirect",
    /// [`Fault::Custom`]
    Custom "custom",
}

impl Family {
    /// Whether windows of this family act by chance on single packets: freezing turns them into exceptions.
    pub const fn is_chance(self) -> bool {
        matches!(
            self,
            Family::Burst | Family::Corrupt | Family::Loss | Family::Duplicate | Family::Delay | Family::Reorder
        )
    }
}

/// How often each family of fault really had an effect: a packet cut, a node taken down, a clock moved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fired([u64; Family::ALL.len()]);

impl Default for Fired {
    fn default() -> Self {
        Fired([0; Family::ALL.len()])
    }
}

impl Fired {
    #[inline]
    pub(crate) fn count(&mut self, family: Family) {
        self.0[family as usize] += 1;
    }
    pub(crate) fn add(&mut self, family: Family, count: u64) {
        self.0[family as usize] += count;
    }
    /// How often this family had an effect.
    pub const fn of(&self, family: Family) -> u64 {
        self.0[family as usize]
    }
    /// The families that had an effect at least once, with their counts.
    pub fn iter(&self) -> impl Iterator<Item = (Family, u64)> {
        Family::ALL.iter().copied().zip(self.0).filter(|(_, count)| *count > 0)
    }
}
