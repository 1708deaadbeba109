//! The story of a violation: from the events that show it back along their causes, told in the order of time.

use std::collections::BTreeSet;

use sim_core::check::Violation;
use sim_core::plan::Place;
use sim_core::trace::{Trace, TraceEntry, TraceKind};
use sim_core::{Plan, Time};

use crate::names::with_names;

/// How far back one event's causes are followed.
const DEEPEST: usize = 24;

/// How many steps are told; the rest is elided in the middle.
const MOST_STEPS: usize = 13;

/// How many of them may be faults.
const MOST_FAULTS: usize = 5;

/// What led to a violation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Story {
    pub(crate) steps: Vec<Step>,
}

/// One line of a story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Step {
    /// Something happened.
    Event {
        /// True time.
        at: Time,
        /// The node or client; empty for the run itself.
        place: String,
        /// What happened, with names.
        text: String,
        /// Whether it is among the events that show the violation.
        shows: bool,
    },
    /// So many steps are left out here.
    Elided(usize),
}

impl Story {
    /// Tells `violation` from the trace of its run.
    pub(crate) fn tell(plan: &Plan, trace: &Trace, violation: &Violation) -> Story {
        let mut chosen = causes(trace, violation);
        chosen.extend(faults(plan, trace, violation));
        let chosen: Vec<usize> = chosen.into_iter().collect();
        let step = |index: &usize| {
            let entry = &trace.entries[*index];
            Step::Event {
                at: entry.at,
                place: entry.place.map_or(String::new(), |place| plan.name_of(place).to_owned()),
                text: with_names(&entry.text, plan),
                shows: violation.events.contains(&entry.event),
            }
        };
        if chosen.len() <= MOST_STEPS {
            return Story { steps: chosen.iter().map(step).collect() };
        }
        // The beginning says what started it, the end what went wrong; the middle is passed on by messages.
        let first = MOST_STEPS / 2;
        let last = MOST_STEPS - 1 - first;
        let (beginning, end) = (&chosen[..first], &chosen[chosen.len() - last..]);
        let mut steps: Vec<Step> = beginning.iter().map(step).collect();
        steps.push(Step::Elided(chosen.len() - first - last));
        steps.extend(end.iter().map(step));
        Story { steps }
    }
}

/// The handled events that led to the violation, by their positions in the trace, and the facts that they recorded.
fn causes(trace: &Trace, violation: &Violation) -> BTreeSet<usize> {
    let mut events: BTreeSet<u32> = violation.events.iter().copied().collect();
    for event in &violation.events {
        events.extend(trace.causes_of(*event, DEEPEST).iter().map(|entry| entry.event));
    }
    let told = |entry: &TraceEntry| match entry.kind {
        // What the violation's own events recorded or lost is the point; elsewhere it is noise.
        TraceKind::Fact | TraceKind::Lost => violation.events.contains(&entry.event),
        TraceKind::Send => false,
        _ => true,
    };
    let positions = trace.entries.iter().enumerate();
    positions.filter(|(_, entry)| events.contains(&entry.event) && told(entry)).map(|(index, _)| index).collect()
}

/// The last faults before the violation that touch its nodes, or the run as a whole.
fn faults(plan: &Plan, trace: &Trace, violation: &Violation) -> Vec<usize> {
    let last_event = violation.events.iter().copied().max().unwrap_or(u32::MAX);
    let touches = |place: Option<Place>| match place {
        Some(Place::Node(id)) => violation.nodes.is_empty() || violation.nodes.contains(&id),
        Some(Place::Client(_)) => false,
        None => !plan.windows.is_empty(),
    };
    let mut found: Vec<usize> = trace
        .entries
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, entry)| entry.kind == TraceKind::Fault && entry.event <= last_event && touches(entry.place))
        .map(|(index, _)| index)
        .take(MOST_FAULTS)
        .collect();
    found.reverse();
    found
}
