//! The command line: one file a command.

mod check;
mod child;
mod completions;
mod demo;
mod explain;
mod list;
mod replay;
mod run;
mod seed;
mod session;
mod show;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::exit::{self, Exit};
use crate::registry::Registry;
use crate::{guard, interrupt};

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
    Replay(replay::Args),
    Explain(explain::Args),
    Completions(completions::Args),
    #[command(name = crate::child::COMMAND, hide = true)]
    Child(child::Args),
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
    let session = Session::new(&registry);
    if let Err(error) = interrupt::install() {
        session.screen.talk(&format!("warning: signals cannot be handled: {error}"));
    }
    // A panic here is a fault of squall: the hook has told it, and 70 says so to scripts.
    let exit = panic::catch_unwind(AssertUnwindSafe(|| session.dispatch(&cli.command))).unwrap_or_else(|_| {
        session.screen.talk("internal error: this is a fault of squall, not of your protocol or scenario");
        Exit::Internal
    });
    match session.screen.broken() {
        Some(error) => {
            session.screen.talk(&format!("error: stdout could not be written: {error}"));
            exit.worse(Exit::Internal).into()
        }
        None => exit.into(),
    }
}

impl Session<'_> {
    fn dispatch(&self, command: &Command) -> Exit {
        match command {
            Command::Run(args) => args.run(self),
            Command::Check(args) => args.run(self),
            Command::List(args) => args.run(self),
            Command::Show(args) => args.run(self),
            Command::Demo(args) => args.run(self),
            Command::Replay(args) => args.run(self),
            Command::Explain(args) => args.run(self),
            Command::Completions(args) => args.run::<Cli>(self),
            Command::Child(args) => args.run(self),
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
