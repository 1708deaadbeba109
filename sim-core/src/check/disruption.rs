//! The faults of a run that took something away: a node that ran, or links between those that are there.

use super::Observation;
use super::roster::Roster;
use crate::fault::{Family, Fault, Target, Window};
use crate::node::NodeId;
use crate::plan::Plan;
use crate::time::{Time, Until};

/// A fault at work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Disruption {
    /// The window's position in the plan.
    pub(super) window: usize,
    /// The node that it struck, if it is a fault of one node.
    pub(super) node: Option<NodeId>,
    pub(super) at: Time,
    pub(super) event: u32,
}

/// Finds them in what is seen: a crash of a node that is down already, or of a holder that there is not, is none.
pub(super) struct Disruptions {
    kinds: Vec<Kind>,
    nouns: Vec<&'static str>,
    /// Whether the window ends.
    ends: Vec<bool>,
    roster: Roster,
    /// Windows of node faults that have opened at this time, before what they do is seen.
    opening: Vec<(usize, Time)>,
}

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    /// It stops a node, this one if it is known beforehand.
    Stops(Option<NodeId>),
    /// The same, but for a while only the node stands still.
    Pauses(Option<NodeId>),
    /// It cuts links, perhaps all of this node.
    Cuts(Option<NodeId>),
    /// It disturbs, but takes nothing away.
    Other,
}

impl Disruptions {
    pub(super) fn new(plan: &Plan) -> Disruptions {
        Disruptions {
            kinds: plan.windows.iter().map(kind).collect(),
            nouns: plan.windows.iter().map(|window| noun(window.fault.family())).collect(),
            ends: plan.windows.iter().map(|window| window.until != Until::Never).collect(),
            roster: Roster::new(plan.nodes.len()),
            opening: Vec::new(),
        }
    }

    /// The fault that takes effect with what is seen now, if one does.
    pub(super) fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Disruption> {
        let found = match *seen {
            Observation::Opened(window) => match self.kinds.get(window)? {
                Kind::Stops(_) | Kind::Pauses(_) => {
                    self.opening.retain(|(_, opened)| *opened == at);
                    self.opening.push((window, at));
                    None
                }
                Kind::Cuts(node) => Some(Disruption { window, node: *node, at, event }),
                Kind::Other => None,
            },
            Observation::Down(node) if self.is_up(node) => {
                self.take(at, |kind| matches!(kind, Kind::Stops(of) if of.is_none_or(|of| of == node)), node, event)
            }
            Observation::Paused(node) if self.is_up(node) => {
                self.take(at, |kind| matches!(kind, Kind::Pauses(of) if of.is_none_or(|of| of == node)), node, event)
            }
            _ => None,
        };
        self.roster.observe(at, event, seen);
        found
    }

    fn is_up(&self, node: NodeId) -> bool {
        self.roster.down(node).is_none()
    }

    fn take(&mut self, at: Time, fits: impl Fn(&Kind) -> bool, node: NodeId, event: u32) -> Option<Disruption> {
        let found = self.opening.iter().position(|&(window, opened)| opened == at && fits(&self.kinds[window]))?;
        let (window, at) = self.opening.remove(found);
        Some(Disruption { window, node: Some(node), at, event })
    }

    /// Whether the fault stops a node, and lets it go again.
    pub(super) fn stops_for_a_while(&self, disruption: &Disruption) -> bool {
        matches!(self.kinds[disruption.window], Kind::Stops(_)) && self.ends[disruption.window]
    }

    /// The fault in words: `the crash of n1 at 5s`.
    pub(super) fn describe(&self, disruption: &Disruption) -> String {
        let noun = self.nouns[disruption.window];
        match disruption.node {
            Some(node) => format!("the {noun} of {node} at {}", disruption.at),
            None => format!("the {noun} at {}", disruption.at),
        }
    }
}

impl Disruption {
    pub(super) fn nodes(&self) -> Vec<NodeId> {
        self.node.into_iter().collect()
    }
}

fn kind(window: &Window) -> Kind {
    let known = |target: &Target| match target {
        Target::Node(node) => Some(*node),
        Target::Holder(_) | Target::Client(_) => None,
    };
    // Who is cut off from clients only is not disrupted, and a client that is cut off is no fault of the service.
    let some_node = || window.fault.targets().iter().any(|target| !matches!(target, Target::Client(_)));
    match &window.fault {
        Fault::Crash(t) | Fault::Reboot(t) | Fault::Amnesia(t) | Fault::Stop(t) | Fault::Absent(t) => {
            Kind::Stops(known(t))
        }
        Fault::Pause(t) => Kind::Pauses(known(t)),
        Fault::Isolate(t) if some_node() => Kind::Cuts(known(t)),
        Fault::Partition(_) | Fault::Sever(_) | Fault::OneWay { .. } | Fault::Bridge(..) if some_node() => {
            Kind::Cuts(None)
        }
        Fault::Clog { on } if on.is_all() || some_node() => Kind::Cuts(None),
        _ => Kind::Other,
    }
}

/// What a fault is called in a sentence.
pub(super) fn noun(family: Family) -> &'static str {
    match family {
        Family::Absent => "absence",
        Family::Isolate => "isolation",
        Family::OneWay => "one-way cut",
        Family::Bridge => "bridge partition",
        Family::Sever => "partition",
        other => other.name(),
    }
}
