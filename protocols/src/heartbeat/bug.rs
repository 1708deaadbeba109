//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.

use serde::{Deserialize, Serialize};

/// A one-line departure from the correct line beside it.
///
/// Each has a scenario of its own, `bug_h1_wall_clock_timeout.ron` and so on, in which the check named here fails under
/// each of 2,000 seeds, and passes under each of them without the bug. The last two columns say what the ordinary
/// `chaos.ron` makes of it with the bug switched on: the first seed that finds it, and the share of 10,000 seeds that do.
/// Without a bug, seeds 0 to 299,999 pass. What finds H1 there is not the storm but the last act, the same in every seed.
///
/// | id | bug | check that fails | smallest trigger | first seed | share |
/// |---|---|---|---|---|---|
/// | H1 | [`WallClockTimeout`](Bug::WallClockTimeout) | `accuracy`, in chaos `completeness` | a clock step | 0 | 100 % |
/// | H2 | [`NoSequenceCheck`](Bug::NoSequenceCheck) | `completeness` | a late packet, a crash | 1 | 65 % |
/// | H3 | [`NeverWithdraws`](Bug::NeverWithdraws) | `accuracy` | a beat and an answer late | 0 | 46 % |
/// | H4 | [`IncarnationNotBumped`](Bug::IncarnationNotBumped) | `accuracy` | a crash and restart | 5 | 7 % |
/// | H5 | [`LearnsFromOutages`](Bug::LearnsFromOutages) | `completeness` | a long outage, a crash | 0 | 6 % |
///
/// H5 is about estimators, so its storm is `chaos_phi_exponential.ron`: the share there is of 2,000 seeds, and without the
/// bug seeds 0 to 9,999 pass.
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
    /// H5: an estimator of gaps learns from those that ended a suspicion, so that one long partition teaches it to sleep
    /// through the next crash.
    LearnsFromOutages,
}
