//! `squall run`: scenarios in, verdicts out.

use std::path::PathBuf;

use clap::ValueHint;
use sim_core::RunOptions;

use super::seed::SeedArgs;
use super::{Format, Session};
use crate::case::{Case, How};
use crate::exit::Exit;
use crate::load::Loaded;
use crate::out;
use crate::shrinking::Effort;
use crate::trace_file;

/// Run scenario files and judge them.
///
/// Each file runs once, under `--seed`, else its own seed, else 0. A run that fails is frozen, shrunk to the smallest
/// plan that fails in the same way, and written to squall-out/ as a scenario file of its own. A name that is no file may
/// be one of the catalogue that `squall list` shows.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Scenario files.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    seed: SeedArgs,
    /// Run again in this process and in a fresh one, under other circumstances, and compare the digests.
    #[arg(long)]
    twice: bool,
    /// Show a failure as it is, without shrinking it.
    #[arg(long)]
    no_shrink: bool,
    /// Write everything that happens to this file: text, or one JSON object a line if it ends in `.jsonl`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    trace: Option<PathBuf>,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    format: Format,
}

impl Args {
    pub(super) const fn format(&self) -> Format {
        self.format
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        if self.files.is_empty() {
            session.screen.talk("nothing to run: name scenario files, as in `squall run scenarios/*.ron`");
            return Exit::NothingRun;
        }
        if self.trace.is_some() && self.files.len() > 1 {
            return session.refuse("`--trace` takes the trace of one run; name one scenario file");
        }
        let seed = match session.seed(&self.seed) {
            Ok(seed) => seed,
            Err(exit) => return exit,
        };
        let mut worst = Exit::Met;
        for file in &self.files {
            let exit = match session.load(file, self.format) {
                Some(loaded) => self.run_one(session, &loaded, seed.unwrap_or(loaded.scenario.seed())),
                None => Exit::BadInput,
            };
            worst = worst.worse(exit);
            if matches!(exit, Exit::Interrupted | Exit::Terminated) {
                break;
            }
        }
        worst
    }

    fn run_one(&self, session: &Session<'_>, loaded: &Loaded, seed: u64) -> Exit {
        let mut runner = session.runner(loaded, seed);
        if let Some(path) = &self.trace {
            let plan = loaded.scenario.expand(seed);
            let traced = runner.run(&plan, RunOptions { trace: true, ..RunOptions::default() }).outcome;
            let lines =
                traced.trace.map_or(Vec::new(), |trace| match path.extension().is_some_and(|end| end == "jsonl") {
                    true => trace_file::json_lines(&trace, &plan),
                    false => trace_file::lines(&trace, &plan),
                });
            let text = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>();
            if let Err(error) = out::write_whole(path, text.as_bytes()) {
                return session.refuse(&format!("the trace could not be written to `{}`: {error}", path.display()));
            }
        }
        let case = Case { registry: session.registry, screen: &session.screen, loaded, seed };
        let result = {
            let effort = Effort::all_processors();
            case.run(&mut *runner, How { twice: self.twice, shrink: !self.no_shrink, effort, ..How::default() })
        };
        session.show_result(&case, result, self.format)
    }
}
