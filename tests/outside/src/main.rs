//! The whole command line, for one more protocol.

use std::process::ExitCode;

fn main() -> ExitCode {
    squall::main(squall::Registry::builtin().with::<outside::TokenRing>())
}
