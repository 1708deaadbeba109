//! What shrinking must leave alone so that the failure keeps its meaning.

use sim_core::check::Check;
use sim_core::fault::Target;
use sim_core::plan::Plan;

/// What a search may do beside what the measure says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rules {
    /// How the end of the run may move.
    pub(super) horizon: Horizon,
    /// The facts by whose holders the plan names nodes: where a node stands, such a role may stand instead.
    pub(super) roles: Vec<String>,
}

/// How the end of a run may move without making a failure of what is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Horizon {
    /// Freely: what was seen stays seen.
    Free,
    /// Only together with the beginning of calm: a system is judged by what is left after some time of peace, and with
    /// less of it a sound one would fail, too.
    AfterCalm,
    /// Not at all: shares of the whole run are judged.
    Fixed,
}

impl Rules {
    /// The rules for what fails a plan's checks.
    pub(super) fn of(plan: &Plan) -> Rules {
        let mut roles: Vec<String> = Vec::new();
        for target in plan.windows.iter().flat_map(|window| window.fault.targets()) {
            if let Target::Holder(fact) = target
                && !roles.contains(fact)
            {
                roles.push(fact.clone());
            }
        }
        let horizon = plan.checks.iter().map(horizon).max().unwrap_or(Horizon::Free);
        Rules { horizon, roles }
    }
}

const fn horizon(check: &Check) -> Horizon {
    match check {
        Check::Unique(_)
        | Check::Agree(_)
        | Check::Monotone(_)
        | Check::Sometimes(_)
        | Check::Never(_)
        | Check::Exclusive(..)
        | Check::Within(..)
        | Check::NoPanic
        | Check::Completeness { .. }
        | Check::Accuracy { after_calm: false }
        | Check::Avoids { .. }
        | Check::Turns { .. }
        | Check::Linearizable
        | Check::ReadYourWrites
        | Check::MonotonicReads
        | Check::MonotonicWrites
        | Check::WritesFollowReads => Horizon::Free,
        Check::Uptime { .. } => Horizon::Fixed,
        // Whatever else is judged at the end is judged after calm.
        _ => Horizon::AfterCalm,
    }
}
