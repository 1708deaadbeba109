//! The hidden command of a sweep's worker process.

use super::Session;
use crate::exit::Exit;
use crate::sweep::worker;

/// Run the seeds that stdin says.
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        worker::work(session.registry).unwrap_or_else(|why| session.fail(Exit::Internal, &why))
    }
}
