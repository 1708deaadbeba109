//! A backend as one balancer sees it.

use sim_core::{LocalTime, NodeId, Span};

use super::breaker::Breaker;
use super::outlier::Outlier;
use crate::heartbeat::Stamp;

/// What a balancer knows of one backend.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) id: NodeId,
    pub(super) weight: u64,
    /// Attempts under way.
    pub(super) open: u32,
    /// The newest word from it, and whether it then wanted more work.
    pub(super) newest: Stamp,
    pub(super) ready: bool,
    pub(super) suspected: bool,
    pub(super) outlier: Outlier,
    pub(super) breaker: Breaker,
    /// When it came back: its slow start. `None` if it has been there from the beginning.
    pub(super) since: Option<LocalTime>,
    /// What it has earned in smooth weighted round robin.
    pub(super) credit: i64,
    /// Whether it was in when that was last recorded.
    pub(super) member: bool,
}

impl Server {
    /// The share of a server of weight 1 that is not in slow start.
    pub(super) const FULL: u64 = 1000;

    pub(super) fn new(id: NodeId, weight: u64) -> Server {
        Server {
            id,
            weight,
            open: 0,
            newest: Stamp::default(),
            ready: true,
            suspected: false,
            outlier: Outlier::default(),
            breaker: Breaker::default(),
            since: None,
            credit: 0,
            member: false,
        }
    }

    /// Whether the health checks, active and passive, have nothing against it.
    pub(super) fn healthy(&self) -> bool {
        !self.suspected && !self.outlier.ejected
    }

    /// Its part of the traffic, in thousandths of a weight: from a tenth to all over the slow start. At least 1.
    pub(super) fn share(&self, weight: u64, now: LocalTime, slow_start: Span) -> u64 {
        let Some(since) = self.since else { return weight * Server::FULL };
        let warm = now.since(since).0.min(slow_start.0);
        let tenth = u128::from(Server::FULL / 10);
        let rest = u128::from(warm) * 9 * tenth / u128::from(slow_start.0.max(1));
        let share = if slow_start == Span::ZERO { 10 * tenth } else { tenth + rest };
        u64::try_from(u128::from(weight) * share).unwrap_or(u64::MAX)
    }
}
