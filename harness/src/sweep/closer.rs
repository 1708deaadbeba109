//! A closer look at what a sweep found: the first run of each group, made small and told.

use std::time::Duration;

use super::tally::Kind;
use super::verdict::{Finding, Summary};
use crate::case::{Case, How};
use crate::cli::{Format, Session};
use crate::exit::Exit;
use crate::human;
use crate::load::Loaded;
use crate::report::Report;
use crate::shrinking::Effort;
use crate::watchdog;

/// How many groups are looked at.
const MOST: usize = 5;

/// How long one may take. A sweep is no place to wait for the last possible removal.
const DEADLINE: Duration = Duration::from_secs(20);

/// Makes the first run of each group small that no file expects, writes it to `squall-out/`, and shows it: to people on
/// stdout, otherwise a line each on stderr.
pub(crate) fn look(session: &Session<'_>, files: &[Loaded], summary: &Summary, human: bool) {
    let mut findings = Vec::new();
    for (loaded, file) in files.iter().zip(&summary.files) {
        findings.extend(file.surprises().filter(|it| it.group.kind == Kind::Failed).map(|finding| (loaded, finding)));
    }
    // A smaller run may hang where the first did not.
    session.watch(watchdog::PATIENCE, Format::Human);
    for (loaded, finding) in findings.into_iter().take(MOST) {
        let Some(report) = made_small(session, loaded, finding) else { continue };
        if matches!(report.exit, Exit::Interrupted | Exit::Terminated) {
            return;
        }
        if human {
            session.screen.data(&format!("\n{}", human::page(&report)));
        } else if let Some(reproduction) = &report.reproduction {
            session.screen.talk(&format!("made small: `{}` in {}", reproduction.fingerprint, reproduction.file));
        }
    }
}

/// What became of it; `None`, with a word on stderr, if there is nothing to show.
fn made_small(session: &Session<'_>, loaded: &Loaded, finding: &Finding) -> Option<Report> {
    let seed = finding.group.seed;
    let mut runner = session.runner(loaded, seed);
    let case = Case { registry: session.registry, screen: &session.screen, loaded, seed };
    let effort = Effort { deadline: Some(DEADLINE), ..Effort::all_processors() };
    let report = case.run(&mut *runner, How { shrink: true, effort, ..How::default() });
    if report.is_err() {
        session
            .screen
            .talk(&format!("warning: `{}` could not be made small; see it as it is above", finding.fingerprint));
    }
    report.ok()
}
