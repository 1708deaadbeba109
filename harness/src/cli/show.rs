//! `squall show`: the plan that a seed gives, as a scenario file with everything explicit; or its run as a picture.

use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};
use scenarios::{Expect, Header};
use sim_core::RunOptions;

use super::seed::SeedArgs;
use super::{Format, Session};
use crate::exit::Exit;
use crate::judge::Judgement;
use crate::load::Loaded;
use crate::picture::Picture;

/// Show the plan that a seed makes of a scenario: every fault that chaos would draw, every default.
///
/// With `--format` its run is drawn instead: of one that fails, what the failure follows from.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// A scenario file.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
    #[command(flatten)]
    seed: SeedArgs,
    /// What to show.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Plan)]
    format: Form,
}

/// What is shown of a seed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Form {
    /// The plan, as a scenario file.
    Plan,
    /// The run, a column for each node.
    Text,
    /// The run, as a sequence diagram for Mermaid.
    Mermaid,
    /// The run, as a graph of causes for Graphviz.
    Dot,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let (loaded, seed) = match session.load_seeded(&self.file, &self.seed, Format::Human) {
            Ok(both) => both,
            Err(exit) => return exit,
        };
        let text = match self.format {
            Form::Plan => plan(&loaded, seed),
            form => picture(session, &loaded, seed, form),
        };
        session.screen.data(&text);
        Exit::Met
    }
}

fn plan(loaded: &Loaded, seed: u64) -> String {
    let header = Header {
        comments: vec![format!("`{}` under seed {seed}.", loaded.source.name)],
        about: loaded.scenario.about().to_owned(),
        expect: loaded.scenario.expect().clone(),
        reproduces: loaded.scenario.reproduces().cloned(),
    };
    scenarios::print(&loaded.scenario.expand(seed), &header)
}

fn picture(session: &Session<'_>, loaded: &Loaded, seed: u64, form: Form) -> String {
    let plan = loaded.scenario.expand(seed);
    let mut runner = session.runner(loaded, seed);
    let mut outcome = runner.run(&plan, RunOptions { trace: true, ..RunOptions::default() }).outcome;
    let trace = outcome.trace.take().unwrap_or_default();
    let judgement = Judgement::of(&plan, &outcome, &Expect::Pass);
    let violation = judgement.violation(loaded.scenario.expect()).map(|(_, violation)| violation);
    let picture = Picture::of(&plan, &trace, violation);
    match form {
        Form::Mermaid => picture.mermaid(),
        Form::Dot => picture.dot(),
        Form::Plan | Form::Text => picture.text(),
    }
}
