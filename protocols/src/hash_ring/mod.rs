//! Hash ring: data that survives nodes coming and going.
//!
//! Keys are hashed to a circle, the circle is cut into ranges, and each range belongs to a group of nodes in an epoch of
//! its own (`range.rs`). Who should own what follows from who is a member ([`placement`], `layout.rs`); when members change,
//! ranges move to other groups, in bounded chunks, while clients go on reading and writing them (`migration.rs` has the
//! states and why nothing is lost). Any node takes a client's request and coordinates it (`coordinator.rs`).
//!
//! Node 0 is the sequencer (`membership.rs`): it decides who is a member and when a range has changed hands, and carries no
//! data for others.
//!
//! **The contract of `QuorumLinearizable`.** Reads and writes of each key are linearizable, whoever joins, leaves, fails,
//! crashes, stands still or is cut off, and whatever clocks do. A range is served while a read and a write quorum of its
//! group can be reached, but for the moment in which it changes hands (`freeze` to `thaw`). A change of members is carried
//! out once the sequencer and quorums of the groups concerned are there. It holds for disks that keep what they have synced;
//! a crash may lose or tear what was not. A write is tried once: a client that hears nothing does not know what became of it
//! (`attempts: 1`; a later attempt is refused). Tombstones are kept for ever.
//!
//! **The contract of `SloppyEventual`.** A write is acknowledged when so many nodes have it on their disks, owners or those
//! who keep a hint for one; that is nearly always. What was acknowledged is not lost, unless the same key was given a newer
//! version; soon after calm hints are handed over, and with `repair` all owners of a key have the same. Reads may be stale,
//! and of two writes at once one wins, not always the later.
//!
//! **What is recorded.** `owns` and `disowns` (a node may take writes of a range, or no longer), `freeze` and `thaw` (a
//! range stands still, or goes on), `moved` (the bytes that it took), `change` and `changed` (a change of members is
//! decided, or complete), `ring` (for each change the digest of who owns what: as each node works it out, and as the
//! sequencer has carried it out), `thin` (a group of too few nodes), `load` (entries of each member after a change),
//! `holds` or, sloppily, `keeps` (the version of a key here), `promised` (a write is acknowledged), `state("ring")` (a digest
//! of all owners known), `suspects` and `trusts`.
//!
//! **Which placement, how many points, how large a chunk?** `squall sweep scenarios/catalog/hash_ring/compare_*.ron --seeds
//! 0..10` measures it: ten nodes, an eleventh comes and goes. In the first two groups there is one copy of 20,000 entries;
//! in the last three of 4,000, over links of 1 MB/s. *Above mean* is how much more than the mean the fullest node has; the
//! others are the bytes moved in all ten runs and means of the ten: the longest change of members, the longest time that a
//! range stood still, and the 99th percentile of the clients' latency.
//!
//! | `compare_` | above mean | moved | longest change | longest freeze | p99 latency |
//! |---|---|---|---|---|---|
//! | `virtual_nodes_1` | 197 % | 11.0 MB | 364 ms | 13 ms | 25 ms |
//! | `virtual_nodes_10` | 60 % | 9.9 MB | 129 ms | 39 ms | 25 ms |
//! | `virtual_nodes_100` | 16 % | 8.9 MB | 249 ms | 130 ms | 111 ms |
//! | `virtual_nodes_1000` | 6 % | 5.9 MB | 2744 ms | 196 ms | 295 ms |
//! | `placement_ring` | 13 % | 10.2 MB | 95 ms | 35 ms | 26 ms |
//! | `placement_bounded` | 23 % | 13.2 MB | 101 ms | 75 ms | 27 ms |
//! | `placement_rendezvous` | 38 % | 14.3 MB | 115 ms | 48 ms | 29 ms |
//! | `placement_jump` | 29 % | 7.4 MB | 68 ms | 31 ms | 26 ms |
//! | `placement_modulo` | 52 % | 100.5 MB | 671 ms | 205 ms | 223 ms |
//! | `chunk_1` | 62 % | 0.8 MB | 6139 ms | 18 ms | 25 ms |
//! | `chunk_16` | 62 % | 2.9 MB | 669 ms | 19 ms | 25 ms |
//! | `chunk_256` | 62 % | 3.1 MB | 168 ms | 30 ms | 25 ms |
//!
//! A hundred thousand seeds of a preset: `squall sweep scenarios/catalog/hash_ring/chaos.ron --seeds 0..100000`, and the
//! same for `chaos_single`, `chaos_sloppy`, `chaos_sloppy_moving` and `chaos_sloppy_single`.
//!
//! **Planted bugs** ([`Bug`]) and what finds them is listed there.

mod bug;
pub mod config;
mod coordinator;
mod entry;
mod hints;
mod journal;
mod layout;
mod membership;
mod message;
mod migration;
mod node;
pub mod placement;
mod range;
mod repair;
mod replica;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod watch;
mod workload;

use sim_core::check::history::Contract;
use sim_core::check::model::KeyValue;
use sim_core::check::model::key_value::{Ask, Told};
use sim_core::{Context, Draws, Fact, NodeId, Protocol, RequestId};

use message::{ENTRY_BYTES, Message, Timer};
use node::Node;

pub use bug::Bug;
pub use config::Config;
pub use entry::{Entry, Version};
pub use layout::Layout;
pub use message::{Op, Ret};
pub use range::{Cuts, Group, Ownership, RangeId};
pub use workload::Workload;

/// One node.
#[derive(Debug)]
pub struct HashRing {
    node: Node,
}

impl Protocol for HashRing {
    const NAME: &'static str = "hash-ring";
    const ABOUT: &'static str = "a replicated store on a hash ring, whose ranges move when members come and go";
    const FACTS: &'static [Fact] = &[
        Fact::new("suspects", "peer", "incarnation"),
        Fact::new("trusts", "peer", "incarnation"),
        Fact::new("owns", "range", "epoch"),
        Fact::new("disowns", "range", "epoch"),
        Fact::new("freeze", "range", "attempt"),
        Fact::new("thaw", "range", "epoch"),
        Fact::new("moved", "range", "bytes"),
        Fact::new("holds", "(key, epoch)", "version"),
        Fact::new("keeps", "key", "version"),
        Fact::new("promised", "key", "version"),
        Fact::new("change", "change", "()"),
        Fact::new("changed", "change", "()"),
        Fact::new("ring", "change", "digest"),
        Fact::new("state", "\"ring\"", "digest"),
        Fact::new("thin", "range", "nodes"),
        Fact::new("load", "node", "entries"),
    ];

    type Config = Config;
    type Workload = Workload;
    type Message = Message;
    type Timer = Timer;
    type Op = Op;
    type Ret = Ret;

    fn boot(config: &Config, id: NodeId, nodes: u16) -> HashRing {
        HashRing { node: Node::new(config, id, nodes) }
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        self.node.start(ctx);
    }

    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        let node = &mut self.node;
        if !node.awake {
            return;
        }
        match message {
            Message::Beat(stamp) => node.on_beat(ctx, from, stamp),
            Message::Query { ticket, range, ownership, key } => {
                node.on_query(ctx, from, ticket, (range, &ownership), key);
            }
            Message::Held { ticket, entry } => node.on_held(ctx, from, ticket, entry),
            Message::Store { ticket, range, ownership, key, entry } => {
                node.on_store(ctx, from, ticket, (range, &ownership), (key, entry));
            }
            Message::Stored { ticket } => node.on_kept(ctx, from, ticket),
            Message::Behind { range, ownership } => node.on_behind(ctx, range, &ownership),
            Message::Hint { ticket, home, key, entry } => node.on_hint(ctx, from, ticket, home, (key, entry)),
            Message::Hinted { ticket, home } => node.on_kept(ctx, home, ticket),
            Message::Handoff { home, range, ownership, key, entry } => {
                node.on_handoff(ctx, (from, home), (range, &ownership), (key, entry));
            }
            Message::TakenOver { home, key, version } => node.on_taken_over(ctx, home, key, version),
            Message::Compare { range, ownership, digest } => node.on_compare(ctx, from, (range, &ownership), digest),
            Message::Differs { range, ownership, entries, answer } => {
                node.on_differs(ctx, from, (range, &ownership), (entries, answer));
            }
            Message::Move { range, attempt, from, to } => node.on_move(ctx, (range, attempt), from, to),
            Message::Pull { range, attempt, from: seen, after, limit, known, last } => {
                node.on_pull(ctx, from, (range, attempt, &seen), (after, limit), (&known, last));
            }
            Message::Chunk { range, attempt, after, mark, entries, next } => {
                node.on_chunk(ctx, (range, attempt), (after, mark), (entries, next));
            }
            Message::Freeze { range, attempt, from: seen, since } => {
                node.on_freeze(ctx, from, (range, attempt), (&seen, since));
            }
            Message::Frozen { range, attempt, entries } => node.on_frozen(ctx, from, (range, attempt), entries),
            Message::Install { range, attempt, batch, from: seen, entries } => {
                node.on_install(ctx, from, (range, attempt, batch), (&seen, &entries));
            }
            Message::Installed { range, attempt, batch } => node.on_installed(ctx, from, (range, attempt, batch)),
            Message::Finish { range, attempt } => node.on_finish(ctx, from, range, attempt),
            Message::Over { range, attempt, ownership } => node.on_over(ctx, (range, attempt), &ownership),
            Message::Poll { heard, change, frozen, driven } => {
                node.on_poll(ctx, from, (heard, change), &frozen, &driven);
            }
            Message::News { from, commits, roster } => node.on_news(ctx, from, &commits, roster),
        }
    }

    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: Timer) {
        let node = &mut self.node;
        match timer {
            Timer::Awake => node.wake(ctx),
            Timer::Beat => node.beat(ctx),
            Timer::Silence => node.on_silence(ctx),
            Timer::Answers(number) => node.on_answers_due(ctx, number),
            Timer::Driving(range) => node.on_driving_due(ctx, range),
            Timer::Attempt(range, number) => node.on_attempt_due(ctx, range, number),
            Timer::Poll => node.poll(ctx),
            Timer::Repair => node.repair(ctx),
        }
    }

    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, op: Op) {
        if self.node.awake {
            self.node.begin(ctx, request, op);
        }
    }

    fn kind(message: &Message) -> &'static str {
        message.kind()
    }

    fn size(message: &Message) -> u32 {
        64 + ENTRY_BYTES * u32::try_from(message.entries()).unwrap_or(0)
    }

    fn generate(workload: &Workload, draws: &mut Draws, client: u16, nth: u32) -> Option<Op> {
        workload.draw(draws, client, nth)
    }

    fn contract() -> Option<Contract<Op, Ret>> {
        Some(Contract::new(
            KeyValue::<u32, u64>::new(),
            |op| match *op {
                Op::Get(key) => Some(Ask::Get(key)),
                Op::Put(key, value) => Some(Ask::Put(key, value)),
                Op::Delete(key) => Some(Ask::Delete(key)),
                Op::Join(_) | Op::Leave(_) | Op::Fail(_) | Op::Replace(..) => None,
            },
            |ret| match *ret {
                Ret::Value(value) => Some(Told::Value(value)),
                Ret::Done => Some(Told::Done),
                Ret::Decided(_) => None,
            },
        ))
    }

    fn validate(config: &Config, nodes: u16) -> Result<(), String> {
        config.validate(nodes)
    }
}
