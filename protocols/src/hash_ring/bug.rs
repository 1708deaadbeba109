//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.

use serde::{Deserialize, Serialize};

/// A one-line departure from the correct line beside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Bug {
    /// R1: a range changes hands before what was written during the transfer has followed.
    NoLastDelta,
    /// R2: while a range is streamed its writes go to the new owner only; if the transfer is given up, nobody has them.
    WritesToNewOnly,
    /// R3: an owner does not stop when its range is frozen, and goes on until it hears of its successor.
    TwoOwners,
    /// R4: tombstones are left behind when a range is streamed, so that a replica which has missed the delete brings the
    /// value back.
    TombstonesDropped,
    /// R5: what is streamed overwrites what is newer.
    StreamOverwrites,
    /// R6: a hint is counted in the quorum, and kept in memory only.
    HintInMemory,
    /// R7: a change is worked out from the ring of the last change that is complete, and forgets those under way.
    StaleRing,
    /// R8: where two nodes stand at one point of the ring, whoever was put there first comes first.
    TiesByInsertion,
    /// R9: replicas are put on the next points of the ring, though they may belong to one node.
    SameNodeTwice,
}
