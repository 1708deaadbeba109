//! The primary's lease, as its holder knows it.

use std::collections::BTreeMap;

use sim_core::{LocalTime, NodeId, Span};

use super::message::Timer;
use super::{Bug, Ctx, PrimaryBackup, Role};

/// What the holder of a lease goes by.
#[derive(Debug, Default)]
pub(super) struct Holding {
    /// By granter: when the newest wish that it has granted was made.
    asked: BTreeMap<NodeId, LocalTime>,
    pub(super) is_held: bool,
}

impl Holding {
    /// The newest time at which a majority was asked that has since agreed.
    fn agreed(&self, majority: usize) -> Option<LocalTime> {
        let mut times: Vec<_> = self.asked.values().copied().collect();
        times.sort_unstable_by(|a, b| b.cmp(a));
        times.get(majority.checked_sub(1)?).copied()
    }

    /// When the lease is over.
    pub(super) fn until(&self, majority: usize, holds_for: Span) -> Option<LocalTime> {
        Some(self.agreed(majority)? + holds_for)
    }
}

impl PrimaryBackup {
    /// For how long after its wish the primary may use a lease.
    fn holds_for(&self) -> Option<Span> {
        let (length, margin) = self.lease_terms()?;
        Some(if self.config.has(Bug::MarginLeftOut) { length } else { length.saturating_sub(margin) })
    }

    pub(super) fn on_grant(&mut self, ctx: &mut Ctx<'_>, from: NodeId, epoch: u64, asks: LocalTime) {
        if matches!(&self.role, Role::Primary(lead) if lead.view.epoch == epoch) {
            self.take_grant(ctx, from, asks);
        }
    }

    /// A granter has agreed to what the primary asked for at `asks`.
    pub(super) fn take_grant(&mut self, ctx: &mut Ctx<'_>, from: NodeId, asks: LocalTime) {
        let (Some(holds_for), majority) = (self.holds_for(), self.cluster.majority()) else { return };
        let from_when = if self.config.has(Bug::LeaseFromReply) { ctx.now() } else { asks };
        let now = ctx.now();
        let Role::Primary(lead) = &mut self.role else { return };
        let asked = lead.lease.asked.entry(from).or_insert(from_when);
        *asked = from_when.max(*asked);
        let Some(until) = lead.lease.until(majority, holds_for).filter(|until| *until > now) else { return };
        if !lead.lease.is_held {
            lead.lease.is_held = true;
            ctx.record("lease_begin", "lease", lead.view.epoch);
        }
        ctx.set_timer(Timer::LeaseEnd, until.since(now));
    }

    pub(super) fn on_lease_end(&mut self, ctx: &mut Ctx<'_>) {
        let holds = self.holds_lease(ctx.now());
        if let Role::Primary(lead) = &mut self.role
            && lead.lease.is_held
            && !holds
        {
            lead.lease.is_held = false;
            ctx.record("lease_end", "lease", lead.view.epoch);
        }
    }

    /// Whether this node is a primary whose lease is not over, or needs none.
    pub(super) fn holds_lease(&self, now: LocalTime) -> bool {
        let Role::Primary(lead) = &self.role else { return false };
        self.holds_for().is_none_or(|holds_for| {
            lead.lease.until(self.cluster.majority(), holds_for).is_some_and(|until| until > now)
        })
    }
}
