//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.
//!
//! Each is found by the scenario made for it (`bug_r*.ron`) under each of the seeds 0 to 9, by a minimal one made by hand
//! (`minimal/r*.ron`), and by chaos with the bug switched on:
//!
//! | bug | its own scenario | chaos | first seed | by |
//! |---|---|---|---|---|
//! | R1 | `linearizable` | `chaos_single` | 0 | `linearizable` |
//! | R2 | `linearizable` | `chaos` | 10 | `linearizable` |
//! | R3 | `exclusive(owns, disowns)` | `chaos_single` | 0 | `exclusive(owns, disowns)`, `linearizable` |
//! | R4 | `linearizable` | `chaos_single` | 4 | `linearizable` |
//! | R5 | `monotone(holds)` | `chaos` | 0 | `monotone(holds)`, `linearizable` |
//! | R6 | `durable(promised, keeps)` | `chaos_sloppy_single` | 84 | `durable(promised, keeps)` |
//! | R7 | `agree(ring)` | `chaos` | 0 | `agree(ring)` |
//! | R8 | `agree(ring)` | `chaos_single` | 0 | `exclusive(owns, disowns)`, `linearizable` and others |
//! | R9 | `never(thin)` | `chaos` | 0 | `never(thin)` |
//!
//! Three replicas hide much of this: `chaos` does not find R1, R3, R4 and R8 in 25 seeds, where a single copy hides nothing;
//! and `chaos_sloppy` does not find R6 in 120, since a write that has a hint has an owner, too.

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
