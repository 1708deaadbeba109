//! Standing for primary, and stepping down.

use std::collections::BTreeMap;

use sim_core::{LocalTime, NodeId};

use super::message::{Granted, Message, Timer, unique};
use super::primary::Leading;
use super::view::View;
use super::{Bug, Ctx, PrimaryBackup, Role};

/// A claim under way.
#[derive(Debug)]
pub(super) struct Campaign {
    pub(super) epoch: u64,
    /// When it was made.
    asks: LocalTime,
    handed: bool,
    granted: BTreeMap<NodeId, Granted>,
}

impl PrimaryBackup {
    /// The view service, or a primary that hands over, asks this node to stand.
    pub(super) fn on_stand(&mut self, ctx: &mut Ctx<'_>, view: View, handed: bool) {
        if view.order() > self.seen.order() {
            self.seen = view;
        }
        self.stand(ctx, handed);
    }

    /// Claims a new epoch.
    pub(super) fn stand(&mut self, ctx: &mut Ctx<'_>, handed: bool) {
        let is_first = self.seen.epoch == 0 && self.id == NodeId(0);
        let has_data = !self.journal.is_blank || is_first || self.config.has(Bug::JoinsUnacknowledged);
        if !self.is_replica() || matches!(self.role, Role::Primary(_)) || !has_data {
            return;
        }
        let newest = if self.ballot.view.order() >= self.seen.order() { &self.ballot.view } else { &self.seen };
        // One that cannot win by what it has noted itself must not hold up who can.
        if !self.may_lead(newest, self.id) {
            return;
        }
        let highest = self.highest.max(self.ballot.promised).max(self.seen.epoch);
        let epoch = if self.config.has(Bug::KeepsEpoch) && self.seen.epoch > 0 {
            self.seen.epoch
        } else {
            self.cluster.next_epoch(highest, self.id)
        };
        self.highest = self.highest.max(epoch);
        let asks = ctx.now();
        let asked = unique([&self.cluster.arbiters[..], &self.seen.members].concat());
        let end = self.journal.end();
        for peer in asked.into_iter().filter(|peer| *peer != self.id) {
            ctx.send(peer, Message::Claim { epoch, end, asks, handed });
        }
        self.role = Role::Candidate(Campaign { epoch, asks, handed, granted: BTreeMap::new() });
        self.is_due = false;
        let again = self.config.timeout + ctx.jitter(self.config.timeout);
        ctx.set_timer(Timer::Claim, again);
        self.count_votes(ctx);
    }

    /// It is this node's turn to stand, or its claim has come to nothing.
    pub(super) fn on_claim_due(&mut self, ctx: &mut Ctx<'_>) {
        self.is_due = false;
        match &self.role {
            Role::Primary(_) => {}
            Role::Candidate(_) => {
                self.role = Role::Backup;
                self.watch_primary(ctx);
            }
            Role::Backup if !self.trusts_primary(ctx.now()) => self.stand(ctx, false),
            Role::Backup => {}
        }
    }

    pub(super) fn on_vote(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        epoch: u64,
        promised: u64,
        granted: Option<Granted>,
    ) {
        self.highest = self.highest.max(promised);
        let Role::Candidate(campaign) = &mut self.role else { return };
        if campaign.epoch == epoch {
            campaign.granted.extend(granted.map(|granted| (from, granted)));
            self.count_votes(ctx);
        }
    }

    /// Rules, if enough have agreed. A candidate votes for itself last of all, so that a claim that comes to nothing
    /// binds nobody but those who agreed.
    fn count_votes(&mut self, ctx: &mut Ctx<'_>) {
        let Role::Candidate(campaign) = &self.role else { return };
        let (epoch, granted) = (campaign.epoch, &campaign.granted);
        let told = granted.values().map(|granted| &granted.view).chain([&self.seen, &self.ballot.view]);
        let Some(view) = told.max_by_key(|view| view.order()).cloned() else { return };
        let own = usize::from(self.cluster.is_arbiter(self.id) && self.may_lend(self.id, ctx.now()));
        let votes = own + granted.keys().filter(|id| self.cluster.is_arbiter(**id)).count();
        let own_end = self.journal.end();
        // Who has lost the last view with its memory votes as if it were no member, even for a log that lacks what it has.
        let is_level = |granted: &Granted| granted.end.is_some_and(|end| end <= own_end);
        let is_ahead_of = granted.iter().filter(|(id, granted)| view.has(**id) && is_level(granted)).count();
        if !self.may_lead(&view, self.id) {
            self.role = Role::Backup;
            return;
        }
        if votes < self.cluster.majority() || 1 + is_ahead_of < view.witnesses_of_the_log(self.config.replication()) {
            return;
        }
        let votes_count = !self.cluster.arbiters.is_empty();
        if votes_count && self.ballot.promised >= epoch || !self.promise(ctx, epoch, self.id) {
            self.role = Role::Backup;
            return;
        }
        let Role::Candidate(campaign) = std::mem::replace(&mut self.role, Role::Backup) else { return };
        self.rule(ctx, campaign, view);
    }

    fn rule(&mut self, ctx: &mut Ctx<'_>, campaign: Campaign, last: View) {
        let Campaign { epoch, asks, handed, granted } = campaign;
        let entry = super::Entry { epoch, asked: None };
        if self.journal.append(ctx, entry).is_err() {
            return;
        }
        ctx.cancel_timer(Timer::Claim);
        ctx.record("promoted", epoch, self.id);
        ctx.record("primary", epoch, self.id);
        let before = last.primary;
        let view = View { epoch, version: 0, primary: self.id, joining: Vec::new(), members: last.members };
        self.seen = view.clone();
        self.highest = self.highest.max(epoch);
        self.role = Role::Primary(Box::new(Leading::new(view, self.journal.end().slot)));
        self.begin_to_lead(ctx, (!handed).then_some(before));
        let voters = granted.keys().copied().filter(|id| self.cluster.is_arbiter(*id));
        for voter in voters.collect::<Vec<_>>() {
            self.take_grant(ctx, voter, asks);
        }
    }

    /// Is primary or candidate no longer.
    pub(super) fn step_down(&mut self, ctx: &mut Ctx<'_>) {
        let was = std::mem::replace(&mut self.role, Role::Backup);
        if let Role::Primary(lead) = was {
            if lead.lease.is_held {
                ctx.record("lease_end", "lease", lead.view.epoch);
            }
            ctx.record("deposed", lead.view.epoch, self.id);
            for timer in [Timer::LeaseEnd, Timer::Batch, Timer::StartedUp, Timer::Backup] {
                ctx.cancel_timer(timer);
            }
        }
    }

    /// Somebody has promised not to listen to this epoch any more.
    pub(super) fn on_outdated(&mut self, ctx: &mut Ctx<'_>, epoch: u64) {
        self.highest = self.highest.max(epoch);
        if matches!(&self.role, Role::Primary(lead) if lead.view.epoch < epoch) {
            self.step_down(ctx);
        }
    }

    /// Lets another node rule.
    pub(super) fn hand_over(&mut self, ctx: &mut Ctx<'_>, to: NodeId) {
        if let Role::Primary(lead) = &self.role {
            let view = lead.view.clone();
            self.step_down(ctx);
            ctx.send(to, Message::Stand { view, handed: true });
        }
    }
}
