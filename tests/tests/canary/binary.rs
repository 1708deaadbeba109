//! The `canaries` program: squall's command line with protocols that break the rules, and one that does not.
//!
//! A protocol may depend on its config, its place, its messages and its `Context`, and on nothing else. Each canary lets
//! one other thing into a message, and `--twice` must notice. They live in a program of their own because some defects
//! show only in a fresh process, and that process must know the same protocols.

mod address;
mod environment;
mod hash_map;
mod honest;
mod host_clock;
mod process;
mod protocol;
mod static_counter;
mod thread_timing;
mod working_directory;

use std::process::ExitCode;

use protocol::Canary;
use squall::Registry;

fn main() -> ExitCode {
    squall::main(
        Registry::empty()
            .with::<Canary<honest::Honest>>()
            .with::<Canary<hash_map::HashMapOrder>>()
            .with::<Canary<host_clock::HostClock>>()
            .with::<Canary<address::Address>>()
            .with::<Canary<static_counter::StaticCounter>>()
            .with::<Canary<thread_timing::ThreadTiming>>()
            .with::<Canary<environment::Environment>>()
            .with::<Canary<working_directory::WorkingDirectory>>()
            .with::<Canary<process::Process>>(),
    )
}
