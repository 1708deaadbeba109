//! `squall demo`: a storm, a planted bug, the smallest schedule that shows it, with no files needed.

use std::path::Path;

use super::{Format, Session};
use crate::case::{Case, How};
use crate::catalog;
use crate::exit::Exit;
use crate::human::page;
use crate::judge::{Judgement, Overall};
use crate::load::Loaded;
use crate::progress::Progress;
use crate::report::{Report, replay_command, run_command};
use crate::runner::Runner;
use crate::screen::{STRONG, styled};
use crate::shrinking::Effort;
use crate::words::counted;
use sim_core::RunOptions;

/// How many seeds are tried at most.
const MOST_SEEDS: u64 = 10_000;

/// Find a planted bug in a heartbeat protocol, shrink it and tell how it comes about.
///
/// No files are needed. Seeds are tried from 0 on until one fails; it takes a few seconds at most.
#[derive(clap::Args, Debug)]
pub(super) struct Args {}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let Some(loaded) = session.load(Path::new(catalog::DEMO.name), Format::Human) else { return Exit::Internal };
        let mut runner = session.runner(&loaded, 0);
        let screen = &session.screen;
        screen.talk(&format!("{}: {}", styled(STRONG, catalog::DEMO.name), loaded.scenario.about()));
        let Some(seed) = first_failing_seed(session, &loaded, &mut *runner) else {
            screen.talk(&format!("none of {} failed: has the bug been mended?", counted(MOST_SEEDS, "seed")));
            return Exit::Missed;
        };
        screen.talk(&format!("{} passed, seed {seed} fails: making it small", counted(seed, "seed")));
        let case = Case { registry: session.registry, screen, loaded: &loaded, seed };
        match case.run(&mut *runner, How { shrink: true, effort: Effort::all_processors(), ..How::default() }) {
            Ok(report) => {
                screen.data(&format!("{}\n\n{}", page(&report), next_commands(&report, seed)));
                if report.exit == Exit::Missed { Exit::Met } else { report.exit }
            }
            Err(no_verdict) => session.show_result(&case, Err(no_verdict), Format::Human),
        }
    }
}

fn first_failing_seed(session: &Session<'_>, loaded: &Loaded, runner: &mut dyn Runner) -> Option<u64> {
    let mut progress = Progress::begin(&session.screen, "trying seeds");
    (0..MOST_SEEDS).find(|seed| {
        progress.seeds(*seed);
        let plan = loaded.scenario.expand(*seed);
        let outcome = runner.run(&plan, RunOptions { stop_when_decided: true, ..RunOptions::default() }).outcome;
        Judgement::of(&plan, &outcome, loaded.scenario.expect()).overall == Overall::Fail
    })
}

/// What a newcomer may want to do next.
fn next_commands(report: &Report, seed: u64) -> String {
    let name = catalog::DEMO.name;
    let replay =
        report.reproduction.as_ref().map_or_else(|| run_command(catalog::DEMO.name, seed), |r| replay_command(&r.file));
    let commands = [
        (replay, "see it again, bit for bit"),
        (format!("squall run {name} --seed {seed} --twice"), "the whole storm, and evidence that it is deterministic"),
        ("squall list".to_owned(), "other protocols, other storms"),
    ];
    let width = commands.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    let lines =
        commands.iter().map(|(command, what)| format!("  {}  {what}", styled(STRONG, &format!("{command:<width$}"))));
    format!("Next:\n{}", lines.collect::<Vec<_>>().join("\n"))
}
