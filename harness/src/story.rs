//! The story of a violation: what led to it, nearest first, told in the order of time.
//!
//! A trace holds everything; a person wants a dozen lines. So each entry is given a distance from the violation: the
//! events that show it, what its nodes recorded last, the faults and the messages that a frozen plan singles out, then
//! causes of causes. What is nearest is told.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use sim_core::check::Violation;
use sim_core::plan::{Address, Chance, Exception, Place};
use sim_core::trace::{Trace, TraceEntry, TraceKind};
use sim_core::{Identity, Plan, Time};

use crate::names::with_names;
use crate::words::rounded;

/// How far back one event's causes are followed.
const DEEPEST: usize = 24;

/// How many steps are told.
const MOST_STEPS: usize = 12;

/// How many of them may be faults, facts or messages that a frozen plan singles out, each.
const MOST_OF_A_KIND: usize = 5;

/// A message is late if it took this many times the network's median.
const LATE: u64 = 4;

/// What led to a violation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Story {
    /// How many steps are not told.
    pub(crate) untold: usize,
    /// In the order of time.
    pub(crate) steps: Vec<Step>,
    /// What the check says of this run, with names.
    pub(crate) end: String,
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// True time.
    pub(crate) at: Time,
    /// The node or client; empty for the run itself.
    pub(crate) place: String,
    /// What happened, with names.
    pub(crate) text: String,
    /// Whether it is among the events that show the violation.
    pub(crate) shows: bool,
}

/// How far a step is from the violation: 0 for the events that show it, one more for each cause.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Distance(usize);

impl Story {
    /// Tells `violation` from the trace of its run.
    pub(crate) fn tell(plan: &Plan, trace: &Trace, violation: &Violation) -> Story {
        let teller = Teller { plan, trace, violation };
        let mut distances: BTreeMap<usize, Distance> = BTreeMap::new();
        let found = [teller.causes(), teller.faults(), teller.facts(), teller.singled_out()];
        for (distance, index) in found.into_iter().flatten() {
            let known = distances.entry(index).or_insert(distance);
            *known = distance.min(*known);
        }
        let mut chosen: Vec<(Distance, usize)> =
            distances.into_iter().map(|(index, distance)| (distance, index)).collect();
        // Of two that are equally near the later one is told.
        chosen.sort_by_key(|(distance, index)| (*distance, Reverse(*index)));
        let untold = chosen.len().saturating_sub(MOST_STEPS);
        chosen.truncate(MOST_STEPS);
        let told: BTreeSet<usize> = chosen.into_iter().map(|(_, index)| index).collect();
        let steps = told.into_iter().map(|index| teller.step(&trace.entries[index]));
        Story { untold, steps: steps.collect(), end: with_names(&violation.detail, plan) }
    }
}

/// What a story is told from.
#[derive(Clone, Copy)]
struct Teller<'a> {
    plan: &'a Plan,
    trace: &'a Trace,
    violation: &'a Violation,
}

impl Teller<'_> {
    /// The handled events that led to the violation.
    fn causes(self) -> Vec<(Distance, usize)> {
        let mut distances: BTreeMap<u32, Distance> = BTreeMap::new();
        for event in &self.violation.events {
            let mut chain = self.trace.causes_of(*event, DEEPEST);
            chain.reverse();
            // A timer that sets itself again is clockwork: what wound it up long ago explains nothing.
            let clockwork = |pair: &[&TraceEntry]| {
                pair[0].kind == TraceKind::Timer && (pair[0].place, &pair[0].text) == (pair[1].place, &pair[1].text)
            };
            let length = chain.windows(2).position(clockwork).map_or(chain.len(), |at| at + 1);
            for (distance, entry) in chain.iter().take(length).enumerate() {
                let known = distances.entry(entry.event).or_insert(Distance(distance));
                *known = (*known).min(Distance(distance));
            }
            distances.insert(*event, Distance(0));
        }
        let eclipsed = self.eclipsed();
        let told = |entry: &TraceEntry| match entry.kind {
            // What the violation's own events recorded is the point; elsewhere it is noise.
            TraceKind::Fact => self.shows(entry),
            TraceKind::Send | TraceKind::Lost | TraceKind::Fault => false,
            TraceKind::Timer | TraceKind::Deliver => !eclipsed.contains(&entry.event),
            _ => true,
        };
        let entries = self.trace.entries.iter().enumerate().filter(|(_, entry)| told(entry));
        entries.filter_map(|(index, entry)| distances.get(&entry.event).map(|distance| (*distance, index))).collect()
    }

    /// Events that only lend their number to a fault right after them: it is the fault that is meant.
    fn eclipsed(self) -> BTreeSet<u32> {
        let of_kind = |kind: TraceKind| self.trace.entries.iter().filter(move |entry| entry.kind == kind);
        let mut events: BTreeSet<u32> = of_kind(TraceKind::Fault).map(|entry| entry.event).collect();
        for fact in of_kind(TraceKind::Fact) {
            events.remove(&fact.event);
        }
        events
    }

    /// The last faults that touch the violation's nodes or the run as a whole.
    fn faults(self) -> Vec<(Distance, usize)> {
        self.last(Distance(1), |entry| match (entry.kind, entry.place) {
            (TraceKind::Fault, Some(place)) => self.takes_part(place),
            (TraceKind::Fault, None) => true,
            _ => false,
        })
    }

    /// What the violation's nodes recorded last.
    fn facts(self) -> Vec<(Distance, usize)> {
        self.last(Distance(1), |entry| {
            entry.kind == TraceKind::Fact && entry.place.is_some_and(|place| self.takes_part(place))
        })
    }

    /// The messages that a frozen plan delays, loses or doubles: after shrinking, each of them is needed.
    fn singled_out(self) -> Vec<(Distance, usize)> {
        let Chance::Frozen(exceptions) = &self.plan.chance else { return Vec::new() };
        if exceptions.len() > MOST_OF_A_KIND {
            return Vec::new();
        }
        let wanted: BTreeSet<Identity> = exceptions.iter().filter_map(|exception| self.identity(exception)).collect();
        self.last(Distance(1), |entry| {
            matches!(entry.kind, TraceKind::Deliver | TraceKind::Lost | TraceKind::Request)
                && entry.identity.is_some_and(|identity| wanted.contains(&identity))
        })
    }

    fn identity(self, exception: &Exception) -> Option<Identity> {
        let (Exception::Lost(address) | Exception::Delayed(address, _) | Exception::Copies(address, _)) = exception
        else {
            return None;
        };
        match address {
            Address::Id(identity) => Some(*identity),
            Address::At { .. } => None,
            Address::Nth { from, to, kind, nth } => {
                let mut packets = self.trace.packets.iter();
                let found = packets.find(|packet| {
                    (packet.from, packet.to, packet.nth) == (*from, *to, *nth) && packet.kind == kind.as_str()
                });
                found.map(|packet| packet.identity)
            }
        }
    }

    /// The last entries of one sort up to the violation.
    fn last(self, distance: Distance, wanted: impl Fn(&TraceEntry) -> bool) -> Vec<(Distance, usize)> {
        let entries = self.trace.entries.iter().enumerate().rev();
        let found = entries.filter(|(_, entry)| entry.at <= self.violation.at && wanted(entry));
        found.map(|(index, _)| (distance, index)).take(MOST_OF_A_KIND).collect()
    }

    fn takes_part(self, place: Place) -> bool {
        match place {
            Place::Node(id) => self.violation.nodes.is_empty() || self.violation.nodes.contains(&id),
            Place::Client(_) => false,
        }
    }

    fn shows(self, entry: &TraceEntry) -> bool {
        self.violation.events.contains(&entry.event)
    }

    fn step(self, entry: &TraceEntry) -> Step {
        let mut text = with_names(&entry.text, self.plan);
        let sender = entry.cause.filter(|_| entry.kind == TraceKind::Deliver);
        if let Some(sender) = sender.and_then(|cause| self.trace.entries.iter().find(|sender| sender.event == cause)) {
            let flight = entry.at.since(sender.at);
            if flight > self.plan.network.latency.median().saturating_mul(LATE) {
                text.push_str(&format!(", sent {} before", rounded(flight)));
            }
        }
        let place = entry.place.map_or(String::new(), |place| self.plan.name_of(place).to_owned());
        Step { at: entry.at, place, text, shows: self.shows(entry) }
    }
}

#[cfg(test)]
mod tests {
    use sim_core::{NodeId, Span};

    use super::*;
    use crate::testing::{plan_of, violation_of};

    fn entry(event: u32, kind: TraceKind, node: Option<u16>, cause: Option<u32>, text: &str) -> TraceEntry {
        let place = node.map(|id| Place::Node(NodeId(id)));
        TraceEntry {
            at: Time(Span::from_millis(100).0 * u64::from(event)),
            event,
            kind,
            place,
            text: text.to_owned(),
            cause,
            identity: None,
        }
    }

    fn words(story: &Story) -> Vec<String> {
        let words = |step: &Step| format!("{} {}{}", step.place, step.text, if step.shows { " !" } else { "" });
        story.steps.iter().map(words).collect()
    }

    #[test]
    fn causes_facts_and_faults_are_told_in_order_with_names() {
        let trace = Trace {
            entries: vec![
                entry(1, TraceKind::Start, Some(0), None, "starts"),
                entry(1, TraceKind::Send, Some(0), Some(1), "sends Beat to n1"),
                entry(2, TraceKind::Start, Some(2), None, "starts"),
                entry(3, TraceKind::Fault, Some(1), None, "goes down"),
                entry(4, TraceKind::Deliver, Some(1), Some(1), "receives Beat from n0"),
                entry(4, TraceKind::Fact, Some(1), Some(4), "records primary(1) = n1"),
                entry(40, TraceKind::Fault, Some(1), None, "goes down long after"),
            ],
            ..Trace::default()
        };
        let story = Story::tell(&plan_of(&["a", "b", "c"]), &trace, &violation_of("x", &[4]));
        assert_eq!(
            words(&story),
            ["a starts", "b goes down", "b receives Beat from a, sent 300ms before !", "b records primary(1) = b !"]
        );
    }

    #[test]
    fn of_a_long_story_the_end_is_told() {
        let chain = |event: u32| {
            let text = format!("receives Token({event})");
            entry(event, TraceKind::Deliver, Some(0), event.checked_sub(1), &text)
        };
        let mut trace = Trace { entries: (1..=20).map(chain).collect(), ..Trace::default() };
        trace.entries.insert(0, entry(0, TraceKind::Fault, Some(1), None, "goes down"));
        let story = Story::tell(&plan_of(&["a", "b"]), &trace, &violation_of("x", &[20]));
        assert_eq!((story.untold, story.steps.len()), (9, MOST_STEPS));
        assert_eq!(words(&story).first().map(String::as_str), Some("b goes down"));
        assert_eq!(words(&story).last().map(String::as_str), Some("a receives Token(20), sent 100ms before !"));
        assert_eq!(story.end, "a and b are both primary at 3s");
    }

    #[test]
    fn clockwork_is_not_followed() {
        let tick = |event: u32| entry(event, TraceKind::Timer, Some(0), event.checked_sub(1), "timer Tick fires");
        let trace = Trace { entries: (1..=20).map(tick).collect(), ..Trace::default() };
        let story = Story::tell(&plan_of(&["a", "b"]), &trace, &violation_of("x", &[20]));
        assert_eq!(words(&story), ["a timer Tick fires !"]);
    }

    #[test]
    fn messages_that_a_frozen_plan_singles_out_are_told() {
        let identity = Identity(7);
        let mut late = entry(4, TraceKind::Deliver, Some(0), Some(1), "receives Beat from n1");
        late.identity = Some(identity);
        let other = entry(5, TraceKind::Deliver, Some(0), Some(2), "receives Beat from n1");
        let (from, to) = (Place::Node(NodeId(1)), Place::Node(NodeId(0)));
        let packet = sim_core::trace::Packet { identity, from, to, kind: "Beat", nth: 3 };
        let trace = Trace {
            entries: vec![late, other, entry(9, TraceKind::Start, Some(1), None, "starts")],
            packets: vec![packet],
            ..Trace::default()
        };
        let mut plan = plan_of(&["a", "b"]);
        let address = Address::Nth { from, to, kind: "Beat".to_owned(), nth: 3 };
        plan.chance = Chance::Frozen(vec![Exception::Delayed(address, Span::from_secs(2))]);
        let story = Story::tell(&plan, &trace, &violation_of("x", &[9]));
        assert_eq!(words(&story), ["a receives Beat from b", "b starts !"]);
    }
}
