//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.
//!
//! Each is found by the scenario made for it (`bug_d*.ron`) under each of the seeds 0 to 9, and by chaos with the bug
//! switched on; of 300 seeds:
//!
//! | bug | its own scenario | chaos | first seed | seeds | by |
//! |---|---|---|---|---|---|
//! | D1 | `linearizable` | `chaos_active` | 1 | 85 | `linearizable` |
//! | D2 | `linearizable` | `chaos_hot` | 0 | 300 | `linearizable`, `agree(performs)` |
//! | D3 | `exactly-once(performs)` | `chaos_cold` | 0 | 201 | `exactly-once(performs)` |
//!
//! Hot standby shows D3 too (272 seeds), as a unit that lags is started again; active standby shows D2 (299).

use serde::{Deserialize, Serialize};

/// A one-line departure from the correct line beside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Bug {
    /// D1: where no answer has enough votes, the voter takes the first.
    TakesOneAtTie,
    /// D2: a unit that has been repaired takes its place in the stream of orders, but not the state before it.
    NotResynchronised,
    /// D3: a unit that is started twice does twice what the start tells it to do.
    StartNotIdempotent,
}
