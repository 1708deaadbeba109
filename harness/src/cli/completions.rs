//! `squall completions`: a script for the user's shell.

use clap::CommandFactory;
use clap_complete::Shell;

use super::Session;
use crate::exit::Exit;

/// Print a completion script for a shell.
///
/// For example: squall completions bash > ~/.local/share/bash-completion/completions/squall
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    pub(super) fn run<C: CommandFactory>(&self, session: &Session<'_>) -> Exit {
        let mut command = C::command();
        let name = command.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, name, &mut script);
        session.screen.data(&String::from_utf8_lossy(&script));
        Exit::Met
    }
}
