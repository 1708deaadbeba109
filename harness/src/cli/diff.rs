//! `squall diff`: where two runs part.

use std::path::{Path, PathBuf};

use clap::ValueHint;

use super::seed::SeedArgs;
use super::{Format, Session};
use crate::exit::Exit;
use crate::parting::Parting;
use crate::screen::{STRONG, styled};
use crate::twice::{Trail, trail};

/// Show the first difference between the runs of two files.
///
/// Both run, each under its own seed unless `--seed` is given, and their traces are compared entry by entry. Ends with 0
/// if the runs are the same, and with 1 if they part.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A scenario file or a reproduction.
    #[arg(value_name = "A", value_hint = ValueHint::FilePath)]
    first: PathBuf,
    /// Another.
    #[arg(value_name = "B", value_hint = ValueHint::FilePath)]
    second: PathBuf,
    #[command(flatten)]
    seed: SeedArgs,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let seed = match session.seed(&self.seed) {
            Ok(seed) => seed,
            Err(exit) => return exit,
        };
        let trail = |file: &Path| trail_of(session, file, seed);
        let (Some(first), Some(second)) = (trail(&self.first), trail(&self.second)) else { return Exit::BadInput };
        let digests = format!("digest {} and {}", first.digest, second.digest);
        let Some(parting) = Parting::of(&first.lines, &second.lines) else {
            // Two protocols may say the same and mean different things.
            let alike = first.digest == second.digest;
            let words = if alike { "the runs are the same" } else { "the runs read the same, but are not" };
            session.screen.data(&format!("{}: {digests}", styled(STRONG, words)));
            return if alike { Exit::Met } else { Exit::Missed };
        };
        let lines = parting.lines("A", "B").join("\n");
        session.screen.data(&format!("{} ({digests}):\n{lines}", styled(STRONG, "the runs part here")));
        Exit::Missed
    }
}

fn trail_of(session: &Session<'_>, file: &Path, seed: Option<u64>) -> Option<Trail> {
    let loaded = session.load(file, Format::Human)?;
    let seed = seed.unwrap_or(loaded.scenario.seed());
    let mut runner = session.runner(&loaded, seed);
    Some(trail(&mut *runner, &loaded.scenario.expand(seed), true))
}
