//! Figures that theory knows, measured. Each is accepted within 4 standard errors, and the same test refuses a model that
//! is a tenth off. Most are rows of `squall validate`; those that take long in a debug build are left to it.

mod primary_backup;

/// The rows of `squall validate` with these names.
fn rows(names: &[&str]) {
    if let Err(table) = squall::validate(names) {
        panic!("{table}");
    }
}

#[test]
fn how_uneven_a_ring_is_and_what_a_join_moves() {
    rows(&["hash-ring/"]);
}

#[test]
fn how_long_a_promotion_takes_and_what_it_loses() {
    rows(&["primary-backup/promotion", "primary-backup/asynchronous"]);
}

#[test]
fn how_long_two_hold_a_lease_on_clocks_that_drift() {
    rows(&["primary-backup/lease"]);
}
