//! Checks of clients' histories, named in scenario files: each fires where it must and stays quiet where it must not.

use scenarios::load;
use squall::Registry;

use crate::common::{Case, catalog, failed};

/// A file of primary/backup with other checks.
fn with_checks(name: &str, checks: &str) -> String {
    let path = catalog(&format!("primary_backup/{name}"));
    let text = std::fs::read_to_string(path).expect("readable");
    let (before, _) = text.split_once("    checks: [").expect("checks at the end");
    // What the file expects is of its own checks.
    let before: Vec<&str> = before.lines().filter(|line| !line.contains("    expect: ")).collect();
    format!("{}\n    checks: [{checks}],\n)\n", before.join("\n"))
}

/// The checks that fail under any of some seeds, and that they fail under each.
fn fails(text: &str) -> Vec<String> {
    let mut case = Case::of_text(text);
    let first = failed(&case.run_seed(0));
    for seed in 1..5 {
        assert_eq!(failed(&case.run_seed(seed)), first, "seed {seed}\n{text}");
    }
    first
}

#[test]
fn sessions_break_at_asynchronous_backups_and_hold_at_synchronous_ones() {
    for (check, name) in [("ReadYourWrites", "read-your-writes"), ("MonotonicReads", "monotonic-reads")] {
        assert_eq!(fails(&with_checks("session_async", check)), [name]);
        assert!(fails(&with_checks("session_sync", check)).is_empty(), "{check}");
    }
}

#[test]
fn guarantees_that_need_versions_are_refused_where_nobody_tells_any() {
    for (check, name) in [("MonotonicWrites", "monotonic-writes"), ("WritesFollowReads", "writes-follow-reads")] {
        let problems = load(with_checks("session_sync", check).as_bytes(), &Registry::builtin()).expect_err("refused");
        let message = format!("`{name}` cannot be judged here: `{name}` needs a contract with versions");
        assert!(format!("{problems:?}").contains(&message), "{problems:?}");
    }
}

#[test]
fn availability_is_missed_by_who_is_cut_off_and_by_nobody_else() {
    let shares = ["by: Requests", "by: Time", "by: Probes(\"1s\")", "of: Client", "of: Side", "by: Time, of: Side"];
    for share in shares {
        let cut_off = with_checks("split_brain_majority", &format!("Availability(min: \"90%\", {share})"));
        assert_eq!(fails(&cut_off), ["availability"], "{share}");
        // The same partition with both clients on the side that goes on.
        let together =
            cut_off.replace("\"left\"], [\"b\", \"witness\", \"right\"]", "\"witness\", \"left\", \"right\"], [\"b\"]");
        assert_ne!(together, cut_off);
        assert!(fails(&together).is_empty(), "{share}");
    }
}
