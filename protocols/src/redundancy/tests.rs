//! One handler at a time, on the bench: what the switch and a unit ask for.

use sim_core::bench::Bench;
use sim_core::check::model::counter::{Ask, Told};
use sim_core::{Effect, NodeId, Protocol, Span};

use super::message::SWITCH;
use super::{Bug, Config, Message, Order, Redundancy, Standby, State, Timer};
use crate::heartbeat::Stamp;

const A: NodeId = NodeId(1);
const B: NodeId = NodeId(2);
const C: NodeId = NodeId(3);

fn config(standby: Standby) -> Config {
    Config {
        standby,
        probe: Span::from_millis(100),
        timeout: Span::from_millis(500),
        failover: Span::from_millis(200),
        again: Span::from_millis(100),
        bugs: Vec::new(),
    }
}

fn switch(standby: Standby) -> Bench<Redundancy> {
    let mut bench = Bench::new(&config(standby), SWITCH, 4);
    bench.start();
    bench
}

fn unit(standby: Standby, bugs: &[Bug]) -> Bench<Redundancy> {
    Bench::new(&Config { bugs: bugs.to_vec(), ..config(standby) }, A, 4)
}

fn alive(sequence: u64, upto: Option<u64>, term: u64) -> Message {
    Message::Alive { stamp: Stamp { incarnation: 0, sequence }, upto, term }
}

fn start(upto: u64, total: i64, orders: &[u64]) -> Message {
    let orders = orders.iter().map(|number| Order { number: *number, ask: Ask::Add(1) }).collect();
    Message::Start { state: State { upto, total }, orders }
}

fn order(number: u64) -> Message {
    Message::Do(Order { number, ask: Ask::Add(1) })
}

fn done(number: u64, total: i64) -> Message {
    Message::Done { number, total }
}

/// What is sent, and to whom.
fn sent(effects: &[Effect<Redundancy>]) -> Vec<(NodeId, Message)> {
    let send = |effect: &Effect<Redundancy>| match effect {
        Effect::Send(to, message) => Some((*to, message.clone())),
        _ => None,
    };
    effects.iter().filter_map(send).collect()
}

/// What a unit sends back, probes apart.
fn results(effects: &[Effect<Redundancy>]) -> Vec<Message> {
    sent(effects).into_iter().map(|(_, message)| message).filter(|message| message.kind() == "Done").collect()
}

fn replies(effects: &[Effect<Redundancy>]) -> Vec<Told> {
    effects.iter().filter_map(|effect| if let Effect::Reply(_, told) = effect { Some(*told) } else { None }).collect()
}

fn recorded(effects: &[Effect<Redundancy>]) -> Vec<&'static str> {
    let name = |effect: &Effect<Redundancy>| match effect {
        Effect::Record(fact, ..) => Some(Redundancy::FACTS[*fact].name),
        _ => None,
    };
    effects.iter().filter_map(name).collect()
}

/// Who is sent orders.
fn ordered(effects: &[Effect<Redundancy>]) -> Vec<NodeId> {
    sent(effects).into_iter().filter(|(_, message)| message.kind() == "Do").map(|(to, _)| to).collect()
}

#[test]
fn a_unit_works_in_order_and_each_number_once() {
    let mut unit = unit(Standby::Hot, &[]);
    assert!(results(&unit.message(SWITCH, order(1))).is_empty(), "it has no state yet");
    assert_eq!(results(&unit.message(SWITCH, start(4, 40, &[5]))), [done(5, 41)]);
    assert!(results(&unit.message(SWITCH, order(7))).is_empty(), "6 is missing");
    assert_eq!(results(&unit.message(SWITCH, order(6))), [done(6, 42), done(7, 43)]);
    let again = unit.message(SWITCH, order(6));
    assert_eq!((results(&again), recorded(&again)), (vec![done(6, 42)], vec![]), "it answers, and does nothing");
}

#[test]
fn an_old_start_changes_nothing() {
    for (bugs, twice) in [(vec![], false), (vec![Bug::StartNotIdempotent], true)] {
        let mut unit = unit(Standby::Cold, &bugs);
        unit.message(SWITCH, start(4, 40, &[5, 6]));
        let again = unit.message(SWITCH, start(4, 40, &[5, 6]));
        assert_eq!(results(&again), [done(5, 41), done(6, 42)]);
        assert_eq!(recorded(&again).contains(&"performs"), twice, "{bugs:?}");
    }
}

#[test]
fn who_is_not_resynchronised_has_the_wrong_total() {
    let mut unit = unit(Standby::Hot, &[Bug::NotResynchronised]);
    assert_eq!(results(&unit.message(SWITCH, start(40, 40, &[41]))), [done(41, 1)]);
}

#[test]
fn a_sick_unit_looks_well() {
    let mut unit = unit(Standby::Active { agree: 1 }, &[]);
    assert_eq!(recorded(&unit.message(SWITCH, start(0, 0, &[]))), ["serves"]);
    assert_eq!(recorded(&unit.fault("sick", true)), ["halts"]);
    assert!(results(&unit.message(SWITCH, order(1))).is_empty());
    assert_eq!(sent(&unit.message(SWITCH, Message::Probe(Stamp::default()))).len(), 1);
    assert_eq!(recorded(&unit.fault("sick", false)), ["serves"]);
}

#[test]
fn a_lead_that_was_taken_back_is_none() {
    let mut unit = unit(Standby::Hot, &[]);
    unit.message(SWITCH, start(0, 0, &[]));
    assert_eq!(recorded(&unit.message(SWITCH, Message::Lead(1))), ["serves"]);
    assert_eq!(recorded(&unit.message(SWITCH, Message::Rest(2))), ["halts"]);
    assert!(unit.message(SWITCH, Message::Lead(2)).is_empty(), "it was long on its way");
    assert_eq!(recorded(&unit.message(SWITCH, Message::Lead(3))), ["serves"]);
}

#[test]
fn orders_go_to_all_or_to_the_leader() {
    let to = |standby| {
        let mut bench = switch(standby);
        [A, B, C].iter().for_each(|id| drop(bench.message(*id, alive(1, Some(0), 0))));
        ordered(&bench.request(Ask::Read))
    };
    assert_eq!(to(Standby::Active { agree: 2 }), [A, B, C]);
    assert_eq!(to(Standby::Hot), [A, B, C]);
    assert_eq!(to(Standby::Cold), [A]);
}

#[test]
fn the_answer_of_the_leader_or_of_as_many_as_agree_counts() {
    let told = |standby, answers: &[(NodeId, i64)]| {
        let mut bench = switch(standby);
        [A, B, C].iter().for_each(|id| drop(bench.message(*id, alive(1, Some(0), 0))));
        bench.request(Ask::Add(1));
        answers.iter().flat_map(|(from, total)| replies(&bench.message(*from, done(1, *total)))).collect::<Vec<_>>()
    };
    assert_eq!(told(Standby::Hot, &[(B, 1), (A, 1), (C, 1)]).len(), 1);
    assert!(told(Standby::Hot, &[(B, 1), (C, 1)]).is_empty());
    let voted = Standby::Active { agree: 2 };
    assert_eq!(told(voted, &[(A, 9), (B, 1), (C, 1)]), [Told::Value(1)]);
    assert!(told(voted, &[(A, 9), (B, 1), (C, 8)]).is_empty());
}

#[test]
fn a_failover_goes_to_the_unit_that_is_up_to_date() {
    let mut bench = switch(Standby::Hot);
    bench.message(B, alive(1, None, 0));
    bench.message(C, alive(1, Some(0), 0));
    bench.advance(Span::from_millis(400));
    bench.message(B, alive(2, None, 0));
    bench.message(C, alive(2, Some(0), 0));
    bench.advance(Span::from_millis(100));
    assert_eq!(recorded(&bench.timer(Timer::Silence)), ["suspects"]);
    assert!(bench.request(Ask::Read).iter().any(|effect| matches!(effect, Effect::Refuse(_))), "nobody leads");
    let promoted = bench.timer(Timer::Failover);
    assert_eq!(recorded(&promoted), ["promoted"]);
    assert_eq!(sent(&promoted), [(C, start(0, 0, &[])), (C, Message::Lead(2))]);
}

#[test]
fn a_unit_that_has_forgotten_everything_is_started_anew_and_no_longer_leads() {
    let mut bench = switch(Standby::Hot);
    [A, B, C].iter().for_each(|id| drop(bench.message(*id, alive(1, Some(0), 0))));
    let back = bench.message(A, alive(2, None, 0));
    assert!(sent(&back).contains(&(A, start(0, 0, &[]))));
    assert_eq!(recorded(&bench.timer(Timer::Failover)), ["promoted"]);
    let rests = bench.message(A, alive(3, Some(0), 1));
    assert_eq!(sent(&rests), [(A, Message::Rest(2))]);
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let refused = |change: fn(&mut Config), nodes: u16, word: &str| {
        let mut config = config(Standby::Active { agree: 2 });
        change(&mut config);
        let reason = Redundancy::validate(&config, nodes).expect_err(word);
        assert!(reason.contains(word), "{reason}");
    };
    refused(|_| (), 1, "no unit");
    refused(|config| config.standby = Standby::Active { agree: 4 }, 4, "agree");
    refused(|config| config.standby = Standby::Active { agree: 0 }, 4, "agree");
    refused(|config| config.probe = Span::ZERO, 4, "probe");
    refused(|config| config.timeout = config.probe, 4, "timeout");
    assert_eq!(Redundancy::validate(&config(Standby::Cold), 2), Ok(()));
}
