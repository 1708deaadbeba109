//! The planted bugs: defects that a scenario can switch on, to show that the checkers see them.
//!
//! Each is found by the scenario made for it (`bug_l*.ron`) under each of the seeds 0 to 9, and by chaos with the bug
//! switched on; of 300 seeds:
//!
//! | bug | its own scenario | chaos | first seed | seeds | by |
//! |---|---|---|---|---|---|
//! | L1 | `goodput`, `never(nobody)` | `chaos_overload` | 17 | 21 | `never(nobody)` |
//! | L2 | `goodput` | `chaos_overload` | 17 | 36 | `goodput` |
//! | L3 | `turns(routed)` | `chaos_least_connections` | 9 | 27 | `turns(routed)` |
//! | L4 | `avoids(routed)` | `chaos_least_connections` | 0 | 300 | `avoids(routed)` |
//!
//! `chaos_least_connections` does not find L2 in 500 seeds: its load leaves too much to spare for retries to fill.

use serde::{Deserialize, Serialize};

/// A one-line departure from the correct line beside it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Bug {
    /// L1: however few backends are left, only those that pass their health checks are used, and at last none: under an
    /// overload that slows the checks down, the balancer itself ends the service.
    NoPanicThreshold,
    /// L2: retries are not limited to a share of the requests, so a moment of slowness multiplies the load, and the load
    /// keeps everything slow when its cause is long gone.
    NoRetryBudget,
    /// L3: a request that has timed out is still counted as open, so the backend looks busy for good.
    LeakedConnection,
    /// L4: a suspicion does not reach the table that requests are routed by.
    StaleMembership,
}
