//! `squall validate`: figures of theory, measured again.

use std::num::NonZero;
use std::thread;

use super::{Format, Session};
use crate::exit::Exit;
use crate::progress::Progress;
use crate::validate::{self, Verdict};

/// Measure by simulation what theory gives in closed form: does the simulator tell the truth?
///
/// Each figure is met if expected and measured lie within four standard errors of each other, and a model that is 10 %
/// off in either direction would be rejected by the same test. Exit code 1 if one is missed, 3 if a test had no power.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Only figures whose name contains one of these.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Also what takes longer than two minutes.
    #[arg(long)]
    long: bool,
    /// Instead, put failure detectors side by side on networks that make it hard: how fast they notice a death, against how
    /// often and how long they are wrong about the living.
    #[arg(long, conflicts_with = "long")]
    detectors: bool,
    /// How many threads run. As many as there are processors unless given.
    #[arg(long, short, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    format: Format,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let mut experiments = if self.detectors { validate::comparisons() } else { validate::experiments() };
        experiments.retain(|experiment| (self.long || !experiment.long) && experiment.is_asked_for(&self.filters));
        if experiments.is_empty() {
            let long = if self.long { "" } else { "; `--long` has more" };
            session.screen.talk(&format!("nothing to run: no figure has a name like that{long}"));
            return Exit::NothingRun;
        }
        let jobs = self.jobs.map_or_else(|| thread::available_parallelism().map_or(1, NonZero::get), usize::from);
        let mut progress = Progress::begin(&session.screen, "validating");
        let judged = validate::measure(&experiments, jobs, |advance| progress.runs(advance));
        drop(progress);
        session.screen.data(&match self.format {
            Format::Human if self.detectors => validate::comparison_page(&experiments, &judged),
            Format::Human => validate::page(&judged),
            Format::Json => {
                judged.iter().map(|figure| validate::object(figure).to_string()).collect::<Vec<_>>().join("\n")
            }
        });
        let exit_of = |verdict| match verdict {
            Verdict::Met | Verdict::Observed => Exit::Met,
            Verdict::Powerless => Exit::Undecided,
            Verdict::Missed => Exit::Missed,
        };
        judged.iter().map(|figure| exit_of(figure.verdict)).fold(Exit::Met, Exit::worse)
    }
}
