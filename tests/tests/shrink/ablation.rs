//! What each idea of shrinking is worth: the same storms shrunk without it.
//!
//! - *without exceptions*: the plan is not frozen, so that single packets cannot be taken out, only what drew their fates;
//! - *without addressed chance*: the same, and whatever is taken out reshuffles every draw, as with one sequential stream;
//! - *ddmin*: exceptions and all, but by delta debugging alone.

use std::collections::BTreeSet;

use scenarios::Header;
use scenarios::shrink::baseline::ddmin;
use scenarios::shrink::{Shrunk, shrink};
use sim_core::digest::Digest;
use sim_core::plan::Chance;
use sim_core::{Plan, RunOptions};
use squall::Effort;

use super::bench::{Bench, Failure, median};
use crate::bugs::rows;

const BUGS: [&str; 4] = ["H2", "H3", "H4", "L1"];
const FAILING: usize = if cfg!(debug_assertions) { 1 } else { 10 };

/// A way of shrinking.
type Way = fn(&mut Bench, &Failure) -> Shrunk;

#[test]
fn every_idea_is_worth_its_place() {
    println!("bug  way                       found (median, most)  distinct  tries");
    for row in rows().filter(|row| BUGS.contains(&row.id)) {
        let mut bench = Bench::of(&row);
        let failures = bench.failures(FAILING, 2_000);
        let full = line(row.id, "all of them", failures.iter().map(|one| bench.shrink(one, Effort::ALONE).shrunk));
        let ways: [(&str, Way); 3] = [
            ("without exceptions", |bench, one| seeded(bench, one, false)),
            ("without addressed chance", |bench, one| seeded(bench, one, true)),
            ("ddmin alone", |bench, one| {
                let frozen = bench.frozen(one);
                ddmin(&frozen, &mut |plan| bench.fails(plan, one))
            }),
        ];
        for (name, way) in ways {
            let most = line(row.id, name, failures.iter().map(|one| way(&mut bench, one)));
            assert!(most >= full, "{}: {name} is better than all ideas together", row.id);
        }
    }
}

/// Prints a line. The median size.
fn line(id: &str, name: &str, shrunk: impl Iterator<Item = Shrunk>) -> u64 {
    let all: Vec<Shrunk> = shrunk.collect();
    let found: Vec<u64> = all.iter().map(|shrunk| shrunk.after.total()).collect();
    let distinct: BTreeSet<String> =
        all.iter().map(|shrunk| scenarios::print(&shrunk.plan, &Header::default())).collect();
    let tries = median(all.iter().map(|shrunk| shrunk.tries).collect());
    let most = found.iter().max().copied().unwrap_or(0);
    let middle = median(found);
    println!("{id:<4} {name:<24}  {middle:>14} {most:>5}  {:>8}  {tries:>5}", distinct.len());
    middle
}

/// Shrinks a plan that is not frozen; if chance is shuffled, every candidate has draws of its own.
fn seeded(bench: &mut Bench, failure: &Failure, shuffled: bool) -> Shrunk {
    let mut plan = failure.plan.clone();
    plan.checks.retain(|check| check.name() == failure.check);
    let first = plan.clone();
    let fails = &mut |candidate: &Plan| {
        let mut drawn = candidate.clone();
        if shuffled && *candidate != first {
            drawn.chance = Chance::Seeded(Digest::of(candidate));
        }
        bench.fails(&drawn, failure)
    };
    shrink(&plan, fails, &mut |_, _| {})
}

/// The look that a candidate is given must be the look that is measured.
#[test]
fn a_storm_that_is_not_frozen_can_be_shrunk() {
    let row = rows().find(|row| row.id == "H3").expect("it is there");
    let mut bench = Bench::of(&row);
    let failures = bench.failures(1, 2_000);
    let shrunk = seeded(&mut bench, &failures[0], false);
    assert!(shrunk.after.total() < shrunk.before.total() || shrunk.before.total() <= 3, "{:?}", shrunk.after);
    assert!(bench.runner.run(&shrunk.plan, RunOptions::default()).outcome.events > 0);
}
