//! The `squall` binary: the command line with every protocol that is shipped.

use std::process::ExitCode;

fn main() -> ExitCode {
    squall::main(squall::Registry::builtin())
}
