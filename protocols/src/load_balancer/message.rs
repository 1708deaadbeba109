//! What travels between clients, balancers and backends, and the timers of both.

use serde::{Deserialize, Serialize};
use sim_core::{LocalTime, NodeId, RequestId, Span};

use crate::heartbeat::Stamp;

/// What a client asks: so much work, on behalf of a source (an address, a user, a session).
///
/// The work belongs to the request: it is the same at every attempt, wherever it is done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Who it is for.
    pub source: u32,
    /// How long a backend of full speed takes.
    pub length: Span,
}

/// What a client is told.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Served {
    /// Who did it.
    pub by: NodeId,
}

/// One attempt at one request. It is the same in every life of a balancer, so that an answer that comes late cannot be
/// taken for another's.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket {
    /// The client's request.
    pub request: RequestId,
    /// Which attempt of the balancer, from 0.
    pub attempt: u32,
}

/// What nodes send each other.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Message {
    /// Are you well?
    Probe {
        /// The newest that the balancer has heard of this backend.
        remembered: Stamp,
        /// When the balancer asked, on its own clock.
        asked: LocalTime,
    },
    /// I am.
    Alive {
        /// Of the backend.
        stamp: Stamp,
        /// When the balancer asked; `None` if it did not.
        asked: Option<LocalTime>,
        /// False while it drains: it finishes what it has, and wants no more.
        ready: bool,
    },
    /// Do this.
    Job(Ticket, Work),
    /// It is done.
    Done(Ticket),
    /// It was not done, and will not be.
    Rejected(Ticket, Reason),
}

/// Why a job was not done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reason {
    /// The queue is full.
    Busy,
    /// Something is broken.
    Error,
}

/// The timers of a balancer, and one of a backend.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Timer {
    /// Probe the backends.
    Probe,
    /// Some backend may have been silent for too long.
    Silence,
    /// An attempt has been out for too long.
    Attempt(Ticket),
    /// A request has been out for long enough to ask a second backend.
    Hedge(RequestId),
    /// The ejection of a backend is over.
    Readmit(NodeId),
    /// The circuit to a backend may be tried.
    Trial(NodeId),
    /// A backend's job at work is done.
    Finish,
}
