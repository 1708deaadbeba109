//! What shrinking must leave alone so that the failure keeps its meaning.
//!
//! A sound system survives the storms that a scenario allows, not every storm. Where it is judged by what it makes of
//! peace, a smaller plan must not shorten that peace, nor put into it what was not there: the failure would be alike, and
//! the bug another or none.

use std::collections::BTreeSet;

use sim_core::Span;
use sim_core::check::Check;
use sim_core::fault::{Family, Target, Window};
use sim_core::plan::Plan;

/// What a search may do beside what the measure says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rules {
    /// How the end of the run may move.
    pub(super) horizon: Horizon,
    /// The facts by whose holders the plan names nodes: where a node stands, such a role may stand instead.
    pub(super) roles: Vec<String>,
    /// The families of the windows that never close.
    lasting: BTreeSet<Family>,
    /// How long after the beginning of calm the first of those opens; `None` if one opens before.
    gap: Option<Span>,
    /// Whether it is judged how much the system bears: it is not made weaker then, nor are requests moved together. The
    /// number of nodes that it must keep.
    strength: Option<usize>,
}

/// How the end of a run may move without making a failure of what is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Horizon {
    /// Freely, and calm with it: what must never be seen was seen.
    Free,
    /// Freely, but calm stays where the troubles end: what was seen is wrong only for a system that had peace.
    Early,
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
        let lasting = || plan.windows.iter().filter(|window| is_lasting(window));
        let gap = lasting()
            .map(|window| window.from)
            .min()
            .map_or(Some(Span::ZERO), |opens| (opens >= plan.calm).then(|| opens.since(plan.calm)));
        let strength = plan.checks.iter().any(is_of_load).then_some(plan.nodes.len());
        Rules { horizon, roles, lasting: lasting().map(|window| window.fault.family()).collect(), gap, strength }
    }

    /// Whether what is asked must be asked when it is.
    pub(super) const fn keep_times(&self) -> bool {
        self.strength.is_some()
    }

    /// Whether a plan keeps its peace: what lasts beyond the beginning of calm is of a kind that did, and comes no
    /// earlier.
    pub(super) fn keep(&self, plan: &Plan) -> bool {
        let keeps = |window: &Window| {
            let family = window.fault.family();
            let known =
                self.lasting.contains(&family) || is_down(family) && self.lasting.iter().any(|one| is_down(*one));
            known && self.gap.is_none_or(|gap| window.from >= plan.calm.saturating_add(gap))
        };
        let calm = self.horizon == Horizon::Free || plan.windows.iter().filter(|window| is_lasting(window)).all(keeps);
        calm && self.strength.is_none_or(|nodes| plan.nodes.len() >= nodes)
    }
}

fn is_lasting(window: &Window) -> bool {
    window.until.time().is_none()
}

/// Whether shares of what is asked are judged: with fewer nodes, or more at once, a sound system may fail, too.
const fn is_of_load(check: &Check) -> bool {
    matches!(check, Check::Goodput { .. } | Check::Availability { .. } | Check::Uptime { .. })
}

/// Whether a node is not running while it suffers this: to others each of these is like the other.
const fn is_down(family: Family) -> bool {
    matches!(family, Family::Crash | Family::Reboot | Family::Amnesia | Family::Stop | Family::Absent)
}

const fn horizon(check: &Check) -> Horizon {
    match check {
        Check::Unique(_)
        | Check::Agree(_)
        | Check::Monotone(_)
        | Check::Sometimes(_)
        | Check::Never(_)
        | Check::Exclusive(..)
        | Check::NoPanic
        | Check::Linearizable
        | Check::ReadYourWrites
        | Check::MonotonicReads
        | Check::MonotonicWrites
        | Check::WritesFollowReads
        | Check::ExactlyOnce(_) => Horizon::Free,
        // Bounds of time, which hold for what a scenario allows.
        Check::Within(..)
        | Check::Completeness { .. }
        | Check::Accuracy { after_calm: false }
        | Check::Avoids { .. }
        | Check::Turns { .. } => Horizon::Early,
        Check::Uptime { .. } => Horizon::Fixed,
        // Whatever else is judged at the end is judged after calm.
        _ => Horizon::AfterCalm,
    }
}
