//! One node: what it knows, what it has, and how it comes back after a crash.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sim_core::log;
use sim_core::{Context, NodeId, RequestId};

use super::HashRing;
use super::bug::Bug;
use super::config::Config;
use super::coordinator::Coordinator;
use super::entry::{Entry, Version};
use super::hints::Hints;
use super::journal::{self, Record};
use super::layout::Layout;
use super::membership::Sequencer;
use super::message::{Message, Timer};
use super::migration::Migration;
use super::range::{Ownership, RangeId};
use super::store::{Mark, Store};
use super::view::View;
use super::watch::Watch;

pub(super) type Ctx<'a> = Context<'a, HashRing>;

/// The node that orders the changes of the ring.
pub(super) const SEQUENCER: NodeId = NodeId(0);

/// Keys of ballast begin here; clients name lower ones.
const BALLAST: u32 = 1 << 31;

/// One node.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) me: NodeId,
    pub(super) config: Rc<Config>,
    pub(super) layout: Rc<Layout>,
    /// The number of this life; no two lives share one.
    pub(super) life: u64,
    /// Whether this life has begun: not before the disk knows of it.
    pub(super) awake: bool,
    pub(super) view: View,
    pub(super) store: Store,
    /// Ranges that stand still here, and for which attempt.
    pub(super) frozen: BTreeMap<RangeId, u64>,
    /// Ranges that are being streamed from here, and to whom. Forgotten in a crash.
    pub(super) streamed: BTreeMap<RangeId, NodeId>,
    /// Requests of writes that have been taken.
    pub(super) taken: BTreeSet<(u16, u32)>,
    pub(super) coordinator: Coordinator,
    pub(super) hints: Hints,
    pub(super) driven: BTreeMap<RangeId, Migration>,
    pub(super) sequencer: Option<Sequencer>,
    pub(super) watch: Option<Watch>,
    /// How often this node has compared what it has.
    pub(super) rounds: usize,
}

impl Node {
    pub(super) fn new(config: &Config, me: NodeId, nodes: u16) -> Node {
        let config = Rc::new(config.clone());
        let layout = Rc::new(Layout::new(&config, me, nodes));
        let members = config.first_members(nodes);
        Node {
            me,
            life: 0,
            awake: false,
            view: View::new(&layout, members.clone()),
            store: Store::default(),
            frozen: BTreeMap::new(),
            streamed: BTreeMap::new(),
            taken: BTreeSet::new(),
            coordinator: Coordinator::default(),
            hints: Hints::default(),
            driven: BTreeMap::new(),
            sequencer: (me == SEQUENCER).then(|| Sequencer::new(members)),
            watch: config.detection.map(|detection| Watch::new(detection, me, nodes)),
            rounds: 0,
            config,
            layout,
        }
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.config.has(bug)
    }

    /// This life begins: what the disk remembers comes back, and the disk is told of it first.
    pub(super) fn start(&mut self, ctx: &mut Ctx<'_>) {
        let contents = journal::read(ctx.disk().read(journal::FILE));
        if let Some(valid) = contents.cut {
            // Only a file that is there can have a tail.
            let cut = ctx.disk().truncate(journal::FILE, valid);
            debug_assert!(cut.is_ok(), "{cut:?}");
        }
        for key in (0..self.config.ballast).map(|index| BALLAST + index) {
            let range = self.layout.cuts().range_of(key);
            if self.view.owner(range).includes(self.me) {
                self.store.put(range, key, Entry { version: Version::default(), value: Some(0) });
            }
        }
        self.life = contents.life + 1;
        contents.records.into_iter().for_each(|record| self.restore(record));
        self.wake(ctx);
    }

    /// Begins to work, as soon as the disk has room to say so.
    pub(super) fn wake(&mut self, ctx: &mut Ctx<'_>) {
        if !self.write(ctx, &Record::Life) {
            ctx.set_timer(Timer::Awake, self.config.retry);
            return;
        }
        ctx.disk().sync();
        self.awake = true;
        let owned: Vec<_> = self.view.ranges().filter(|(range, _)| self.owns(*range)).collect();
        for (range, ownership) in owned {
            ctx.record("owns", range.0, ownership.epoch);
        }
        ctx.record("state", "ring", self.view.digest());
        if self.config.is_sloppy() {
            for (_, key, entry) in self.store.all() {
                ctx.record("keeps", key, entry.version);
            }
        }
        ctx.set_timer(Timer::Poll, self.config.gossip);
        if let Some(period) = self.config.repair {
            ctx.set_timer(Timer::Repair, period);
        }
        self.start_watch(ctx);
        self.resume_changes(ctx);
    }

    /// One record of an earlier life.
    fn restore(&mut self, record: Record) {
        match record {
            Record::Life => {}
            Record::Put { range, key, entry } => self.store.put(range, key, entry),
            Record::Owned { range, ownership } => {
                if let Some(sequencer) = &mut self.sequencer {
                    sequencer.commits.push((range, ownership.clone()));
                }
                if self.view.is_behind(range, &ownership) {
                    self.take_over(range, ownership);
                }
            }
            Record::Frozen { range, attempt } => drop(self.frozen.insert(range, attempt)),
            Record::Thawed { range } => drop(self.frozen.remove(&range)),
            Record::Taken { client, operation } => drop(self.taken.insert((client, operation))),
            Record::Hint { home, key, entry } => self.hints.keep(home, key, entry),
            Record::Handed { home, key } => self.hints.forget(home, key),
            Record::Members { change, members } => {
                if let Some(sequencer) = &mut self.sequencer {
                    sequencer.restore(change, members);
                }
            }
            Record::Attempts { upto } => {
                if let Some(sequencer) = &mut self.sequencer {
                    sequencer.attempts_begun = upto;
                }
            }
        }
    }

    /// Whether this node may take writes of a range now.
    pub(super) fn owns(&self, range: RangeId) -> bool {
        self.view.owner(range).includes(self.me) && !self.frozen.contains_key(&range)
    }

    /// This moment in the life of the store.
    pub(super) fn mark(&self) -> Mark {
        Mark { life: self.life, changes: self.store.changes() }
    }

    /// Adds to the journal; false if the disk is full. It is durable after the next sync.
    pub(super) fn write(&self, ctx: &mut Ctx<'_>, record: &Record) -> bool {
        log::append(&mut ctx.disk(), journal::FILE, self.life, &record.encode()).is_ok()
    }

    /// Puts an entry into the journal and the store; false if the disk is full.
    pub(super) fn keep(&mut self, ctx: &mut Ctx<'_>, range: RangeId, key: u32, entry: Entry) -> bool {
        let kept = self.write(ctx, &Record::Put { range, key, entry });
        if kept {
            self.store.put(range, key, entry);
        }
        kept
    }

    /// Keeps an entry unless what is here is as new; false if the disk is full. Call [`note`](Node::note) after the sync.
    pub(super) fn merge(&mut self, ctx: &mut Ctx<'_>, range: RangeId, key: u32, entry: Entry) -> bool {
        !self.store.lacks(range, key, entry.version) || self.keep(ctx, range, key, entry)
    }

    /// Records which version of a key is here.
    pub(super) fn note(&self, ctx: &mut Ctx<'_>, range: RangeId, key: u32) {
        let Some(entry) = self.store.get(range, key) else { return };
        if self.config.is_sloppy() {
            ctx.record("keeps", key, entry.version);
        } else {
            ctx.record("holds", (key, self.view.owner(range).epoch), entry.version);
        }
    }

    /// Somebody shows a range's owners. If they are news they are believed: the sequencer alone gives out epochs. False
    /// if they are news that could not be written down.
    pub(super) fn learn(&mut self, ctx: &mut Ctx<'_>, range: RangeId, ownership: &Ownership) -> bool {
        if !self.view.is_behind(range, ownership) {
            return true;
        }
        if !self.write(ctx, &Record::Owned { range, ownership: ownership.clone() }) {
            return false;
        }
        ctx.disk().sync();
        let stood_still = self.frozen.contains_key(&range);
        let owned = self.owns(range);
        let before = self.take_over(range, ownership.clone());
        match (owned, self.owns(range)) {
            (true, false) => ctx.record("disowns", range.0, before.epoch),
            (false, true) => ctx.record("owns", range.0, ownership.epoch),
            _ => {}
        }
        if stood_still {
            ctx.record("thaw", range.0, ownership.epoch);
        }
        ctx.record("state", "ring", self.view.digest());
        self.reroute(ctx, range);
        true
    }

    /// Takes a later epoch in. Who is no owner any more has nothing to keep.
    fn take_over(&mut self, range: RangeId, ownership: Ownership) -> Ownership {
        if !ownership.includes(self.me) {
            self.store.forget(range);
        }
        self.frozen.remove(&range);
        self.streamed.remove(&range);
        self.driven.remove(&range);
        self.view.adopt(range, ownership)
    }

    /// Whether a request as a coordinator has seen the ring can be served here. Who is behind is told so.
    pub(super) fn serves(&mut self, ctx: &mut Ctx<'_>, from: NodeId, range: RangeId, seen: &Ownership) -> bool {
        if range.index() >= self.layout.cuts().ends().len() || !self.learn(ctx, range, seen) {
            return false;
        }
        let known = self.view.owner(range);
        if known.epoch > seen.epoch {
            ctx.send(from, Message::Behind { range, ownership: known.clone() });
            return false;
        }
        self.owns(range)
    }

    /// Notes that a write has been taken; false if it was taken before, or cannot be noted.
    pub(super) fn take(&mut self, ctx: &mut Ctx<'_>, request: RequestId) -> bool {
        let fresh = !self.taken.contains(&(request.client, request.operation));
        let noted = fresh && self.write(ctx, &Record::taken(request));
        if noted {
            ctx.disk().sync();
            self.taken.insert((request.client, request.operation));
        }
        noted
    }

    /// Whether a node is believed to be gone.
    pub(super) fn suspects(&self, node: NodeId) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.suspects(node))
    }
}
