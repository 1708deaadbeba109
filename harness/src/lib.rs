//! squall: deterministic chaos testing for distributed protocols.
//!
//! This crate is the harness, the only one with effects: files, terminal, threads, the command line and the face that
//! `cargo test` sees. It must never hold simulation logic: what a run does is decided in [`sim_core`], what a file means
//! in [`scenarios`](mod@scenarios).
//!
//! A crate with a protocol of its own gets the whole command line from a `main` of one line:
//!
//! ```no_run
//! # type MyProtocol = protocols::echo::Echo;
//! use std::process::ExitCode;
//!
//! fn main() -> ExitCode {
//!     squall::main(squall::Registry::builtin().with::<MyProtocol>())
//! }
//! ```
//!
//! and the same under `cargo test`:
//!
//! - [`check()`] runs a scenario file under many seeds on all cores;
//! - [`scenarios!`] makes a test of every file of a folder;
//! - [`storm`] needs no file: the scenario is written in Rust;
//! - `property`, with the feature `proptest`, also runs milder plans than seeds draw, within the bounds of a scenario, and
//!   `strategies` has what other properties of plans are made of.
//!
//! A failure is a text of one screen that ends with the command that shows it again; kept under `regressions/`, it runs
//! before new seeds. `SQUALL_SEEDS`, `SQUALL_FIRST_SEED` and `SQUALL_JOBS` turn all of them up.
//!
//! Read the modules in this order: registry, runner; source, load, diagnose; judge, investigate, story, report, human,
//! json; twice, child, watchdog; layout; sweep; check, property and cli.

mod beat;
mod black_box;
mod case;
mod catalog;
mod check;
mod child;
mod cli;
mod diagnose;
mod displace;
mod exit;
mod guard;
mod human;
mod images;
mod interrupt;
mod investigate;
mod json;
mod judge;
mod label;
mod layout;
mod load;
mod memory;
mod names;
mod no_verdict;
mod out;
mod parting;
mod picture;
mod progress;
#[cfg(feature = "proptest")]
mod property;
mod recital;
mod registry;
mod report;
mod runner;
mod screen;
mod shrinking;
mod source;
mod story;
mod supervise;
mod sweep;
#[cfg(test)]
mod testing;
mod trace_file;
mod twice;
mod validate;
mod watchdog;
mod words;

pub use check::{Check, Failed, Storm, assert_scenarios, check, run_scenario, storm};
pub use cli::main;
pub use exit::Exit;
#[cfg(feature = "proptest")]
pub use property::{Property, property};
pub use registry::Registry;
pub use runner::{Ran, Runner};
pub use scenarios::Scenario;
#[cfg(feature = "proptest")]
pub use scenarios::strategies;
pub use shrinking::{Effort, Ended, Unfrozen, concretise, drive};
pub use sim_core;
pub use squall_macros::scenarios;
pub use validate::validate;

/// The program in the README is compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
