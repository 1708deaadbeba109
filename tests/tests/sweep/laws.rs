//! Law 8: what a sweep gives over given seeds depends neither on `--jobs` nor on shards, and `merge` is associative,
//! commutative and idempotent.

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::Index;

use super::{Folder, STORM, wreck};

const SHARDS: usize = 5;

/// A sweep of two files, as a whole and in five shards.
struct Sweep {
    folder: Folder,
    whole: String,
}

fn sweep() -> &'static Sweep {
    static SWEEP: OnceLock<Sweep> = OnceLock::new();
    SWEEP.get_or_init(|| {
        let folder = Folder::with("laws", &[("storm.ron", STORM), ("panic.ron", &wreck("Panic"))]);
        let arguments = ["sweep", "storm.ron", "panic.ron", "--seeds", "3..403", "--format", "json"];
        let whole = folder.run(1, &[&arguments[..], &["--jobs", "2"]].concat());
        assert_eq!(folder.run(1, &[&arguments[..], &["--jobs", "1"]].concat()), whole, "jobs leave no trace");
        for shard in 1..=SHARDS {
            let partition = format!("{shard}/{SHARDS}");
            let report = folder.run(1, &[&arguments[..], &["--partition", &partition]].concat());
            folder.write(&shard.to_string(), &report);
        }
        Sweep { folder, whole }
    })
}

/// Merges reports, by the names of their files, into one of this name.
fn merge(into: &str, reports: &[String]) -> String {
    let mut arguments = vec!["merge", "--out", into, "--format", "json"];
    arguments.extend(reports.iter().map(String::as_str));
    let merged = sweep().folder.run(1, &arguments);
    assert_eq!(sweep().folder.read(into), merged, "the file and stdout are the same");
    merged
}

#[test]
fn the_shards_together_are_the_whole() {
    let shards: Vec<String> = (1..=SHARDS).map(|shard| shard.to_string()).collect();
    assert_eq!(merge("all", &shards), sweep().whole);
}

#[test]
fn missing_and_doubled_shards_are_named() {
    let folder = &sweep().folder;
    let output = folder.command(&["merge", "1", "2", "4", "2"]).output().expect("the program can be started");
    let words = super::words(&output);
    assert_eq!(output.status.code(), Some(1), "what failed has failed: {words}");
    for said in ["missing  shard 3/5", "missing  shard 5/5", "shard 2/5 is in both `2` and `2`, and counted once"] {
        assert!(words.contains(said), "`{said}` is not said in:\n{words}");
    }
}

#[test]
fn what_would_pass_is_undecided_while_a_shard_is_missing() {
    let folder = Folder::with("undecided", &[("calm.ron", &wreck("Behave"))]);
    let arguments = ["sweep", "calm.ron", "--seeds", "0..20", "--format", "json", "--partition"];
    for shard in ["1/3", "2/3", "3/3"] {
        folder.write(&shard[..1], &folder.run(0, &[&arguments[..], &[shard]].concat()));
    }
    folder.run(3, &["merge", "1", "3"]);
    folder.run(0, &["merge", "3", "1", "2"]);
    assert!(folder.run(4, &["merge"]).is_empty(), "nothing to merge is no success");
}

#[test]
fn reports_of_other_sweeps_do_not_join() {
    let folder = &sweep().folder;
    let other = folder.run(1, &["sweep", "storm.ron", "panic.ron", "--seeds", "3..404", "--format", "json"]);
    folder.write("other", &other);
    let output = folder.command(&["merge", "1", "other"]).output().expect("the program can be started");
    assert_eq!(output.status.code(), Some(2), "{}", super::words(&output));
    assert!(super::words(&output).contains("the range of seeds is 3..404, not 3..403"), "{}", super::words(&output));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whichever shards are joined, in whatever order, how often each and in whatever groups: the same shards give the
    /// same bytes.
    #[test]
    fn only_the_set_of_shards_matters(
        shards in prop::collection::vec(1..=SHARDS, 1..8),
        cuts in prop::collection::vec(any::<Index>(), 0..3),
    ) {
        let mut names: Vec<String> = shards.iter().map(usize::to_string).collect();
        // Any two neighbours or more become one report first.
        for (number, cut) in cuts.iter().enumerate() {
            let at = cut.index(names.len());
            let group: Vec<String> = names.drain(at..names.len().min(at + 3)).collect();
            let joined = format!("group-{number}");
            merge(&joined, &group);
            names.insert(at, joined);
        }
        let joined = merge("joined", &names);
        let mut distinct = shards;
        distinct.sort_unstable();
        distinct.dedup();
        let distinct: Vec<String> = distinct.iter().map(usize::to_string).collect();
        prop_assert_eq!(&joined, &merge("distinct", &distinct));
        if distinct.len() == SHARDS {
            prop_assert_eq!(&joined, &sweep().whole);
        }
    }
}
