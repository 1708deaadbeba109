//! The hidden command of the fresh process that `--twice` compares with: a scenario on stdin, its trail on stdout.

use std::io::{self, Read};

use super::{Format, Session};
use crate::child;
use crate::displace::displaced;
use crate::exit::Exit;
use crate::load::load_source;
use crate::source::Source;
use crate::twice::trail;

/// Run the scenario on stdin and print its digest.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The seed of the run.
    #[arg(long)]
    seed: u64,
    /// Print the trace after the digest.
    #[arg(long)]
    trace: bool,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let mut bytes = Vec::new();
        if let Err(error) = io::stdin().read_to_end(&mut bytes) {
            return session.refuse(&format!("stdin could not be read: {error}"));
        }
        let loaded = match load_source(session.registry, Source { name: "stdin".to_owned(), bytes }) {
            Ok(loaded) => loaded,
            Err(refused) => {
                session.show_refused(&refused, Format::Human);
                return Exit::BadInput;
            }
        };
        let registry = session.registry;
        let told = displaced(|| {
            let plan = loaded.scenario.expand(self.seed);
            registry.runner(loaded.scenario.protocol()).map(|mut runner| trail(&mut *runner, &plan, self.trace))
        });
        match told {
            Ok(Some(trail)) => {
                session.screen.data(&child::print(&trail));
                Exit::Met
            }
            Ok(None) => unreachable!("the loader refuses protocols that are not registered"),
            Err(error) => session.fail(Exit::Internal, &format!("a thread could not be started: {error}")),
        }
    }
}
