//! What a scenario file can set, and what comes of it once the preset has filled in the rest.

use serde::{Deserialize, Serialize};
use sim_core::Span;

use super::bug::Bug;
use super::preset::Preset;
use crate::heartbeat::Method;

/// `config: (..)` in a scenario file: a preset, and what departs from it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The named settings to begin with.
    pub preset: Preset,
    /// When a write is acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replication: Option<Replication>,
    /// Who makes a backup the primary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<Promotion>,
    /// Whether the primary holds a lease.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// What backups do while they are backups.
    #[serde(default, skip_serializing_if = "is_hot")]
    pub standby: Standby,
    /// Periodic backups to another node's disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<Backup>,
    /// Node 0 becomes primary again when it has been a member for this long without a break. `None`: it stays a backup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fail_back: Option<Span>,
    /// The time between two beats of a node; 100 ms by default.
    #[serde(default = "period", skip_serializing_if = "is_period")]
    pub period: Span,
    /// How nodes find out that another is gone; by default by a silence longer than `timeout`. Beats carry no dates and are
    /// no answers, so only detectors that need neither.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detector: Option<Method>,
    /// How long a member may leave the primary without an answer before it leaves the view; 500 ms by default.
    #[serde(default = "timeout", skip_serializing_if = "is_timeout")]
    pub timeout: Span,
    /// How many entries, or keys of a snapshot, travel in one message; 16 by default.
    #[serde(default = "chunk", skip_serializing_if = "is_chunk")]
    pub chunk: u32,
    /// Planted bugs; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bugs: Vec<Bug>,
}

/// When a write is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Replication {
    /// When the primary has it; backups are sent what is new in batches.
    Async {
        /// The time between two batches.
        every: Span,
    },
    /// When so many backups have it, too.
    SemiSync(u16),
    /// When every member of the view has it.
    Sync,
}

/// Who makes a backup the primary.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Promotion {
    /// It does so itself when it has missed the primary for too long.
    Timeout,
    /// The view service: the node after the replicas.
    ViewService,
    /// A majority of all voters: the replicas and the witness, the node after them.
    Witness,
}

/// Whether the primary holds a lease.
///
/// The granters wait for `length` on their clocks from the moment they grant; the holder stops `length - margin` after
/// it *asked*, on its own. With rates within `[1 - ρ, 1 + ρ]` two leases cannot overlap if and only if
/// `length - margin <= length·(1 - ρ)/(1 + ρ)`: for 1 s at 200 ppm a margin of 400 µs is enough.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub enum Lease {
    /// None: reads are confirmed by the other members.
    Absent,
    /// A lease: the primary answers reads by itself, and nothing without it.
    Plain {
        /// How long the granters wait.
        length: Span,
        /// How much sooner the holder stops.
        margin: Span,
    },
    /// A lease, and the last node is a shared storage that checks the epoch as a fencing token.
    Fenced {
        /// How long the granters wait.
        length: Span,
        /// How much sooner the holder stops.
        margin: Span,
    },
}

/// What backups do while they are backups.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Standby {
    /// They apply what is committed as they go.
    #[default]
    Hot,
    /// They only log. When one is promoted it has to start up, and to replay what was logged since the last snapshot.
    Cold {
        /// How long starting up takes.
        start_up: Span,
        /// How long each entry takes.
        replay: Span,
    },
    /// They apply as they go and answer reads, after asking the primary how far to apply first; under asynchronous
    /// replication they answer with what they have.
    Active,
}

/// Periodic backups of the primary's state to the disk of the last node (of node 0, if that is the primary).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// The time between two backups.
    pub every: Span,
    /// Whether requests wait while a backup is under way.
    #[serde(default)]
    pub synchronous: bool,
}

fn period() -> Span {
    Span::from_millis(100)
}
fn is_period(span: &Span) -> bool {
    *span == period()
}
fn timeout() -> Span {
    Span::from_millis(500)
}
fn is_timeout(span: &Span) -> bool {
    *span == timeout()
}
fn chunk() -> u32 {
    16
}
fn is_chunk(n: &u32) -> bool {
    *n == chunk()
}
fn is_hot(standby: &Standby) -> bool {
    *standby == Standby::Hot
}

impl Config {
    /// A preset without departures.
    pub fn new(preset: Preset) -> Config {
        Config {
            preset,
            replication: None,
            promotion: None,
            lease: None,
            standby: Standby::Hot,
            backup: None,
            fail_back: None,
            period: period(),
            detector: None,
            timeout: timeout(),
            chunk: chunk(),
            bugs: Vec::new(),
        }
    }

    pub(super) fn replication(&self) -> Replication {
        self.replication.unwrap_or(self.preset.replication())
    }

    pub(super) fn promotion(&self) -> Promotion {
        self.promotion.unwrap_or(self.preset.promotion())
    }

    pub(super) fn lease(&self) -> Lease {
        self.lease.unwrap_or(self.preset.lease())
    }

    pub(super) fn detector(&self) -> Method {
        self.detector.unwrap_or(Method::FixedTimeout(self.timeout))
    }

    pub(super) fn is_async(&self) -> bool {
        matches!(self.replication(), Replication::Async { .. })
    }

    pub(super) fn is_cold(&self) -> bool {
        matches!(self.standby, Standby::Cold { .. })
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.bugs.contains(&bug)
    }

    /// Why this config makes no sense for so many nodes, if so.
    pub(super) fn validate(&self, nodes: u16) -> Result<(), String> {
        let extra =
            u16::from(self.promotion() != Promotion::Timeout) + u16::from(matches!(self.lease(), Lease::Fenced { .. }));
        if nodes <= extra {
            let roles = "a view service, a witness and a storage each take a node of their own";
            return Err(format!("of {nodes} nodes none is left for data: {roles}; add {} more", extra + 1 - nodes));
        }
        if self.period == Span::ZERO {
            return Err("`period` is 0s: nodes would beat without end at one instant; give it some time".to_owned());
        }
        if self.timeout <= self.period {
            return Err(format!("`timeout` ({}) must exceed `period` ({})", self.timeout, self.period));
        }
        if matches!(self.detector, Some(Method::NfdS { .. } | Method::NfdE { .. })) {
            return Err("`detector` needs dated beats, and those of this protocol are not; name a detector of silence"
                .to_owned());
        }
        self.detector().validate(self.period, false)?;
        if self.chunk == 0 {
            return Err("`chunk` is 0: nothing would ever be transferred".to_owned());
        }
        match self.replication() {
            Replication::Async { every: Span::ZERO } => {
                return Err("`Async(every: 0s)` would send batches without end at one instant".to_owned());
            }
            Replication::Async { every } if every >= self.timeout => {
                return Err(format!(
                    "a batch `every` {every} keeps backups silent for `timeout` ({}); send more often",
                    self.timeout
                ));
            }
            Replication::SemiSync(0) => {
                return Err("`SemiSync(0)` waits for nobody; that is `Async(every: ..)`".to_owned());
            }
            _ => {}
        }
        if let Lease::Plain { length, margin } | Lease::Fenced { length, margin } = self.lease() {
            if self.promotion() == Promotion::Timeout {
                return Err("a lease needs somebody who grants it: `promotion` is `Timeout`".to_owned());
            }
            if margin >= length {
                return Err(format!("`margin` ({margin}) must be below `length` ({length}): nothing is left to hold"));
            }
            if length <= self.period {
                return Err(format!(
                    "`length` ({length}) must exceed `period` ({}), at which it is renewed",
                    self.period
                ));
            }
        }
        match &self.backup {
            Some(Backup { every: Span::ZERO, .. }) => {
                Err("`backup.every` is 0s: backups would be taken without end at one instant".to_owned())
            }
            Some(_) if nodes < 2 => Err("`backup` needs another node's disk, and there is one node".to_owned()),
            _ => Ok(()),
        }
    }
}
