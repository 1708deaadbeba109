//! The handlers on a bench: no simulation, no network.

use sim_core::bench::Bench;
use sim_core::time::SignedSpan;
use sim_core::{Effect, Value};

use super::*;

const ME: NodeId = NodeId(0);
const PEER: NodeId = NodeId(1);
const OTHER: NodeId = NodeId(2);
const PERIOD: Span = Span::from_millis(100);
const TIMEOUT: Span = Span::from_millis(350);

fn config(bugs: &[Bug]) -> Config {
    Config {
        period: PERIOD,
        detector: None,
        timeout: Some(TIMEOUT),
        answers: Answers::All,
        load: None,
        bugs: bugs.to_vec(),
    }
}

fn started(bugs: &[Bug]) -> Bench<Heartbeat> {
    let mut bench = Bench::new(&config(bugs), ME, 3);
    bench.start();
    bench
}

fn stamp(incarnation: u32, sequence: u64) -> Stamp {
    Stamp { incarnation, sequence }
}

/// What was recorded, as `suspects n1 0`.
fn recorded(effects: &[Effect<Heartbeat>]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Record(fact, said) => Some(format!("{} {} {}", Heartbeat::FACTS[*fact].name, said.0, said.1)),
            _ => None,
        })
        .collect()
}

/// What was sent, `None` being everybody.
fn sent(effects: &[Effect<Heartbeat>]) -> Vec<(Option<NodeId>, Message)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(to, message) => Some((Some(*to), message.clone())),
            Effect::Broadcast(message) => Some((None, message.clone())),
            _ => None,
        })
        .collect()
}

fn timers(effects: &[Effect<Heartbeat>]) -> Vec<(Timer, Span)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::SetTimer(timer, after) => Some((*timer, *after)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_node_starts_with_a_beat_and_trusts_everybody() {
    let effects = Bench::<Heartbeat>::new(&config(&[]), ME, 3).start();
    assert_eq!(sent(&effects), [(None, Message::Beat(stamp(0, 1)))]);
    assert_eq!(timers(&effects), [(Timer::Silence, TIMEOUT), (Timer::Beat, PERIOD)]);
    assert!(recorded(&effects).is_empty());
}

#[test]
fn a_beat_is_answered_and_beats_go_on() {
    let mut bench = started(&[]);
    let effects = bench.message(PEER, Message::Beat(stamp(0, 1)));
    let ack = Message::Ack { stamp: stamp(0, 2), remembered: stamp(0, 1) };
    assert_eq!(sent(&effects), [(Some(PEER), ack)]);
    let effects = bench.timer(Timer::Beat);
    assert_eq!(sent(&effects), [(None, Message::Beat(stamp(0, 3)))]);
    assert_eq!(timers(&effects), [(Timer::Beat, PERIOD)]);
}

#[test]
fn silence_is_suspected_and_a_beat_or_an_answer_withdraws_it() {
    let mut bench = started(&[]);
    bench.advance(TIMEOUT);
    assert_eq!(recorded(&bench.timer(Timer::Silence)), ["suspects n1 0", "suspects n2 0"]);
    let effects = bench.message(PEER, Message::Beat(stamp(1, 9)));
    assert_eq!(recorded(&effects), ["trusts n1 1"]);
    assert_eq!(timers(&effects), [(Timer::Silence, TIMEOUT)]);
    let ack = Message::Ack { stamp: stamp(0, 4), remembered: stamp(0, 1) };
    assert_eq!(recorded(&bench.message(OTHER, ack)), ["trusts n2 0"]);
}

#[test]
fn the_silence_timer_waits_for_the_one_who_was_heard_first() {
    let mut bench = started(&[]);
    bench.advance(Span::from_millis(60));
    assert!(timers(&bench.message(OTHER, Message::Beat(stamp(0, 1)))).is_empty());
    bench.advance(Span::from_millis(40));
    assert!(timers(&bench.message(PEER, Message::Beat(stamp(0, 1)))).is_empty());
    bench.advance(TIMEOUT - Span::from_millis(100));
    let effects = bench.timer(Timer::Silence);
    assert!(recorded(&effects).is_empty());
    assert_eq!(timers(&effects), [(Timer::Silence, Span::from_millis(60))]);
}

#[test]
fn a_restarted_node_learns_that_it_has_lived_before() {
    let mut bench = started(&[]);
    let effects = bench.message(PEER, Message::Ack { stamp: stamp(0, 70), remembered: stamp(0, 99) });
    assert_eq!(sent(&effects), [(None, Message::Beat(stamp(1, 1)))], "it says so at once");
    let effects = bench.message(OTHER, Message::Ack { stamp: stamp(0, 70), remembered: stamp(0, 98) });
    assert!(sent(&effects).is_empty(), "once is enough");
}

#[test]
fn who_has_lived_before_is_told_and_not_believed() {
    let mut bench = started(&[]);
    bench.message(PEER, Message::Beat(stamp(0, 50)));
    bench.advance(TIMEOUT);
    bench.timer(Timer::Silence);
    let effects = bench.message(PEER, Message::Beat(stamp(0, 1)));
    assert!(recorded(&effects).is_empty());
    let ack = Message::Ack { stamp: stamp(0, 3), remembered: stamp(0, 50) };
    assert_eq!(sent(&effects), [(Some(PEER), ack)]);
    assert_eq!(recorded(&bench.message(PEER, Message::Beat(stamp(1, 1)))), ["trusts n1 1"]);
}

#[test]
fn a_step_of_the_wall_clock_changes_nothing() {
    let mut bench = started(&[]);
    bench.advance(Span::from_millis(10));
    bench.step_wall_clock(SignedSpan(3_600_000_000_000));
    assert!(recorded(&bench.timer(Timer::Silence)).is_empty());
}

#[test]
fn h1_a_step_of_the_wall_clock_is_taken_for_silence() {
    let mut bench = started(&[Bug::WallClockTimeout]);
    bench.advance(Span::from_millis(10));
    assert!(recorded(&bench.timer(Timer::Silence)).is_empty());
    bench.step_wall_clock(SignedSpan(3_600_000_000_000));
    assert_eq!(recorded(&bench.timer(Timer::Silence)), ["suspects n1 0", "suspects n2 0"]);
}

#[test]
fn h4_a_restarted_node_keeps_its_incarnation() {
    let mut bench = started(&[Bug::IncarnationNotBumped]);
    let effects = bench.message(PEER, Message::Ack { stamp: stamp(0, 70), remembered: stamp(0, 99) });
    assert!(sent(&effects).is_empty());
    assert_eq!(sent(&bench.timer(Timer::Beat)), [(None, Message::Beat(stamp(0, 2)))]);
}

#[test]
fn facts_name_the_peer_as_a_node() {
    let mut bench = started(&[]);
    bench.advance(TIMEOUT);
    let effects = bench.timer(Timer::Silence);
    let recorded = matches!(&effects[0], Effect::Record(0, said) if **said == (Value::Node(PEER), Value::Int(0)));
    assert!(recorded, "{effects:?}");
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let refused = |period, timeout| {
        let config = Config { period, timeout: Some(timeout), ..config(&[]) };
        Heartbeat::validate(&config, 3).expect_err("such a config makes no sense")
    };
    assert!(refused(Span::ZERO, TIMEOUT).contains("`period` is 0s"));
    assert!(refused(PERIOD, PERIOD).contains("`timeout` (100ms) must exceed `period` (100ms)"));
    assert_eq!(Heartbeat::validate(&config(&[]), 1), Ok(()), "a node alone has nobody to suspect");
}

fn with(detector: Method, answers: Answers) -> Config {
    Config { detector: Some(detector), timeout: None, answers, ..config(&[]) }
}

#[test]
fn a_detector_is_named_once() {
    let neither = Config { timeout: None, ..config(&[]) };
    let both = Config { detector: Some(Method::FixedTimeout(TIMEOUT)), ..config(&[]) };
    for config in [neither, both] {
        assert!(Heartbeat::validate(&config, 3).is_err_and(|error| error.contains("one of `timeout` and `detector`")));
    }
    let unanswered = with(Method::RequestTimeout(PERIOD), Answers::Forgotten);
    assert!(Heartbeat::validate(&unanswered, 3).is_err_and(|error| error.contains("waits for answers")));
}

#[test]
fn a_dated_beat_is_fresh_for_a_period_and_the_slack_from_its_sending() {
    let slack = Span::from_millis(30);
    let mut bench = Bench::<Heartbeat>::new(&with(Method::NfdS { slack }, Answers::Forgotten), ME, 2);
    let first = sent(&bench.start());
    let [(None, beat @ Message::Dated { stamp: one, sent: LocalTime(0), wall })] = &first[..] else {
        panic!("{first:?}");
    };
    assert_eq!(*one, stamp(0, 1));
    bench.advance(Span::from_millis(20));
    assert!(sent(&bench.message(PEER, beat.clone())).is_empty(), "news needs no answer");
    bench.advance(Span::from_millis(110));
    assert_eq!(recorded(&bench.timer(Timer::Silence)), ["suspects n1 0"]);
    let late = Message::Dated { stamp: stamp(0, 2), sent: LocalTime(0), wall: *wall };
    assert!(recorded(&bench.message(PEER, late)).is_empty(), "a heartbeat that is overdue itself vouches for nothing");
    let ack = Message::Ack { stamp: stamp(0, 2), remembered: stamp(0, 2) };
    assert_eq!(sent(&bench.message(PEER, beat.clone())), [(Some(PEER), ack)], "who may have lived before is told");
}

#[test]
fn a_request_is_a_beat_that_waits_for_its_answer() {
    let method = Method::RequestTimeout(Span::from_millis(40));
    let mut bench = Bench::<Heartbeat>::new(&with(method, Answers::All), ME, 2);
    assert_eq!(timers(&bench.start()), [(Timer::Beat, PERIOD), (Timer::Silence, Span::from_millis(40))]);
    let ack = Message::Ack { stamp: stamp(0, 1), remembered: stamp(0, 1) };
    bench.message(PEER, ack);
    bench.advance(Span::from_millis(99));
    assert!(recorded(&bench.timer(Timer::Silence)).is_empty(), "nothing is asked, so nothing is missing");
    bench.timer(Timer::Beat);
    bench.advance(Span::from_millis(40));
    assert_eq!(recorded(&bench.timer(Timer::Silence)), ["suspects n1 0"]);
}

#[test]
fn h5_an_outage_is_learned() {
    let method = Method::PhiExponential { threshold: sim_core::law::Decimal { thousandths: 1000 }, window: 10 };
    let patience = |bugs: &[Bug]| {
        let config = Config { bugs: bugs.to_vec(), ..with(method, Answers::Forgotten) };
        let mut bench = Bench::<Heartbeat>::new(&config, ME, 2);
        bench.start();
        bench.message(PEER, Message::Beat(stamp(0, 1)));
        bench.advance(Span::from_secs(60));
        assert_eq!(recorded(&bench.timer(Timer::Silence)), ["suspects n1 0"]);
        let effects = bench.message(PEER, Message::Beat(stamp(0, 2)));
        timers(&effects).iter().map(|(_, after)| *after).max()
    };
    assert!(patience(&[]) < Some(Span::from_millis(300)));
    assert!(patience(&[Bug::LearnsFromOutages]) > Some(Span::from_secs(10)));
}

#[test]
fn load_goes_on_and_is_no_sign_of_life() {
    let load = Some(Load { bytes: Bytes(1000), gap: PERIOD });
    let mut bench = Bench::<Heartbeat>::new(&Config { load, ..config(&[]) }, ME, 2);
    assert!(sent(&bench.start()).contains(&(None, Message::Load(Bytes(1000)))));
    assert_eq!(sent(&bench.timer(Timer::Load)), [(None, Message::Load(Bytes(1000)))]);
    assert_eq!(Heartbeat::size(&Message::Load(Bytes(1000))), 1000);
    bench.advance(TIMEOUT);
    bench.message(PEER, Message::Load(Bytes(1000)));
    assert_eq!(recorded(&bench.timer(Timer::Silence)), ["suspects n1 0"]);
}
