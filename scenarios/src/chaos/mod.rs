//! Chaos: windows that a seed draws. Swarm testing: the shape comes first, then each window from its own address.
//!
//! A seed first decides which families are on at all (each with one half; if none comes out, all are on), how severe
//! each is (one of four levels, by which the ceilings in `draw.rs` rise), and how many windows there are. Then
//! each window draws its time by its number alone, and every family that is on draws a ticket for it; the lowest ticket
//! has the window and draws the rest from the window's number and the family's name. So a family that is taken out of
//! `kinds` leaves every window of the others as it was: only its own go to the runners-up.
//! See Groce and others, *Swarm Testing* (2012).

mod draw;

use sim_core::chance::Purpose;
use sim_core::fault::{Family, Window};
use sim_core::time::Until;
use sim_core::{Identity, Key, Plan, Span, Time};

use crate::expand::tidy;
use draw::{Drawing, World};

/// The most windows that chaos may add to a plan.
const WINDOWS_MAX: u32 = 10_000;
/// The most places that all these windows together may name.
const TARGETS_MAX: usize = 2_000_000;

/// What may be drawn.
#[derive(Clone, Debug)]
pub(crate) struct Chaos {
    /// How many windows, at least and at most.
    pub(crate) windows: (u32, u32),
    /// Which families, in the order of the enum, each possible with this number of nodes.
    pub(crate) kinds: Vec<Family>,
    /// How long a window is, at least and at most; the logarithm is about uniform.
    pub(crate) length: (Span, Span),
    /// Facts whose holder is aimed at by a quarter of the faults that strike one node.
    pub(crate) holders: Vec<String>,
    pub(crate) first_id: u32,
}

impl Chaos {
    /// How many windows may be drawn at most: every one of them could be a partition of all nodes.
    pub(crate) fn windows_max(nodes: usize) -> u32 {
        u32::try_from(TARGETS_MAX / nodes.max(1)).unwrap_or(WINDOWS_MAX).min(WINDOWS_MAX)
    }

    /// How many nodes a family needs to make a difference; `None` if chaos cannot draw it.
    pub(crate) const fn nodes_needed(family: Family) -> Option<usize> {
        match family {
            Family::Partition | Family::OneWay | Family::Sever => Some(2),
            Family::Bridge => Some(3),
            Family::Crash
            | Family::Reboot
            | Family::Amnesia
            | Family::Stop
            | Family::Pause
            | Family::Slow
            | Family::Absent
            | Family::Unsynced
            | Family::SyncLies
            | Family::SyncError
            | Family::SlowDisk
            | Family::FullDisk
            | Family::BitRot
            | Family::Misdirect
            | Family::Isolate
            | Family::Flap
            | Family::Clog
            | Family::Bandwidth
            | Family::Burst
            | Family::Corrupt
            | Family::Loss
            | Family::Duplicate
            | Family::Delay
            | Family::Reorder
            | Family::Drift
            | Family::Step
            | Family::Slew
            | Family::FreezeClock => Some(1),
            _ => None,
        }
    }

    /// Whether a family is drawn if the file does not list `kinds`: those that every system should live through. Nodes
    /// that are not there, damaged packets, and disks that lose or alter what was synced are for systems that claim to
    /// bear them.
    pub(crate) const fn is_usual(family: Family) -> bool {
        let claimed = matches!(family, Family::Absent | Family::Corrupt | Family::Amnesia)
            || matches!(family, Family::SyncLies | Family::BitRot | Family::Misdirect);
        Chaos::nodes_needed(family).is_some() && !claimed
    }

    /// Adds the windows of a seed to a plan, in the order of their opening.
    pub(crate) fn expand(&self, key: &Key, plan: &mut Plan) {
        let shape = Identity::of_name("chaos");
        let (least, most) = self.windows;
        let count = key.draws(Purpose::Shape, shape).between(u64::from(least), u64::from(most));
        let mut times: Vec<_> =
            (0..count).map(|i| self.time(key, shape.child(Purpose::Window, i), plan.calm)).collect();
        times.sort_unstable();
        let strikes = self.strikes(key);
        let world = World { nodes: plan.nodes.len(), clients: plan.clients.names.len(), holders: &self.holders };
        for (id, (from, until, address)) in (self.first_id..).zip(times) {
            let ticket = |strike: &&Strike| key.draw(Purpose::Window, address.child(Purpose::Shape, strike.name.0));
            let Some(strike) = strikes.iter().min_by_key(ticket) else { return };
            let draws = key.draws(Purpose::Window, address.child(Purpose::Window, strike.name.0));
            let fault = Drawing { draws, world, level: strike.level, length: until.since(from) }.fault(strike.family);
            plan.windows.extend(fault.map(|fault| Window { id, from, until: Until::At(until), fault }));
        }
    }

    /// When a window opens and closes: within `[0, calm]`.
    fn time(&self, key: &Key, address: Identity, calm: Time) -> (Time, Time, Identity) {
        let mut draws = key.draws(Purpose::Window, address);
        let (least, most) = self.length;
        // Some doubling of the least length, then uniform up to the next: about uniform in the logarithm.
        let doublings = (most.0 / least.0.max(1)).max(1).ilog2();
        let low = least.0 << draws.between(0, u64::from(doublings));
        let length = tidy(draws.between(low, low.saturating_mul(2).min(most.0)).min(calm.0));
        let from = Time(tidy(draws.between(0, calm.0.saturating_sub(length))));
        (from, Time(from.0.saturating_add(length)), address)
    }

    /// The families that are on under this seed.
    fn strikes(&self, key: &Key) -> Vec<Strike> {
        let mut on = Vec::new();
        let mut off = Vec::new();
        for family in &self.kinds {
            let name = Identity::of_name(family.name());
            let mut draws = key.draws(Purpose::Shape, name);
            let is_on = draws.below(2) == 1;
            let strike = Strike { family: *family, name, level: draws.below(4) as usize };
            if is_on { &mut on } else { &mut off }.push(strike);
        }
        if on.is_empty() { off } else { on }
    }
}

/// A family that is on, and how severe it is.
struct Strike {
    family: Family,
    name: Identity,
    level: usize,
}
