//! The style that can be held by a test.

use std::fs;

use crate::common::{files, root};

const CRATES: [&str; 5] = ["sim-core", "protocols", "scenarios", "harness", "tests"];

fn sources() -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for name in CRATES {
        for path in files(&root().join(name), "rs") {
            let text = fs::read_to_string(&path).expect("readable");
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            if !name.contains("/target/") {
                sources.push((name, text));
            }
        }
    }
    assert!(sources.len() > 50, "the sources are here");
    sources
}

fn refuse(what: &str, found: &[String]) {
    assert!(found.is_empty(), "{what}:\n{}", found.join("\n"));
}

#[test]
fn every_file_opens_with_what_it_is() {
    let bare: Vec<_> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//!")).map(|(name, _)| name).collect();
    refuse("files that do not open with `//!`", &bare);
}

#[test]
fn no_file_knows_everything() {
    // The design aims for 70 to 250 lines; what is longer has to be one idea still.
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > 620)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    refuse("files of more than 620 lines", &long);
}

#[test]
fn nothing_is_left_undone_or_silenced() {
    // In two halves, so that this file does not find itself.
    let banned = [
        ["#[ig", "nore"],
        ["to", "do!("],
        ["unimpl", "emented!("],
        ["db", "g!("],
        ["#[al", "low("],
        ["#![al", "low("],
        ["FIX", "ME"],
        ["uns", "afe {"],
    ]
    .map(|halves| halves.concat());
    let mut found = Vec::new();
    for (name, text) in sources() {
        for (line, number) in text.lines().zip(1..) {
            found.extend(
                banned.iter().filter(|word| line.contains(*word)).map(|word| format!("{name}:{number}: {word}")),
            );
        }
    }
    refuse("unfinished or silenced", &found);
}

#[test]
fn every_pure_crate_bans_what_would_reach_a_run() {
    let ban = fs::read_to_string(root().join("sim-core/clippy.toml")).expect("readable");
    for name in ["protocols", "scenarios"] {
        let other = fs::read_to_string(root().join(name).join("clippy.toml")).expect("readable");
        assert!(ban == other, "{name}/clippy.toml differs from sim-core/clippy.toml");
    }
    for name in ["sim-core", "protocols", "scenarios"] {
        let lib = fs::read_to_string(root().join(name).join("src/lib.rs")).expect("readable");
        assert!(lib.contains("#![deny(clippy::float_arithmetic)]"), "{name} allows floating point");
    }
}

#[test]
fn the_check_runs_the_command_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).expect("readable");
    let commands: Vec<_> = readme.lines().filter(|line| line.starts_with("cargo test ")).collect();
    assert_eq!(commands.len(), 1, "the README has one test command at the start of a line");
}
