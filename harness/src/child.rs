//! The same run in a fresh process of this program, which knows the same protocols, under another environment.

use std::io::Write;
use std::process::{Command, Stdio};
use std::{env, thread};

use crate::twice::Trail;

/// The hidden command that the fresh process is called with.
pub(crate) const COMMAND: &str = "child-run";

/// What the environment of the fresh process holds: nothing of ours, and things that ours does not.
const ENVIRONMENT: [(&str, &str); 5] = [
    ("LANG", "tr_TR.UTF-8"),
    ("LC_ALL", "C"),
    ("TZ", "Pacific/Chatham"),
    ("HOME", "/nonexistent"),
    ("SQUALL_NOISE", "an environment of another size moves the stack of the main thread ........................."),
];

/// A scenario and a seed to run in a fresh process.
pub(crate) struct Child<'a> {
    /// The scenario file's bytes.
    pub(crate) scenario: &'a [u8],
    pub(crate) seed: u64,
}

impl Child<'_> {
    /// Runs there and gives back what it tells.
    ///
    /// # Errors
    /// If the process cannot be started or does not end as it should.
    pub(crate) fn run(&self, trace: bool) -> Result<Trail, String> {
        let program = env::current_exe().map_err(|error| format!("this program cannot find itself: {error}"))?;
        let mut command = Command::new(program);
        command.arg(COMMAND).args(["--seed", &self.seed.to_string()]).args(trace.then_some("--trace"));
        command.env_clear().envs(ENVIRONMENT).current_dir(env::temp_dir());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("a fresh process could not be started: {error}"))?;
        let input = process.stdin.take();
        let ended = thread::scope(|scope| {
            // On a thread of its own: a long scenario must not wait for a child that waits for us to read.
            scope.spawn(move || input.map(|mut input| input.write_all(self.scenario)));
            process.wait_with_output().map_err(|error| format!("the fresh process was lost: {error}"))
        })?;
        if !ended.status.success() {
            let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
            return Err(format!("the fresh process ended with {}: {said}", ended.status));
        }
        let text = String::from_utf8_lossy(&ended.stdout);
        let mut lines = text.lines().map(str::to_owned);
        let digest = lines.next().ok_or("the fresh process said nothing")?;
        Ok(Trail { digest, lines: lines.collect() })
    }
}

/// What the fresh process prints.
pub(crate) fn print(trail: &Trail) -> String {
    let mut text = trail.digest.clone();
    for line in &trail.lines {
        text.push('\n');
        text.push_str(line);
    }
    text
}
