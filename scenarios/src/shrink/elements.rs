//! The elements of a plan: what can be taken out of it, one by one or many at once.

use std::ops::Range;

use sim_core::plan::{Chance, Exception, Load, Operation, Plan};

use super::remove;

/// Fewer operations than these are looked at one by one, and have numbers of their own. Of more of them that stand in a row
/// each beyond these is only one more: a row of hundreds is read as a line, and with gaps it would be many.
pub(super) const MANY: usize = 40;

/// The kinds of element, from those that are many to those that carry others with them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Exceptions,
    Windows,
    Operations,
    Clients,
    Nodes,
}

impl Kind {
    pub(super) const ALL: [Kind; 5] = [Kind::Exceptions, Kind::Windows, Kind::Operations, Kind::Clients, Kind::Nodes];

    /// How many elements of this kind can be named one by one.
    pub(super) fn count(self, plan: &Plan) -> usize {
        match (self, &plan.chance, &plan.clients.load) {
            (Kind::Exceptions, ..) => exceptions(plan).len(),
            (Kind::Windows, ..) => plan.windows.len(),
            (Kind::Operations, _, Load::Listed(operations)) => operations.len(),
            // Generated requests have no names: there are only fewer of them.
            (Kind::Operations, _, Load::Generated { requests, .. }) => *requests as usize,
            (Kind::Clients, ..) => plan.clients.names.len(),
            (Kind::Nodes, ..) => plan.nodes.len(),
        }
    }

    /// The plan without some elements, and without what is only about them; `None` if there can be no such plan.
    pub(super) fn without(self, plan: &Plan, range: Range<usize>) -> Option<Plan> {
        let mut plan = plan.clone();
        match (self, &mut plan.chance, &mut plan.clients.load) {
            (Kind::Exceptions, Chance::Frozen(exceptions), _) => drop(exceptions.drain(range)),
            (Kind::Exceptions, Chance::Seeded(_), _) => return None,
            (Kind::Windows, ..) => drop(plan.windows.drain(range)),
            (Kind::Operations, _, Load::Listed(operations)) => {
                let range = last_alike(operations, range);
                drop(operations.drain(range));
            }
            // Fewer requests are fewer requests, wherever they are taken from.
            (Kind::Operations, _, Load::Generated { requests, .. }) => {
                *requests = requests.checked_sub(u32::try_from(range.len()).ok()?)?;
            }
            (Kind::Clients, ..) => remove::clients(&mut plan, &range),
            (Kind::Nodes, ..) if range.len() == plan.nodes.len() => return None,
            (Kind::Nodes, ..) => remove::nodes(&mut plan, &range),
        }
        Some(plan)
    }
}

/// As many operations as in the range that are like them: of several in a row that are all alike, the last. One of them
/// less is the same whichever it is, and then it is tried once.
fn last_alike(operations: &[Operation], range: Range<usize>) -> Range<usize> {
    let Some((first, rest)) = operations.get(range.clone()).and_then(<[Operation]>::split_first) else { return range };
    let alike = |one: &Operation| (one.client, one.start, &one.op) == (first.client, first.start, &first.op);
    if !rest.iter().all(alike) {
        return range;
    }
    let end = range.end + operations[range.end..].iter().take_while(|one| alike(one)).count();
    end - range.len()..end
}

/// Every way to take out a single element.
pub(super) fn singles(plan: &Plan) -> Vec<(Kind, usize)> {
    let of = |kind: Kind| {
        let named = match (&plan.clients.load, kind) {
            // One request less is the same whichever it is.
            (Load::Generated { .. }, Kind::Operations) => kind.count(plan).min(1),
            _ => kind.count(plan),
        };
        (0..named).map(move |index| (kind, index))
    };
    Kind::ALL.into_iter().flat_map(of).collect()
}

/// The plan without each of these elements in turn, where there can be such a plan.
pub(super) fn without_each(plan: &Plan, singles: &[(Kind, usize)]) -> Vec<Plan> {
    singles.iter().filter_map(|(kind, index)| kind.without(plan, *index..*index + 1)).collect()
}

/// The plan without any client but the first; `None` if it has none.
pub(super) fn with_one_client(plan: &Plan) -> Option<Plan> {
    let clients = plan.clients.names.len();
    (clients > 0).then(|| Kind::Clients.without(plan, 1..clients))?
}

/// Whether nothing troubles a plan: no window, and no exception.
pub(super) fn is_calm(plan: &Plan) -> bool {
    plan.windows.is_empty() && exceptions(plan).is_empty()
}

/// The plan with no window and no exception.
pub(super) fn calmed(plan: &Plan) -> Plan {
    Plan { windows: Vec::new(), chance: Chance::Frozen(Vec::new()), ..plan.clone() }
}

/// The listed decisions of a plan; none if its decisions are drawn.
pub(super) fn exceptions(plan: &Plan) -> &[Exception] {
    match &plan.chance {
        Chance::Frozen(exceptions) => exceptions,
        Chance::Seeded(_) => &[],
    }
}

/// The plan with those exceptions that `keep` says, by position; `None` if all of them are kept.
pub(super) fn with_exceptions(plan: &Plan, mut keep: impl FnMut(usize) -> bool) -> Option<Plan> {
    let mut plan = plan.clone();
    let Chance::Frozen(exceptions) = &mut plan.chance else { return None };
    let before = exceptions.len();
    let mut position = 0..;
    exceptions.retain(|_| position.next().is_some_and(&mut keep));
    (exceptions.len() < before).then_some(plan)
}
