//! `squall merge`: the reports of several shards as one.

use std::path::PathBuf;

use clap::ValueHint;

use super::Session;
use super::sweep::Form;
use crate::exit::Exit;
use crate::out::write_whole;
use crate::sweep::merge::{Merged, merge};
use crate::sweep::verdict::Summary;

/// Join the reports of a sweep's shards.
///
/// The result is that of a single process, to the byte. Shards that are missing or told twice are named; while one is
/// missing the verdict is at best undecided.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Reports, or the folders of `squall sweep --out` that hold them.
    #[arg(value_name = "REPORT", value_hint = ValueHint::AnyPath)]
    reports: Vec<PathBuf>,
    /// Write the joined report to this file too.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    out: Option<PathBuf>,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Human)]
    format: Form,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        self.merge(session).unwrap_or_else(|(exit, why)| session.fail(exit, &why))
    }

    fn merge(&self, session: &Session<'_>) -> Result<Exit, (Exit, String)> {
        let Merged { report, doubled } = merge(&self.reports)?;
        for words in doubled {
            session.screen.talk(&format!("doubled: {words}"));
        }
        if let Some(path) = &self.out {
            write_whole(path, report.to_lines().as_bytes()).map_err(|error| {
                (Exit::BadInput, format!("the report could not be written to `{}`: {error}", path.display()))
            })?;
        }
        let summary = Summary::of(&report).into_whole();
        self.format.show(session, &report, &summary).map_err(|why| (Exit::Internal, why))?;
        for gap in &summary.gaps {
            session.screen.talk(&format!("missing: {gap}"));
        }
        Ok(summary.exit)
    }
}
