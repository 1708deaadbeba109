//! `squall replay`: a reproduction again, and whether it is still the same failure.

use std::path::PathBuf;

use clap::ValueHint;
use scenarios::Reproduces;
use scenarios::shrink::Shrinker;
use sim_core::check::Verdict;
use sim_core::{ENGINE, RunOptions};

use super::{Format, Session};
use crate::case::{Case, How};
use crate::exit::Exit;
use crate::human::size_words;
use crate::load::Loaded;
use crate::recital;
use crate::report::Report;
use crate::runner::Runner;
use crate::screen::{GOOD, UNSURE, styled};
use crate::shrinking::{Effort, drive};
use crate::words::counted;

/// Run a reproduction again and compare it with the failure that it records.
///
/// It ends with 0 if the failure is there again with the same fingerprint, with 1 if it is not. Where the protocol has
/// changed since, it says from where on the run is another. Any scenario file with a `reproduces` block can be replayed.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A reproduction, as `squall run` writes them to squall-out/.
    #[arg(value_name = "REPRO", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    /// Also try every single removal again: is the reproduction still as small as it can be?
    #[arg(long)]
    certify: bool,
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
            return session.refuse(&format!("`{name}` records no failure; `squall run` runs it as a scenario"));
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
            if again != Again::Identical {
                for line in changes(&mut *runner, &loaded) {
                    session.screen.talk(&line);
                }
            }
            if self.certify && again != Again::Gone && !certify(session, &mut *runner, &loaded, reproduces) {
                report.exit = Exit::Missed;
            }
        }
        session.show_result(&case, result, self.format)
    }
}

/// From where on the run is another than the one that the file tells of, as far as it tells.
fn changes(runner: &mut dyn Runner, loaded: &Loaded) -> Vec<String> {
    let plan = loaded.scenario.expand(loaded.scenario.seed());
    let traced = runner.run(&plan, RunOptions { trace: true, ..RunOptions::default() }).outcome;
    let Some(trace) = traced.trace else { return Vec::new() };
    let file = String::from_utf8_lossy(&loaded.source.bytes);
    let untrue = recital::first_untrue(&file, &plan, &trace);
    let mut lines: Vec<String> = untrue.map(|step| format!("  no longer happens: {step}")).into_iter().collect();
    let about_nothing = recital::about_nothing(&plan, &trace).into_iter();
    lines
        .extend(about_nothing.map(|(index, what)| format!("  no longer applies: exceptions[{index}] is about {what}")));
    lines
}

/// Tries every single removal. Whether none of them leaves the failure as it is.
fn certify(session: &Session<'_>, runner: &mut dyn Runner, loaded: &Loaded, reproduces: &Reproduces) -> bool {
    let mut shrinker = Shrinker::certifying(loaded.scenario.expand(loaded.scenario.seed()));
    let effort = Effort::all_processors();
    drive(&mut shrinker, session.registry, runner, &reproduces.fingerprint, effort, &mut |_| false);
    let shrunk = shrinker.shrunk();
    let words = match shrunk.certificate {
        Some(certificate) => {
            format!("{}: {} refused", styled(GOOD, "certified"), counted(certificate.refused, "single removal"))
        }
        None => {
            let sizes = format!("{} would do, of {}", size_words(&shrunk.after), size_words(&shrunk.before));
            format!("{}: {sizes}; `squall shrink` makes it small again", styled(UNSURE, "not minimal"))
        }
    };
    session.screen.talk(&words);
    shrunk.certificate.is_some()
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
