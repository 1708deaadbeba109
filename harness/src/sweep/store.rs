//! The folder of a sweep: what was done is kept there, so that it can go on after whatever ends it.
//!
//! `sweep.json` says which sweep it is. Results are added as files `batch-00000001.jsonl`, each written under another
//! name and renamed, so that a batch is there completely or not at all. A batch tells its blocks from their beginning:
//! a block that grows is told again, longer, and the longest counts. At the end `report.jsonl` takes the place of all.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::identity::Identity;
use super::report::SweepReport;
use super::shard::Shard;
use crate::out::write_whole;

/// The report of a sweep in its folder.
pub(crate) const REPORT: &str = "report.jsonl";

const SWEEP: &str = "sweep.json";
const LOCK: &str = "lock";

/// How many batches there may be before they are written anew as one.
const MOST_BATCHES: usize = 64;

/// What must be the same for a sweep to go on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) sweep: Identity,
    pub(crate) shard: Shard,
    pub(crate) fail_fast: bool,
}

/// The folder of a sweep, held by this process alone.
#[derive(Debug)]
pub(crate) struct Store {
    folder: PathBuf,
    /// Batches that are there, oldest first.
    batches: Vec<PathBuf>,
    /// The number of the next batch.
    next: u64,
    /// Held until the process ends, in whatever way.
    _lock: File,
}

impl Store {
    /// Opens a folder, and gives what is there of the sweep. With `resume` it goes on with a sweep that is there.
    ///
    /// # Errors
    /// If the folder belongs to another sweep, to one at work, or cannot be used; in words, with the way out.
    pub(crate) fn open(folder: &Path, settings: &Settings, resume: bool) -> Result<(Store, SweepReport), String> {
        let show = folder.display();
        let trouble = |error: io::Error| format!("the folder `{show}` cannot be used: {error}");
        fs::create_dir_all(folder).map_err(trouble)?;
        let lock = File::create(folder.join(LOCK)).map_err(trouble)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(format!("another sweep is at work in `{show}`")),
            // A file system without locks cannot guard against it; that is no reason not to work.
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {}
            Err(TryLockError::Error(error)) => return Err(trouble(error)),
        }
        let mut store = Store { folder: folder.to_owned(), batches: Vec::new(), next: 1, _lock: lock };
        let mut report = SweepReport::new(settings.sweep.clone());
        match fs::read(folder.join(SWEEP)) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let json = serde_json::to_vec(settings).map_err(io::Error::from).map_err(trouble)?;
                write_whole(&folder.join(SWEEP), &json).map_err(trouble)?;
            }
            Err(error) => return Err(trouble(error)),
            Ok(_) if !resume => {
                return Err(format!(
                    "`{show}` holds a sweep already: `--resume` goes on with it, or name another folder"
                ));
            }
            Ok(json) => {
                let known: Settings = serde_json::from_slice(&json)
                    .map_err(|error| format!("`{show}` holds a sweep that cannot be read: {error}"))?;
                if let Some(difference) = settings.difference(&known) {
                    return Err(format!(
                        "`{show}` holds another sweep: {difference}; name another folder for this one"
                    ));
                }
                store.load(&mut report)?;
            }
        }
        Ok((store, report))
    }

    fn load(&mut self, report: &mut SweepReport) -> Result<(), String> {
        let unreadable = |path: &Path, why: &dyn std::fmt::Display| {
            format!("`{}` cannot be read: {why}; without it seeds would be lost", path.display())
        };
        let whole = self.folder.join(REPORT);
        match fs::read_to_string(&whole) {
            Ok(text) => {
                let known = SweepReport::read(&text).map_err(|why| unreadable(&whole, &why))?;
                report.join(known).map_err(|conflict| unreadable(&whole, &conflict))?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(unreadable(&whole, &error)),
        }
        let entries = fs::read_dir(&self.folder).map_err(|error| unreadable(&self.folder, &error))?;
        let mut batches: Vec<(u64, PathBuf)> =
            entries.flatten().filter_map(|entry| Some((number_of(&entry.path())?, entry.path()))).collect();
        batches.sort();
        for (number, path) in batches {
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            report.read_blocks(&text).map_err(|why| unreadable(&path, &why))?;
            self.next = number + 1;
            self.batches.push(path);
        }
        Ok(())
    }

    /// Keeps the blocks that hold these seeds.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn keep(&mut self, report: &SweepReport, seeds: &[u64]) -> io::Result<()> {
        if self.batches.len() < MOST_BATCHES {
            return self.write(&SweepReport::blocks_to_lines(seeds.iter().filter_map(|seed| report.block_with(*seed))));
        }
        // The new batch holds all that the old ones do before they go.
        let old = std::mem::take(&mut self.batches);
        self.write(&SweepReport::blocks_to_lines(report.blocks()))?;
        old.iter().try_for_each(fs::remove_file)
    }

    fn write(&mut self, lines: &str) -> io::Result<()> {
        let path = self.folder.join(format!("batch-{:08}.jsonl", self.next));
        write_whole(&path, lines.as_bytes())?;
        self.batches.push(path);
        self.next += 1;
        Ok(())
    }

    /// Writes the report, which takes the place of all batches.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn finish(mut self, report: &SweepReport) -> io::Result<()> {
        write_whole(&self.folder.join(REPORT), report.to_lines().as_bytes())?;
        std::mem::take(&mut self.batches).iter().try_for_each(fs::remove_file)
    }
}

impl Settings {
    /// In what `known` differs.
    fn difference(&self, known: &Settings) -> Option<String> {
        let shard = || (self.shard != known.shard).then(|| format!("the shard is {}, not {}", known.shard, self.shard));
        let fail_fast = || {
            let without = if known.fail_fast { "" } else { "out" };
            (self.fail_fast != known.fail_fast).then(|| format!("it was begun with{without} `--fail-fast`"))
        };
        self.sweep.difference(&known.sweep).or_else(shard).or_else(fail_fast)
    }
}

/// The number of a batch; `None` for other files.
fn number_of(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("batch-")?.strip_suffix(".jsonl")?.parse().ok()
}
