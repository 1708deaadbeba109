//! Primary/backup: a replicated key-value store with one primary, and every usual way to replace it.
//!
//! The first nodes are replicas; a view service or a witness follows, then a shared storage, as the config asks. The
//! primary logs what clients ask, sends it to the members of its [view](View), and answers when as many of them have it
//! on disk as the replication mode wants. Detection is by [heartbeats](crate::heartbeat).
//!
//! **One rule of election serves all modes of promotion.** A candidate claims a new epoch. It wins when a majority of the
//! *arbiters* has voted for it (the view service alone; or all replicas and the witness; or, with promotion by time-out,
//! nobody at all) and when enough members of the newest view that these know have told that its log is not behind theirs
//! (one if everybody has every write; all but k if k backups have it). A change of view is valid when a majority of
//! the arbiters has it on disk, and until then a write must satisfy the old view and the new one. So the newest view is known
//! in every election, and only its members are elected. The view service is told apart only by who begins: it watches the
//! primary and asks a member to stand, while elsewhere backups watch for themselves. This follows PacificA (Lin and
//! others, 2008) for views that a primary itself shrinks and grows, Viewstamped Replication (Oki and Liskov, 1988) for
//! epochs and votes, and Raft (Ongaro and Ousterhout, 2014) for the comparison of logs and the confirmation of reads.
//!
//! **What comes to be remembered.** Slots of the log are numbered by (epoch, slot). The log and the promises of a node
//! are synced before anything that rests on them is said. What clients were told is part of the replicated state, so a
//! retry is recognised by every later primary. A new primary first commits a slot of its own epoch, and with it all that
//! it found. Who is no member asks to join: it is sent a snapshot in pieces, or the part of the log that it lacks, and
//! becomes a member when it has everything. A replica without a log is never elected.
//!
//! **What is recorded.** `primary` and `promoted` (epoch: node) by who wins, `deposed` when it knows that it is no longer,
//! `voted` ((voter, epoch): candidate), `view` ((epoch, version): members), `recovered` (epoch: members) when every replica
//! is a member again, `joined` (node: slot) when one is; `lease_begin` and `lease_end` by the holder; `committed` (slot:
//! digest), `applied` ((client, operation): slot) and `state` (key: value) by who applies; `lost` (slot: 1) by who
//! has to forget what it had acknowledged; `stored` (key: token) by the storage; `saved` and `restored` (node: slot) of backups;
//! `suspects` and `trusts` (peer: incarnation) of everybody.
//!
//! What each named combination promises is said at [`Preset`]; what finds the planted bugs, at [`Bug`].

mod apply;
mod arbiter;
mod backup;
mod ballot;
mod bug;
mod campaign;
mod cluster;
mod codec;
mod config;
mod entry;
mod journal;
mod lease;
mod membership;
mod message;
mod op;
mod preset;
mod primary;
mod pulse;
mod read;
mod replicate;
mod storage;
mod store;
#[cfg(test)]
mod tests;
mod transfer;
mod view;

use std::collections::BTreeMap;

use sim_core::check::history::Contract;
use sim_core::check::model::KeyValue;
use sim_core::{Context, Draws, Fact, LocalTime, NodeId, Protocol, RequestId, Span};

pub use bug::Bug;
pub use config::{Backup, Config, Lease, Promotion, Replication, Standby};
pub use entry::{Entry, Operation};
pub use message::{Granted, Message, Timer};
pub use op::{Op, Ret, Workload};
pub use preset::Preset;
pub use store::Store;
pub use view::{Position, View};

use crate::heartbeat::{AnyRule, Detector, Life};
use arbiter::Lent;
use ballot::Ballot;
use campaign::Campaign;
use cluster::Cluster;
use journal::Journal;
use primary::Leading;
use read::Inquiries;
use storage::Storage;
use transfer::Incoming;

/// The one place that says which detector watches the nodes.
type Watch = Detector<AnyRule>;
type Ctx<'a> = Context<'a, PrimaryBackup>;

/// One node.
#[derive(Debug)]
pub struct PrimaryBackup {
    config: Config,
    cluster: Cluster,
    id: NodeId,

    /// When this life began.
    started: LocalTime,
    life: Life,
    watch: Watch,
    /// What each peer last said about itself: the epoch that it leads, if it does.
    leaders: BTreeMap<NodeId, Option<u64>>,
    /// The newest view that a primary has told.
    seen: View,
    /// The highest epoch heard of.
    highest: u64,

    ballot: Ballot,
    lent: Option<Lent>,
    /// How often the view service has asked a member to stand, and when it did so last.
    invited: Option<(usize, LocalTime)>,

    /// It is about to stand, after those before it.
    is_due: bool,

    journal: Journal,
    store: Store,
    /// Everything up to here is in the store.
    applied: u64,
    /// Everything up to here will never change.
    committed: u64,
    /// The log is known to be the primary's up to here, in this epoch.
    verified: (u64, u64),
    role: Role,
    /// Names this life: a crash begins another, and so does the loss of the log.
    own_life: u64,
    incoming: Option<Incoming>,
    /// The last snapshot that was installed: in which epoch and life, and up to which slot.
    installed: Option<((u64, u64), u64)>,
    inquiries: Inquiries,

    storage: Storage,
}

/// What a replica is at the moment.
#[derive(Debug)]
enum Role {
    Backup,
    Candidate(Campaign),
    Primary(Box<Leading>),
}

impl Protocol for PrimaryBackup {
    const NAME: &'static str = "primary-backup";
    const ABOUT: &'static str = "a replicated store: one primary, its backups, and every usual way to fail over";
    const FACTS: &'static [Fact] = &[
        Fact::new("primary", "epoch", "node"),
        Fact::new("promoted", "epoch", "node"),
        Fact::new("deposed", "epoch", "node"),
        Fact::new("voted", "(voter, epoch)", "candidate"),
        Fact::new("view", "(epoch, version)", "members"),
        Fact::new("recovered", "epoch", "members"),
        Fact::new("joined", "node", "slot"),
        Fact::new("lease_begin", "lease", "epoch"),
        Fact::new("lease_end", "lease", "epoch"),
        Fact::new("committed", "slot", "digest"),
        Fact::new("applied", "(client, operation)", "slot"),
        Fact::new("state", "key", "value"),
        Fact::new("lost", "slot", "writes"),
        Fact::new("stored", "key", "token"),
        Fact::new("saved", "node", "slot"),
        Fact::new("restored", "node", "slot"),
        Fact::new("suspects", "peer", "incarnation"),
        Fact::new("trusts", "peer", "incarnation"),
    ];

    type Config = Config;
    type Workload = Workload;
    type Message = Message;
    type Timer = Timer;
    type Op = Op;
    type Ret = Ret;

    fn boot(config: &Config, id: NodeId, nodes: u16) -> PrimaryBackup {
        let peers = (0..nodes).map(NodeId).filter(|peer| *peer != id);
        PrimaryBackup {
            cluster: Cluster::new(config, nodes),
            id,
            started: LocalTime::default(),
            life: Life::default(),
            watch: Detector::new(config.detector().rule(config.period), peers),
            leaders: BTreeMap::new(),
            seen: View::genesis(),
            highest: 0,
            ballot: Ballot::none(),
            lent: None,
            invited: None,
            is_due: false,
            journal: Journal::new(config),
            store: Store::default(),
            applied: 0,
            committed: 0,
            verified: (0, 0),
            role: Role::Backup,
            own_life: 0,
            incoming: None,
            installed: None,
            inquiries: Inquiries::default(),
            storage: Storage::default(),
            config: config.clone(),
        }
    }

    fn on_start(&mut self, ctx: &mut Ctx<'_>) {
        self.own_life = ctx.rng().next_u64();
        self.started = ctx.now();
        self.ballot = Ballot::recover(ctx);
        self.seen = self.ballot.view.clone();
        self.highest = self.ballot.promised.max(self.seen.epoch);
        self.recover_data(ctx);
        self.keep_quiet(ctx);
        self.watch.start(ctx.now());
        self.set_silence(ctx);
        self.tick(ctx);
        if self.id == NodeId(0) && self.seen.epoch == 0 {
            self.stand(ctx, false);
        }
    }

    fn on_message(&mut self, ctx: &mut Ctx<'_>, from: NodeId, message: Message) {
        match message {
            Message::Beat { stamp, remembered, leads, asks } => {
                self.on_beat(ctx, from, (stamp, remembered), leads, asks);
            }
            Message::Grant(epoch, asks) => self.on_grant(ctx, from, epoch, asks),
            Message::Stand { view, handed } => self.on_stand(ctx, view, handed),
            Message::Claim { epoch, end, asks, handed } => self.on_claim(ctx, from, (epoch, end, asks), handed),
            Message::Vote { epoch, promised, granted } => self.on_vote(ctx, from, epoch, promised, granted),
            Message::Synced(upto) => self.journal.synced(upto),
            Message::Record(view) => self.on_record(ctx, from, view),
            Message::Recorded(epoch, version) => self.on_recorded(ctx, from, (epoch, version)),
            Message::Outdated(epoch) => self.on_outdated(ctx, epoch),
            Message::Append { epoch, probe, life, previous, entries, committed } => {
                self.on_append(ctx, from, (epoch, probe, life), previous, entries, committed);
            }
            Message::Appended { epoch, probe, life, matches, slot } => {
                self.on_appended(ctx, from, (epoch, probe, life), matches, slot);
            }
            Message::Join { life, blank } => self.on_join(ctx, from, life, blank),
            Message::Renew(life) => self.on_renew(ctx, life),
            Message::Install { epoch, life, piece, store, base } => {
                self.on_install(ctx, from, (epoch, life, piece), store, base);
            }
            Message::Installed { epoch, life, piece, stands } => {
                self.on_installed(ctx, from, (epoch, life, piece), stands);
            }
            Message::Inquire(number) => self.on_inquire(ctx, from, number),
            Message::Inquired(number, slot) => self.on_inquired(ctx, number, slot),
            Message::Put { token, number, values } => self.on_put(ctx, from, token, number, &values),
            Message::PutDone(token, number) => self.on_put_done(ctx, token, number),
            Message::Save(position, store) => self.on_save(ctx, from, position, &store),
            Message::Saved(position) => self.on_saved(ctx, position),
            Message::Restore(nonce) => self.on_restore(ctx, from, nonce),
            Message::Restored(nonce, position, store) => self.on_restored(ctx, nonce, position, store),
        }
    }

    fn on_timer(&mut self, ctx: &mut Ctx<'_>, timer: Timer) {
        match timer {
            Timer::Beat => self.tick(ctx),
            Timer::Silence => self.on_silence(ctx),
            Timer::Claim => self.on_claim_due(ctx),
            Timer::LeaseEnd => self.on_lease_end(ctx),
            Timer::GrantEnd => self.watch_primary(ctx),
            Timer::Batch => self.on_batch(ctx),
            Timer::StartedUp => self.on_started_up(ctx),
            Timer::Backup => self.on_backup(ctx),
        }
    }

    fn on_request(&mut self, ctx: &mut Ctx<'_>, request: RequestId, op: Op) {
        match &self.role {
            Role::Primary(lead) if lead.is_serving => self.serve(ctx, request, &op),
            Role::Primary(_) => ctx.refuse(request),
            _ => self.serve_as_backup(ctx, request, &op),
        }
    }

    fn kind(message: &Message) -> &'static str {
        message::kind(message)
    }

    fn size(message: &Message) -> u32 {
        message::size(message)
    }

    fn generate(workload: &Workload, draws: &mut Draws, client: u16, nth: u32) -> Option<Op> {
        Some(workload.draw(draws, client, nth))
    }

    fn contract() -> Option<Contract<Op, Ret>> {
        Some(Contract::of(KeyValue::new()))
    }

    fn validate(config: &Config, nodes: u16) -> Result<(), String> {
        config.validate(nodes)
    }
}

impl PrimaryBackup {
    /// Everything that is done once a period.
    fn tick(&mut self, ctx: &mut Ctx<'_>) {
        self.beat(ctx);
        ctx.set_timer(Timer::Beat, self.config.period);
        if let Role::Primary(_) = self.role {
            self.look_after_members(ctx);
            self.look_after_storage(ctx);
        } else {
            self.watch_primary(ctx);
            self.ask_to_join(ctx);
        }
    }

    fn is_replica(&self) -> bool {
        self.cluster.is_replica(self.id)
    }

    /// Whether `id` may rule after this view.
    fn may_lead(&self, view: &View, id: NodeId) -> bool {
        view.has(id) || self.config.has(Bug::JoinsUnacknowledged) && view.joining.contains(&id)
    }

    /// The lease's length and margin, if there is one.
    fn lease_terms(&self) -> Option<(Span, Span)> {
        match self.config.lease() {
            Lease::Absent => None,
            Lease::Plain { length, margin } | Lease::Fenced { length, margin } => Some((length, margin)),
        }
    }

    /// Whether `since` lies further back than the time-out.
    fn is_long_ago(&self, since: LocalTime, now: LocalTime) -> bool {
        now.since(since) > self.config.timeout
    }
}
