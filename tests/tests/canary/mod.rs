//! Canaries: protocols that depend on something outside the simulation, each caught by `--twice`.
//!
//! The protocols are in the program `canaries`, whose root is `binary.rs`; a file for each defect.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const SAME_SIMULATOR: &str = "again in the same simulator";
const FRESH_PROCESS: &str = "in a fresh process";

/// Runs a canary twice under a fixed working directory, with a variable in the environment that it may look for.
fn twice(protocol: &str) -> Output {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = directory.join(format!("canary-{protocol}.ron"));
    let scenario = format!(
        r#"(version: 1, about: "A canary.", protocol: "{protocol}", config: (), nodes: 2, until: "1s", checks: [NoPanic])"#
    );
    fs::write(&file, scenario).expect("the target directory can be written to");
    Command::new(env!("CARGO_BIN_EXE_canaries"))
        .args(["run", "--twice"])
        .arg(&file)
        .current_dir(directory)
        .env("CANARY_SINGS", "loudly")
        .output()
        .expect("the program can be started")
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

/// The canary is found out, under these circumstances, by the number that its nodes tell.
fn caught(protocol: &str, circumstance: &str) {
    let output = twice(protocol);
    let words = words(&output);
    assert_eq!(output.status.code(), Some(5), "{words}");
    assert!(words.contains(circumstance), "{words}");
    assert!(words.contains("sends Told("), "the first entry that differs is named: {words}");
}

#[test]
fn a_protocol_that_keeps_to_its_context_is_not_accused() {
    let output = twice("honest");
    assert_eq!(output.status.code(), Some(0), "{}", words(&output));
}

#[test]
fn the_order_of_a_hash_map() {
    caught("hash-map", SAME_SIMULATOR);
}

#[test]
fn the_clock_of_the_host() {
    caught("host-clock", SAME_SIMULATOR);
}

#[test]
fn an_address_on_the_heap() {
    // Where it shows depends on the allocator.
    caught("address", "in ");
}

#[test]
fn a_static_counter() {
    caught("static-counter", SAME_SIMULATOR);
}

#[test]
fn the_timing_of_a_thread() {
    caught("thread-timing", "in ");
}

#[test]
fn a_variable_of_the_environment() {
    caught("environment", FRESH_PROCESS);
}

#[test]
fn the_working_directory() {
    caught("working-directory", FRESH_PROCESS);
}

#[test]
fn the_id_of_the_process() {
    caught("process", FRESH_PROCESS);
}
