//! Runs that end without a verdict, and how they are told.

use serde_json::{Value, json};
use sim_core::ENGINE;

use crate::cli::Format;
use crate::exit::Exit;
use crate::label::Label;
use crate::screen::{BAD, Screen, styled};

/// Why there is no verdict; each with words for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum NoVerdict {
    /// The same plan gave different runs.
    NotDeterministic(String),
    /// A handler has not come back.
    NoProgress(String),
    /// The run takes more memory than there is.
    OutOfMemory(String),
    /// The process that ran it was ended by the system.
    Crashed(String),
    /// squall itself is at fault.
    Internal(String),
}

impl NoVerdict {
    /// How the process should end.
    pub(crate) const fn exit(&self) -> Exit {
        match self {
            NoVerdict::NotDeterministic(_) => Exit::NotDeterministic,
            NoVerdict::NoProgress(_) | NoVerdict::OutOfMemory(_) | NoVerdict::Crashed(_) | NoVerdict::Internal(_) => {
                Exit::Internal
            }
        }
    }

    /// The kind in a word, as JSON has it.
    const fn kind(&self) -> &'static str {
        match self {
            NoVerdict::NotDeterministic(_) => "not-deterministic",
            NoVerdict::NoProgress(_) => "no-progress",
            NoVerdict::OutOfMemory(_) => "out-of-memory",
            NoVerdict::Crashed(_) => "crashed",
            NoVerdict::Internal(_) => "internal",
        }
    }

    /// What happened.
    pub(crate) fn detail(&self) -> &str {
        match self {
            NoVerdict::NotDeterministic(detail)
            | NoVerdict::NoProgress(detail)
            | NoVerdict::OutOfMemory(detail)
            | NoVerdict::Crashed(detail)
            | NoVerdict::Internal(detail) => detail,
        }
    }

    /// What it says to a person, the command to see it again last.
    pub(crate) fn page(&self, label: &Label) -> String {
        format!("{}: {}\n  replay   {}", styled(BAD, "error"), self.detail(), label.command())
    }

    /// Shows it: to people on stderr, to programs as an object on stdout.
    pub(crate) fn show(&self, label: &Label, screen: &Screen, format: Format) {
        match format {
            Format::Human => screen.talk(&self.page(label)),
            Format::Json => screen.data(&self.object(label).to_string()),
        }
    }

    fn object(&self, label: &Label) -> Value {
        json!({
            "scenario": label.scenario(),
            "file": label.file,
            "protocol": label.protocol,
            "seed": label.seed,
            "engine": ENGINE,
            "verdict": "undecided",
            "expected": false,
            "error": { "kind": self.kind(), "detail": self.detail() },
            "replay": label.command(),
        })
    }
}
