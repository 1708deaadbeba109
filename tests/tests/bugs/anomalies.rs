//! What a system of primary and backup must be able to exhibit, and its correct variant to survive: each anomaly in two
//! files of the catalogue.

use scenarios::Expect;

use crate::common::{Case, catalog, failed};

/// What goes wrong; the file in which it does, and the one in which the right configuration survives the same.
const PAIRS: [(&str, &str, &str); 14] = [
    ("split brain", "split_brain_async", "split_brain_majority"),
    ("an acknowledged write lost under asynchronous replication", "lost_write_async", "lost_write_semisync"),
    ("a stale read from a deposed primary", "bug_b3_reads_after_lease", "stale_read_deposed_primary"),
    ("a stale write after a pause", "bug_b4_token_unchecked", "stale_write_after_pause"),
    ("leases that overlap by clock error", "lease_overlap_margin_too_small", "lease_overlap_margin"),
    ("failover to an uninitialised backup", "bug_b7_joins_unacknowledged", "uninitialised_backup"),
    ("a duplicate apply", "bug_b9_retry_unrecognised", "duplicate_apply"),
    ("a backup that diverges during state transfer", "bug_b8_torn_transfer", "transfer_while_writing"),
    ("fail-back ping-pong", "fail_back_ping_pong", "fail_back_hysteresis"),
    ("amnesia", "amnesia_async", "amnesia_view"),
    ("livelock under a one-way cut", "bug_b11_hasty_fail_back", "livelock_one_way"),
    ("a minority primary behind a bridge", "bridge_async", "bridge_majority"),
    ("a read at a backup before replay is done", "read_before_replay_async", "read_before_replay_active"),
    ("an old view's request delivered late", "late_update_of_old_view_same_epoch", "late_update_of_old_view"),
];

/// Seeds of each half.
const SEEDS: u64 = 10;

#[test]
fn each_anomaly_is_exhibited_and_survived() {
    for (anomaly, exhibited, survived) in PAIRS {
        let mut exhibits = Case::of_file(&catalog(&format!("primary_backup/{exhibited}")));
        assert!(matches!(exhibits.scenario.expect(), Expect::Fail(_)), "{exhibited} exhibits {anomaly}");
        let mut survives = Case::of_file(&catalog(&format!("primary_backup/{survived}")));
        assert_eq!(*survives.scenario.expect(), Expect::Pass, "{survived} survives {anomaly}");
        for seed in 0..SEEDS {
            let outcome = exhibits.run_seed(seed);
            assert!(exhibits.is_expected(&outcome), "{exhibited} under seed {seed}: {:?}", outcome.checks);
            let outcome = survives.run_seed(seed);
            assert!(survives.is_expected(&outcome), "{survived} under seed {seed}: {:?}", failed(&outcome));
        }
    }
}
