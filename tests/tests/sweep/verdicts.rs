//! No silent green: what was not run, not reached or not decided is said, and is no success.

use super::{Folder, STORM, words, wreck};

#[test]
fn nothing_run_is_said() {
    let folder = Folder::with("nothing", &[("calm.ron", &wreck("Behave"))]);
    folder.run(4, &["sweep"]);
    let page = folder.run(4, &["sweep", "calm.ron", "--seeds", "5..5"]);
    assert!(page.starts_with("NOTHING RUN"), "{page}");
    folder.run(2, &["sweep", "calm.ron", "--seeds", "0.."]);
}

#[test]
fn a_mark_that_no_run_reaches_fails_the_sweep() {
    let unreached = wreck("Behave").replace("2s", "50ms");
    let folder = Folder::with("unreached", &[("short.ron", &unreached)]);
    let page = folder.run(1, &["sweep", "short.ron", "--seeds", "0..5"]);
    assert!(page.contains("never reached in no run: sometimes(heard)"), "{page}");
    // One shard cannot know what the others have seen.
    folder.run(0, &["sweep", "short.ron", "--seeds", "0..5", "--partition", "1/2"]);
}

#[test]
fn a_budget_that_is_used_up_is_said_and_its_seeds_are_counted() {
    let folder = Folder::with("budget", &[("calm.ron", &wreck("Behave"))]);
    let arguments = ["sweep", "calm.ron", "--budget", "1s", "--jobs", "1", "--out", "out"];
    let page = folder.run(0, &arguments);
    assert!(page.starts_with("PASS") && page.contains("(the budget is used up: not all were run)"), "{page}");
    let report = folder.read("out/report.jsonl");
    assert!(report.contains(r#""ended":"budget""#), "{report}");
    // With more time it goes on from where it stopped.
    let more = folder.command(&[&arguments[..], &["--resume"]].concat()).output().expect("the program can be started");
    assert!(more.status.success() && folder.read("out/report.jsonl").len() > report.len(), "{}", words(&more));
}

#[test]
fn failures_are_groups_with_the_lowest_seed_confirmed_in_a_fresh_process() {
    let folder = Folder::with("groups", &[("storm.ron", STORM)]);
    let page = folder.run(1, &["sweep", "storm.ron", "--seeds", "0..200"]);
    let group = page.lines().find(|line| line.contains("accuracy/false-suspicion")).expect("the group");
    assert!(group.ends_with("the same again in a fresh process"), "{page}");
    let replay = page.lines().find_map(|line| line.trim().strip_prefix("replay   squall ")).expect("the command");
    let arguments: Vec<&str> = replay.split(' ').chain(["--no-shrink"]).collect();
    assert!(folder.run(1, &arguments).contains("accuracy"), "the command shows it");
    assert_eq!(page.matches("accuracy/false-suspicion").count(), 1, "one group: {page}");
    assert!(page.contains("recorded suspects ") && page.contains("trusts "), "what happened is counted: {page}");
}

#[test]
fn fail_fast_stops_at_the_first_failure_whatever_the_number_of_threads() {
    let folder = Folder::with("fast", &[("storm.ron", STORM)]);
    let run = |jobs| {
        folder.run(1, &["sweep", "storm.ron", "--seeds", "0..2000", "--fail-fast", "--jobs", jobs, "--format", "json"])
    };
    let alone = run("1");
    assert!(alone.contains(r#""ended":"failed""#), "{alone}");
    assert_eq!(run("3"), alone);
}
