//! `squall check`: loads and validates files without running them.

use std::path::PathBuf;

use clap::ValueHint;
use serde_json::json;

use super::{Format, Session};
use crate::exit::Exit;
use crate::words::counted;

/// Check scenario files without running them.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Scenario files.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    format: Format,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        if self.files.is_empty() {
            session.screen.talk("nothing to check: name scenario files, as in `squall check scenarios/*.ron`");
            return Exit::NothingRun;
        }
        let mut valid = 0;
        for file in &self.files {
            let Some(loaded) = session.load(file, self.format) else { continue };
            valid += 1;
            if self.format == Format::Json {
                session
                    .screen
                    .data(&json!({ "file": loaded.source.name, "valid": true, "diagnostics": [] }).to_string());
            }
        }
        let wrong = self.files.len() - valid;
        if self.format == Format::Human {
            let verdict = if wrong == 0 { "valid".to_owned() } else { format!("checked, {wrong} of them not valid") };
            session.screen.data(&format!("{} {verdict}", counted(self.files.len() as u64, "file")));
        }
        if wrong == 0 { Exit::Met } else { Exit::BadInput }
    }
}
