//! What a driver can tell of a plan's run, beside whether it fails.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::check::Violation;
use sim_core::plan::{Address, Exception, Load, Operation, Place, Plan};
use sim_core::trace::{Choice, Packet, Trace, TraceEntry, TraceKind};
use sim_core::{ChoiceKind, Identity, Time};

use super::elements::exceptions;
use super::numbers::{address, listed};

/// A run of a plan, looked into.
#[derive(Clone, Debug)]
pub struct Study {
    /// The plan with every decision listed that the run really took, up to the violation.
    pub frozen: Plan,
    /// What went wrong.
    pub violation: Violation,
    /// Whether the violation was only seen at the end of the run, by a judgement of the whole.
    pub concluded: bool,
    /// Everything that happened up to the violation.
    pub trace: Trace,
}

/// A packet and when it was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending<'a> {
    pub(super) packet: &'a Packet,
    pub(super) at: Time,
}

impl Study {
    /// Every original packet, in the order of sending.
    pub(super) fn sendings(&self) -> Vec<Sending<'_>> {
        let sends = self.trace.entries.iter().filter(|entry| entry.kind == TraceKind::Send);
        let times: BTreeMap<Identity, Time> = sends.filter_map(|entry| Some((entry.identity?, entry.at))).collect();
        // What a client sends has no entry of its own: it was not before the packet before it.
        let mut last = Time::ZERO;
        let mut sending = |packet: &'_ Packet| {
            last = times.get(&packet.identity).copied().unwrap_or(last);
            last
        };
        self.trace.packets.iter().map(|packet| Sending { packet, at: sending(packet) }).collect()
    }

    /// When each packet was handled that was.
    pub(super) fn arrivals(&self) -> BTreeMap<Identity, Time> {
        let handled = self.trace.entries.iter().filter(|entry| is_event(entry));
        handled.filter_map(|entry| Some((entry.identity?, entry.at))).collect()
    }

    /// For each exception of the plan: the packet that it is about, by position in the trace; `None` for choices, copies
    /// and what did not happen.
    pub(super) fn packets_of(&self, plan: &Plan) -> Vec<Option<usize>> {
        let by_identity: BTreeMap<Identity, usize> =
            self.trace.packets.iter().enumerate().map(|(index, packet)| (packet.identity, index)).collect();
        let by_number: BTreeMap<(Place, Place, &str, u32), usize> = self
            .trace
            .packets
            .iter()
            .enumerate()
            .map(|(index, packet)| ((packet.from, packet.to, packet.kind, packet.nth), index))
            .collect();
        let packet = |exception| match address(exception) {
            Address::Id(identity) => by_identity.get(identity).copied(),
            Address::Nth { from, to, kind, nth } => by_number.get(&(*from, *to, kind.as_str(), *nth)).copied(),
            Address::At { .. } => None,
        };
        exceptions(plan).iter().map(packet).collect()
    }

    /// For each exception of the plan: the choice that it is about; `None` for packets and for choices that were not made.
    pub(super) fn choices_of(&self, plan: &Plan) -> Vec<Option<&Choice>> {
        let choices = || self.trace.choices.iter();
        let by_identity: BTreeMap<Identity, &Choice> = choices().map(|choice| (choice.identity, choice)).collect();
        let by_number: BTreeMap<(Place, ChoiceKind, u32), &Choice> =
            choices().map(|choice| ((choice.place, choice.kind, choice.nth), choice)).collect();
        let choice = |exception: &Exception| match exception {
            Exception::Chosen(Address::Id(identity), _) => by_identity.get(identity).copied(),
            Exception::Chosen(Address::At { place, kind, nth }, _) => by_number.get(&(*place, *kind, *nth)).copied(),
            _ => None,
        };
        exceptions(plan).iter().map(choice).collect()
    }

    /// For each exception of the plan whether it made a difference before the violation.
    pub(super) fn used(&self, plan: &Plan) -> Vec<bool> {
        let effective: BTreeSet<(u8, Identity)> =
            exceptions(&self.frozen).iter().filter_map(|one| Some((sort(one), identity(one)?))).collect();
        let (packets, choices) = (self.packets_of(plan), self.choices_of(plan));
        let used = |((exception, packet), choice): ((&Exception, Option<usize>), Option<&Choice>)| {
            let packet = packet.map(|index| self.trace.packets[index].identity);
            let identity = packet.or_else(|| Some(choice?.identity)).or_else(|| identity(exception));
            identity.is_some_and(|identity| effective.contains(&(sort(exception), identity)))
        };
        exceptions(plan).iter().zip(packets).zip(choices).map(used).collect()
    }

    /// The operations that were started before the violation, as (client, id).
    pub(super) fn started(&self) -> BTreeSet<(u16, u32)> {
        match &self.frozen.clients.load {
            Load::Listed(operations) => operations.iter().map(|operation| (operation.client, operation.id)).collect(),
            Load::Generated { .. } => BTreeSet::new(),
        }
    }

    /// The operation of the plan whose answer showed the violation, if a client saw it.
    pub(super) fn shown_by<'p>(&self, plan: &'p Plan) -> Option<&'p Operation> {
        let shown = self.violation.events.last()?;
        let entry = self.trace.entries.iter().find(|entry| entry.event == *shown && is_event(entry))?;
        let Some(Place::Client(client)) = entry.place else { return None };
        let started = self.started();
        let last = |one: &&Operation| one.client == client && started.contains(&(client, one.id));
        listed(plan)?.iter().rfind(last)
    }

    /// The events that the violation follows from: those that show it, their causes, and the causes of those. With
    /// `through_places`, also whatever a cause's node or client did before.
    pub(super) fn past(&self, through_places: bool) -> BTreeSet<u32> {
        let mut parents: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut last_at: BTreeMap<Place, u32> = BTreeMap::new();
        for entry in self.trace.entries.iter().filter(|entry| is_event(entry)) {
            let known = parents.entry(entry.event).or_default();
            known.extend(entry.cause.filter(|cause| *cause < entry.event));
            if let (true, Some(place)) = (through_places, entry.place) {
                known.extend(last_at.insert(place, entry.event).filter(|before| *before < entry.event));
            }
        }
        let mut past = BTreeSet::new();
        let mut open = self.violation.events.clone();
        while let Some(event) = open.pop() {
            if past.insert(event) {
                open.extend(parents.get(&event).into_iter().flatten());
            }
        }
        past
    }
}

/// Whether an entry stands for a handled event, not for an effect of one.
pub(super) fn is_event(entry: &TraceEntry) -> bool {
    !matches!(entry.kind, TraceKind::Fact | TraceKind::Send | TraceKind::Lost)
}

fn identity(exception: &Exception) -> Option<Identity> {
    match address(exception) {
        Address::Id(identity) => Some(*identity),
        Address::Nth { .. } | Address::At { .. } => None,
    }
}

/// What sort of decision an exception is.
pub(super) const fn sort(exception: &Exception) -> u8 {
    match exception {
        Exception::Lost(_) => 0,
        Exception::Delayed(..) => 1,
        Exception::Corrupted(..) => 2,
        Exception::Copies(..) => 3,
        Exception::Chosen(..) => 4,
    }
}
