//! The data and its algebra: a scenario file is parsed, expanded to a plan, printed back and shrunk.
//!
//! This crate must never run a simulation, name a protocol's types, or write to a terminal. What it must know of a
//! protocol comes through [`Types`].

mod diagnostic;
mod header;
mod print;
mod scenario;
pub mod shrink;
mod types;

pub use diagnostic::{Code, Diagnostic, codes, explain};
pub use header::{Certificate, Expect, Header, Reproduces};
pub use print::print;
pub use scenario::{Scenario, load};
pub use types::{Protocols, TypeError, Types, canonical, parse_typed};
