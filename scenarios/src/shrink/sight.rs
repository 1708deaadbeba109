//! What a run can have seen of its plan: the effective input, by which candidates are told apart.

use std::hash::Hash;

use sim_core::check::Check;
use sim_core::digest::Digest;
use sim_core::outcome::Unused;
use sim_core::plan::{Clients, Plan, Route, Supervisor};

use super::memory::Sight;
use super::rules::{Horizon, horizon};

/// How a plan looks to a run that makes no use of some things.
pub(super) fn sight(plan: &Plan, unused: Unused) -> Sight {
    let Plan {
        protocol,
        config,
        nodes,
        clients,
        network,
        disk,
        supervisor,
        windows,
        chance,
        calm,
        until,
        limits,
        checks,
    } = plan;
    let Clients { names, timeout, attempts, backoff, route, load } = clients;
    let mut digest = Digest::new();
    (protocol, config, nodes, network, disk, windows, chance, limits, checks).hash(&mut digest);
    (names, timeout, load).hash(&mut digest);
    let usual = Clients::none();
    let retries = if unused.retries { (usual.attempts, usual.backoff) } else { (*attempts, *backoff) };
    let route = match route {
        Route::FollowRedirect | Route::Node(0) if unused.routes => usual.route,
        other => *other,
    };
    let supervisor = if unused.supervisor { Supervisor::default() } else { *supervisor };
    (retries, route, supervisor).hash(&mut digest);
    // Where calm has no meaning, what has not happened by the end has not happened before.
    let is_safe = checks.iter().all(|check| horizon(check) == Horizon::Free && !matches!(check, Check::Sometimes(_)));
    if !is_safe {
        (calm, until).hash(&mut digest);
    }
    Sight { key: digest.value(), reach: if is_safe { until.0 } else { 0 } }
}

#[cfg(test)]
mod tests {
    use sim_core::plan::{Chance, DiskSettings, Limits, Network, NodePlan};
    use sim_core::{Span, Time};

    use super::*;

    fn plan(check: Check) -> Plan {
        Plan {
            protocol: "any".to_owned(),
            config: "()".to_owned(),
            nodes: vec![NodePlan::named("a")],
            clients: Clients::none(),
            network: Network::default(),
            disk: DiskSettings::default(),
            supervisor: Supervisor::default(),
            windows: Vec::new(),
            chance: Chance::Frozen(Vec::new()),
            calm: Time(1),
            until: Time(2),
            limits: Limits::default(),
            checks: vec![check],
        }
    }

    #[test]
    fn what_no_check_is_about_and_no_run_has_used_is_not_seen() {
        let safe = plan(Check::NoPanic);
        let live = plan(Check::Converge("state".to_owned()));
        let later = |plan: &Plan| Plan { calm: Time(plan.calm.0 + 1), until: Time(plan.until.0 + 1), ..plan.clone() };
        let nothing = Unused::default();
        assert_eq!(sight(&safe, nothing).key, sight(&later(&safe), nothing).key);
        assert!(sight(&safe, nothing).reach < sight(&later(&safe), nothing).reach);
        assert_ne!(sight(&live, nothing).key, sight(&later(&live), nothing).key);
        assert_eq!(sight(&live, nothing).reach, sight(&later(&live), nothing).reach);

        let mut patient = safe.clone();
        patient.clients.backoff = Span::from_secs(9);
        assert_ne!(sight(&safe, nothing).key, sight(&patient, nothing).key);
        let unused = Unused { retries: true, ..nothing };
        assert_eq!(sight(&safe, unused).key, sight(&patient, unused).key);
    }
}
