//! Has a sweep run by a worker process, and finds out which seed it was when the worker dies.
//!
//! The watchdog names the seed before it ends the worker. A worker that just dies (its stack ran out, the system killed
//! it) is followed by one that goes carefully, a seed at a time, over what was under way. The seed that is found is run
//! once more by itself, to be told as a finding of its own, and the sweep goes on after it.

use std::io::{self, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;
use std::{env, thread};

use serde_json::Value;

use super::engine::{Piece, Stopped};
use super::orders::{Orders, Word};
use super::seeds::Seeds;
use super::shard::Shard;
use super::tally::{Kind, Tally};
use crate::exit::Exit;
use crate::load::Loaded;

/// The hidden command of the worker process.
pub(crate) const COMMAND: &str = "sweep-worker";

/// How often the site is given a chance to show progress.
const TICK: Duration = Duration::from_millis(50);

/// How often a worker may die without a seed to blame before the sweep gives up.
const MOST_RIDDLES: u32 = 3;

/// How much of what a worker wrote to stderr is kept, in bytes.
const LAST_WORDS: usize = 4096;

/// What is done with results as they come.
pub(crate) trait Site {
    /// Takes the results of the next seeds.
    fn piece(&mut self, piece: Piece);
    /// Called many times a second. Whether the sweep shall stop.
    fn tick(&mut self) -> bool;
}

/// What a foreman shall have done.
pub(crate) struct Foreman<'a> {
    pub(crate) files: &'a [Loaded],
    pub(crate) seeds: Seeds,
    pub(crate) shard: Shard,
    pub(crate) jobs: usize,
    pub(crate) fail_fast: bool,
}

impl Foreman<'_> {
    /// Runs the shard's seeds from `from` on.
    ///
    /// # Errors
    /// Why it cannot go on, in words.
    pub(crate) fn run(&self, from: u64, site: &mut dyn Site) -> Result<Stopped, String> {
        self.run_until(from, u64::MAX, site)
    }

    fn run_until(&self, mut from: u64, until: u64, site: &mut dyn Site) -> Result<Stopped, String> {
        let mut riddles = 0;
        while from < until {
            let shift = self.shift(&self.orders(from, until, false), site)?;
            let Some(death) = shift.death else { return Ok(shift.stopped) };
            if site.tick() {
                return Ok(Stopped::Asked);
            }
            from = shift.next;
            let culprit = match shift.lost {
                Some(seed) => Some(seed),
                None => {
                    let search = self.shift(&self.orders(from, shift.taken, true), site)?;
                    from = search.next;
                    match (search.death, search.stopped) {
                        (Some(_), _) => search.lost.or(search.begun),
                        (None, Stopped::Done) => None,
                        (None, stopped) => return Ok(stopped),
                    }
                }
            };
            let Some(seed) = culprit else {
                riddles += 1;
                if riddles == MOST_RIDDLES {
                    return Err(format!("the worker process died {riddles} times, and no seed is to blame: {death}"));
                }
                continue;
            };
            match self.run_until(from, seed, site)? {
                Stopped::Done => {}
                stopped => return Ok(stopped),
            }
            let piece = self.isolate(seed)?;
            let fatal = self.fail_fast && piece.failed_unexpectedly();
            from = piece.end;
            site.piece(piece);
            if fatal {
                return Ok(Stopped::Failed);
            }
        }
        Ok(Stopped::Done)
    }

    fn orders(&self, from: u64, until: u64, careful: bool) -> Orders {
        let text = |loaded: &Loaded| (loaded.source.name.clone(), loaded.source.text().into_owned());
        Orders {
            files: self.files.iter().map(text).collect(),
            seeds: self.seeds,
            shard: self.shard,
            from,
            until,
            jobs: self.jobs,
            fail_fast: self.fail_fast,
            careful,
        }
    }

    /// Runs a seed that killed a worker, each file in processes of its own.
    fn isolate(&self, seed: u64) -> Result<Piece, String> {
        let end = seed.saturating_add(1);
        let mut files = Vec::with_capacity(self.files.len());
        for loaded in self.files {
            let mut only = Only(Tally::default());
            let lost = match obituary(loaded, seed)? {
                Some(lost) => Some(lost),
                None => {
                    let files = std::slice::from_ref(loaded);
                    let alone = Foreman {
                        files,
                        seeds: Seeds::bounded(seed..end),
                        shard: Shard::WHOLE,
                        jobs: 1,
                        fail_fast: false,
                    };
                    let death = alone.shift(&alone.orders(seed, end, true), &mut only)?.death;
                    death.map(|death| lost("crashed", &format!("the process dies, though not every time: {death}")))
                }
            };
            if let Some((kind, fingerprint, detail)) = lost {
                only.0.add_lost(seed, kind, fingerprint, detail);
            }
            files.push(only.0);
        }
        Ok(Piece { first: seed, end, files })
    }

    /// Has one worker do as ordered.
    fn shift(&self, orders: &Orders, site: &mut dyn Site) -> Result<Shift, String> {
        let mut worker = Worker::start(orders).map_err(|error| format!("no worker process can be started: {error}"))?;
        let mut shift = Shift {
            next: orders.from,
            taken: orders.from,
            begun: None,
            lost: None,
            stopped: Stopped::Asked,
            death: None,
        };
        let mut complete = false;
        loop {
            match worker.words.recv_timeout(TICK) {
                Ok(Word::Piece(piece)) => {
                    shift.next = piece.end;
                    site.piece(piece);
                }
                Ok(Word::Taken(end)) => shift.taken = end,
                Ok(Word::Begins(seed)) => shift.begun = Some(seed),
                Ok(Word::Lost(seed)) => shift.lost = Some(seed),
                Ok(Word::Stopped(stopped)) => (shift.stopped, complete) = (stopped, true),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if site.tick() {
                worker.lifeline = None;
            }
        }
        let (status, said) = worker.end().map_err(|error| format!("the worker process was lost: {error}"))?;
        if !(complete && status.success()) {
            shift.death = Some(format!("{status} {said}").trim_end().to_owned());
        }
        Ok(shift)
    }
}

/// What became of one worker.
struct Shift {
    /// The first seed without a result.
    next: u64,
    /// The seeds below this may have been under way.
    taken: u64,
    /// The last seed that a careful worker began.
    begun: Option<u64>,
    /// The seed that the watchdog named.
    lost: Option<u64>,
    stopped: Stopped,
    /// How it died, if it did.
    death: Option<String>,
}

/// Takes the tally of one file and seed.
struct Only(Tally);

impl Site for Only {
    fn piece(&mut self, piece: Piece) {
        piece.files.into_iter().for_each(|tally| self.0.join(tally));
    }
    fn tick(&mut self) -> bool {
        false
    }
}

struct Worker {
    child: Child,
    /// The worker stops when this is dropped.
    lifeline: Option<ChildStdin>,
    words: mpsc::Receiver<Word>,
    stderr: Option<JoinHandle<String>>,
}

impl Worker {
    fn start(orders: &Orders) -> io::Result<Worker> {
        let mut command = Command::new(env::current_exe()?);
        command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        let stderr = child.stderr.take();
        let stderr = thread::Builder::new().spawn(move || stderr.map_or(String::new(), last_words))?;
        let (sender, words) = mpsc::channel();
        let stdout = child.stdout.take();
        thread::Builder::new().spawn(move || {
            let mut input = BufReader::new(stdout?);
            while let Some(word) = Word::hear(&mut input) {
                sender.send(word).ok()?;
            }
            Some(())
        })?;
        let mut lifeline = child.stdin.take();
        let mut line = serde_json::to_string(orders)?;
        line.push('\n');
        // One that dies before it has read its orders is told as any other that dies.
        let _ = lifeline.as_mut().map(|stdin| stdin.write_all(line.as_bytes()));
        Ok(Worker { child, lifeline, words, stderr: Some(stderr) })
    }

    /// Waits for its end; what it wrote to stderr last.
    fn end(mut self) -> io::Result<(ExitStatus, String)> {
        drop(self.lifeline.take());
        let status = self.child.wait()?;
        let said = self.stderr.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        Ok((status, said))
    }
}

/// The end of what is written to a pipe.
fn last_words(mut pipe: impl Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = pipe.read(&mut buffer) {
        kept.extend_from_slice(&buffer[..length]);
        let excess = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..excess);
    }
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// Runs a scenario by itself under `squall run`, which tells why there is no verdict; `None` if there is one.
fn obituary(loaded: &Loaded, seed: u64) -> Result<Option<(Kind, String, String)>, String> {
    let trouble = |error: io::Error| format!("no process can be started: {error}");
    let seed = seed.to_string();
    let output = Command::new(env::current_exe().map_err(trouble)?)
        .args(["run", "--format", "json", "--no-shrink", "--seed", &seed, "--", &loaded.source.name])
        .stdin(Stdio::null())
        .output()
        .map_err(trouble)?;
    let judged = [Exit::Met, Exit::Missed, Exit::Undecided].map(|exit| Some(i32::from(exit.code())));
    if judged.contains(&output.status.code()) {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let object = said.lines().rev().find_map(|line| serde_json::from_str::<Value>(line).ok()).unwrap_or_default();
    let field = |name: &str| object["error"][name].as_str();
    let status = output.status.to_string();
    Ok(Some(lost(field("kind").unwrap_or("crashed"), field("detail").unwrap_or(&status))))
}

/// Kind, fingerprint and words of a run without a verdict. How much memory it took is not the same every time.
fn lost(kind: &str, detail: &str) -> (Kind, String, String) {
    let handler = detail.split_once("in `").and_then(|(_, rest)| rest.split_once('`')).map_or("?", |(name, _)| name);
    let words = match kind {
        "out-of-memory" => format!("the run takes more memory than there is, in `{handler}`: does it grow for ever?"),
        _ => detail.to_owned(),
    };
    let became = if kind == "no-progress" { Kind::Hung } else { Kind::Died };
    (became, format!("{kind}/{handler}"), words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_without_a_verdict_has_a_fingerprint_without_times() {
        let words =
            "nothing has happened for 10 s in `on_message Beat` of b at 3.2s of simulated time: does it loop for ever?";
        let (kind, fingerprint, detail) = lost("no-progress", words);
        assert_eq!((kind, &*fingerprint, &*detail), (Kind::Hung, "no-progress/on_message Beat", words));
        let words =
            "the run holds 812 MiB, three quarters of all there is, in `on_start` of a at 0s of simulated time: ..";
        let (kind, fingerprint, detail) = lost("out-of-memory", words);
        assert_eq!((kind, &*fingerprint), (Kind::Died, "out-of-memory/on_start"));
        assert!(!detail.contains("812"), "{detail}");
        assert_eq!(lost("crashed", "exit status: 9").1, "crashed/?");
    }

    #[test]
    fn only_the_end_of_a_long_speech_is_kept() {
        let speech = format!("{}the end\n", "x".repeat(100_000));
        let kept = last_words(speech.as_bytes());
        assert!(kept.ends_with("the end") && kept.len() <= LAST_WORDS, "{}", kept.len());
    }
}
