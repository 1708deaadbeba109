//! The command line: one file a command.

mod check;
mod child;
mod completions;
mod crash_images;
mod demo;
mod diff;
mod explain;
mod fmt;
mod list;
mod merge;
mod probe;
mod replay;
mod run;
mod seed;
mod session;
mod show;
mod shrink;
mod sweep;
mod validate;
mod worker;

use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::black_box::BlackBox;
use crate::exit::{self, Exit};
use crate::registry::Registry;
use crate::{guard, interrupt, supervise, watchdog};

pub(crate) use session::Session;

/// A deterministic chaos-testing simulator for distributed protocols.
///
/// A scenario file goes in, a verdict comes out, and every run can be seen again bit for bit from its seed.
#[derive(Parser, Debug)]
#[command(name = "squall", version, max_term_width = 100, arg_required_else_help = true, after_help = exit::HELP)]
struct Cli {
    /// When to use colour.
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = Color::Auto)]
    color: Color,
    /// Where a watching process learns which run killed this one.
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    black_box: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Run(run::Args),
    Check(check::Args),
    List(list::Args),
    Show(show::Args),
    Demo(demo::Args),
    Diff(diff::Args),
    Replay(replay::Args),
    Shrink(shrink::Args),
    Sweep(sweep::Args),
    Merge(merge::Args),
    CrashImages(crash_images::Args),
    Validate(validate::Args),
    Explain(explain::Args),
    Fmt(fmt::Args),
    Completions(completions::Args),
    #[command(name = crate::child::COMMAND, hide = true)]
    Child(child::Args),
    #[command(name = crate::sweep::foreman::COMMAND, hide = true)]
    Worker(worker::Args),
    #[command(name = PROBE, hide = true)]
    Probe(probe::Args),
}

/// The hidden command that looks for the place where a run kills its process.
pub(crate) const PROBE: &str = "probe";

impl Command {
    /// Whether it runs protocols, which may do anything; and the form of its results then.
    const fn is_watched(&self) -> Option<Format> {
        match self {
            Command::Run(args) => Some(args.format()),
            Command::CrashImages(args) => Some(args.format()),
            Command::Replay(args) => Some(args.format()),
            Command::Shrink(args) => Some(args.format()),
            Command::Demo(_) => Some(Format::Human),
            _ => None,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

/// In which form results are written to stdout.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Human,
    /// For programs: one JSON object a line.
    Json,
}

/// Runs the command line with the protocols of `registry` and says how the process should end.
///
/// ```no_run
/// fn main() -> std::process::ExitCode {
///     squall::main(squall::Registry::builtin())
/// }
/// ```
#[expect(clippy::needless_pass_by_value, reason = "so that a user's `main` is one expression")]
pub fn main(registry: Registry) -> ExitCode {
    guard::install();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to stdout and is no error; a closed pipe is not one either.
            let _ = error.print();
            return if error.use_stderr() { Exit::BadInput.into() } else { Exit::Met.into() };
        }
    };
    match cli.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    let session = Session::new(&registry, cli.black_box.as_deref().map(BlackBox::at));
    if let Err(error) = interrupt::install(cli.black_box.is_some()) {
        session.screen.talk(&format!("warning: signals cannot be handled: {error}"));
    }
    if let Some(format) = cli.command.is_watched() {
        if cli.black_box.is_none() {
            match supervise::supervise(&session.screen, format) {
                Ok(exit) => return exit.into(),
                Err(error) => session.screen.talk(&format!("warning: nobody watches this process: {error}")),
            }
        }
        session.watch(watchdog::PATIENCE, format);
    }
    // A panic here is a fault of squall: the hook has told it, and 70 says so to scripts.
    let run = || session.dispatch(&cli.command, cli.black_box.as_deref());
    let exit = panic::catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        session.screen.talk("internal error: this is a fault of squall, not of your protocol or scenario");
        Exit::Internal
    });
    session.close();
    match session.screen.broken() {
        Some(error) => {
            session.screen.talk(&format!("error: stdout could not be written: {error}"));
            exit.worse(Exit::Internal).into()
        }
        None => exit.into(),
    }
}

impl Session<'_> {
    fn dispatch(&self, command: &Command, black_box: Option<&Path>) -> Exit {
        match command {
            Command::Run(args) => args.run(self),
            Command::Check(args) => args.run(self),
            Command::List(args) => args.run(self),
            Command::Show(args) => args.run(self),
            Command::Demo(args) => args.run(self),
            Command::Diff(args) => args.run(self),
            Command::Replay(args) => args.run(self),
            Command::Shrink(args) => args.run(self),
            Command::Sweep(args) => args.run(self),
            Command::Merge(args) => args.run(self),
            Command::CrashImages(args) => args.run(self),
            Command::Validate(args) => args.run(self),
            Command::Worker(args) => args.run(self),
            Command::Explain(args) => args.run(self),
            Command::Fmt(args) => args.run(self),
            Command::Completions(args) => args.run::<Cli>(self),
            Command::Child(args) => args.run(self),
            Command::Probe(args) => args.run(self, black_box),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }
}
