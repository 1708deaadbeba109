//! A sweep that is killed goes on without repeating or losing a seed, and refuses to go on as another.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Folder, STORM, words};

/// As many as a debug build needs some seconds for.
const SEEDS: &str = "0..48000";

const SWEEP: [&str; 8] = ["sweep", "storm.ron", "--seeds", SEEDS, "--out", "out", "--format", "json"];

/// Begins the sweep and waits until some of it has been kept.
fn begun(folder: &Folder) -> Child {
    let child = folder.command(&SWEEP).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let child = child.expect("the program can be started");
    wait_for(|| batches(folder) > 0);
    child
}

/// How many batches of results have been kept.
fn batches(folder: &Folder) -> usize {
    let entries = fs::read_dir(folder.path("out")).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".jsonl")).count()
}

#[track_caller]
fn wait_for(done: impl Fn() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_secs(60), "it takes too long");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Goes on until the end; how many runs were left.
#[track_caller]
fn resume(folder: &Folder) -> u64 {
    // Who was just killed may hold the folder for another moment.
    wait_for(|| {
        let output = folder.command(&[&SWEEP[..], &["--resume", "--partition", "2/2"]].concat()).output();
        !words(&output.expect("the program can be started")).contains("another sweep is at work")
    });
    let output = folder.command(&[&SWEEP[..], &["--resume"]].concat()).output().expect("the program can be started");
    let words = words(&output);
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert_eq!(folder.read("out/report.jsonl"), String::from_utf8_lossy(&output.stdout));
    let line = words.lines().rev().find(|line| line.contains(" runs in ")).expect("it says how many");
    line.split(" runs").next().unwrap_or_default().replace(',', "").parse().expect("a number")
}

#[test]
fn killed_in_the_middle_it_goes_on_to_the_same_bytes() {
    let folder = Folder::with("killed", &[("storm.ron", STORM)]);
    let whole = folder.run(1, &[&SWEEP[..4], &["--format", "json"]].concat());
    let mut left = Vec::new();
    for signal in [Signal::KILL, Signal::TERM] {
        let _ = fs::remove_dir_all(folder.path("out"));
        let mut child = begun(&folder);
        kill_process(Pid::from_child(&child), signal).expect("it can be killed");
        let status = child.wait().expect("it can be waited for");
        assert_eq!(status.code(), if signal == Signal::TERM { Some(143) } else { None }, "{status}");
        left.push(resume(&folder));
        assert_eq!(folder.read("out/report.jsonl"), whole, "after {signal:?}");
    }
    assert!(left.iter().all(|runs| (1..48_000).contains(runs)), "what was done is not done again: {left:?}");
    let again = folder.command(&[&SWEEP[..], &["--resume"]].concat()).output().expect("the program can be started");
    assert!(words(&again).contains("0 runs in"), "nothing is left: {}", words(&again));
    assert_eq!(String::from_utf8_lossy(&again.stdout), whole);
}

#[test]
fn it_does_not_go_on_as_another_sweep() {
    let folder = Folder::with("refuses", &[("storm.ron", STORM)]);
    let sweep = ["sweep", "storm.ron", "--seeds", "0..40", "--out", "out"];
    folder.run(1, &sweep);
    let refused = |mut command: Command, why: &str| {
        let output = command.output().expect("the program can be started");
        assert_eq!(output.status.code(), Some(2), "{}", words(&output));
        assert!(words(&output).contains(why), "`{why}` is not said in:\n{}", words(&output));
    };
    refused(folder.command(&sweep), "holds a sweep already: `--resume` goes on with it");
    let other = |more: &[&str]| folder.command(&[&sweep[..], &["--resume"], more].concat());
    refused(other(&["--fail-fast"]), "it was begun without `--fail-fast`");
    refused(other(&["--partition", "1/2"]), "the shard is 1/1, not 1/2");
    let seeds = ["sweep", "storm.ron", "--seeds", "0..41", "--out", "out", "--resume"];
    refused(folder.command(&seeds), "the range of seeds is 0..40, not 0..41");

    let program = folder.path("another-build");
    fs::copy(env!("CARGO_BIN_EXE_wrecks"), &program).expect("it can be copied");
    let mut file = OpenOptions::new().append(true).open(&program).expect("it can be written");
    file.write_all(b"!").expect("it can be written");
    drop(file);
    let mut command = Command::new(&program);
    command.args(sweep).arg("--resume").current_dir(folder.path(""));
    refused(command, "the program's digest is");

    folder.write("storm.ron", &STORM.replace("300ms", "350ms"));
    refused(other(&[]), "the file `storm.ron` has changed");
}
