//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.

use serde::{Deserialize, Serialize};

/// A one-line departure from the correct line beside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Bug {
    /// H1: silence is measured on the wall clock, not on the monotonic one, so a clock step makes or hides suspicions.
    WallClockTimeout,
    /// H2: a late old heartbeat counts as a sign of life, so the dead seem to live for as long as a packet can travel.
    NoSequenceCheck,
    /// H3: a suspicion is never withdrawn, so one late heartbeat separates two healthy nodes for good.
    NeverWithdraws,
    /// H4: a restarted node keeps its first incarnation, so its messages look old to its peers until it has sent more
    /// of them than in its former life.
    IncarnationNotBumped,
}
