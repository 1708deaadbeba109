//! `squall replay`: a reproduction again, and whether it is still the same failure.

use std::path::PathBuf;

use clap::ValueHint;
use scenarios::Reproduces;
use sim_core::ENGINE;
use sim_core::check::Verdict;

use super::{Format, Session};
use crate::case::{Case, How};
use crate::exit::Exit;
use crate::report::Report;
use crate::screen::{GOOD, UNSURE, styled};

/// Run a reproduction again and compare it with the failure that it records.
///
/// It ends with 0 if the failure is there again with the same fingerprint, with 1 if it is not. Any scenario file with a
/// `reproduces` block can be replayed.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A reproduction, as `squall run` writes them to squall-out/.
    #[arg(value_name = "REPRO", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// The form of the results.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    format: Format,
}

impl Args {
    pub(super) const fn format(&self) -> Format {
        self.format
    }

    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let Some(loaded) = session.load(&self.file, self.format) else { return Exit::BadInput };
        let Some(reproduces) = loaded.scenario.reproduces() else {
            let name = &loaded.source.name;
            session.screen.talk(&format!("error: `{name}` records no failure; `squall run` runs it as a scenario"));
            return Exit::BadInput;
        };
        let seed = loaded.scenario.seed();
        let mut runner = session.runner(&loaded, seed);
        let case = Case { registry: session.registry, screen: &session.screen, loaded: &loaded, seed };
        let mut result = case.run(&mut *runner, How::default());
        if let Ok(report) = &mut result {
            report.replay = crate::report::replay_command(&loaded.source.name);
            let again = Again::of(reproduces, report);
            session.screen.talk(&again.words(reproduces, report));
            report.exit = again.exit();
        }
        session.show_result(&case, result, self.format)
    }
}

/// How a replay compares with what the file records.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Again {
    /// The same failure, the same digest.
    Identical,
    /// The same failure in another run: the protocol or the engine has changed since.
    SameFailure,
    /// The failure is not there.
    Gone,
}

impl Again {
    fn of(reproduces: &Reproduces, report: &Report) -> Again {
        let fails_alike = report.checks.iter().any(
            |check| matches!(&check.verdict, Verdict::Fail(violation) if violation.fingerprint == reproduces.fingerprint),
        );
        match (fails_alike, report.digest == reproduces.digest) {
            (false, _) => Again::Gone,
            (true, false) => Again::SameFailure,
            (true, true) => Again::Identical,
        }
    }

    const fn exit(self) -> Exit {
        match self {
            Again::Identical | Again::SameFailure => Exit::Met,
            Again::Gone => Exit::Missed,
        }
    }

    fn words(self, reproduces: &Reproduces, report: &Report) -> String {
        let since = match reproduces.engine == ENGINE {
            true => "the protocol has changed since".to_owned(),
            false => format!("it was recorded with engine {}, this is engine {ENGINE}", reproduces.engine),
        };
        let fingerprint = &reproduces.fingerprint;
        match self {
            Again::Identical => format!("{}: `{fingerprint}`, identical to the bit", styled(GOOD, "reproduced")),
            Again::SameFailure => format!(
                "{}: `{fingerprint}`, but the digest is {} and was {}: {since}",
                styled(UNSURE, "reproduced"),
                report.digest,
                reproduces.digest
            ),
            Again::Gone if report.digest == reproduces.digest => {
                format!("{}: the run is identical, but `{fingerprint}` is no longer found", styled(UNSURE, "gone"))
            }
            Again::Gone => format!("{}: `{fingerprint}` does not happen any more: {since}", styled(UNSURE, "gone")),
        }
    }
}
