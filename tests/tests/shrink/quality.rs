//! How small what is found in a storm becomes, beside the smallest reproduction made by hand.
//!
//! Print the tables of shrinking, this one, the ablation and the challenges, with
//! `cargo test --release -p squall-tests --test all shrink:: -- --nocapture --test-threads 1`. With `SQUALL_ROWS=H2,R1` in
//! the environment only these rows are shrunk, and every distinct result is printed.
//!
//! The aims: at most one and a half times the reproduction by hand, and at most three distinct results for each way in
//! which a bug shows (for each fingerprint: other symptoms have other reproductions); always certified; never another bug.
//! All are demanded of every row.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::time::Duration;

use scenarios::Header;
use squall::Effort;

use super::bench::{Bench, Failure, Made, median};
use crate::bugs::{Row, rows};

/// How many failing seeds are shrunk, and among how many they are looked for. A debug build looks at few of them, and
/// only at rows where that is soon done, while one waits.
const FAILING: usize = if cfg!(debug_assertions) { 2 } else { 30 };
const LOOKED_AT: u64 = 8_000;
const QUICK: [&str; 6] = ["H1", "H3", "H5", "D1", "D3", "B1"];

/// How long one storm is shrunk at most. What takes longer is not certified.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many distinct results a fingerprint may have.
const FEW: usize = 3;

#[test]
fn shrunk_storms_beside_reproductions_made_by_hand() {
    println!(
        "bug  seeds  hand  found (median, most)  near  equal    from  ratio  distinct (no times, in one way)  tries  \
         time (median, most)  certified  slipped"
    );
    let chosen = env::var("SQUALL_ROWS").ok();
    let is_meant = |row: &Row| match &chosen {
        Some(ids) => ids.split(',').any(|id| id == row.id),
        None => !cfg!(debug_assertions) || QUICK.contains(&row.id),
    };
    let mut missed = Vec::new();
    for row in rows().filter(|row| row.seeds > 0 && is_meant(row)) {
        let shown = table(&row);
        if chosen.is_some() {
            print_results(&shown);
        }
        missed.extend(judge(&row, &shown));
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What came of one storm: how it failed, what it was made into, and the size by hand.
struct Shown {
    seed: u64,
    fingerprint: String,
    made: Made,
    by_hand: Option<u64>,
    text: String,
}

impl Shown {
    /// Whether it is at most one and a half times as large as by hand.
    fn is_near(&self) -> bool {
        self.by_hand.is_none_or(|by_hand| 2 * self.made.shrunk.after.total() <= 3 * by_hand)
    }

    /// Whether it is as small as by hand.
    fn is_equal(&self) -> bool {
        self.by_hand.is_some_and(|by_hand| self.made.shrunk.after.total() <= by_hand)
    }
}

/// Shrinks what fails of a bug's storms and prints the bug's line.
fn table(row: &Row) -> Vec<Shown> {
    let mut bench = Bench::of(row);
    let failures = bench.failures(FAILING, LOOKED_AT);
    assert!(!failures.is_empty(), "{}: no seed fails", row.id);
    let shown: Vec<Shown> = failures.iter().map(|failure| show(&mut bench, failure)).collect();
    let each = |number: fn(&Made) -> u64| shown.iter().map(|one| number(&one.made)).collect::<Vec<_>>();
    let count = |yes: fn(&Shown) -> bool| shown.iter().filter(|one| yes(one)).count();
    let times: Vec<Duration> = shown.iter().map(|one| one.made.took).collect();
    let found = each(|made| made.shrunk.after.total());
    let from = median(each(|made| made.shrunk.before.total()));
    let texts: BTreeSet<&str> = shown.iter().map(|one| one.text.as_str()).collect();
    let timeless: BTreeSet<String> = texts.iter().map(|text| without_times(text)).collect();
    println!(
        "{:<4} {:>5}  {:>4}  {:>14} {:>5}  {:>4}  {:>5}  {:>6}  {:>4}x  {:>8} {:>10} {:>11}  {:>5}  {:>9.2?} {:>9.2?}  {:>9}  {:>7}",
        row.id,
        shown.len(),
        shown[0].by_hand.map_or("-".to_owned(), |size| size.to_string()),
        median(found.clone()),
        found.iter().max().unwrap_or(&0),
        count(Shown::is_near),
        count(Shown::is_equal),
        from,
        from / median(found.clone()).max(1),
        texts.len(),
        timeless.len(),
        most_in_one_way(&shown),
        median(each(|made| made.shrunk.tries)),
        median(times.clone()),
        times.iter().max().copied().unwrap_or_default(),
        count(|one| one.made.shrunk.certificate.is_some()),
        count(|one| one.made.slipped),
    );
    shown
}

fn show(bench: &mut Bench, failure: &Failure) -> Shown {
    let made = bench.shrink(failure, Effort { jobs: 1, deadline: Some(DEADLINE) });
    let text = scenarios::print(&made.shrunk.plan, &Header::default());
    Shown {
        seed: failure.seed,
        fingerprint: failure.fingerprint.clone(),
        made,
        by_hand: bench.by_hand(&failure.check),
        text,
    }
}

/// What each pass did, and every distinct result, with how often it was found and from which seeds, the most frequent first.
fn print_results(shown: &[Shown]) {
    let mut passes: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for (pass, (tries, steps)) in shown.iter().flat_map(|one| &one.made.passes) {
        let all = passes.entry(pass).or_default();
        *all = (all.0 + tries, all.1 + steps);
    }
    let mut passes: Vec<_> = passes.into_iter().collect();
    passes.sort_by_key(|(_, (tries, _))| std::cmp::Reverse(*tries));
    let told: Vec<String> = passes.iter().map(|(pass, (tries, steps))| format!("{pass} {tries} ({steps})")).collect();
    println!("// tries of each pass, and how many were taken: {}", told.join(", "));
    let mut results: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
    for one in shown {
        results.entry((&one.fingerprint, &one.text)).or_default().push(one.seed);
    }
    let mut results: Vec<_> = results.into_iter().collect();
    results.sort_by_key(|(_, seeds)| std::cmp::Reverse(seeds.len()));
    for ((fingerprint, text), seeds) in results {
        println!("// {} times {fingerprint}, of seeds {seeds:?}\n{text}", seeds.len());
    }
}

/// How many distinct results there are of the fingerprint that has most.
fn most_in_one_way(shown: &[Shown]) -> usize {
    let mut ways: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in shown {
        ways.entry(&one.fingerprint).or_default().insert(&one.text);
    }
    ways.values().map(BTreeSet::len).max().unwrap_or(0)
}

/// A text in which all times are alike: to see what else differs.
fn without_times(text: &str) -> String {
    let is_time = |part: &&str| part.starts_with(|c: char| c.is_ascii_digit()) && part.ends_with('s');
    let parts: Vec<&str> = text.split('"').map(|part| if is_time(&part) { "" } else { part }).collect();
    parts.join("\"")
}

/// The aims that a row misses though nothing excuses it.
fn judge(row: &Row, shown: &[Shown]) -> Vec<String> {
    let mut missed = Vec::new();
    for one in shown {
        let Shown { made, by_hand, text, .. } = one;
        let (before, after) = (made.shrunk.before.total(), made.shrunk.after.total());
        let aims = [
            (made.shrunk.certificate.is_some(), "is not certified".to_owned()),
            (!made.slipped, "is another bug".to_owned()),
            (after < before, format!("has {after} elements of {before}")),
            (one.is_near(), format!("has {after} elements, where {by_hand:?} would do")),
        ];
        let misses = aims.into_iter().filter(|(met, _)| !met);
        missed.extend(misses.map(|(_, how)| format!("{}: a result {how}\n{text}", row.id)));
    }
    let most = most_in_one_way(shown);
    if most > FEW {
        missed.push(format!("{}: {most} distinct results of one fingerprint", row.id));
    }
    missed
}
