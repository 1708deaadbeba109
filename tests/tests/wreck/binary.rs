//! The `wrecks` program: squall's command line with a protocol that does to its process what no handler should.

mod protocol;

use std::process::ExitCode;

use protocol::Wreck;
use squall::Registry;

fn main() -> ExitCode {
    squall::main(Registry::empty().with::<Wreck>())
}
