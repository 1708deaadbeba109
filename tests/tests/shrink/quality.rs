//! How small what is found in a storm becomes, beside the smallest reproduction made by hand.
//!
//! Print the tables of shrinking, this one, the ablation and the challenges, with
//! `cargo test --release -p squall-tests --test all shrink:: -- --nocapture --test-threads 1`.
//!
//! The aims: at most one and a half times the reproduction by hand, and at most three distinct results for each way in
//! which a bug shows (for each fingerprint: other symptoms have other reproductions); always certified; never another bug.
//! Certificates and the bug being the same are demanded of every row, the others of all rows but those listed with a
//! reason.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use scenarios::Header;
use squall::Effort;

use super::bench::{Bench, Failure, Made, median};
use crate::bugs::{Row, rows};

/// How many failing seeds are shrunk, and among how many they are looked for. A debug build looks at few of them, and
/// only at rows where that is soon done, while one waits.
const FAILING: usize = if cfg!(debug_assertions) { 2 } else { 30 };
const LOOKED_AT: u64 = 1_000;
const QUICK: [&str; 6] = ["H1", "H3", "H5", "D1", "D3", "B1"];

/// Rows of which fewer seeds are shrunk, and how many.
const DEAR: [(&str, usize); 4] = [("L2", 1), ("L3", 5), ("R2", 5), ("R6", 5)];

/// How long one storm is shrunk at most. What takes longer is not certified.
const DEADLINE: Duration = Duration::from_secs(60);

/// How many distinct results a fingerprint may have.
const FEW: usize = 3;

/// Rows of which not every storm is certified within the deadline.
const UNCERTIFIED: [(&str, &str); 1] =
    [("L2", "hundreds of requests are needed, and each is tried in a run of half a minute")];

/// Rows of which a result shows another bug.
const SLIPPED: [(&str, &str); 1] =
    [("S3", "one storm of thirty loses its view server, and the node whose disk rots takes that part by its number")];

/// Rows of which not every storm comes near the reproduction by hand.
const FAR: [(&str, &str); 9] = [
    ("L2", "stopped by the deadline"),
    ("R2", "an abort in the midst of a move takes several changes of membership, and there are many ways to one"),
    ("B2", "two storms of thirty fill a log where a cut would do"),
    ("L3", "one storm of five has its requests come so that whom they ask alternates in another way"),
    ("B7", "some storms slow a transfer down by what is to be transferred, twenty writes instead of one cut"),
    ("B8", "one storm of ten writes ten times during a transfer where once would do at the right time"),
    ("S2", "a record that was misdirected must hit another of its file, for which some storms write a dozen"),
    ("S4", "some storms need two faults of a disk where one would do"),
    ("S3", "some storms need a log of twenty entries where one would do for a bit of it"),
];

/// Rows that end at more than three distinct results of one fingerprint.
const MANY: [(&str, &str); 22] = [
    ("H2", "one storm of ten leaves a node that started late, with the numbers of its messages shifted"),
    ("L2", "stopped by the deadline"),
    ("L3", "whom the 150 requests after the timeout ask is a matter of how they alternate"),
    ("R1", "which change of membership moves a key, and which key, differ by the storm"),
    ("R2", "the same"),
    ("R4", "the same"),
    ("R5", "the same"),
    ("R6", "the same"),
    ("R7", "the same"),
    ("B2", "any fault that keeps an update from the backup will do"),
    ("B4", "a cut, a pause and a slow node each keep a primary from hearing that it is none"),
    ("B7", "any two faults that bring about two failovers will do"),
    ("B8", "any fault that brings about a transfer will do"),
    ("B9", "any fault that loses a reply will do"),
    ("B11", "any fault that brings about a failover will do, and requests must come often enough to miss an answer"),
    ("B12", "any fault that brings about a failover will do"),
    ("B10", "the same"),
    ("B5", "which renewal is answered late, and by how much, differ by the storm"),
    ("S2", "which records a disk misplaces differs by the storm"),
    ("S1", "which of the nodes crash, and when a disk wrote by itself, differ by the storm"),
    ("S3", "the same"),
    ("S4", "the same"),
];

#[test]
fn shrunk_storms_beside_reproductions_made_by_hand() {
    println!(
        "bug  seeds  hand  found (median, most)  near  equal    from  ratio  distinct (no times, in one way)  tries  \
         time (median, most)  certified  slipped"
    );
    let mut missed = Vec::new();
    for row in rows().filter(|row| row.seeds > 0) {
        if !cfg!(debug_assertions) || QUICK.contains(&row.id) {
            missed.extend(judge(&row, &table(&row)));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What came of one storm: how it failed, what it was made into, and the size by hand.
struct Shown {
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
    let dear = DEAR.iter().find(|(id, _)| *id == row.id);
    let failures = bench.failures(dear.map_or(FAILING, |(_, failing)| *failing), LOOKED_AT);
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
    Shown { fingerprint: failure.fingerprint.clone(), made, by_hand: bench.by_hand(&failure.check), text }
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
    let told = |list: &[(&str, &str)]| list.iter().any(|(id, _)| *id == row.id);
    let mut missed = Vec::new();
    for one in shown {
        let Shown { made, by_hand, text, .. } = one;
        let (before, after) = (made.shrunk.before.total(), made.shrunk.after.total());
        let aims = [
            (made.shrunk.certificate.is_some() || told(&UNCERTIFIED), "is not certified".to_owned()),
            (!made.slipped || told(&SLIPPED), "is another bug".to_owned()),
            (after < before, format!("has {after} elements of {before}")),
            (one.is_near() || told(&FAR), format!("has {after} elements, where {by_hand:?} would do")),
        ];
        let misses = aims.into_iter().filter(|(met, _)| !met);
        missed.extend(misses.map(|(_, how)| format!("{}: a result {how}\n{text}", row.id)));
    }
    let most = most_in_one_way(shown);
    if most > FEW && !told(&MANY) {
        missed.push(format!("{}: {most} distinct results of one fingerprint", row.id));
    }
    missed
}
