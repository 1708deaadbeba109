//! What a sweep has found, as JSON lines that join with those of other shards.
//!
//! A report keeps one tally for each block of seeds. A block may be known up to some seed only; of two that begin alike
//! the longer is right. So joining is associative, commutative and idempotent, and a report joined from shards is that of
//! a single process to the byte. Who ran which shard, and how far, is kept only until everything has been run.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::engine::Piece;
use super::identity::{Identity, VERSION};
use super::shard::Shard;
use super::tally::Tally;
use super::verdict::Summary;

/// The results of a sweep, or of a part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SweepReport {
    identity: Identity,
    /// By the block's first seed; each holds the block's first seeds, if not all.
    blocks: BTreeMap<u64, Piece>,
    shards: BTreeMap<Shard, Progress>,
    /// By file and fingerprint.
    confirmations: BTreeMap<(usize, String), Confirmed>,
}

/// How far a shard has come, and why it is not further.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Progress {
    /// The first seed that it has not run.
    pub(crate) next: u64,
    /// Why it stopped there.
    pub(crate) ended: Ended,
}

/// Why a shard went no further.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ended {
    /// It was interrupted, or is still under way.
    Interrupted,
    /// Its time was over.
    Budget,
    /// A run failed, and no more were wanted after that.
    Failed,
    /// It has run all of its seeds.
    Done,
}

/// Whether the example of a group was the same run again in a fresh process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Confirmed {
    /// The example's seed.
    pub(crate) seed: u64,
    /// What came of it.
    pub(crate) again: Again,
}

/// How a second run of a failure compares with the first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Again {
    /// It is the same to the bit.
    Alike,
    /// It is another run: the protocol is not deterministic.
    Different,
}

/// One line of a report.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Sweep(Identity),
    Block(Piece),
    Shard(ShardLine),
    Confirmed(ConfirmedLine),
    /// For other programs; computed from the lines before.
    #[serde(skip_serializing)]
    Summary(IgnoredAny),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShardLine {
    shard: Shard,
    progress: Progress,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmedLine {
    file: usize,
    fingerprint: String,
    run: Confirmed,
}

/// Why two reports cannot be joined.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Conflict {
    /// They are of different sweeps; in what.
    OtherSweep(String),
    /// They tell different results for the same seeds.
    Disagree(Range<u64>),
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Conflict::OtherSweep(difference) => write!(f, "it is of another sweep: {difference}"),
            Conflict::Disagree(seeds) => write!(f, "it tells other results for seeds {}..{}", seeds.start, seeds.end),
        }
    }
}

impl SweepReport {
    /// A report of nothing yet.
    pub(crate) fn new(identity: Identity) -> SweepReport {
        SweepReport { identity, blocks: BTreeMap::new(), shards: BTreeMap::new(), confirmations: BTreeMap::new() }
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Adds the results of seeds that follow those of their block which are there already.
    ///
    /// # Panics
    /// If they do not: a seed was repeated or lost, which would falsify the report.
    pub(crate) fn add(&mut self, piece: Piece) {
        let block = self.identity.seeds.block_of(piece.first).and_then(|index| self.identity.seeds.block(index));
        let Some(block) = block else { panic!("seed {} is not among those of the sweep", piece.first) };
        assert!(piece.end <= block.end, "the seeds {}..{} cross the end of a block", piece.first, piece.end);
        match self.blocks.get_mut(&block.start) {
            Some(known) if known.end == piece.first => known.extend(piece),
            None if block.start == piece.first => drop(self.blocks.insert(block.start, piece)),
            known => panic!("seed {} does not follow {:?}", piece.first, known.map(|known| known.first..known.end)),
        }
    }

    /// The results of the block to which a seed belongs, as far as they are known.
    pub(crate) fn block_with(&self, seed: u64) -> Option<&Piece> {
        self.blocks.range(..=seed).next_back().map(|(_, piece)| piece)
    }

    /// Every block with results, in the order of the seeds.
    pub(crate) fn blocks(&self) -> impl Iterator<Item = &Piece> {
        self.blocks.values()
    }

    /// Says how far a shard has come.
    pub(crate) fn note(&mut self, shard: Shard, progress: Progress) {
        let known = self.shards.entry(shard).or_insert(progress);
        *known = progress.max(*known);
        self.settle();
    }

    /// Which shards are known, and how far; empty when everything has been run.
    pub(crate) fn shards(&self) -> impl Iterator<Item = (Shard, Progress)> {
        self.shards.iter().map(|(shard, progress)| (*shard, *progress))
    }

    /// Says what came of running a group's example again.
    pub(crate) fn confirm(&mut self, file: usize, fingerprint: &str, confirmed: Confirmed) {
        let known = self.confirmations.entry((file, fingerprint.to_owned())).or_insert(confirmed);
        // That of the lowest seed; if it was run more than once, the worse.
        if confirmed.seed < known.seed || (confirmed.seed == known.seed && confirmed.again > known.again) {
            *known = confirmed;
        }
    }

    /// What came of running a group's example again, if that was done with the run of this seed.
    pub(crate) fn confirmation(&self, file: usize, fingerprint: &str, seed: u64) -> Option<Again> {
        let confirmed = self.confirmations.get(&(file, fingerprint.to_owned()))?;
        (confirmed.seed == seed).then_some(confirmed.again)
    }

    /// The first seed of a shard that has not been run, or one beyond its last. A shard is run in order.
    pub(crate) fn next_of(&self, shard: Shard) -> u64 {
        let mut next = 0;
        let mut index = shard.index();
        while let Some(block) = self.identity.seeds.block(index) {
            next = self.blocks.get(&block.start).map_or(block.start, |piece| piece.end);
            if next < block.end {
                break;
            }
            index = index.saturating_add(shard.count());
        }
        next
    }

    /// The seeds of a bounded sweep that have not been run.
    pub(crate) fn missing(&self) -> Vec<Range<u64>> {
        let mut missing: Vec<Range<u64>> = Vec::new();
        if self.identity.seeds.count().is_none() {
            return missing;
        }
        let all = (0..).map_while(|index| self.identity.seeds.block(index));
        for block in all {
            let known = self.blocks.get(&block.start).map_or(block.start, |piece| piece.end);
            match missing.last_mut() {
                Some(last) if last.end == known => last.end = block.end,
                _ if known < block.end => missing.push(known..block.end),
                _ => {}
            }
        }
        missing
    }

    /// Whether every seed of the sweep has been run.
    pub(crate) fn is_whole(&self) -> bool {
        self.identity.seeds.count().is_some() && self.missing().is_empty()
    }

    /// All results of each file together.
    pub(crate) fn totals(&self) -> Vec<Tally> {
        let mut totals = vec![Tally::default(); self.identity.files.len()];
        for piece in self.blocks.values() {
            for (total, tally) in totals.iter_mut().zip(&piece.files) {
                total.join(tally.clone());
            }
        }
        totals
    }

    /// Adds everything that another report of the same sweep knows.
    ///
    /// # Errors
    /// If it is of another sweep, or one of the two is wrong.
    pub(crate) fn join(&mut self, other: SweepReport) -> Result<(), Conflict> {
        if let Some(difference) = self.identity.difference(&other.identity) {
            return Err(Conflict::OtherSweep(difference));
        }
        for (start, piece) in other.blocks {
            match self.blocks.get_mut(&start) {
                None => drop(self.blocks.insert(start, piece)),
                Some(known) if known.end < piece.end => *known = piece,
                Some(known) if known.end == piece.end && *known != piece => {
                    return Err(Conflict::Disagree(piece.first..piece.end));
                }
                Some(_) => {}
            }
        }
        for (shard, progress) in other.shards {
            let known = self.shards.entry(shard).or_insert(progress);
            *known = progress.max(*known);
        }
        for ((file, fingerprint), confirmed) in other.confirmations {
            self.confirm(file, &fingerprint, confirmed);
        }
        self.settle();
        Ok(())
    }

    /// When everything has been run, it does not matter by whom.
    fn settle(&mut self) {
        if !self.shards.is_empty() && self.is_whole() {
            self.shards.clear();
        }
    }

    /// The report as JSON lines.
    pub(crate) fn to_lines(&self) -> String {
        let mut text = String::new();
        let mut say = |line: &Line| push_line(&mut text, line);
        say(&Line::Sweep(self.identity.clone()));
        for piece in self.blocks.values() {
            say(&Line::Block(piece.clone()));
        }
        for (shard, progress) in &self.shards {
            say(&Line::Shard(ShardLine { shard: *shard, progress: *progress }));
        }
        for ((file, fingerprint), run) in &self.confirmations {
            say(&Line::Confirmed(ConfirmedLine { file: *file, fingerprint: fingerprint.clone(), run: *run }));
        }
        text.push_str(&Summary::of(self).into_whole().to_line());
        text
    }

    /// A few blocks as lines that [`read_blocks`](SweepReport::read_blocks) takes.
    pub(crate) fn blocks_to_lines<'a>(blocks: impl IntoIterator<Item = &'a Piece>) -> String {
        let mut text = String::new();
        for piece in blocks {
            push_line(&mut text, &Line::Block(piece.clone()));
        }
        text
    }

    /// Reads a report.
    ///
    /// # Errors
    /// Which line is wrong, and how.
    pub(crate) fn read(text: &str) -> Result<SweepReport, String> {
        let mut lines = numbered(text);
        let Some((_, Line::Sweep(identity))) = lines.next().transpose()? else {
            return Err("line 1: a report begins with the line `sweep`".to_owned());
        };
        if identity.version != VERSION {
            return Err(format!("line 1: this is format {}; this program reads {VERSION}", identity.version));
        }
        let mut report = SweepReport::new(identity);
        report.read_lines(lines)?;
        Ok(report)
    }

    /// Adds blocks that were written by themselves.
    ///
    /// # Errors
    /// Which line is wrong, and how.
    pub(crate) fn read_blocks(&mut self, text: &str) -> Result<(), String> {
        self.read_lines(numbered(text))
    }

    fn read_lines(&mut self, lines: impl Iterator<Item = Result<(usize, Line), String>>) -> Result<(), String> {
        let mut read = SweepReport::new(self.identity.clone());
        for line in lines {
            let (number, line) = line?;
            match line {
                Line::Sweep(_) => return Err(format!("line {number}: a second report begins")),
                Line::Block(piece) => {
                    self.examine(&piece).map_err(|why| format!("line {number}: {why}"))?;
                    // The same block may have been written twice, longer each time.
                    let known = read.blocks.get(&piece.first);
                    if known.is_none_or(|known| known.end < piece.end) {
                        read.blocks.insert(piece.first, piece);
                    }
                }
                Line::Shard(ShardLine { shard, progress }) => drop(read.shards.insert(shard, progress)),
                Line::Confirmed(ConfirmedLine { file, fingerprint, run }) => {
                    if file >= self.identity.files.len() {
                        return Err(format!("line {number}: there is no file number {file}"));
                    }
                    read.confirm(file, &fingerprint, run);
                }
                Line::Summary(_) => {}
            }
        }
        self.join(read).map_err(|conflict| conflict.to_string())
    }

    /// Whether results can be those of a block's first seeds.
    fn examine(&self, piece: &Piece) -> Result<(), String> {
        let seeds = self.identity.seeds;
        let block = seeds.block_of(piece.first).and_then(|index| seeds.block(index));
        let Some(block) = block.filter(|block| block.start == piece.first) else {
            return Err(format!("no block begins at seed {}", piece.first));
        };
        if !(block.start + 1..=block.end).contains(&piece.end) {
            return Err(format!("the block at seed {} cannot end at {}", piece.first, piece.end));
        }
        if piece.files.len() != self.identity.files.len() {
            return Err(format!("{} results for {} files", piece.files.len(), self.identity.files.len()));
        }
        if piece.files.iter().any(|tally| tally.runs() != piece.end - piece.first) {
            return Err(format!("the runs of seeds {}..{} do not add up", piece.first, piece.end));
        }
        Ok(())
    }
}

fn push_line(text: &mut String, line: &Line) {
    let json = serde_json::to_string(line).unwrap_or_else(|error| unreachable!("plain data cannot fail: {error}"));
    text.push_str(&json);
    text.push('\n');
}

fn numbered(text: &str) -> impl Iterator<Item = Result<(usize, Line), String>> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines.map(|(index, line)| {
        let number = index + 1;
        serde_json::from_str(line).map(|line| (number, line)).map_err(|error| format!("line {number}: {error}"))
    })
}
