//! Leases on clocks that drift: the margin at which two holders cannot overlap, and how long they do without one.
//!
//! The granter waits for L on its clock, the holder stops L - margin after it asked, on its own. With rates within
//! [1 - ρ, 1 + ρ] two leases cannot overlap if and only if L - margin <= L (1 - ρ) / (1 + ρ). Links and disks take no time
//! here, and the clocks drift as badly as they may, so that the figures are exact but for the clocks' rounding: a
//! nanosecond for each of the two.

use sim_core::Outcome;

use super::figure::{Experiment, Unit};
use super::trial;

const MARGIN: &str = "a lease of 10 s: the margin L (1 - (1 - r) / (1 + r)) is enough, and no less is";
const OVERLAP: &str = "the same lease without a margin: L / (1 - r) - L / (1 + r)";

/// L, in seconds.
const LENGTH: f64 = 10.0;

/// The rounding of two clocks, in seconds.
const ROUNDING: f64 = 2e-9;

/// Every experiment of this family.
pub(super) fn experiments() -> Vec<Experiment> {
    [100, 200, 500].into_iter().flat_map(|drift_ppm| [margin(drift_ppm), overlap(drift_ppm)]).collect()
}

/// The smallest margin without an overlap, found by bisection: to the nanosecond.
fn margin(drift_ppm: u32) -> Experiment {
    let expected = LENGTH * 2.0 * rate(drift_ppm) / (1.0 + rate(drift_ppm));
    Experiment::computed(format!("primary-backup/lease-{drift_ppm}ppm"), MARGIN, move || {
        let (mut overlaps, mut is_enough) = (0u64, 100_000_000u64);
        while is_enough - overlaps > 1 {
            let margin = overlaps.midpoint(is_enough);
            if overlap_of(drift_ppm, margin) > 0.0 { overlaps = margin } else { is_enough = margin }
        }
        vec![is_enough as f64 / 1e9]
    })
    .exactly("margin", Unit::Seconds, expected, ROUNDING / expected)
}

fn overlap(drift_ppm: u32) -> Experiment {
    let rho = rate(drift_ppm);
    let expected = LENGTH / (1.0 - rho) - LENGTH / (1.0 + rho);
    Experiment::computed(format!("primary-backup/lease-{drift_ppm}ppm"), OVERLAP, move || {
        vec![overlap_of(drift_ppm, 1)]
    })
    .exactly("overlap", Unit::Seconds, expected, ROUNDING / expected)
}

fn rate(drift_ppm: u32) -> f64 {
    f64::from(drift_ppm) / 1e6
}

/// For how long two hold a lease, in seconds, after the slow holder is cut off from the fast granter; below 0 if one ends
/// before the other begins.
fn overlap_of(drift_ppm: u32, margin_nanos: u64) -> f64 {
    let text = format!(
        r#"(
            version: 1,
            about: "For how long do two nodes hold a lease?",
            protocol: "primary-backup",
            config: (
                preset: SyncWitnessLease,
                promotion: ViewService,
                lease: Some(Plain(length: "{LENGTH}s", margin: "{margin_nanos}ns")),
            ),
            nodes: [(name: "a", drift: "-{drift_ppm}ppm"), "b", (name: "view", drift: "{drift_ppm}ppm")],
            network: (latency: Constant("0s")),
            disk: (sync: Constant("0s")),
            faults: [(from: "3s", until: Never, fault: Isolate("a"))],
            until: "20s",
            checks: [NoPanic],
        )"#
    );
    let outcome = trial::traced(&text, 0);
    match (at(&outcome, "records lease_end(lease) = 1"), at(&outcome, "records lease_begin(lease) = 2")) {
        (Some(end), Some(begin)) => end - begin,
        other => panic!("both hold it once: {other:?}"),
    }
}

/// When this was first done, in seconds.
fn at(outcome: &Outcome, what: &str) -> Option<f64> {
    let entries = &outcome.trace.as_ref()?.entries;
    entries.iter().find(|entry| entry.text.starts_with(what)).map(|entry| entry.at.0 as f64 / 1e9)
}
