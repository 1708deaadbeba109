//! One handler at a time, on the bench: what an owner, a coordinator and the sequencer ask for.

use sim_core::bench::Bench;
use sim_core::{Effect, NodeId, Protocol, Span};

use super::config::{Config, Promise, Scheme};
use super::entry::{Entry, Version};
use super::message::{Message, Op, Ret, Ticket, Timer};
use super::range::{Ownership, RangeId};
use super::{Bug, HashRing};

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);
const C: NodeId = NodeId(2);
const RANGE: RangeId = RangeId(0);
const TICKET: Ticket = Ticket { life: 1, number: 1, step: 0 };

/// Three nodes that all keep the only range there is; a fourth that does not.
fn config() -> Config {
    Config {
        promise: Promise::QuorumLinearizable,
        placement: Scheme::Jump,
        slices: 1,
        replicas: 3,
        read: 2,
        write: 2,
        members: vec![0, 1, 2],
        domains: Vec::new(),
        hash_bits: 64,
        chunk: 2,
        lanes: 4,
        retry: Span::from_millis(50),
        patience: Span::from_secs(1),
        gossip: Span::from_millis(200),
        detection: None,
        repair: None,
        ballast: 0,
        bugs: Vec::new(),
    }
}

fn node(id: NodeId) -> Bench<HashRing> {
    let mut bench = Bench::new(&config(), id, 4);
    bench.start();
    bench
}

/// The process ends, and another one finds its disk.
fn restart(bench: &mut Bench<HashRing>, id: NodeId) {
    bench.state = HashRing::boot(&config(), id, 4);
    bench.start();
}

fn group(epoch: u32, nodes: &[u16]) -> Ownership {
    Ownership { epoch, group: nodes.iter().copied().map(NodeId).collect() }
}

fn first() -> Ownership {
    group(1, &[0, 1, 2])
}

fn entry(sequence: u64, value: u64) -> Entry {
    Entry { version: Version { epoch: 1, sequence, ..Version::default() }, value: Some(value) }
}

fn sent(effects: &[Effect<HashRing>]) -> Vec<(NodeId, Message)> {
    let send = |effect: &Effect<HashRing>| match effect {
        Effect::Send(to, message) => Some((*to, message.clone())),
        _ => None,
    };
    effects.iter().filter_map(send).collect()
}

fn kinds(effects: &[Effect<HashRing>]) -> Vec<(NodeId, &'static str)> {
    sent(effects).iter().map(|(to, message)| (*to, message.kind())).collect()
}

fn store(sequence: u64, value: u64, ownership: Ownership) -> Message {
    Message::Store { ticket: TICKET, range: RANGE, ownership, key: 7, entry: entry(sequence, value) }
}

fn query(ownership: Ownership) -> Message {
    Message::Query { ticket: TICKET, range: RANGE, ownership, key: 7 }
}

fn freeze(attempt: u64) -> Message {
    Message::Freeze { range: RANGE, attempt, from: first(), since: None }
}

fn over(attempt: u64, ownership: Ownership) -> Message {
    Message::Over { range: RANGE, attempt, ownership }
}

fn held(effects: &[Effect<HashRing>]) -> Option<u64> {
    sent(effects).iter().find_map(|(_, message)| match message {
        Message::Held { entry, .. } => entry.and_then(|entry| entry.value),
        _ => None,
    })
}

#[test]
fn an_owner_acknowledges_behind_the_sync_and_remembers() {
    let mut bench = node(B);
    let effects = bench.message(A, store(1, 10, first()));
    let sync = effects.iter().position(|effect| matches!(effect, Effect::Sync { .. })).expect("a sync");
    let answer = effects.iter().position(|effect| matches!(effect, Effect::Send(A, Message::Stored { .. })));
    assert!(answer.is_some_and(|answer| sync < answer), "{effects:?}");
    restart(&mut bench, B);
    assert_eq!(held(&bench.message(A, query(first()))), Some(10));
}

#[test]
fn what_is_older_is_acknowledged_and_not_kept() {
    let mut bench = node(B);
    bench.message(A, store(2, 20, first()));
    assert_eq!(kinds(&bench.message(A, store(1, 10, first()))), [(A, "Stored")]);
    assert_eq!(held(&bench.message(A, query(first()))), Some(20));
}

#[test]
fn who_is_behind_is_told_and_who_is_ahead_is_believed() {
    let mut bench = node(B);
    bench.message(A, store(1, 10, first()));
    let second = group(2, &[0, 2, 3]);
    assert_eq!(kinds(&bench.message(A, query(second.clone()))), [], "no owner any more");
    let effects = bench.message(A, query(first()));
    assert_eq!(sent(&effects), [(A, Message::Behind { range: RANGE, ownership: second })]);
    restart(&mut bench, B);
    let third = group(3, &[0, 1, 2]);
    assert_eq!(held(&bench.message(A, query(third))), None, "what it had, it had to forget");
}

#[test]
fn a_range_that_stands_still_stands_still_after_a_crash_too() {
    let mut bench = node(B);
    bench.message(A, store(1, 10, first()));
    assert!(
        matches!(&sent(&bench.message(C, freeze(5)))[..], [(C, Message::Frozen { entries, .. })] if entries.len() == 1)
    );
    assert_eq!(kinds(&bench.message(A, query(first()))), []);
    restart(&mut bench, B);
    assert_eq!(kinds(&bench.message(A, query(first()))), []);
    assert_eq!(kinds(&bench.message(A, store(2, 20, first()))), []);
}

#[test]
fn an_abort_lets_a_range_go_on_unless_a_later_attempt_holds_it() {
    let mut bench = node(B);
    bench.message(C, freeze(5));
    bench.message(A, over(4, first()));
    assert_eq!(kinds(&bench.message(A, query(first()))), []);
    bench.message(A, over(5, first()));
    assert_eq!(kinds(&bench.message(A, query(first()))), [(A, "Held")]);
    restart(&mut bench, B);
    assert_eq!(kinds(&bench.message(A, query(first()))), [(A, "Held")]);
}

#[test]
fn who_stands_still_for_an_attempt_that_was_committed_does_not_go_on() {
    let mut bench = node(B);
    bench.message(C, freeze(5));
    bench.message(A, over(5, group(2, &[0, 2, 3])));
    assert_eq!(kinds(&bench.message(A, query(first()))), [(A, "Behind")]);
}

#[test]
fn a_write_is_on_the_disk_as_taken_before_anybody_is_asked() {
    let mut bench = node(B);
    let before = bench.disk().length("journal");
    let effects = bench.request(Op::Put(7, 1));
    assert!(bench.disk().length("journal") > before);
    assert!(matches!(effects[0], Effect::Sync { .. }), "{effects:?}");
    assert_eq!(kinds(&effects), [(A, "Query"), (B, "Query"), (C, "Query")]);
    assert_eq!(kinds(&bench.request(Op::Get(7))), [(A, "Query"), (B, "Query"), (C, "Query")]);
}

#[test]
fn a_read_whose_write_quorum_agrees_is_done_at_once_and_another_writes_back() {
    let answer =
        |bench: &mut Bench<HashRing>, from, entry| bench.message(from, Message::Held { ticket: TICKET, entry });
    let mut bench = node(A);
    bench.request(Op::Get(7));
    assert!(answer(&mut bench, B, Some(entry(3, 30))).is_empty());
    assert!(answer(&mut bench, B, Some(entry(3, 30))).is_empty(), "a copy is no second answer");
    let effects = answer(&mut bench, C, Some(entry(3, 30)));
    assert!(matches!(effects[0], Effect::Reply(_, Ret::Value(Some(30)))), "{effects:?}");

    let mut bench = node(A);
    bench.request(Op::Get(7));
    answer(&mut bench, B, Some(entry(3, 30)));
    let effects = answer(&mut bench, C, None);
    assert_eq!(kinds(&effects), [(A, "Store"), (B, "Store"), (C, "Store")]);
    let stored = |step| Message::Stored { ticket: Ticket { step, ..TICKET } };
    assert!(bench.message(B, stored(0)).is_empty(), "an answer to another step");
    bench.message(B, stored(1));
    let effects = bench.message(C, stored(1));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reply(_, Ret::Value(Some(30))))), "{effects:?}");
}

#[test]
fn a_step_begins_anew_when_its_range_changes_hands() {
    let mut bench = node(A);
    bench.request(Op::Put(7, 1));
    let effects = bench.message(B, Message::Behind { range: RANGE, ownership: group(2, &[0, 2, 3]) });
    assert_eq!(kinds(&effects), [(A, "Query"), (C, "Query"), (NodeId(3), "Query")]);
    let held = |step| Message::Held { ticket: Ticket { step, ..TICKET }, entry: None };
    assert!(bench.message(C, held(0)).is_empty() && bench.message(A, held(0)).is_empty());
    bench.message(C, held(1));
    assert_eq!(kinds(&bench.message(A, held(1))).len(), 3);
}

#[test]
fn the_sequencer_alone_decides_and_commits_only_what_it_has_not_given_up() {
    assert!(matches!(node(B).request(Op::Join(3))[..], [Effect::Redirect(_, A)]));
    let mut bench = node(A);
    let refused = bench.request(Op::Leave(1));
    assert!(matches!(refused[..], [Effect::Refuse(_)]), "two are too few for three replicas");
    let effects = bench.request(Op::Replace(1, 3));
    let to: super::Group = [0, 2, 3].map(NodeId).into();
    let moves = sent(&effects);
    assert_eq!(moves, [(NodeId(3), Message::Move { range: RANGE, attempt: 1, from: first(), to })]);
    bench.advance(Span::from_secs(1));
    let given_up = kinds(&bench.timer(Timer::Attempt(RANGE, 1)));
    assert_eq!(given_up.iter().filter(|(_, kind)| *kind == "Over").count(), 4);
    let late = bench.message(NodeId(3), Message::Finish { range: RANGE, attempt: 1 });
    assert_eq!(kinds(&late), [(NodeId(3), "Over")]);
    let done = bench.message(NodeId(3), Message::Finish { range: RANGE, attempt: 2 });
    let news = |effect: &Effect<HashRing>| matches!(effect, Effect::Broadcast(Message::News { .. }));
    assert!(done.iter().any(news), "{done:?}");
}

#[test]
fn a_chunk_is_bounded_and_leaves_out_what_is_known() {
    let mut bench = node(B);
    for key in 0..5 {
        let entry = entry(1, u64::from(key));
        bench.message(A, Message::Store { ticket: TICKET, range: RANGE, ownership: first(), key, entry });
    }
    let mut pull = |after, known: &[u32], last| {
        let known = known.iter().map(|key| (*key, entry(1, 0).version)).collect();
        let message = Message::Pull { range: RANGE, attempt: 1, from: first(), after, limit: 2, known, last };
        match sent(&bench.message(C, message)).pop() {
            Some((C, Message::Chunk { entries, next, .. })) => {
                (entries.iter().map(|(key, _)| *key).collect::<Vec<_>>(), next)
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(pull(None, &[], None), (vec![0, 1], Some(1)));
    assert_eq!(pull(Some(1), &[], None), (vec![2, 3], Some(3)));
    assert_eq!(pull(Some(3), &[], None), (vec![4], None));
    assert_eq!(pull(None, &[0, 1, 2, 4], None), (vec![3], None));
    assert_eq!(pull(None, &[0, 1], Some(1)), (vec![], Some(1)), "behind the last key that is known, it asks again");
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let refused = |change: fn(&mut Config), word: &str| {
        let mut config = config();
        change(&mut config);
        let reason = HashRing::validate(&config, 4).expect_err(word);
        assert!(reason.contains(word), "{reason}");
    };
    refused(|config| config.replicas = 0, "replicas");
    refused(|config| config.read = 4, "read");
    refused(|config| config.write = 1, "more than");
    refused(|config| config.members = vec![0, 1, 4], "4 nodes");
    refused(|config| config.members = vec![0, 1, 1], "twice");
    refused(|config| config.members = vec![0, 1], "distinct");
    refused(|config| config.placement = Scheme::Ring { virtual_nodes: 0 }, "virtual_nodes");
    refused(|config| config.slices = 0, "slices");
    refused(|config| config.hash_bits = 65, "hash_bits");
    refused(|config| config.retry = Span::ZERO, "retry");
    refused(|config| config.patience = Span::ZERO, "patience");
    assert_eq!(HashRing::validate(&config(), 4), Ok(()));
    let sloppy = Config { promise: Promise::SloppyEventual, read: 1, write: 1, ..config() };
    assert_eq!(HashRing::validate(&sloppy, 4), Ok(()));
    assert!(!sloppy.has(Bug::NoLastDelta));
}
