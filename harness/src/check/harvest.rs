//! Runs a scenario under many seeds on all cores, inside a test's own process.

use std::ops::Range;
use std::slice;
use std::sync::atomic::AtomicBool;

use crate::load::Loaded;
use crate::registry::Registry;
use crate::sweep::engine::{Engine, Listener, Piece, processors};
use crate::sweep::identity::File;
use crate::sweep::seeds::{Cursor, Seeds};
use crate::sweep::shard::Shard;
use crate::sweep::tally::Tally;
use crate::sweep::verdict::FileSummary;
use crate::watchdog;

/// Nobody listens: a test that is well says nothing.
struct Silence;

impl Listener for Silence {}

/// What all runs gave together, judged as a sweep judges it: a `Sometimes` mark that none of several runs reached is a
/// failure.
///
/// # Errors
/// If there are no threads to be had, in words.
pub(super) fn harvest(
    registry: &Registry,
    loaded: &Loaded,
    seeds: Range<u64>,
    jobs: Option<usize>,
) -> Result<FileSummary, String> {
    let count = seeds.end - seeds.start;
    let jobs = jobs.unwrap_or_else(processors).min(usize::try_from(count).unwrap_or(usize::MAX));
    let files = slice::from_ref(loaded);
    let engine = Engine { registry, files, jobs, fail_fast: false, patience: watchdog::PATIENCE };
    let mut total = Tally::default();
    let cursor = Cursor::new(Seeds::bounded(seeds), Shard::WHOLE);
    let mut gather = |piece: Piece| piece.files.into_iter().for_each(|tally| total.join(tally));
    engine
        .run(cursor, &AtomicBool::new(false), &Silence, &mut gather)
        .map_err(|error| format!("a thread could not be started: {error}"))?;
    let mut file = File::of(loaded);
    if count == 1 {
        // A single run need not reach anything.
        file.checks.retain(|check| !check.starts_with("sometimes("));
    }
    Ok(FileSummary::of(&file, total, &|_, _| None, true))
}
