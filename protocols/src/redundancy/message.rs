//! What travels between the switch and the units, and the timers of the switch.

use sim_core::NodeId;
use sim_core::check::model::counter::Ask;

use crate::heartbeat::Stamp;

/// An operation with its place in the order of all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Order {
    /// Its place, from 1.
    pub number: u64,
    /// What is asked.
    pub ask: Ask,
}

/// What a unit holds: the counter after so many operations.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct State {
    /// The number of the last operation that is in it; 0 if none is.
    pub upto: u64,
    /// The counter.
    pub total: i64,
}

/// What nodes send each other.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// The switch asks a unit how it is. The newest that it has heard of it.
    Probe(Stamp),
    /// A unit says how it is.
    Alive {
        /// Of the unit.
        stamp: Stamp,
        /// The last operation that its state holds; `None` if it has no state.
        upto: Option<u64>,
        /// The term in which it leads; 0 if it does not.
        term: u64,
    },
    /// The switch starts a unit: a state, and what has been ordered since.
    Start {
        /// From here.
        state: State,
        /// To here.
        orders: Vec<Order>,
    },
    /// The switch makes a unit the leader, in this term.
    Lead(u64),
    /// The switch takes the lead, in this term or an earlier one, back. A cold unit drops its state.
    Rest(u64),
    /// Do this.
    Do(Order),
    /// A unit has done it; the counter afterwards.
    Done {
        /// The operation.
        number: u64,
        /// The counter.
        total: i64,
    },
}

impl Message {
    /// The kind, as reports name it.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Message::Probe(_) => "Probe",
            Message::Alive { .. } => "Alive",
            Message::Start { .. } => "Start",
            Message::Lead(_) => "Lead",
            Message::Rest(_) => "Rest",
            Message::Do(_) => "Do",
            Message::Done { .. } => "Done",
        }
    }
}

/// The timers of the switch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    /// Probe the units.
    Probe,
    /// Some unit may have been silent for too long.
    Silence,
    /// Order again what has not been decided.
    Again,
    /// The time that a failover takes is over.
    Failover,
}

/// Where the switch is.
pub(super) const SWITCH: NodeId = NodeId(0);
