//! From a report to a verdict: what was found in each file, what was never reached, and how the process should end.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Map, Value, json};

use super::identity::File;
use super::report::{Again, Ended, SweepReport};
use super::seeds::Seeds;
use super::shard::Shard;
use super::tally::{Fired, Group, Kind, Tally};
use crate::exit::Exit;
use crate::report::run_command;
use crate::words::counted;

/// Everything that is said about a sweep, as data: every form of output shows the same.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    /// The seeds that were asked for.
    pub(crate) seeds: Seeds,
    /// The shard that was run, if the report knows of one only and it is not the whole.
    pub(crate) shard: Option<Shard>,
    pub(crate) files: Vec<FileSummary>,
    /// Why it did not run all that was asked for, if it did not.
    pub(crate) short: Option<Ended>,
    /// Shards that nobody has run to their end.
    missing_shards: Vec<Shard>,
    /// Seeds that nobody has run.
    missing: Vec<Range<u64>>,
    /// What is missing for the whole, in words; empty when only a part was asked for.
    pub(crate) gaps: Vec<String>,
    /// How the process should end.
    pub(crate) exit: Exit,
}

/// What was found in one file.
#[derive(Clone, Debug)]
pub(crate) struct FileSummary {
    pub(crate) name: String,
    pub(crate) total: Tally,
    /// The check that the file expects to fail.
    pub(crate) expect_fail: Option<String>,
    /// Its checks, by name.
    pub(crate) checks: Vec<String>,
    /// Groups of runs that did not pass, failures before what is undecided, and the lowest seed first.
    pub(crate) findings: Vec<Finding>,
    /// `Sometimes` marks that no run reached; empty as long as that cannot be said.
    pub(crate) unreached: Vec<String>,
    pub(crate) exit: Exit,
}

/// Runs that did not pass, and all in the same way.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    pub(crate) fingerprint: String,
    pub(crate) group: Group,
    /// Whether its example was the same run again in a fresh process; `None` if that was not tried.
    pub(crate) again: Option<Again>,
    /// The command that shows the example.
    pub(crate) replay: String,
}

impl Summary {
    /// The verdict on everything that a report knows.
    pub(crate) fn of(report: &SweepReport) -> Summary {
        let identity = report.identity();
        let shards: Vec<_> = report.shards().collect();
        let missing = report.missing();
        let missing_shards = missing_shards(report);
        let done = shards.iter().all(|(_, progress)| progress.ended != Ended::Interrupted);
        // What was never seen can only be said of a whole: everything that was asked for, or that there was time for.
        let whole = (report.is_whole() || !shards.is_empty() && missing_shards.is_empty()) && done;
        let judge = |(index, total): (usize, Tally)| {
            let again = |fingerprint: &str, seed| report.confirmation(index, fingerprint, seed);
            FileSummary::of(&identity.files[index], total, &again, whole)
        };
        let files: Vec<FileSummary> = report.totals().into_iter().enumerate().map(judge).collect();
        let mut exit = files.iter().map(|file| file.exit).fold(Exit::Met, Exit::worse);
        if files.iter().all(|file| file.total.runs() == 0) {
            exit = Exit::NothingRun;
        }
        let shard = match shards.as_slice() {
            [(shard, _)] if *shard != Shard::WHOLE => Some(*shard),
            _ => None,
        };
        let short = shards.iter().map(|(_, progress)| progress.ended).min().filter(|ended| *ended != Ended::Done);
        Summary { seeds: identity.seeds, shard, files, short, missing_shards, missing, gaps: Vec::new(), exit }
    }

    /// The same as the verdict on the whole sweep: while a part of it is missing it is at best undecided. What every
    /// shard left out on purpose, because its time was over or a run had failed, is not missing.
    pub(crate) fn into_whole(mut self) -> Summary {
        self.gaps = self.missing_shards.iter().map(|shard| format!("shard {shard}")).collect();
        let left_out = self.missing_shards.is_empty() && self.short.is_some();
        if !self.missing.is_empty() && !left_out {
            self.gaps.push(seeds_words(&self.missing));
        }
        if !self.gaps.is_empty() {
            self.exit = self.exit.worse(Exit::Undecided);
        }
        self
    }

    /// How many runs there were.
    pub(crate) fn runs(&self) -> u64 {
        self.files.iter().map(|file| file.total.runs()).fold(0, u64::saturating_add)
    }

    /// The last line of a report: the verdict for other programs.
    pub(crate) fn to_line(&self) -> String {
        let object = json!({ "summary": {
            "seeds": self.seeds,
            "verdict": word(self.exit),
            "exit": self.exit.code(),
            "missing": self.gaps,
            "runs": self.runs(),
            "files": self.files.iter().map(FileSummary::object).collect::<Vec<_>>(),
        } });
        format!("{object}\n")
    }
}

/// `100 seeds: 0..1, 3..4, 6..7 and so on`.
fn seeds_words(missing: &[Range<u64>]) -> String {
    const MOST: usize = 5;
    let count = missing.iter().map(|seeds| seeds.end - seeds.start).sum();
    let mut ranges: Vec<String> =
        missing.iter().take(MOST).map(|seeds| format!("{}..{}", seeds.start, seeds.end)).collect();
    if missing.len() > MOST {
        ranges.push(format!("and {} more", counted((missing.len() - MOST) as u64, "range")));
    }
    format!("{}: {}", counted(count, "seed"), ranges.join(", "))
}

/// What an exit means, in a word.
pub(crate) const fn word(exit: Exit) -> &'static str {
    match exit {
        Exit::Met => "pass",
        Exit::Undecided => "undecided",
        Exit::NothingRun => "nothing-run",
        Exit::NotDeterministic => "not-deterministic",
        _ => "fail",
    }
}

/// Shards of which at least one sibling is known and that nobody has run to an end.
fn missing_shards(report: &SweepReport) -> Vec<Shard> {
    if report.is_whole() {
        return Vec::new();
    }
    let known: Vec<_> = report.shards().collect();
    let ended = |shard| known.iter().any(|(other, progress)| *other == shard && progress.ended != Ended::Interrupted);
    let mut counts: Vec<u64> = known.iter().map(|(shard, _)| shard.count()).collect();
    counts.dedup();
    let all = counts.into_iter().flat_map(|count| (1..=count).filter_map(move |number| Shard::new(number, count)));
    all.filter(|shard| !ended(*shard)).collect()
}

/// The `Sometimes` marks that no run reached.
fn unreached(checks: &[String], total: &Tally) -> Vec<String> {
    let marks = checks.iter().filter(|check| check.starts_with("sometimes("));
    let reached = |mark: &str| total.measures.get(&format!("{mark} reached")).is_some_and(|spread| spread.max > 0);
    marks.filter(|mark| !reached(mark)).cloned().collect()
}

impl FileSummary {
    /// The verdict on all runs of a file; `again` tells what came of running a group's example again. What was never seen
    /// is only said of the `whole`.
    pub(crate) fn of(
        file: &File,
        total: Tally,
        again: &dyn Fn(&str, u64) -> Option<Again>,
        whole: bool,
    ) -> FileSummary {
        let mut findings: Vec<Finding> = (total.groups.iter())
            .map(|(fingerprint, group)| Finding {
                fingerprint: fingerprint.clone(),
                again: again(fingerprint, group.seed),
                replay: run_command(&file.name, group.seed),
                group: group.clone(),
            })
            .collect();
        findings.sort_by_key(|finding| (finding.group.kind, finding.group.seed));
        let unreached = if whole && total.judged() > 0 { unreached(&file.checks, &total) } else { Vec::new() };
        let mut summary = FileSummary {
            name: file.name.clone(),
            total,
            expect_fail: file.expect_fail.clone(),
            checks: file.checks.clone(),
            findings,
            unreached,
            exit: Exit::Met,
        };
        summary.exit = summary.judge(whole);
        summary
    }

    /// Failures that the file does not expect.
    pub(crate) fn surprises(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.group.kind != Kind::Undecided && !finding.group.expected)
    }

    /// Whether a failure that the file expects was found.
    pub(crate) fn shows_what_it_expects(&self) -> bool {
        self.findings.iter().any(|finding| finding.group.expected)
    }

    fn judge(&self, whole: bool) -> Exit {
        if self.findings.iter().any(|finding| finding.again == Some(Again::Different)) {
            return Exit::NotDeterministic;
        }
        let surprised = self.surprises().next().is_some();
        if surprised || !self.unreached.is_empty() {
            return Exit::Missed;
        }
        if self.expect_fail.is_some() && self.shows_what_it_expects() {
            return Exit::Met;
        }
        if self.total.undecided > 0 {
            return Exit::Undecided;
        }
        // Another shard may still show it.
        if self.expect_fail.is_some() && whole { Exit::Missed } else { Exit::Met }
    }

    fn object(&self) -> Value {
        let counts = |counts: &BTreeMap<String, Fired>| -> Map<String, Value> {
            let object = |fired: &Fired| json!({ "runs": fired.runs, "effects": fired.effects });
            counts.iter().map(|(name, fired)| (name.clone(), object(fired))).collect()
        };
        json!({
            "file": self.name,
            "verdict": word(self.exit),
            "expect_fail": self.expect_fail,
            "runs": self.total.runs(),
            "passed": self.total.passed,
            "failed": self.total.failed,
            "undecided": self.total.undecided,
            "unreached": self.unreached,
            "fired": counts(&self.total.fired),
            "recorded": counts(&self.total.recorded),
            "findings": self.findings.iter().map(Finding::object).collect::<Vec<_>>(),
        })
    }
}

impl Finding {
    /// Whether it was seen again, in words.
    pub(crate) fn again_words(&self) -> &'static str {
        match (self.again, self.group.kind) {
            (Some(Again::Different), _) => {
                "NOT the same run again in a fresh process: the protocol is not deterministic"
            }
            (Some(Again::Alike), _) => "the same again in a fresh process",
            // The process of its own that isolated it has shown it again.
            (None, Kind::Hung | Kind::Died) => "the same again in a process of its own",
            (None, Kind::Undecided) => "not run again",
            (None, Kind::Failed) => "not confirmed",
        }
    }

    fn object(&self) -> Value {
        json!({
            "fingerprint": self.fingerprint,
            "kind": self.group.kind,
            "check": self.group.check,
            "expected": self.group.expected,
            "runs": self.group.runs,
            "seed": self.group.seed,
            "digest": self.group.digest,
            "detail": self.group.detail,
            "again": self.again,
            "replay": self.replay,
        })
    }
}
