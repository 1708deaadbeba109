//! The planted-bug matrix: each bug is found twice, by the scenario made for it and by its protocol's ordinary chaos.
//!
//! `chaos` is the number of seeds, from 0, within which the chaos file finds the bug when it is switched on; the table in
//! the bug's own documentation says how often it does. Variants without a bug survive every seed: `catalog` runs those.

mod anomalies;
mod primary_backup;
mod table;

/// One planted bug. The suite of shrinking takes its rows from here, too: its reproductions made by hand are the files
/// `minimal/<id>_..` of the catalogue.
pub(crate) struct Row {
    /// The identifier in the documentation.
    pub(crate) id: &'static str,
    /// What `bugs: [..]` lists.
    pub(crate) bug: &'static str,
    /// The scenario made for it, and the check that must fail there.
    scenario: &'static str,
    check: &'static str,
    /// The protocol's chaos file, and within how many seeds it finds the bug by any check; 0 if it takes too many.
    pub(crate) chaos: &'static str,
    pub(crate) seeds: u64,
}

const MATRIX: [Row; 21] = [
    Row {
        id: "H1",
        bug: "WallClockTimeout",
        scenario: "heartbeat/bug_h1_wall_clock_timeout",
        check: "accuracy",
        chaos: "heartbeat/chaos",
        seeds: 2,
    },
    Row {
        id: "H2",
        bug: "NoSequenceCheck",
        scenario: "heartbeat/bug_h2_no_sequence_check",
        check: "completeness",
        chaos: "heartbeat/chaos",
        seeds: 5,
    },
    Row {
        id: "H3",
        bug: "NeverWithdraws",
        scenario: "heartbeat/bug_h3_never_withdraws",
        check: "accuracy",
        chaos: "heartbeat/chaos",
        seeds: 5,
    },
    Row {
        id: "H4",
        bug: "IncarnationNotBumped",
        scenario: "heartbeat/bug_h4_incarnation_not_bumped",
        check: "accuracy",
        chaos: "heartbeat/chaos",
        seeds: 40,
    },
    Row {
        id: "H5",
        bug: "LearnsFromOutages",
        scenario: "heartbeat/bug_h5_learns_from_outages",
        check: "completeness",
        chaos: "heartbeat/chaos_phi_exponential",
        seeds: 40,
    },
    Row {
        id: "L1",
        bug: "NoPanicThreshold",
        scenario: "load_balancer/bug_l1_no_panic_threshold",
        check: "goodput",
        chaos: "load_balancer/chaos_overload",
        seeds: 60,
    },
    Row {
        id: "L2",
        bug: "NoRetryBudget",
        scenario: "load_balancer/bug_l2_no_retry_budget",
        check: "goodput",
        chaos: "load_balancer/chaos_overload",
        seeds: 60,
    },
    Row {
        id: "L3",
        bug: "LeakedConnection",
        scenario: "load_balancer/bug_l3_leaked_connection",
        check: "turns(routed)",
        chaos: "load_balancer/chaos_least_connections",
        seeds: 60,
    },
    Row {
        id: "L4",
        bug: "StaleMembership",
        scenario: "load_balancer/bug_l4_stale_membership",
        check: "avoids(routed)",
        chaos: "load_balancer/chaos_least_connections",
        seeds: 5,
    },
    Row {
        id: "D1",
        bug: "TakesOneAtTie",
        scenario: "redundancy/bug_d1_takes_one_at_tie",
        check: "linearizable",
        chaos: "redundancy/chaos_active",
        seeds: 5,
    },
    Row {
        id: "D2",
        bug: "NotResynchronised",
        scenario: "redundancy/bug_d2_not_resynchronised",
        check: "linearizable",
        chaos: "redundancy/chaos_hot",
        seeds: 2,
    },
    Row {
        id: "D3",
        bug: "StartNotIdempotent",
        scenario: "redundancy/bug_d3_start_not_idempotent",
        check: "exactly-once(performs)",
        chaos: "redundancy/chaos_cold",
        seeds: 5,
    },
    Row {
        id: "R1",
        bug: "NoLastDelta",
        scenario: "hash_ring/bug_r1_no_last_delta",
        check: "linearizable",
        chaos: "hash_ring/chaos_single",
        seeds: 5,
    },
    Row {
        id: "R2",
        bug: "WritesToNewOnly",
        scenario: "hash_ring/bug_r2_writes_to_new_only",
        check: "linearizable",
        chaos: "hash_ring/chaos",
        seeds: 70,
    },
    Row {
        id: "R3",
        bug: "TwoOwners",
        scenario: "hash_ring/bug_r3_two_owners",
        check: "exclusive(owns, disowns)",
        chaos: "hash_ring/chaos_single",
        seeds: 5,
    },
    Row {
        id: "R4",
        bug: "TombstonesDropped",
        scenario: "hash_ring/bug_r4_tombstones_dropped",
        check: "linearizable",
        chaos: "hash_ring/chaos_single",
        seeds: 25,
    },
    Row {
        id: "R5",
        bug: "StreamOverwrites",
        scenario: "hash_ring/bug_r5_stream_overwrites",
        check: "monotone(holds)",
        chaos: "hash_ring/chaos",
        seeds: 5,
    },
    Row {
        id: "R6",
        bug: "HintInMemory",
        scenario: "hash_ring/bug_r6_hint_in_memory",
        check: "durable(promised, keeps)",
        chaos: "hash_ring/chaos_sloppy_single",
        seeds: 120,
    },
    Row {
        id: "R7",
        bug: "StaleRing",
        scenario: "hash_ring/bug_r7_stale_ring",
        check: "agree(ring)",
        chaos: "hash_ring/chaos",
        seeds: 5,
    },
    Row {
        id: "R8",
        bug: "TiesByInsertion",
        scenario: "hash_ring/bug_r8_ties_by_insertion",
        check: "agree(ring)",
        chaos: "hash_ring/chaos_single",
        seeds: 3,
    },
    Row {
        id: "R9",
        bug: "SameNodeTwice",
        scenario: "hash_ring/bug_r9_same_node_twice",
        check: "never(thin)",
        chaos: "hash_ring/chaos",
        seeds: 2,
    },
];

/// Every row of every protocol.
pub(crate) fn rows() -> impl Iterator<Item = Row> {
    MATRIX.into_iter().chain(primary_backup::MATRIX)
}

/// The text of a scenario with a bug switched on.
pub(crate) fn with_bug(text: &str, bug: &str) -> String {
    let start = text.find("config: (").expect("a config") + "config: (".len();
    let mut depth = 1;
    let end = text[start..].char_indices().find_map(|(at, c)| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        (depth == 0).then_some(start + at)
    });
    let end = end.expect("a config that ends");
    format!("{}, bugs: [{bug}]{}", text[..end].trim_end().trim_end_matches(','), &text[end..])
}
