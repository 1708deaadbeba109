//! The command line as its users see it: every exit code, every command, what goes to which stream.
//!
//! Handlers that harm their process (70) and protocols that are not deterministic (5) need programs of their own: they
//! are in the workspace's `tests/`, as canaries and wrecks.

mod check;
mod commands;
mod exit_codes;
mod fmt;
mod reproduction;
mod signals;
mod wrong_files;

use std::fs;
use std::path::Path;

use snapbox::cmd::{Command, OutputAssert};
use tempfile::TempDir;

/// Two nodes that beat: passes under every seed.
const CALM: &str = r#"(
    version: 1,
    about: "Nothing goes wrong.",
    protocol: "heartbeat",
    config: (period: "100ms", timeout: "500ms"),
    nodes: 2,
    until: "5s",
    checks: [NoPanic, Accuracy(after_calm: false)],
)"#;

/// Half a second of silence: the other node is suspected under every seed.
const CUT: &str = r#"(
    version: 1,
    about: "A partition longer than the time-out.",
    protocol: "heartbeat",
    config: (period: "100ms", timeout: "500ms"),
    nodes: 2,
    faults: [(from: "1s", until: "3s", fault: Partition([[0], [1]]))],
    until: "5s",
    checks: [NoPanic, Never("suspects")],
)"#;

/// A folder of its own with some files in it.
struct Folder(TempDir);

impl Folder {
    fn with(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(TempDir::new().expect("a folder for the test"));
        for (name, text) in files {
            fs::write(folder.path().join(name), text).expect("a file for the test");
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Runs squall there, with nothing of the tester's environment.
    fn squall(&self, arguments: &[&str]) -> OutputAssert {
        self.command().args(arguments).assert()
    }

    fn command(&self) -> Command {
        let path = std::env::var_os("PATH").unwrap_or_default();
        Command::new(env!("CARGO_BIN_EXE_squall")).current_dir(self.path()).env_clear().env("PATH", path)
    }
}

fn stdout(output: &OutputAssert) -> String {
    String::from_utf8_lossy(&output.get_output().stdout).into_owned()
}

fn stderr(output: &OutputAssert) -> String {
    String::from_utf8_lossy(&output.get_output().stderr).into_owned()
}
