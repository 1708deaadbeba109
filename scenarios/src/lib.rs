//! The data and its algebra: a scenario file is loaded, expanded to a plan, printed back and shrunk.
//!
//! This crate must never run a simulation, name a protocol's types, or write to a terminal. What it must know of a
//! protocol comes through [`Types`]. Read it in this order: from text to values (outline, source, typed, reader), from
//! values to a [`Scenario`] (load), from a scenario and a seed to a plan (expand, chaos, failures), and what is done
//! with plans (print, shrink).
//!
//! # The file
//!
//! A scenario is [RON](https://docs.rs/ron). `Some` may be left out, a byte-order mark and Windows line ends are fine.
//!
//! | field | meaning | default |
//! |---|---|---|
//! | `version` | the version of the format: 1 | |
//! | `about` | what is tried, in a sentence | empty |
//! | `expect` | `Pass`, or `Fail("unique(primary)")`: the check that must fail, or its first word | `Pass` |
//! | `seed` | the seed, unless one is given | 0 |
//! | `protocol` | the protocol's name | |
//! | `config` | in the protocol's own type | `()` |
//! | `nodes` | how many, or a list of names and `(name: "a", offset: "5ms", drift: "-20ppm", rng: 7)` | |
//! | `names` | the nodes' names, instead of `nodes` | |
//! | `clients` | `(count or names, requests, arrivals, timeout, attempts, backoff, route)` | none |
//! | `workload` | what generated requests ask, in the protocol's own type | |
//! | `operations` | listed requests: `(at or after, client, op, id)`; many alike with `times` and `every` | none |
//! | `network` | `(latency, loss, ordering, regions: (names, links, nodes, clients))` | 1 to 10 ms, no loss |
//! | `clocks` | `(offset, drift)`: the greatest errors, drawn for each node that does not give its own | true clocks |
//! | `disk` | `(sync: law)`: how long a sync takes | `(sync: Constant("1ms"))` |
//! | `supervisor` | `(restart, backoff: (factor, max), give_up)` | `AtOnce`, always |
//! | `failures` | `(nodes, up, repair, crews, active, coverage: (share, manual))`: nodes crash and are repaired, until `calm` | none |
//! | `faults` | windows: `(from, until, fault, id)`; `until: Never` for one that stays | none |
//! | `chaos` | `(windows: 0..6, kinds: [..], length: "100ms..5s", holders: [..])`, drawn up to `calm` | none |
//! | `calm` | when every window not marked `Never` is closed | the end of the last window; half of `until`, if that is later and windows are drawn |
//! | `until` | when the run ends | 60 s |
//! | `limits` | `(events, instant, in_flight, search)` | generous |
//! | `checks` | what is judged | `[NoPanic]` |
//! | `exceptions` | nothing is left to chance but these decisions | |
//! | `reproduces` | `(engine, fingerprint, digest, certificate)` | |
//!
//! An exception is `Lost(packet)`, `Delayed(packet, "40ms")`, `Corrupted(packet, bits)`, `Copies(packet, 2)` or
//! `Chosen(choice, 5000)`. A packet is `Nth("a", "b", "Write", 3)`, the fourth `Write` from a to b, copies not counted. A
//! choice is `At("b", "rot", 0)`, the first of its kind at b; the kinds are those of
//! [`ChoiceKind`](sim_core::ChoiceKind): `choose`, `route`, `sync`, `slow disk`, `rot`, `misdirect` and `unsynced`. Both may be
//! `Id("00000000deadbeef")` instead, the causal identity that freezing writes.
//!
//! Ranges name their first and their last value, which both belong to them: `0..6` is up to six windows. `kinds` are the
//! families of [`Family`](sim_core::fault::Family), by default those that every system should live through: all but `Absent`,
//! `Corrupt`, `Amnesia`, `SyncLies`, `BitRot`, `Misdirect` and `Custom`. A quarter of the faults that strike one node
//! strike the holder of one of the facts in `holders` instead.
//! How chaos is drawn, and from what ranges, is said in `chaos.rs`.
//!
//! Of `failures` only `up` and `repair` are needed. Each of `nodes` (all by default) works for a time drawn from `up`, then
//! waits for one of the `crews` (one each by default) and is down until its `repair` ends. If `active` is less than the
//! number of nodes, only so many work at a time; the others are cold standbys, which do not fail, and begin in the order
//! in which they were ready. `coverage` says which share of the failures is of a kind that anybody can notice. The others
//! leave the node running and sick, as `Custom(node, "sick")`, until somebody has looked (`manual`); then it is repaired.
//!
//! Nodes are called `a`, `b`, `c` and so on, or `n0`, `n1`, `n2` if there are more than 26; clients `c0`, `c1`. A fault
//! names a node by its number, by its name in quotes, or as `Holder("fact")`: whoever last recorded that fact.

#![deny(clippy::float_arithmetic)]

mod anatomy;
mod catalog;
mod chaos;
mod codes;
mod crash_images;
mod diagnostic;
mod expand;
mod failures;
mod header;
mod load;
mod outline;
mod print;
mod reader;
mod rows;
mod scenario;
pub mod shrink;
mod source;
#[cfg(feature = "proptest")]
pub mod strategies;
mod typed;
mod types;
mod words;

pub use catalog::{CATALOG, Shipped};
pub use codes::{codes, explain};
pub use crash_images::{CrashPoint, count_images, crash_image, crash_points};
pub use diagnostic::{Code, Diagnostic};
pub use header::{Certificate, Expect, Header, Reproduces};
pub use load::{default_name, load};
pub use print::print;
pub use scenario::Scenario;
pub use types::{Protocols, TypeError, Types, canonical, parse_typed};
pub use words::words;
