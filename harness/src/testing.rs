//! What this crate's own tests share: plans and outcomes made by hand.

use sim_core::check::{CheckOutcome, Verdict, Violation};
use sim_core::digest::Digest;
use sim_core::fault::Fired;
use sim_core::outcome::{End, Outcome, Unused};
use sim_core::plan::{Chance, Clients, Limits, Network, NodePlan, Plan, Supervisor};
use sim_core::{NodeId, Time};

/// A plan of `echo` with these nodes and nothing else.
pub(crate) fn plan_of(names: &[&str]) -> Plan {
    Plan {
        protocol: "echo".to_owned(),
        config: "()".to_owned(),
        nodes: names.iter().map(|name| NodePlan::named(*name)).collect(),
        clients: Clients::none(),
        network: Network::default(),
        disk: sim_core::plan::DiskSettings::default(),
        supervisor: Supervisor::default(),
        windows: Vec::new(),
        chance: Chance::Seeded(0),
        calm: Time(10_000_000_000),
        until: Time(20_000_000_000),
        limits: Limits::default(),
        checks: Vec::new(),
    }
}

/// An outcome with these verdicts and this end.
pub(crate) fn outcome_of(checks: &[(&str, Verdict)], end: End) -> Outcome {
    let checks =
        checks.iter().map(|(name, verdict)| CheckOutcome { name: (*name).to_owned(), verdict: verdict.clone() });
    Outcome {
        digest: Digest::new(),
        events: 1234,
        simulated: Time(20_000_000_000),
        end,
        checks: checks.collect(),
        fired: Fired::default(),
        recorded: Vec::new(),
        unused: Unused::default(),
        measures: Vec::new(),
        exceptions: Vec::new(),
        rng_used: Vec::new(),
        operations: Vec::new(),
        trace: None,
    }
}

/// A violation about the first two nodes, shown by these events.
pub(crate) fn violation_of(fingerprint: &str, events: &[u32]) -> Violation {
    Violation {
        fingerprint: fingerprint.to_owned(),
        detail: "n0 and n1 are both primary at 3s".to_owned(),
        at: Time(3_000_000_000),
        events: events.to_vec(),
        nodes: vec![NodeId(0), NodeId(1)],
    }
}
