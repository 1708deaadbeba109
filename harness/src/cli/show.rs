//! `squall show`: the plan that a seed gives, as a scenario file with everything explicit.

use std::path::PathBuf;

use clap::ValueHint;
use scenarios::Header;

use super::seed::SeedArgs;
use super::{Format, Session};
use crate::exit::Exit;

/// Show the plan that a seed makes of a scenario: every fault that chaos would draw, every default.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A scenario file.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    seed: SeedArgs,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let Some(loaded) = session.load(&self.file, Format::Human) else { return Exit::BadInput };
        let seed = match self.seed.seed() {
            Ok(seed) => seed.unwrap_or(loaded.scenario.seed()),
            Err(why) => {
                session.screen.talk(&format!("error: {why}"));
                return Exit::BadInput;
            }
        };
        let header = Header {
            comments: vec![format!("`{}` under seed {seed}.", loaded.source.name)],
            about: loaded.scenario.about().to_owned(),
            expect: loaded.scenario.expect().clone(),
            reproduces: loaded.scenario.reproduces().cloned(),
        };
        session.screen.data(&scenarios::print(&loaded.scenario.expand(seed), &header));
        Exit::Met
    }
}
