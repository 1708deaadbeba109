//! How small what is found in a storm becomes, beside the smallest reproduction made by hand.
//!
//! Print the tables of shrinking, this one, the ablation and the challenges, with
//! `cargo test --release -p squall-tests --test all shrink:: -- --nocapture --test-threads 1`.

use std::collections::BTreeSet;
use std::time::Duration;

use scenarios::Header;
use squall::Effort;

use super::bench::{Bench, Made, median};
use crate::bugs::{Row, rows};

/// How many failing seeds are shrunk, and among how many they are looked for. A debug build looks at few of them, while
/// one waits.
const FAILING: usize = if cfg!(debug_assertions) { 2 } else { 30 };
const FAILING_SHOWN: usize = 3;
const LOOKED_AT: u64 = 2_000;

/// Rows of which an aim is demanded: within one and a half times the reproduction by hand, and never another bug. All others
/// are shown in release, which is how a row joins: L2 and L3 show themselves only after hundreds of requests, each of which
/// is needed, and one storm of thirty leaves L1 with a flapping link and four requests where a cut and one would do.
const DEMANDED: [&str; 5] = ["H1", "H2", "H3", "H4", "L4"];

#[test]
fn shrunk_storms_beside_reproductions_made_by_hand() {
    println!(
        "bug  seeds  hand  found (median, most)    from  ratio  distinct  tries  time (median, most)  certified  slipped"
    );
    for row in rows().filter(|row| row.seeds > 0) {
        if DEMANDED.contains(&row.id) {
            judge(&row, &table(&row, FAILING));
        } else if !cfg!(debug_assertions) {
            table(&row, FAILING_SHOWN);
        }
    }
}

/// Shrinks what fails of a bug's storms and prints the bug's line. What came of each, with its size by hand.
fn table(row: &Row, failing: usize) -> Vec<(Made, Option<u64>)> {
    let mut bench = Bench::of(row);
    let failures = bench.failures(failing, LOOKED_AT);
    assert!(!failures.is_empty(), "{}: no seed fails", row.id);
    let made: Vec<(Made, Option<u64>)> = (failures.iter())
        .map(|failure| (bench.shrink(failure, Effort::ALONE), bench.by_hand(&failure.check)))
        .collect();
    let each = |number: fn(&Made) -> u64| made.iter().map(|(made, _)| number(made)).collect::<Vec<_>>();
    let times: Vec<Duration> = made.iter().map(|(made, _)| made.took).collect();
    let found = each(|made| made.shrunk.after.total());
    let from = median(each(|made| made.shrunk.before.total()));
    let distinct: BTreeSet<String> =
        made.iter().map(|(made, _)| scenarios::print(&made.shrunk.plan, &Header::default())).collect();
    let count = |yes: fn(&Made) -> bool| made.iter().filter(|(made, _)| yes(made)).count();
    println!(
        "{:<4} {:>5}  {:>4}  {:>14} {:>5}  {:>6}  {:>4}x  {:>8}  {:>5}  {:>9.2?} {:>9.2?}  {:>9}  {:>7}",
        row.id,
        made.len(),
        made[0].1.map_or("-".to_owned(), |size| size.to_string()),
        median(found.clone()),
        found.iter().max().unwrap_or(&0),
        from,
        from / median(found.clone()).max(1),
        distinct.len(),
        median(each(|made| made.shrunk.tries)),
        median(times.clone()),
        times.iter().max().copied().unwrap_or_default(),
        count(|made| made.shrunk.certificate.is_some()),
        count(|made| made.slipped),
    );
    made
}

fn judge(row: &Row, made: &[(Made, Option<u64>)]) {
    for (Made { shrunk, slipped, .. }, by_hand) in made {
        let plan = || scenarios::print(&shrunk.plan, &Header::default());
        assert!(shrunk.certificate.is_some(), "{}: always certified\n{}", row.id, plan());
        assert!(!slipped, "{}: never slipped\n{}", row.id, plan());
        let total = shrunk.after.total();
        let near = by_hand.is_none_or(|by_hand| 2 * total <= 3 * by_hand);
        assert!(near, "{}: {total} is within 1.5 times {by_hand:?}\n{}", row.id, plan());
    }
}
