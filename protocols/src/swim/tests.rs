//! The handlers on a bench: no simulation, no network.

use sim_core::Effect;
use sim_core::bench::Bench;

use super::*;

const ME: NodeId = NodeId(0);
const PEER: NodeId = NodeId(1);
const OTHER: NodeId = NodeId(2);
const PERIOD: Span = Span::from_millis(1000);
const TIMEOUT: Span = Span::from_millis(200);

fn config(lifeguard: bool) -> Config {
    Config {
        period: PERIOD,
        timeout: TIMEOUT,
        indirect: 3,
        suspicion: Span::from_secs(3),
        order: Order::Random,
        lifeguard,
    }
}

/// Three members; choices are the first: n1 is probed.
fn started(lifeguard: bool) -> Bench<Swim> {
    let mut bench = Bench::new(&config(lifeguard), ME, 3);
    bench.start();
    bench
}

fn recorded(effects: &[Effect<Swim>]) -> Vec<String> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Record(fact, said) => Some(format!("{} {} {}", Swim::FACTS[*fact].name, said.0, said.1)),
            _ => None,
        })
        .collect()
}

fn sent(effects: &[Effect<Swim>]) -> Vec<(NodeId, Message)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Send(to, message) => Some((*to, message.clone())),
            _ => None,
        })
        .collect()
}

fn rumour(subject: NodeId, incarnation: u32, state: State, by: NodeId) -> Rumour {
    Rumour { subject, incarnation, state, by }
}

fn ping(rumours: Vec<Rumour>) -> Message {
    Message::Ping { prober: PEER, probe: 7, rumours }
}

fn waits(effects: &[Effect<Swim>]) -> Vec<Span> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::SetTimer(Timer::Suspicion(_), wait) => Some(*wait),
            _ => None,
        })
        .collect()
}

#[test]
fn a_probe_is_a_ping_then_a_call_for_help_then_a_suspicion() {
    let mut bench = Bench::<Swim>::new(&config(false), ME, 3);
    let first = sent(&bench.start());
    let [(PEER, Message::Ping { prober: ME, probe, .. })] = &first[..] else { panic!("{first:?}") };
    bench.advance(TIMEOUT);
    let help = Message::Help { target: PEER, probe: *probe, rumours: vec![] };
    assert_eq!(sent(&bench.timer(Timer::Late)), [(OTHER, help)]);
    bench.advance(PERIOD - TIMEOUT);
    let effects = bench.timer(Timer::Period);
    assert_eq!(recorded(&effects), ["unanswered n1 0", "suspects n1 0"]);
    assert_eq!(waits(&effects), [Span::from_secs(3)]);
    bench.advance(Span::from_secs(3));
    assert_eq!(recorded(&bench.timer(Timer::Suspicion(PEER))), ["confirms n1 0"]);
}

#[test]
fn an_answer_by_whatever_way_is_a_sign_of_life() {
    for from in [PEER, OTHER] {
        let mut bench = started(false);
        bench.message(from, Message::Ack { prober: ME, probe: 0, target: PEER, rumours: vec![] });
        assert!(sent(&bench.timer(Timer::Late)).is_empty());
        assert!(recorded(&bench.timer(Timer::Period)).is_empty());
    }
}

#[test]
fn an_answer_to_another_probe_is_none() {
    let mut bench = started(false);
    bench.message(PEER, Message::Ack { prober: ME, probe: 99, target: PEER, rumours: vec![] });
    assert_eq!(recorded(&bench.timer(Timer::Period)), ["unanswered n1 0", "suspects n1 0"]);
}

#[test]
fn a_helper_pings_and_passes_the_answer_on() {
    let mut bench = started(false);
    let effects = bench.message(PEER, Message::Help { target: OTHER, probe: 7, rumours: vec![] });
    assert_eq!(sent(&effects), [(OTHER, Message::Ping { prober: PEER, probe: 7, rumours: vec![] })]);
    let ack = Message::Ack { prober: PEER, probe: 7, target: OTHER, rumours: vec![] };
    assert_eq!(sent(&bench.message(OTHER, ack.clone())), [(PEER, ack)]);
}

#[test]
fn who_is_suspected_refutes_and_says_so_in_its_answer() {
    let mut bench = started(false);
    let effects = bench.message(PEER, ping(vec![rumour(ME, 4, State::Suspect, PEER)]));
    assert_eq!(recorded(&effects), ["refutes n0 5"]);
    let answer = sent(&effects);
    let [(PEER, Message::Ack { rumours, .. })] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!(*rumours, [rumour(ME, 5, State::Alive, ME)]);
    let effects = bench.message(PEER, ping(vec![rumour(ME, 4, State::Dead, PEER)]));
    assert!(recorded(&effects).is_empty(), "that has been refuted already");
    let answer = sent(&effects);
    let [(PEER, Message::Ack { rumours, .. })] = &answer[..] else { panic!("{answer:?}") };
    assert_eq!(*rumours, [rumour(ME, 5, State::Alive, ME)], "but who asks has missed it");
}

#[test]
fn a_refutation_ends_a_suspicion_and_brings_back_the_dead() {
    let mut bench = started(false);
    bench.message(OTHER, ping(vec![rumour(PEER, 0, State::Dead, OTHER)]));
    let effects = bench.message(OTHER, ping(vec![rumour(PEER, 0, State::Alive, PEER)]));
    assert!(recorded(&effects).is_empty(), "that is what it said before");
    let effects = bench.message(OTHER, ping(vec![rumour(PEER, 1, State::Alive, PEER)]));
    assert_eq!(recorded(&effects), ["trusts n1 1"]);
}

#[test]
fn who_is_not_believed_alive_is_told_first() {
    let mut bench = started(false);
    bench.message(OTHER, ping(vec![rumour(PEER, 2, State::Suspect, OTHER)]));
    let effects = bench.timer(Timer::Period);
    let pings = sent(&effects);
    let [(PEER, Message::Ping { rumours, .. })] = &pings[..] else { panic!("{pings:?}") };
    assert_eq!(rumours[0], rumour(PEER, 2, State::Suspect, ME));
}

#[test]
fn with_lifeguard_every_accuser_shortens_the_wait() {
    let mut bench = started(true);
    let accused = |by| ping(vec![rumour(PEER, 0, State::Suspect, by)]);
    assert_eq!(waits(&bench.message(OTHER, accused(OTHER))), [Span::from_secs(18)]);
    assert_eq!(waits(&bench.message(OTHER, accused(OTHER))), [], "the same once more");
    assert_eq!(waits(&bench.message(OTHER, accused(NodeId(9)))), [Span::from_millis(10_500)]);
}

#[test]
fn with_lifeguard_a_helper_says_that_it_is_there() {
    let mut bench = started(true);
    bench.message(PEER, Message::Help { target: OTHER, probe: 7, rumours: vec![] });
    assert_eq!(sent(&bench.timer(Timer::Helping(PEER, 7))), [(PEER, Message::Nack { probe: 7 })]);
    assert!(sent(&bench.timer(Timer::Helping(PEER, 7))).is_empty(), "once");
}

#[test]
fn with_lifeguard_a_failed_probe_makes_the_next_one_patient() {
    let mut bench = started(true);
    let effects = bench.timer(Timer::Period);
    let stretched = |effects: &[Effect<Swim>]| {
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::SetTimer(Timer::Period, after) if *after == PERIOD + PERIOD))
    };
    assert!(stretched(&effects), "{effects:?}");
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let refused = |config: Config| Swim::validate(&config, 3).expect_err("such a config makes no sense");
    assert!(refused(Config { timeout: PERIOD, ..config(false) }).contains("`timeout` (1s) must be above 0s"));
    assert!(refused(Config { suspicion: Span::ZERO, ..config(false) }).contains("`suspicion` is 0s"));
}
