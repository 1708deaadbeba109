//! One handler at a time, on the bench: votes, fencing, the log, the leases.

use sim_core::bench::Bench;
use sim_core::check::model::key_value::{Ask, Told};
use sim_core::{Effect, LocalTime, NodeId, Protocol, Span};

use super::{Bug, Config, Entry, Lease, Message, Position, Preset, PrimaryBackup, Promotion, Replication, Timer, View};

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);

fn bench(preset: Preset, id: u16, nodes: u16) -> Bench<PrimaryBackup> {
    let mut bench = Bench::new(&Config::new(preset), NodeId(id), nodes);
    bench.start();
    bench
}

fn sent(effects: &[Effect<PrimaryBackup>]) -> Vec<&Message> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Send(_, message) = effect { Some(message) } else { None })
        .collect()
}

/// Whether a vote was granted.
fn granted(effects: &[Effect<PrimaryBackup>]) -> Option<bool> {
    sent(effects).iter().find_map(|message| match message {
        Message::Vote { granted, .. } => Some(granted.is_some()),
        _ => None,
    })
}

fn claim(epoch: u64, slot: u64) -> Message {
    Message::Claim { epoch, end: Position { epoch: epoch.min(1), slot }, asks: LocalTime(0), handed: false }
}

fn view(epoch: u64, primary: NodeId, members: &[NodeId]) -> View {
    View { epoch, version: 1, primary, members: members.to_vec(), joining: Vec::new() }
}

fn append(epoch: u64, previous: Position, entries: Vec<Entry>) -> Message {
    Message::Append { epoch, probe: 0, life: None, previous, entries, committed: 0 }
}

#[test]
fn an_arbiter_votes_once_an_epoch_and_has_it_on_disk_first() {
    let mut service = bench(Preset::SyncView, 2, 3);
    let effects = service.message(A, claim(1, 0));
    assert_eq!(granted(&effects), Some(true));
    let sync = effects.iter().position(|effect| matches!(effect, Effect::Sync { checked: true, .. })).unwrap();
    let vote = effects.iter().position(|effect| matches!(effect, Effect::Send(_, Message::Vote { .. }))).unwrap();
    assert!(sync < vote, "{effects:?}");
    assert_eq!(granted(&service.message(B, claim(1, 0))), Some(false));
    assert_eq!(granted(&service.message(A, claim(1, 0))), Some(false), "not even to the same candidate");
}

#[test]
fn only_members_are_elected_and_nobody_who_has_nothing() {
    let mut service = bench(Preset::SyncView, 2, 3);
    service.message(A, Message::Record(view(1, A, &[A])));
    assert_eq!(granted(&service.message(B, claim(2, 5))), Some(false), "no member");
    assert_eq!(granted(&service.message(A, claim(3, 0))), Some(false), "has lost its disk");
    assert_eq!(granted(&service.message(A, claim(4, 5))), Some(true));
}

#[test]
fn what_is_noted_of_a_later_epoch_ends_the_earlier_one() {
    let mut service = bench(Preset::SyncView, 2, 3);
    assert!(matches!(sent(&service.message(B, Message::Record(view(3, B, &[B]))))[..], [Message::Recorded(3, 1)]));
    assert!(matches!(sent(&service.message(A, Message::Record(view(2, A, &[A]))))[..], [Message::Outdated(3)]));
}

#[test]
fn a_storage_refuses_an_earlier_token() {
    let put = |token, number| Message::Put { token, number, values: vec![(1, Some(token))] };
    for (bugs, refused) in [(vec![], true), (vec![Bug::TokenUnchecked], false)] {
        let config = Config { bugs, ..Config::new(Preset::SyncWitnessFenced) };
        let mut storage = Bench::<PrimaryBackup>::new(&config, NodeId(3), 4);
        storage.start();
        assert!(matches!(sent(&storage.message(A, put(1, 1)))[..], [Message::PutDone(1, 1)]));
        assert!(matches!(sent(&storage.message(B, put(2, 1)))[..], [Message::PutDone(2, 1)]));
        let answer = storage.message(A, put(1, 2));
        assert_eq!(matches!(sent(&answer)[..], [Message::Outdated(2)]), refused, "{answer:?}");
        assert!(matches!(sent(&storage.message(B, put(2, 3)))[..], [Message::PutDone(2, 1)]), "a gap is not filled");
    }
}

/// The first primary of a group without votes.
fn primary() -> Bench<PrimaryBackup> {
    bench(Preset::AsyncTimeout, 0, 2)
}

#[test]
fn a_retry_is_answered_and_not_applied_again() {
    let mut bench = primary();
    let effects = bench.request(Ask::Put(1, 10));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Reply(_, Told::Done))), "{effects:?}");
    let request = effects.iter().find_map(|effect| match effect {
        Effect::Reply(request, _) => Some(*request),
        _ => None,
    });
    assert_eq!(bench.state.store.told((0, 0)), Some(&Told::Done));
    assert_eq!(request.map(|request| (request.client, request.operation)), Some((0, 0)));
    let told = bench.request(Ask::Get(1));
    assert!(told.iter().any(|effect| matches!(effect, Effect::Reply(_, Told::Value(Some(10))))));
}

#[test]
fn a_blank_replica_asks_for_a_snapshot_and_takes_no_entries() {
    let mut backup = bench(Preset::SyncView, 1, 3);
    let entry = Entry { epoch: 1, asked: None };
    let answer = backup.message(A, append(1, Position::default(), vec![entry]));
    assert!(sent(&answer).iter().any(|message| matches!(message, Message::Join { blank: true, .. })), "{answer:?}");
}

#[test]
fn a_snapshot_is_an_answer_to_this_life() {
    let mut backup = bench(Preset::SyncView, 1, 3);
    let life = backup.state.own_life;
    let base = Some(Position { epoch: 1, slot: 4 });
    let install = |life| Message::Install { epoch: 1, life, piece: 0, store: Default::default(), base };
    assert!(backup.message(A, install(life ^ 1)).is_empty());
    let answer = backup.message(A, install(life));
    assert!(sent(&answer).iter().any(|message| matches!(message, Message::Installed { stands: Some(4), .. })));
    let entry = || Entry { epoch: 1, asked: Some(((0, 0), Ask::Put(1, 10))) };
    let slots = |effects: &[Effect<PrimaryBackup>]| {
        sent(effects).iter().find_map(|message| match message {
            Message::Appended { matches, slot, .. } => Some((*matches, *slot)),
            _ => None,
        })
    };
    let gap = append(1, Position { epoch: 1, slot: 6 }, vec![entry()]);
    assert_eq!(slots(&backup.message(A, gap)), Some((false, 4)), "slots 5 and 6 are missing");
    let next = append(1, Position { epoch: 1, slot: 4 }, vec![entry()]);
    assert_eq!(slots(&backup.message(A, next)), Some((true, 5)));
    let late = append(0, Position { epoch: 1, slot: 5 }, vec![entry()]);
    assert!(matches!(sent(&backup.message(A, late))[..], [Message::Outdated(1)]), "an earlier epoch");
}

#[test]
fn a_lease_ends_its_margin_before_it_is_granted_away() {
    let lease = Lease::Plain { length: Span::from_secs(1), margin: Span::from_millis(100) };
    let config =
        Config { lease: Some(lease), promotion: Some(Promotion::ViewService), ..Config::new(Preset::SyncView) };
    let mut holder = Bench::<PrimaryBackup>::new(&config, A, 3);
    let effects = holder.start();
    let asks = sent(&effects).iter().find_map(|message| match message {
        Message::Claim { asks, .. } => Some(*asks),
        _ => None,
    });
    let vote = super::Granted { view: View::genesis(), end: None, asks: asks.unwrap() };
    let won = holder.message(NodeId(2), Message::Vote { epoch: 1, promised: 1, granted: Some(vote) });
    let ends = won.iter().find_map(|effect| match effect {
        Effect::SetTimer(Timer::LeaseEnd, after) => Some(*after),
        _ => None,
    });
    assert_eq!(ends, Some(Span::from_millis(900)));
    assert!(holder.state.holds_lease(LocalTime(899_999_999)) && !holder.state.holds_lease(LocalTime(900_000_000)));
}

#[test]
fn configs_that_make_no_sense_are_refused_with_the_reason() {
    let refused = |config: &Config, nodes| PrimaryBackup::validate(config, nodes).unwrap_err();
    let preset = Config::new;
    assert!(refused(&preset(Preset::SyncView), 1).contains("none is left for data"));
    assert!(refused(&preset(Preset::SyncWitnessFenced), 2).contains("none is left for data"));
    let lease = Some(Lease::Plain { length: Span::from_secs(1), margin: Span::ZERO });
    assert!(refused(&Config { lease, ..preset(Preset::AsyncTimeout) }, 2).contains("somebody who grants it"));
    let nobody = Some(Replication::SemiSync(0));
    assert!(refused(&Config { replication: nobody, ..preset(Preset::SyncView) }, 3).contains("waits for nobody"));
    for (preset, nodes) in [(Preset::AsyncTimeout, 1), (Preset::SyncView, 2), (Preset::SyncWitnessFenced, 3)] {
        assert_eq!(PrimaryBackup::validate(&Config::new(preset), nodes), Ok(()));
    }
}
