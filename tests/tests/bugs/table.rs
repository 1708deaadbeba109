//! The planted-bug matrix as a table: which check found each bug, and after how many seeds, by the scenario made for it and
//! by chaos.
//!
//! Print it with `cargo test --release -p squall-tests --test all bugs::table -- --nocapture`.

use super::{Row, rows, with_bug};
use crate::common::{Case, catalog, failed};

/// Under how many seeds the scenario made for a bug is run; it must find the bug under each of them.
const SEEDS: u64 = 10;
/// Within how many seeds chaos is asked, where no fewer are demanded.
const LOOKED_AT: u64 = 10_000;

#[test]
fn every_bug_is_found_by_the_scenario_made_for_it_and_by_chaos() {
    println!("{:<4} {:<46} {:<34} seeds  by chaos", "bug", "scenario", "check");
    for row in rows() {
        by_its_scenario(&row);
        let chaos = by_chaos(&row);
        let told =
            chaos.as_ref().map_or("not found".to_owned(), |(seed, check)| format!("{check}, {} seeds", seed + 1));
        println!("{:<4} {:<46} {:<34} {:>5}  {}: {told}", row.id, row.scenario, row.check, 1, row.chaos);
        let is_soon = row.seeds == 0 || chaos.is_some_and(|(seed, _)| seed < row.seeds);
        assert!(is_soon, "{} is not found by {} in {} seeds", row.id, row.chaos, row.seeds);
    }
}

fn by_its_scenario(row: &Row) {
    let mut case = Case::of_file(&catalog(row.scenario));
    for seed in 0..SEEDS {
        let outcome = case.run_seed(seed);
        assert!(failed(&outcome).iter().any(|name| name == row.check), "{} under seed {seed}: {outcome:?}", row.id);
    }
}

/// The first seed that finds the bug, and the checks that failed.
fn by_chaos(row: &Row) -> Option<(u64, String)> {
    let text = std::fs::read_to_string(catalog(row.chaos)).expect("readable");
    let mut case = Case::of_text(&with_bug(&text, row.bug));
    // A debug build looks only as far as is demanded, while one waits.
    let seeds = if cfg!(debug_assertions) { row.seeds } else { row.seeds.max(LOOKED_AT) };
    (0..seeds).find_map(|seed| {
        let failed = failed(&case.run_seed(seed));
        (!failed.is_empty()).then(|| (seed, failed.join(" ")))
    })
}
