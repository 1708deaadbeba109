//! Joins the reports of several shards, and names those that are missing or there twice.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::report::{Conflict, SweepReport};
use super::shard::Shard;
use super::store::REPORT;
use crate::exit::Exit;

/// Reports joined into one.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) report: SweepReport,
    /// What was counted once though several reports tell it, in words.
    pub(crate) doubled: Vec<String>,
}

/// Reads reports, or the folders that hold them, and joins them.
///
/// # Errors
/// How the process should end, and why, in words.
pub(crate) fn merge(paths: &[PathBuf]) -> Result<Merged, (Exit, String)> {
    let mut merged: Option<SweepReport> = None;
    let mut sources: Vec<Source> = Vec::new();
    for path in paths {
        let report = read(path).map_err(|why| (Exit::BadInput, why))?;
        let source = Source::of(path, &report);
        match &mut merged {
            None => merged = Some(report),
            Some(all) => all.join(report).map_err(|conflict| refusal(&conflict, &source, &sources))?,
        }
        sources.push(source);
    }
    let report =
        merged.ok_or((Exit::NothingRun, "there is nothing to merge: name reports or their folders".to_owned()))?;
    Ok(Merged { report, doubled: doubled(&sources) })
}

fn read(path: &Path) -> Result<SweepReport, String> {
    let file = if path.is_dir() { path.join(REPORT) } else { path.to_owned() };
    let wrong = |why: &dyn std::fmt::Display| format!("`{}` is no report: {why}", file.display());
    let text = fs::read_to_string(&file).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound if path.is_dir() => {
            format!("`{}` holds no report: its sweep has not ended; `--resume` goes on with it", path.display())
        }
        _ => wrong(&error),
    })?;
    SweepReport::read(&text).map_err(|why| wrong(&why))
}

/// Where results came from.
struct Source {
    name: String,
    shards: Vec<Shard>,
    /// The seeds that it tells of.
    seeds: Vec<Range<u64>>,
}

impl Source {
    fn of(path: &Path, report: &SweepReport) -> Source {
        let mut seeds: Vec<Range<u64>> = Vec::new();
        for piece in report.blocks() {
            match seeds.last_mut() {
                Some(last) if last.end == piece.first => last.end = piece.end,
                _ => seeds.push(piece.first..piece.end),
            }
        }
        let shards = report.shards().map(|(shard, _)| shard).collect();
        Source { name: format!("`{}`", path.display()), shards, seeds }
    }

    /// Some seeds that both tell of.
    fn common(&self, other: &Source) -> Option<Range<u64>> {
        let overlap = |(a, b): (&Range<u64>, &Range<u64>)| {
            let (start, end) = (a.start.max(b.start), a.end.min(b.end));
            (start < end).then_some(start..end)
        };
        self.seeds.iter().flat_map(|a| other.seeds.iter().map(move |b| (a, b))).find_map(overlap)
    }
}

/// What more than one source tells.
fn doubled(sources: &[Source]) -> Vec<String> {
    let mut words = Vec::new();
    for (index, later) in sources.iter().enumerate() {
        for earlier in &sources[..index] {
            let Some(seeds) = earlier.common(later) else { continue };
            let both = format!("both {} and {}, and counted once", earlier.name, later.name);
            let shards: Vec<String> =
                later.shards.iter().filter(|shard| earlier.shards.contains(shard)).map(Shard::to_string).collect();
            words.push(match shards.as_slice() {
                [] => format!("the seeds from {} on are in {both}", seeds.start),
                shards => format!("shard {} is in {both}", shards.join(", ")),
            });
        }
    }
    words
}

fn refusal(conflict: &Conflict, source: &Source, before: &[Source]) -> (Exit, String) {
    let others: Vec<&str> = before.iter().map(|source| source.name.as_str()).collect();
    let others = others.join(", ");
    match conflict {
        Conflict::OtherSweep(difference) => {
            (Exit::BadInput, format!("{} is of another sweep than {others}: {difference}", source.name))
        }
        Conflict::Disagree(seeds) => (
            Exit::NotDeterministic,
            format!(
                "{} tells other results for seeds {}..{} than {others}: the protocol is not deterministic, or a report \
                 was altered",
                source.name, seeds.start, seeds.end
            ),
        ),
    }
}
