//! `squall sweep`: scenarios under many seeds, few findings out.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{ValueEnum, ValueHint};

use super::seed::SeedFrom;
use super::{Format, Session};
use crate::exit::Exit;
use crate::interrupt::Polite;
use crate::load::Loaded;
use crate::sweep::confirm::confirm;
use crate::sweep::engine::{Piece, Stopped, processors};
use crate::sweep::foreman::{Foreman, Site};
use crate::sweep::identity::Identity;
use crate::sweep::meter::{Done, Meter};
use crate::sweep::report::{Ended, Progress, SweepReport};
use crate::sweep::seeds::{Cursor, Seeds};
use crate::sweep::shard::{Shard, auto};
use crate::sweep::store::{Settings, Store};
use crate::sweep::verdict::Summary;
use crate::sweep::{closer, github, junit, page};

/// How many seeds are run when nothing else is said.
const DEFAULT_SEEDS: u64 = 1000;

/// How often results are written to the folder.
const KEEP_EVERY: Duration = Duration::from_secs(1);

/// Run scenario files under many seeds, and show failures in groups.
///
/// Results come out in the order of the seeds and do not depend on `--jobs`. Runs that fail alike are one group, shown
/// with its lowest seed, which has been run again in a fresh process, and the command that shows it. A handler that never
/// comes back, or takes its process down, is a finding like any other, and the sweep goes on. A `Sometimes` mark that no
/// run reaches is a failure of the sweep. In the end the first run of each group is made small, which takes some seconds
/// each.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Scenario files.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The seeds, the last not included: `0..1000`; `0..=999` includes it. Without a budget, 0..1000 unless given.
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// Stop after this much time, at a seed's end: `90s`, `10m`, `8h`. Without `--seeds` there is no other end.
    #[arg(long, value_name = "TIME", value_parser = time)]
    budget: Option<Duration>,
    /// Shift the seeds: `git` gives every commit seeds of its own, `time` every second.
    #[arg(long, value_enum, value_name = "WHERE")]
    seed_from: Option<SeedFrom>,
    /// How many threads run seeds. As many as there are processors unless given.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Run the k-th of n equal parts of the seeds; `squall merge` joins their reports.
    #[arg(long, value_name = "K/N", conflicts_with_all = ["shard", "shards"])]
    partition: Option<Shard>,
    /// Take the part from the variables of the engine that started this process: Kubernetes Indexed Jobs, Slurm and AWS
    /// Batch arrays, GitHub and GitLab matrices, Bazel, Nomad.
    #[arg(long, value_enum, value_name = "HOW")]
    shard: Option<ShardFrom>,
    /// How many parts there are, for engines that do not say.
    #[arg(long, value_name = "N", requires = "shard", value_parser = clap::value_parser!(u64).range(1..))]
    shards: Option<u64>,
    /// Keep what was done in this folder, the report as report.jsonl in the end.
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    out: Option<PathBuf>,
    /// Go on with the sweep in the folder of `--out`, if there is one.
    #[arg(long, requires = "out")]
    resume: bool,
    /// Stop after the first seed that fails.
    #[arg(long)]
    fail_fast: bool,
    /// Show failures as they are, without making the first of each kind small.
    #[arg(long)]
    no_shrink: bool,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Human)]
    format: Form,
}

/// In which form the results of a sweep are written to stdout.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Form {
    /// For people.
    Human,
    /// The report: JSON lines.
    Json,
    /// JUnit XML.
    Junit,
    /// Annotations for GitHub, and a summary in the file that `GITHUB_STEP_SUMMARY` names.
    Github,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum ShardFrom {
    /// From the environment.
    Auto,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        if self.files.is_empty() {
            session.screen.talk("nothing to run: name scenario files, as in `squall sweep scenarios/*.ron`");
            return Exit::NothingRun;
        }
        let mut files = Vec::new();
        for file in &self.files {
            files.extend(session.load(file, self.format.for_diagnostics()));
        }
        if files.len() < self.files.len() {
            return Exit::BadInput;
        }
        let sweep = self.settings(session, &files).and_then(|settings| self.sweep(session, &files, &settings));
        sweep.unwrap_or_else(|(exit, why)| session.fail(exit, &why))
    }

    /// Which sweep it is.
    fn settings(&self, session: &Session<'_>, files: &[Loaded]) -> Result<Settings, (Exit, String)> {
        let bad = |why| (Exit::BadInput, why);
        let shard = self.shard(session).map_err(bad)?;
        let mut seeds = match (self.seeds, self.budget) {
            (Some(seeds), _) => seeds,
            (None, Some(_)) => Seeds::from(0),
            (None, None) => Seeds::bounded(0..DEFAULT_SEEDS),
        };
        if seeds.count().is_none() && self.budget.is_none() {
            return Err(bad(format!("the seeds {seeds} have no end: give one, or a `--budget`")));
        }
        if let Some(source) = self.seed_from {
            if source == SeedFrom::Time && shard != Shard::WHOLE {
                let why = "every shard would take seeds of its own from the time; give all of them the same `--seeds`";
                return Err(bad(why.to_owned()));
            }
            let by = source.seed().map_err(bad)?;
            seeds = seeds.shifted(by).ok_or_else(|| bad(format!("the seeds {seeds} shifted by {by} are too large")))?;
            session.screen.talk(&format!("seeds: {seeds}"));
        }
        let sweep = Identity::of(files, seeds)
            .map_err(|error| (Exit::Internal, format!("this program cannot read itself: {error}")))?;
        Ok(Settings { sweep, shard, fail_fast: self.fail_fast })
    }

    fn shard(&self, session: &Session<'_>) -> Result<Shard, String> {
        match (self.partition, self.shard) {
            (Some(shard), _) => Ok(shard),
            (None, None) => Ok(Shard::WHOLE),
            (None, Some(ShardFrom::Auto)) => {
                let found = auto(self.shards, &|name| env::var(name).ok())?;
                session.screen.talk(&format!("shard {} from {}", found.shard, found.source));
                // Bazel wants to know that the test knows of shards.
                if let Some(path) = env::var_os("TEST_SHARD_STATUS_FILE") {
                    std::fs::write(&path, "").map_err(|error| format!("{}: {error}", Path::new(&path).display()))?;
                }
                Ok(found.shard)
            }
        }
    }

    fn sweep(&self, session: &Session<'_>, files: &[Loaded], settings: &Settings) -> Result<Exit, (Exit, String)> {
        let internal = |why: String| (Exit::Internal, why);
        let (store, report) = match &self.out {
            Some(folder) => {
                let opened = Store::open(folder, settings, self.resume).map_err(|why| (Exit::BadInput, why))?;
                (Some(opened.0), opened.1)
            }
            None => (None, SweepReport::new(settings.sweep.clone())),
        };
        let polite = Polite::begin();
        let mut desk = Desk::new(session, settings, report, store, self.budget, &polite);
        let stopped = if desk.is_over() { Stopped::Failed } else { self.go(files, settings, &mut desk)? };
        desk.keep(true).map_err(|error| internal(format!("results could not be written: {error}")))?;
        let Desk { mut report, store, meter, done, .. } = desk;
        let asked = polite.asked();
        let ended = match (stopped, asked) {
            (Stopped::Done, _) => Ended::Done,
            (Stopped::Failed, _) => Ended::Failed,
            (Stopped::Asked, Some(_)) => Ended::Interrupted,
            (Stopped::Asked, None) => Ended::Budget,
        };
        report.note(settings.shard, Progress { next: report.next_of(settings.shard), ended });
        confirm(&mut report, files, &mut || polite.asked().is_some()).map_err(internal)?;
        session.screen.talk(&meter.conclusion(done));
        drop(meter);
        if let Some(store) = store {
            store.finish(&report).map_err(|error| internal(format!("the report could not be written: {error}")))?;
        }
        let summary = Summary::of(&report);
        self.format.show(session, &report, &summary).map_err(internal)?;
        if !self.no_shrink && asked.is_none() {
            closer::look(session, files, &summary, self.format == Form::Human);
        }
        Ok(asked.unwrap_or(summary.exit))
    }

    fn go(&self, files: &[Loaded], settings: &Settings, desk: &mut Desk<'_>) -> Result<Stopped, (Exit, String)> {
        let jobs = self.jobs.map_or_else(processors, usize::from);
        let Settings { sweep, shard, fail_fast } = settings;
        let foreman = Foreman { files, seeds: sweep.seeds, shard: *shard, jobs, fail_fast: *fail_fast };
        let from = desk.report.next_of(*shard);
        let stopped = foreman.run(from, desk).map_err(|why| (Exit::Internal, why))?;
        match desk.broken.take() {
            Some(error) => Err((Exit::Internal, format!("results could not be written: {error}"))),
            None => Ok(stopped),
        }
    }
}

impl Form {
    const fn for_diagnostics(self) -> Format {
        match self {
            Form::Json => Format::Json,
            Form::Human | Form::Junit | Form::Github => Format::Human,
        }
    }

    /// Writes the results to stdout.
    ///
    /// # Errors
    /// If they cannot be put into this form.
    pub(super) fn show(self, session: &Session<'_>, report: &SweepReport, summary: &Summary) -> Result<(), String> {
        match self {
            Form::Human => session.screen.data(&page::page(summary)),
            Form::Json => session.screen.data(&report.to_lines()),
            Form::Junit => session.screen.data(&junit::xml(summary)?),
            Form::Github => {
                session.screen.data(&github::annotations(summary));
                if let Some(path) = env::var_os(github::SUMMARY_VARIABLE) {
                    let path = Path::new(&path);
                    github::append_summary(summary, path).map_err(|error| {
                        format!("the summary could not be written to `{}`: {error}", path.display())
                    })?;
                }
            }
        }
        Ok(())
    }
}

/// Where results are gathered while the sweep goes on.
struct Desk<'a> {
    report: SweepReport,
    store: Option<Store>,
    meter: Meter<'a>,
    done: Done,
    deadline: Option<Instant>,
    polite: &'a Polite,
    over: bool,
    /// A seed of each block that has grown since results were last kept.
    grown: Vec<u64>,
    kept: Instant,
    /// Why results can no longer be kept.
    broken: Option<std::io::Error>,
}

impl<'a> Desk<'a> {
    fn new(
        session: &'a Session<'_>,
        settings: &Settings,
        report: SweepReport,
        store: Option<Store>,
        budget: Option<Duration>,
        polite: &'a Polite,
    ) -> Desk<'a> {
        let deadline = budget.and_then(|budget| Instant::now().checked_add(budget));
        let mut left = Cursor::new(settings.sweep.seeds, settings.shard);
        left.skip_to(report.next_of(settings.shard));
        let meter = Meter::begin(&session.screen, left.left(), deadline);
        let failed = report.totals().iter().any(|total| total.failed_unexpectedly());
        Desk {
            report,
            store,
            meter,
            done: Done::default(),
            deadline,
            polite,
            over: settings.fail_fast && failed,
            grown: Vec::new(),
            kept: Instant::now(),
            broken: None,
        }
    }

    /// Whether it stopped for good when it was interrupted last time.
    const fn is_over(&self) -> bool {
        self.over
    }

    /// Writes what is new to the folder, now or when it is time to.
    fn keep(&mut self, now: bool) -> std::io::Result<()> {
        let due = now || self.kept.elapsed() >= KEEP_EVERY;
        if let (Some(store), true, false) = (&mut self.store, due, self.grown.is_empty()) {
            store.keep(&self.report, &self.grown)?;
            self.grown.clear();
            self.kept = Instant::now();
        }
        Ok(())
    }
}

impl Site for Desk<'_> {
    fn piece(&mut self, piece: Piece) {
        let block = self.report.identity().seeds.block_of(piece.first);
        let last = self.grown.last().and_then(|seed| self.report.identity().seeds.block_of(*seed));
        if self.store.is_some() && block != last {
            self.grown.push(piece.first);
        }
        self.done.seeds += piece.end - piece.first;
        self.done.runs += piece.runs();
        self.done.failures += piece.files.iter().map(|tally| tally.failed).sum::<u64>();
        self.report.add(piece);
    }

    fn tick(&mut self) -> bool {
        self.meter.show(self.done);
        if let Err(error) = self.keep(false) {
            self.broken.get_or_insert(error);
        }
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        late || self.broken.is_some() || self.polite.asked().is_some()
    }
}

/// Reads `90s`, `10m`, `1.5h`.
fn time(text: &str) -> Result<Duration, String> {
    let span: sim_core::Span = text.parse()?;
    if span == sim_core::Span::ZERO {
        Err("no time at all".to_owned())
    } else {
        Ok(Duration::from_nanos(span.as_nanos()))
    }
}
