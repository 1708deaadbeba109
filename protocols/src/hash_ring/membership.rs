//! The sequencer: node 0 alone decides who shall be a member, and which group a range belongs to.
//!
//! It does not carry data for others, so reads and writes go on while it is away; only the ring stands still. It wants
//! one thing, declared by the members: that each range belongs to the group that the layout names. Whatever differs is
//! moved, so many ranges at a time. So changes that come at once are merged: a range that no longer has to go where it is
//! going is called back. An attempt that makes no progress is given up, and begun again with another driver.
//!
//! On its disk are the members, every commit, and how many attempts have been begun. The attempts themselves are not:
//! a sequencer that comes back has given them all up.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::{NodeId, RequestId};

use super::bug::Bug;
use super::journal::Record;
use super::layout::Layout;
use super::message::{Message, Op, Ret, Roster, Timer};
use super::node::{Ctx, Node, SEQUENCER};
use super::range::{Group, Ownership, RangeId};

/// How many commits are told at a time.
const TOLD: usize = 256;

/// What the sequencer knows beyond any other node.
#[derive(Debug)]
pub(super) struct Sequencer {
    /// Who shall be a member.
    members: Vec<NodeId>,
    /// The last change that was decided, and the last that is complete.
    change: u32,
    complete: Option<u32>,
    /// The members as of the last change that is complete.
    settled: Vec<NodeId>,
    /// Every commit, in order.
    pub(super) commits: Vec<(RangeId, Ownership)>,
    pub(super) attempts_begun: u64,
    /// The group that each range shall have.
    wanted: Vec<Group>,
    /// Ranges that have another.
    misplaced: BTreeSet<RangeId>,
    /// Ranges that are being moved.
    moving: BTreeMap<RangeId, Attempt>,
}

#[derive(Debug)]
struct Attempt {
    number: u64,
    driver: NodeId,
    to: Group,
    /// The driver's progress at its last report, and whether there has been some since the last look.
    batch: u64,
    progress: bool,
}

impl Sequencer {
    pub(super) fn new(members: Vec<NodeId>) -> Sequencer {
        Sequencer {
            settled: members.clone(),
            members,
            change: 0,
            complete: None,
            commits: Vec::new(),
            attempts_begun: 0,
            wanted: Vec::new(),
            misplaced: BTreeSet::new(),
            moving: BTreeMap::new(),
        }
    }

    pub(super) fn restore(&mut self, change: u32, members: Vec<NodeId>) {
        (self.change, self.members) = (change, members);
    }
}

/// The members after a change, in ascending order.
fn changed(members: &[NodeId], op: Op) -> Vec<NodeId> {
    let mut members: BTreeSet<NodeId> = members.iter().copied().collect();
    match op {
        Op::Join(node) => drop(members.insert(NodeId(node))),
        Op::Leave(node) | Op::Fail(node) => drop(members.remove(&NodeId(node))),
        Op::Replace(old, new) => {
            members.remove(&NodeId(old));
            members.insert(NodeId(new));
        }
        Op::Get(_) | Op::Put(..) | Op::Delete(_) => {}
    }
    members.into_iter().collect()
}

impl Node {
    /// A client wants the members changed. Refused if too few would be left, or somebody is not in the name space.
    pub(super) fn decide(&mut self, ctx: &mut Ctx<'_>, request: RequestId, op: Op) {
        let (nodes, replicas) = (ctx.nodes(), usize::from(self.config.replicas));
        let Some(sequencer) = &self.sequencer else { return ctx.redirect(request, SEQUENCER) };
        let members = changed(&sequencer.members, op);
        if members.len() < replicas || members.iter().any(|member| member.0 >= nodes) {
            return ctx.refuse(request);
        }
        let change = sequencer.change + 1;
        let base = if self.has(Bug::StaleRing) { changed(&sequencer.settled, op) } else { members.clone() };
        let record = Record::Members { change, members: members.clone() };
        if !self.take(ctx, request) || !self.write(ctx, &record) {
            return;
        }
        ctx.disk().sync();
        if let Some(sequencer) = &mut self.sequencer {
            sequencer.restore(change, members);
        }
        ctx.record("change", change, ());
        ctx.reply(request, Ret::Decided(change));
        self.plan(ctx, &base);
    }

    /// The sequencer is back: what was under way is begun again.
    pub(super) fn resume_changes(&mut self, ctx: &mut Ctx<'_>) {
        if let Some(sequencer) = &self.sequencer {
            let members = sequencer.members.clone();
            self.view.heard = sequencer.commits.len() as u64;
            self.plan(ctx, &members);
        }
    }

    /// Works out where every range shall be, and calls back what is on its way to somewhere else.
    fn plan(&mut self, ctx: &mut Ctx<'_>, members: &[NodeId]) {
        let wanted = self.layout.table(members);
        let Some(sequencer) = &mut self.sequencer else { return };
        let misplaced = self.view.ranges().filter(|(range, ownership)| ownership.group != wanted[range.index()]);
        sequencer.misplaced = misplaced.map(|(range, _)| range).collect();
        let stray = |(range, attempt): (&RangeId, &Attempt)| (attempt.to != wanted[range.index()]).then_some(*range);
        let stray: Vec<_> = sequencer.moving.iter().filter_map(stray).collect();
        let thin = |(range, group): (u32, &Group)| {
            let mut nodes = group.to_vec();
            nodes.dedup();
            (nodes.len() < usize::from(self.config.replicas)).then_some((range, nodes.len()))
        };
        for (range, nodes) in (0..).zip(&wanted).filter_map(thin) {
            ctx.record("thin", range, nodes);
        }
        sequencer.wanted = wanted;
        for range in stray {
            self.give_up(ctx, range);
        }
        self.move_on(ctx);
    }

    /// Begins attempts while there is something to move and a lane is free; and ends the change if there is nothing.
    fn move_on(&mut self, ctx: &mut Ctx<'_>) {
        let lanes = self.config.lanes as usize;
        let Some(sequencer) = &self.sequencer else { return };
        let free = lanes.saturating_sub(sequencer.moving.len());
        let waiting = sequencer.misplaced.iter().filter(|range| !sequencer.moving.contains_key(range));
        let chosen: Vec<RangeId> = waiting.take(free).copied().collect();
        if chosen.is_empty() {
            return self.complete(ctx);
        }
        let first = sequencer.attempts_begun + 1;
        let upto = sequencer.attempts_begun + chosen.len() as u64;
        if !self.write(ctx, &Record::Attempts { upto }) {
            // The next poll of anybody finds the lane still free.
            return;
        }
        ctx.disk().sync();
        for (number, range) in (first..).zip(chosen) {
            self.attempt(ctx, number, range);
        }
    }

    fn attempt(&mut self, ctx: &mut Ctx<'_>, number: u64, range: RangeId) {
        let from = self.view.owner(range).clone();
        let Some(sequencer) = &self.sequencer else { return };
        let to = sequencer.wanted[range.index()].clone();
        // Those who come need the data; with each attempt it is another's turn, for the last driver may be gone.
        let mut drivers = to.to_vec();
        drivers.sort_by_key(|node| (self.suspects(*node), from.includes(*node), *node));
        let driver = drivers[(number as usize * usize::from(number > 1)) % drivers.len()];
        let driver = if self.suspects(driver) { drivers[0] } else { driver };
        let attempt = Attempt { number, driver, to: to.clone(), batch: 0, progress: false };
        if let Some(sequencer) = &mut self.sequencer {
            sequencer.attempts_begun = number;
            sequencer.moving.insert(range, attempt);
        }
        ctx.send(driver, Message::Move { range, attempt: number, from, to });
        ctx.set_timer(Timer::Attempt(range, number), self.config.patience);
    }

    /// An attempt has had its time.
    pub(super) fn on_attempt_due(&mut self, ctx: &mut Ctx<'_>, range: RangeId, number: u64) {
        let Some(sequencer) = &mut self.sequencer else { return };
        let Some(attempt) = sequencer.moving.get_mut(&range).filter(|attempt| attempt.number == number) else { return };
        if std::mem::take(&mut attempt.progress) && !self.watch.as_ref().is_some_and(|w| w.suspects(attempt.driver)) {
            ctx.set_timer(Timer::Attempt(range, number), self.config.patience);
            return;
        }
        self.give_up(ctx, range);
        self.move_on(ctx);
    }

    /// An attempt is given up: it can no longer be committed, so all may go on as before.
    fn give_up(&mut self, ctx: &mut Ctx<'_>, range: RangeId) {
        let ownership = self.view.owner(range).clone();
        let Some(sequencer) = &mut self.sequencer else { return };
        let Some(Attempt { number, driver, .. }) = sequencer.moving.remove(&range) else { return };
        let concerned: BTreeSet<NodeId> = ownership.group.iter().copied().chain([driver]).collect();
        for node in concerned {
            self.over(ctx, node, range, number);
        }
    }

    /// A driver says that the new group has everything.
    pub(super) fn on_finish(&mut self, ctx: &mut Ctx<'_>, driver: NodeId, range: RangeId, number: u64) {
        let epoch = self.view.owner(range).epoch;
        let Some(sequencer) = &self.sequencer else { return };
        let Some(attempt) = sequencer.moving.get(&range).filter(|attempt| attempt.number == number) else {
            return self.over(ctx, driver, range, number);
        };
        let ownership = Ownership { epoch: epoch + 1, group: attempt.to.clone() };
        // To learn it is to write it down: from here on it is decided.
        if !self.learn(ctx, range, &ownership) {
            return;
        }
        let Some(sequencer) = &mut self.sequencer else { return };
        sequencer.moving.remove(&range);
        let settled = ownership.group == sequencer.wanted[range.index()];
        if settled {
            sequencer.misplaced.remove(&range);
        }
        let from = sequencer.commits.len() as u64;
        sequencer.commits.push((range, ownership.clone()));
        self.view.heard = from + 1;
        ctx.broadcast(Message::News { from, commits: vec![(range, ownership)], roster: None });
        self.move_on(ctx);
    }

    /// Tells somebody that an attempt is over, and in the same breath whether the range has changed hands.
    fn over(&self, ctx: &mut Ctx<'_>, to: NodeId, range: RangeId, attempt: u64) {
        let ownership = self.view.owner(range).clone();
        ctx.send(to, Message::Over { range, attempt, ownership });
    }

    /// Nothing is left to be moved.
    fn complete(&mut self, ctx: &mut Ctx<'_>) {
        let Some(sequencer) = &mut self.sequencer else { return };
        let under_way = !sequencer.misplaced.is_empty() || !sequencer.moving.is_empty();
        if under_way || sequencer.complete == Some(sequencer.change) {
            return;
        }
        let before = sequencer.complete.replace(sequencer.change);
        sequencer.settled = sequencer.members.clone();
        let roster = Roster { change: sequencer.change, members: sequencer.members.clone() };
        for change in before.map_or(0, |before| before + 1).max(1)..=roster.change {
            ctx.record("changed", change, ());
        }
        let actual: Vec<Group> = self.view.ranges().map(|(_, ownership)| ownership.group.clone()).collect();
        ctx.record("ring", roster.change, Layout::digest(&actual));
        let from = self.view.heard;
        ctx.broadcast(Message::News { from, commits: Vec::new(), roster: Some(roster.clone()) });
        self.on_roster(ctx, roster);
    }

    /// A change is complete. What should the ring be like now? And how much of it is here?
    fn on_roster(&mut self, ctx: &mut Ctx<'_>, roster: Roster) {
        let change = roster.change;
        if self.view.enrol(roster) {
            let table = self.layout.table(&self.view.members);
            ctx.record("ring", change, Layout::digest(&table));
            if self.view.members.contains(&self.me) {
                ctx.record("load", self.me, self.store.len());
            }
        }
    }

    /// Asks for news, and whether the attempts are still on that this node stands still for or drives.
    pub(super) fn poll(&mut self, ctx: &mut Ctx<'_>) {
        ctx.set_timer(Timer::Poll, self.config.gossip);
        self.offer_hints(ctx);
        self.ask_for_news(ctx);
    }

    fn ask_for_news(&self, ctx: &mut Ctx<'_>) {
        let frozen = self.frozen.iter().map(|(range, attempt)| (*range, *attempt)).collect();
        let driven = self.driven.iter().map(|(range, driven)| (*range, driven.attempt, driven.batch)).collect();
        let (heard, change) = (self.view.heard, self.view.change);
        ctx.send(SEQUENCER, Message::Poll { heard, change, frozen, driven });
    }

    pub(super) fn on_poll(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (heard, change): (u64, Option<u32>),
        frozen: &[(RangeId, u64)],
        driven: &[(RangeId, u64, u64)],
    ) {
        let Some(sequencer) = &mut self.sequencer else { return };
        let mut over = Vec::new();
        for (range, number, batch) in driven {
            match sequencer.moving.get_mut(range).filter(|attempt| attempt.number == *number) {
                Some(attempt) => {
                    attempt.progress |= attempt.batch < *batch;
                    attempt.batch = *batch;
                }
                None => over.push((*range, *number)),
            }
        }
        let is_on =
            |range, number| sequencer.moving.get(range).is_some_and(|attempt: &Attempt| attempt.number == number);
        over.extend(frozen.iter().filter(|(range, number)| !is_on(range, *number)));
        let start = usize::try_from(heard).unwrap_or(usize::MAX).min(sequencer.commits.len());
        let commits: Vec<_> = sequencer.commits[start..].iter().take(TOLD).cloned().collect();
        let news = sequencer.complete.is_some_and(|complete| change.is_none_or(|change| change < complete));
        let roster = Roster { change: sequencer.complete.unwrap_or(0), members: sequencer.settled.clone() };
        let roster = (news && start + commits.len() == sequencer.commits.len()).then_some(roster);
        if roster.is_some() || !commits.is_empty() {
            ctx.send(from, Message::News { from: start as u64, commits, roster });
        }
        for (range, number) in over {
            self.over(ctx, from, range, number);
        }
        if from == self.me {
            self.move_on(ctx);
        }
    }

    pub(super) fn on_news(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: u64,
        commits: &[(RangeId, Ownership)],
        roster: Option<Roster>,
    ) {
        for (range, ownership) in commits {
            if !self.learn(ctx, *range, ownership) {
                return;
            }
        }
        let in_turn = from <= self.view.heard;
        if in_turn {
            self.view.heard = self.view.heard.max(from + commits.len() as u64);
        }
        if let Some(roster) = roster.filter(|_| in_turn) {
            self.on_roster(ctx, roster);
        }
        if commits.len() == TOLD {
            self.ask_for_news(ctx);
        }
    }
}
