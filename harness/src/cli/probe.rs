//! The hidden command that looks for the place where a run kills its process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use sim_core::RunOptions;

use super::{Format, Session};
use crate::black_box::BlackBox;
use crate::exit::Exit;

/// Run a scenario, noting every handler in the black box before it is called.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    file: PathBuf,
    /// The seed of the run.
    #[arg(long)]
    seed: u64,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>, black_box: Option<&Path>) -> Exit {
        let (Some(path), Some(loaded)) = (black_box, session.load(&self.file, Format::Human)) else {
            return Exit::BadInput;
        };
        let plan = loaded.scenario.expand(self.seed);
        let Ok(recorder) = BlackBox::at(path).recorder(&plan) else { return Exit::BadInput };
        let mut runner = session.runner(&loaded, self.seed);
        // The recorder takes the place of the watchdog's listener; only memory is watched.
        session.watch(Duration::MAX, Format::Human);
        runner.watch(Some(recorder));
        runner.run(&plan, RunOptions::default());
        // Whoever gets here has not died: the last handler noted is not the place.
        BlackBox::at(path).close();
        Exit::Met
    }
}
