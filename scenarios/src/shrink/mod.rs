//! Smaller plans that still fail: greedy deletion, in groups first and then one by one.
//!
//! Each element of a plan is tried alone at the end, so what is left is 1-minimal: without any one of its exceptions,
//! windows, operations, clients or nodes the failure goes away. Deletion in halves follows Zeller and Hildebrandt,
//! *Simplifying and Isolating Failure-Inducing Input* (2002).

mod readable;
mod remove;

use std::ops::Range;

use sim_core::Plan;
use sim_core::plan::{Chance, Load};

pub use readable::readable;

use crate::header::Certificate;

/// How large a plan is, in elements that a shrinker can remove.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Size {
    /// Nodes.
    pub nodes: u64,
    /// Clients.
    pub clients: u64,
    /// Operations: those listed, or the requests of all clients together.
    pub operations: u64,
    /// Fault windows.
    pub windows: u64,
    /// Exceptions.
    pub exceptions: u64,
}

impl Size {
    /// The size of a plan.
    pub fn of(plan: &Plan) -> Size {
        let clients = plan.clients.names.len() as u64;
        Size {
            nodes: plan.nodes.len() as u64,
            clients,
            operations: match &plan.clients.load {
                Load::Listed(operations) => operations.len() as u64,
                Load::Generated { requests, .. } => u64::from(*requests) * clients,
            },
            windows: plan.windows.len() as u64,
            exceptions: match &plan.chance {
                Chance::Frozen(exceptions) => exceptions.len() as u64,
                Chance::Seeded(_) => 0,
            },
        }
    }

    /// All elements together.
    pub const fn total(&self) -> u64 {
        self.nodes + self.clients + self.operations + self.windows + self.exceptions
    }
}

/// A shrunk plan and how it came about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shrunk {
    /// The smallest plan found that still fails.
    pub plan: Plan,
    /// How many candidates were run.
    pub tries: u64,
    /// The size of the plan at the start.
    pub before: Size,
    /// The size of the shrunk plan.
    pub after: Size,
}

impl Shrunk {
    /// The word for it that each element left is needed.
    pub const fn certificate(&self) -> Certificate {
        Certificate { tries: self.tries, elements: self.after.total() }
    }
}

/// What can be removed, in the order in which it is tried.
#[derive(Clone, Copy)]
enum Kind {
    Exceptions,
    Windows,
    Operations,
    Clients,
    Nodes,
}

const KINDS: [Kind; 5] = [Kind::Exceptions, Kind::Windows, Kind::Operations, Kind::Clients, Kind::Nodes];

impl Kind {
    /// How many elements of this kind can be named one by one.
    fn count(self, plan: &Plan) -> usize {
        match (self, &plan.chance, &plan.clients.load) {
            (Kind::Exceptions, Chance::Frozen(exceptions), _) => exceptions.len(),
            (Kind::Exceptions, Chance::Seeded(_), _) => 0,
            (Kind::Windows, ..) => plan.windows.len(),
            (Kind::Operations, _, Load::Listed(operations)) => operations.len(),
            // Generated requests have no names: there are only fewer of them.
            (Kind::Operations, _, Load::Generated { requests, .. }) => *requests as usize,
            (Kind::Clients, ..) => plan.clients.names.len(),
            (Kind::Nodes, ..) => plan.nodes.len(),
        }
    }

    /// The plan without some elements; `None` if there can be no such plan.
    fn without(self, plan: &Plan, range: Range<usize>) -> Option<Plan> {
        let mut plan = plan.clone();
        match (self, &mut plan.chance, &mut plan.clients.load) {
            (Kind::Exceptions, Chance::Frozen(exceptions), _) => drop(exceptions.drain(range)),
            (Kind::Exceptions, Chance::Seeded(_), _) => return None,
            (Kind::Windows, ..) => drop(plan.windows.drain(range)),
            (Kind::Operations, _, Load::Listed(operations)) => drop(operations.drain(range)),
            (Kind::Operations, _, Load::Generated { requests, .. }) if range.start == 0 => {
                *requests -= u32::try_from(range.len()).ok()?;
            }
            // Fewer requests are fewer requests, wherever they are taken from.
            (Kind::Operations, _, Load::Generated { .. }) => return None,
            (Kind::Clients, ..) => remove::clients(&mut plan, &range),
            (Kind::Nodes, ..) if range.len() == plan.nodes.len() => return None,
            (Kind::Nodes, ..) => remove::nodes(&mut plan, &range),
        }
        Some(plan)
    }
}

/// Removes what can be removed while `still_fails` says so.
///
/// `plan` is taken to fail. `still_fails` must answer alike when it is asked alike; it should say that a plan does not
/// fail if its protocol refuses it, and if it fails otherwise than the first did. `progress` hears of every candidate:
/// how many have been tried, and the size reached so far.
pub fn greedy(plan: &Plan, still_fails: &mut dyn FnMut(&Plan) -> bool, progress: &mut dyn FnMut(u64, &Size)) -> Shrunk {
    let before = Size::of(plan);
    let mut search = Search { best: plan.clone(), size: before, tries: 0, removals: 0, still_fails, progress };
    // At which number of removals each kind was last found to have nothing that can go.
    let mut settled: [Option<u64>; KINDS.len()] = [None; KINDS.len()];
    while settled.iter().any(|at| *at != Some(search.removals)) {
        for (kind, settled) in KINDS.into_iter().zip(&mut settled) {
            if *settled != Some(search.removals) {
                // Groups have been tried in the first round; what is left then is short.
                let chunk = if settled.is_none() { kind.count(&search.best) } else { 1 };
                *settled = search.remove(kind, chunk).then_some(search.removals).or(Some(u64::MAX));
            }
        }
    }
    Shrunk { plan: search.best, tries: search.tries, before, after: search.size }
}

struct Search<'a> {
    best: Plan,
    size: Size,
    tries: u64,
    removals: u64,
    still_fails: &'a mut dyn FnMut(&Plan) -> bool,
    progress: &'a mut dyn FnMut(u64, &Size),
}

impl Search<'_> {
    /// Removes elements of one kind, `chunk` at a time, then half as many, down to one. Whether the last pass, one by
    /// one, has found nothing more to remove.
    fn remove(&mut self, kind: Kind, mut chunk: usize) -> bool {
        let mut settled = true;
        while chunk > 0 {
            settled = true;
            let mut at = 0;
            while at < kind.count(&self.best) {
                let end = at.saturating_add(chunk).min(kind.count(&self.best));
                if self.accept(kind.without(&self.best, at..end)) {
                    settled = false;
                } else {
                    at = end;
                }
            }
            chunk /= 2;
        }
        settled
    }

    fn accept(&mut self, candidate: Option<Plan>) -> bool {
        let Some(candidate) = candidate else { return false };
        self.tries += 1;
        let fails = (self.still_fails)(&candidate);
        if fails {
            self.best = candidate;
            self.size = Size::of(&self.best);
            self.removals += 1;
        }
        (self.progress)(self.tries, &self.size);
        fails
    }
}
