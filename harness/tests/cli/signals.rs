//! SIGINT and SIGTERM, also to the watching process alone.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{CALM, Folder};

/// A run that takes far longer than any test.
fn long_run(folder: &Folder) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(["run", "long.ron"]).current_dir(folder.path());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it can be started")
}

fn ends_with(signal: Signal, code: i32) {
    let long = CALM.replace("5s", "10000h").replace("version: 1,", "version: 1, limits: (events: 4_000_000_000),");
    let folder = Folder::with(&[("long.ron", &long)]);
    let mut child = long_run(&folder);
    thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().expect("it can be waited for").is_none(), "it runs");
    let asked = Instant::now();
    kill_process(Pid::from_child(&child), signal).expect("it can be asked");
    let status = child.wait().expect("it can be waited for");
    assert_eq!(status.code(), Some(code), "{status}");
    assert!(asked.elapsed() < Duration::from_secs(5), "it ends soon");
}

#[test]
fn an_interrupt_is_130() {
    ends_with(Signal::INT, 130);
}

#[test]
fn a_termination_is_143() {
    ends_with(Signal::TERM, 143);
}

#[test]
fn an_interrupted_shrink_keeps_what_it_has_reached() {
    let mesh = CALM.replace("nodes: 2", "nodes: 25, network: (latency: Uniform(\"1ms\", \"50ms\"), loss: \"10%\")");
    let mesh = mesh
        .replace("500ms", "300ms")
        .replace("5s", "30s")
        .replace("NoPanic, Accuracy(after_calm: false)", r#"Never("suspects")"#);
    let folder = Folder::with(&[("mesh.ron", &mesh)]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_squall"));
    command.args(["run", "mesh.ron"]).current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it can be started");
    let talk = BufReader::new(child.stderr.take().expect("a pipe"));
    let begun = talk.lines().map_while(Result::ok).find(|line| line.starts_with("shrinking"));
    assert!(begun.is_some(), "it shrinks, and says so");
    kill_process(Pid::from_child(&child), Signal::INT).expect("it can be asked");
    assert_eq!(child.wait().expect("it can be waited for").code(), Some(130));
    folder.squall(&["replay", "squall-out/mesh-never-suspects-recorded.ron"]).success();
}
