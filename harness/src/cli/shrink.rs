//! `squall shrink`: the smallest plan that fails as a run does.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use sim_core::Span;

use super::seed::SeedArgs;
use super::{Format, Session};
use crate::case::{Case, How};
use crate::exit::Exit;
use crate::judge::Overall;
use crate::shrinking::Effort;

/// Shrink a failing run to the few events that matter.
///
/// The run is frozen, so that nothing is left to chance, and made as small as it can be while it fails with the same
/// fingerprint. What is left is written to squall-out/ as a scenario file of its own. The file may be a reproduction. It
/// ends with 0 if there was a failure to shrink, and with 1 if nothing fails.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A scenario file or a reproduction.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    seed: SeedArgs,
    /// Stop after this long, as in `20s`, with what has been reached; it is not certified then.
    #[arg(long, value_name = "TIME", value_parser = deadline)]
    deadline: Option<Duration>,
    /// How many plans to run at once; as many as there are processors, unless given. The result does not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// Tell how each way of shrinking did.
    #[arg(short, long)]
    verbose: bool,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    format: Format,
}

impl Args {
    pub(super) const fn format(&self) -> Format {
        self.format
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let (loaded, seed) = match session.load_seeded(&self.file, &self.seed, self.format) {
            Ok(both) => both,
            Err(exit) => return exit,
        };
        let usual = Effort::all_processors();
        let effort = Effort { jobs: self.jobs.map_or(usual.jobs, usize::from), deadline: self.deadline };
        let mut runner = session.runner(&loaded, seed);
        let case = Case { registry: session.registry, screen: &session.screen, loaded: &loaded, seed };
        let how = How { shrink: true, again: true, effort, verbose: self.verbose, ..How::default() };
        let mut result = case.run(&mut *runner, how);
        if let Ok(report) = &mut result {
            if report.overall != Overall::Fail {
                session.screen.talk("nothing fails in this run, so there is nothing to shrink");
                report.exit = Exit::Missed;
            } else if !matches!(report.exit, Exit::Interrupted | Exit::Terminated) {
                // Whatever the file expects: here a failure was wanted.
                report.exit = Exit::Met;
            }
        }
        session.show_result(&case, result, self.format)
    }
}

/// A length of wall time, written as in scenario files.
fn deadline(text: &str) -> Result<Duration, String> {
    text.parse::<Span>().map(|span| Duration::from_nanos(span.as_nanos()))
}
