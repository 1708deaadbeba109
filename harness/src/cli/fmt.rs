//! `squall fmt`: lays scenario files out; comments stay.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::ValueHint;
use similar::TextDiff;

use super::{Format, Session};
use crate::exit::Exit;
use crate::layout;
use crate::load::Refused;
use crate::out;
use crate::source::Source;
use crate::words::counted;

/// Format scenario files, keeping every comment; `-` formats stdin to stdout.
///
/// A file is only written if its layout changes, and never half.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// Scenario files.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// Write nothing; show what would change, and end with 1 if anything would.
    #[arg(long)]
    check: bool,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        if self.files.is_empty() {
            session.screen.talk("nothing to format: name scenario files, as in `squall fmt scenarios/*.ron`");
            return Exit::NothingRun;
        }
        let mut changed = 0;
        let mut exit = Exit::Met;
        for file in &self.files {
            match self.format(session, file) {
                Ok(false) => {}
                Ok(true) => changed += 1,
                Err(worse) => exit = exit.worse(worse),
            }
        }
        let what = if self.check { "would change" } else { "formatted" };
        session.screen.talk(&format!("{} of {} {what}", changed, counted(self.files.len() as u64, "file")));
        if self.check && changed > 0 { exit.worse(Exit::Missed) } else { exit }
    }

    /// Whether the layout of this file changes.
    fn format(&self, session: &Session<'_>, path: &Path) -> Result<bool, Exit> {
        let piped = path == Path::new("-");
        let source = if piped { stdin() } else { Source::of_file(path) };
        let refuse = |refused: Refused| {
            session.show_refused(&refused, Format::Human);
            Exit::BadInput
        };
        let source = source.map_err(|diagnostic| {
            let name = path.display().to_string();
            refuse(Refused { source: Source { name, bytes: Vec::new() }, diagnostics: vec![*diagnostic] })
        })?;
        let laid_out = match layout::laid_out(&source.bytes) {
            Ok(laid_out) => laid_out,
            Err(diagnostic) => return Err(refuse(Refused { source, diagnostics: vec![*diagnostic] })),
        };
        let changed = laid_out.as_bytes() != source.bytes;
        if self.check {
            if changed {
                let text = source.text();
                let diff = TextDiff::from_lines(&*text, &laid_out);
                let formatted = format!("{} formatted", source.name);
                session.screen.data(&diff.unified_diff().header(&source.name, &formatted).to_string());
            }
        } else if piped {
            session.screen.data(&laid_out);
        } else if changed {
            // What a link points to is changed, not the link.
            let written = path.canonicalize().and_then(|path| out::write_whole(&path, laid_out.as_bytes()));
            written.map_err(|error| {
                session.fail(Exit::Internal, &format!("`{}` cannot be written: {error}", source.name))
            })?;
        }
        Ok(changed)
    }
}

fn stdin() -> Result<Source, Box<scenarios::Diagnostic>> {
    let mut bytes = Vec::new();
    match io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => Ok(Source { name: "stdin".to_owned(), bytes }),
        Err(error) => Err(crate::source::refusal("stdin", &error)),
    }
}
