//! The `wrecks` program: squall's command line with one more protocol, which does to its process what no handler
//! should.

mod protocol;

use std::process::ExitCode;

use protocol::Wreck;
use squall::Registry;

fn main() -> ExitCode {
    squall::main(Registry::builtin().with::<Wreck>())
}
