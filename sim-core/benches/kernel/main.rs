//! How fast the kernel is, beside a bare hand-written loop over the same queue with one 64-bit draw a message, no actors
//! and no faults, measured in the same run: the ratio is the figure, since times depend on the machine and its load.
//!
//! `cargo bench -p squall-sim-core` prints every table; `-- mesh` only those whose name contains `mesh`.

mod bare;
mod layers;
mod measure;
mod mesh;
mod ping_pong;
mod plan;
mod queues;
mod replicated;
mod ring;

use measure::Report;

/// Counts what is allocated, for the column of bytes.
#[global_allocator]
static ALLOCATOR: peak_alloc::PeakAlloc = peak_alloc::PeakAlloc;

#[expect(clippy::disallowed_methods, reason = "a bench is a program; nothing of this reaches a run")]
fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let mut report = Report::new(wanted);
    ping_pong::bench(&mut report);
    mesh::bench(&mut report);
    replicated::bench(&mut report);
    ring::bench(&mut report);
    mesh::bench_short_runs(&mut report);
    layers::bench(&mut report);
    queues::bench(&mut report);
}
