//! The trace: what happened, in order, each entry with the event that caused it. Kept only when a run is repeated for it.

use crate::chance::Identity;
use crate::choice::ChoiceKind;
use crate::node::NodeId;
use crate::plan::Place;
use crate::time::Time;

/// Everything that happened in a run, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Trace {
    /// The entries, in the order of time.
    pub entries: Vec<TraceEntry>,
    /// Every original packet with its two addresses, in the order of sending.
    pub packets: Vec<Packet>,
    /// Every choice with its two addresses, in the order in which they were made.
    pub choices: Vec<Choice>,
    /// What each crash found unsynced, in the order of time; crashes that found nothing are left out.
    pub unsynced: Vec<Unsynced>,
}

/// The writes that a crash found unsynced. Each has a fate, which an open window of
/// [`Unsynced`](crate::fault::Fault::Unsynced) leaves to chance and a
/// [`Chosen`](crate::plan::Exception::Chosen) names: 0 is lost, 1 kept, and `1 + n` torn after its first `n` sectors.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsynced {
    /// When.
    pub at: Time,
    /// Whose disk.
    pub node: NodeId,
    /// The address of each write's fate and the sectors that it touches, in the order of writing.
    pub writes: Vec<(Identity, u32)>,
}

/// A packet's two addresses: its causal identity, and its number among those of its kind on its link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    /// The causal identity.
    pub identity: Identity,
    /// The sender.
    pub from: Place,
    /// The receiver.
    pub to: Place,
    /// The message's kind; `request` and `reply` for those of clients.
    pub kind: &'static str,
    /// Its number, from 0, copies not counted.
    pub nth: u32,
}

/// A choice's two addresses: its causal identity, and its number among those of its kind at its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    /// The causal identity.
    pub identity: Identity,
    /// Who chooses, or whose disk it befalls.
    pub place: Place,
    /// What it is about.
    pub kind: ChoiceKind,
    /// Its number, from 0, defaults counted.
    pub nth: u32,
}

/// One thing that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TraceEntry {
    /// True time.
    pub at: Time,
    /// The number of the handled event that this is, or that it is an effect of.
    pub event: u32,
    /// What kind of thing.
    pub kind: TraceKind,
    /// Where it happened; `None` for the run itself.
    pub place: Option<Place>,
    /// What happened, in words, without time and place: `receives Heartbeat(3) from b`.
    pub text: String,
    /// The event that brought it about.
    pub cause: Option<u32>,
    /// The causal identity of a message, timer or request.
    pub identity: Option<Identity>,
}

/// What kind of thing a trace entry is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TraceKind {
    /// A node starts.
    Start,
    /// A message is handled.
    Deliver,
    /// A packet does not arrive.
    Lost,
    /// A timer fires.
    Timer,
    /// A client's request is handled by a node.
    Request,
    /// An operation starts, is retried or ends at its client.
    Client,
    /// A node records a fact.
    Fact,
    /// A window opens or closes, a node goes down or stands still.
    Fault,
    /// A message is sent.
    Send,
    /// A sync is done.
    Disk,
}

impl Trace {
    /// The events that led to `event`, itself last: its causal past along the chain of causes, at most `most` of them.
    pub fn causes_of(&self, event: u32, most: usize) -> Vec<&TraceEntry> {
        let mut chain = Vec::new();
        let mut wanted = Some(event);
        while let Some(number) = wanted {
            if chain.len() == most {
                break;
            }
            let handled = self.entries.iter().find(|entry| {
                entry.event == number && !matches!(entry.kind, TraceKind::Fact | TraceKind::Send | TraceKind::Lost)
            });
            let Some(entry) = handled else { break };
            chain.push(entry);
            wanted = entry.cause.filter(|cause| *cause != number);
        }
        chain.reverse();
        chain
    }
}
