//! Sweeps as their users see them: law 8, sweeps that are killed and go on, seeds that take their process down, and forms
//! that other programs read.
//!
//! The program is `wrecks`: squall's own command line, and a protocol that harms its process on demand.

mod forms;
mod laws;
mod lost;
#[cfg(unix)]
mod resume;
mod verdicts;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Three nodes in a storm, in which some suspicions are false: two groups of seeds, those that fail and those that pass.
const STORM: &str = r#"(
    version: 1,
    about: "False suspicions in a storm.",
    protocol: "heartbeat",
    config: (period: "100ms", timeout: "300ms"),
    nodes: 3,
    chaos: (windows: 0..3, length: "100ms..1s"),
    calm: "2s",
    until: "3s",
    checks: [NoPanic, Accuracy(after_calm: false), Sometimes("suspects")],
)"#;

/// A node that does this deed.
fn wreck(deed: &str) -> String {
    format!(
        r#"(version: 1, about: "A wreck.", protocol: "wreck", config: {deed}, nodes: 3, until: "2s",
           checks: [NoPanic, Sometimes("heard")])"#
    )
}

/// A folder of its own.
struct Folder(PathBuf);

impl Folder {
    /// An empty folder with these files.
    fn with(name: &str, files: &[(&str, &str)]) -> Folder {
        let folder = Folder(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sweep-{name}")));
        // What an earlier test run left behind is in the way.
        let _ = fs::remove_dir_all(&folder.0);
        fs::create_dir_all(&folder.0).expect("the target directory can be written to");
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the target directory can be written to");
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program, with nothing of the tester's environment.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wrecks"));
        command.args(arguments).current_dir(&self.0).env_clear();
        command
    }

    /// Runs the program; its stdout, if it ends with this code.
    #[track_caller]
    fn run(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the program can be started");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{}", words(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// What it wrote to both streams.
fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}
