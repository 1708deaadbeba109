//! One handler at a time, on the bench: what a balancer and a backend ask for.

use sim_core::bench::Bench;
use sim_core::{Effect, LocalTime, NodeId, Probability, Protocol, RequestId, Span, Value};

use super::config::{Health, Probe, Retries};
use super::{Bug, Config, LoadBalancer, Message, Policy, Reason, Served, Ticket, Timer, Work};
use super::{breaker, outlier};
use crate::heartbeat::Stamp;

const BALANCER: NodeId = NodeId(0);
const A: NodeId = NodeId(1);
const B: NodeId = NodeId(2);
const C: NodeId = NodeId(3);
const PROBE: Message = Message::Probe { remembered: Stamp { incarnation: 0, sequence: 0 }, asked: LocalTime(3) };
const WORK: Work = Work { source: 7, length: Span::from_millis(10) };

fn config() -> Config {
    Config {
        balancers: 1,
        policy: Policy::LeastConnections,
        weights: Vec::new(),
        speeds: Vec::new(),
        queue: 2,
        attempt_timeout: Some(Span::from_millis(200)),
        health: Some(Health {
            period: Span::from_millis(100),
            timeout: Span::from_millis(500),
            detector: None,
            probe: Probe::Shallow,
            panic_below: "50%".parse().unwrap(),
        }),
        ejection: None,
        breaker: None,
        slow_start: Span::ZERO,
        retries: Retries { most: 2, share: Probability::ZERO, burst: 3 },
        hedge: None,
        bugs: Vec::new(),
    }
}

fn balancer(config: &Config) -> Bench<LoadBalancer> {
    let mut bench = Bench::new(config, BALANCER, 4);
    bench.start();
    bench
}

fn backend() -> Bench<LoadBalancer> {
    Bench::new(&config(), A, 4)
}

fn ticket(operation: u32, attempt: u32) -> Ticket {
    Ticket { request: RequestId { client: 0, operation, attempt: 0 }, attempt }
}

fn alive(sequence: u64) -> Message {
    Message::Alive { stamp: Stamp { incarnation: 0, sequence }, asked: None, ready: true }
}

/// Where jobs are sent.
fn jobs(effects: &[Effect<LoadBalancer>]) -> Vec<(NodeId, Ticket)> {
    let job = |effect: &Effect<LoadBalancer>| match effect {
        Effect::Send(to, Message::Job(ticket, WORK)) => Some((*to, *ticket)),
        _ => None,
    };
    effects.iter().filter_map(job).collect()
}

/// Facts of a name, with their keys.
fn facts(effects: &[Effect<LoadBalancer>], name: &str) -> Vec<Value> {
    let wanted = LoadBalancer::FACTS.iter().position(|fact| fact.name == name).unwrap();
    let key = |effect: &Effect<LoadBalancer>| match effect {
        Effect::Record(fact, said) if *fact == wanted => Some(said.0.clone()),
        _ => None,
    };
    effects.iter().filter_map(key).collect()
}

fn replies(effects: &[Effect<LoadBalancer>]) -> Vec<Served> {
    effects.iter().filter_map(|effect| if let Effect::Reply(_, ret) = effect { Some(*ret) } else { None }).collect()
}

/// Everybody but `silent` has just answered a probe, and `silent` has been quiet for longer than the time-out.
fn silence(bench: &mut Bench<LoadBalancer>, silent: &[NodeId]) -> Vec<Effect<LoadBalancer>> {
    bench.advance(Span::from_millis(499));
    for id in [A, B, C].into_iter().filter(|id| !silent.contains(id)) {
        bench.message(id, alive(1));
    }
    bench.advance(Span::from_millis(1));
    bench.timer(Timer::Silence)
}

#[test]
fn an_answer_goes_to_the_client_once() {
    let mut bench = balancer(&config());
    let effects = bench.request(WORK);
    assert_eq!(jobs(&effects), [(A, ticket(0, 0))]);
    assert_eq!(facts(&effects, "routed"), [Value::Node(A)]);
    assert_eq!(replies(&bench.message(A, Message::Done(ticket(0, 0)))), [Served { by: A }]);
    assert!(bench.message(A, Message::Done(ticket(0, 0))).is_empty(), "the network made a copy of the answer");
}

#[test]
fn a_rejected_job_is_tried_elsewhere() {
    let mut bench = balancer(&config());
    bench.request(WORK);
    let effects = bench.message(A, Message::Rejected(ticket(0, 0), Reason::Busy));
    assert_eq!(jobs(&effects), [(B, ticket(0, 1))]);
}

#[test]
fn the_answer_to_an_attempt_that_was_given_up_is_an_answer() {
    let mut bench = balancer(&config());
    bench.request(WORK);
    bench.advance(Span::from_millis(200));
    assert_eq!(jobs(&bench.timer(Timer::Attempt(ticket(0, 0)))), [(B, ticket(0, 1))]);
    assert_eq!(replies(&bench.message(A, Message::Done(ticket(0, 0)))), [Served { by: A }]);
    assert!(replies(&bench.message(B, Message::Done(ticket(0, 1)))).is_empty());
}

#[test]
fn retries_end_with_the_budget() {
    let refusals = |bugs: Vec<Bug>| {
        let mut bench = balancer(&Config { bugs, ..config() });
        let refused = |operation| {
            bench.request(WORK);
            let effects = bench.message(A, Message::Rejected(ticket(operation, 0), Reason::Error));
            effects.iter().any(|effect| matches!(effect, Effect::Refuse(_)))
        };
        (0..5).map(refused).collect::<Vec<_>>()
    };
    assert_eq!(refusals(vec![]).iter().filter(|refused| **refused).count(), 2, "three retries for five requests");
    assert!(!refusals(vec![Bug::NoRetryBudget]).contains(&true));
}

#[test]
fn who_has_waited_in_doubt_is_told_nothing() {
    let mut bench = balancer(&Config { retries: Retries::default(), ..config() });
    bench.request(WORK);
    let effects = bench.timer(Timer::Attempt(ticket(0, 0)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Refuse(_))));
    assert_eq!(facts(&effects, "settled").len(), 1);
}

#[test]
fn what_is_under_way_to_a_suspect_is_sent_to_another() {
    let mut bench = balancer(&config());
    bench.request(WORK);
    let effects = silence(&mut bench, &[A]);
    assert_eq!(facts(&effects, "suspects"), [Value::Node(A)]);
    assert_eq!(jobs(&effects), [(B, ticket(0, 1))]);
    assert!((0..6).all(|_| jobs(&bench.request(WORK)).iter().all(|(to, _)| *to != A)));
}

#[test]
fn a_stale_table_still_names_the_suspect() {
    let mut bench = balancer(&Config { bugs: vec![Bug::StaleMembership], ..config() });
    silence(&mut bench, &[A]);
    let routed: Vec<_> = (0..3).flat_map(|_| facts(&bench.request(WORK), "routed")).collect();
    assert!(routed.contains(&Value::Node(A)));
}

#[test]
fn when_too_few_are_healthy_the_checks_are_doubted() {
    let gambles = |bugs: Vec<Bug>| {
        let mut bench = balancer(&Config { bugs, ..config() });
        silence(&mut bench, &[A, B, C]);
        let effects = bench.request(WORK);
        (facts(&effects, "gambled").len(), facts(&effects, "nobody").len())
    };
    assert_eq!(gambles(vec![]), (1, 0));
    assert_eq!(gambles(vec![Bug::NoPanicThreshold]), (0, 1));
}

#[test]
fn a_connection_that_leaks_makes_its_backend_look_busy() {
    let next = |bugs: Vec<Bug>| {
        let mut bench = balancer(&Config { bugs, retries: Retries::default(), ..config() });
        bench.request(WORK);
        bench.timer(Timer::Attempt(ticket(0, 0)));
        for operation in [1, 2] {
            let (to, ticket) = jobs(&bench.request(WORK))[0];
            assert_eq!((to, ticket.request.operation), ([B, C][operation as usize - 1], operation));
            bench.message(to, Message::Done(ticket));
        }
        jobs(&bench.request(WORK))[0].0
    };
    assert_eq!(next(vec![]), A);
    assert_eq!(next(vec![Bug::LeakedConnection]), B);
}

#[test]
fn a_backend_that_drains_gets_no_more() {
    let mut bench = balancer(&config());
    let drains = Message::Alive { stamp: Stamp { incarnation: 0, sequence: 2 }, asked: None, ready: false };
    assert_eq!(facts(&bench.message(A, drains), "expels"), [Value::Node(A)]);
    assert!(bench.message(A, alive(1)).is_empty(), "an older word changes nothing");
    assert_eq!(jobs(&bench.request(WORK))[0].0, B);
}

#[test]
fn an_answer_to_a_probe_that_was_late_is_no_sign_of_life() {
    let late = |asked: u64| {
        let mut bench = balancer(&config());
        bench.advance(Span::from_millis(499));
        let asked = Some(LocalTime(asked));
        for id in [A, B, C] {
            bench.message(id, Message::Alive { stamp: Stamp { incarnation: 0, sequence: 1 }, asked, ready: true });
        }
        bench.advance(Span::from_millis(501));
        for id in [A, B, C] {
            bench.message(id, Message::Alive { stamp: Stamp { incarnation: 0, sequence: 2 }, asked, ready: true });
        }
        facts(&bench.timer(Timer::Silence), "suspects").len()
    };
    assert_eq!(late(500_000_000), 0, "asked half a second ago");
    assert_eq!(late(499_999_999), 3, "asked a little longer ago, and heard of last half a second ago");
}

#[test]
fn a_backend_works_in_order_and_rejects_what_does_not_fit() {
    let mut bench = backend();
    let finish = bench.message(BALANCER, Message::Job(ticket(0, 0), WORK));
    assert!(matches!(finish.as_slice(), [Effect::SetTimer(Timer::Finish, span)] if *span == WORK.length));
    assert!(bench.message(BALANCER, Message::Job(ticket(1, 0), WORK)).is_empty());
    let full = bench.message(BALANCER, Message::Job(ticket(2, 0), WORK));
    assert!(matches!(full.as_slice(), [Effect::Send(BALANCER, Message::Rejected(_, Reason::Busy))]));
    for operation in [0, 1] {
        let done = bench.timer(Timer::Finish);
        assert!(matches!(done[0], Effect::Send(BALANCER, Message::Done(of)) if of == ticket(operation, 0)), "{done:?}");
    }
}

#[test]
fn a_request_that_takes_long_is_hedged_once_and_pays_for_it() {
    let mut bench = balancer(&Config { hedge: Some(Span::from_millis(50)), ..config() });
    let effects = bench.request(WORK);
    let RequestId { client, operation, attempt } = ticket(0, 0).request;
    let hedge = Timer::Hedge(RequestId { client, operation, attempt });
    assert!(effects.iter().any(|effect| matches!(effect, Effect::SetTimer(timer, _) if *timer == hedge)));
    assert_eq!(jobs(&bench.timer(hedge)), [(B, ticket(0, 1))], "somebody else is asked as well");
    assert_eq!(replies(&bench.message(B, Message::Done(ticket(0, 1)))), [Served { by: B }]);
    assert!(replies(&bench.message(A, Message::Done(ticket(0, 0)))).is_empty(), "the first answer counts");
    let hedges = (1..4).filter(|operation| {
        bench.request(WORK);
        !jobs(&bench.timer(Timer::Hedge(ticket(*operation, 0).request))).is_empty()
    });
    assert_eq!(hedges.count(), 2, "the budget was 3");
}

#[test]
fn a_backend_that_fails_in_a_row_is_ejected_and_comes_back() {
    let ejection = outlier::Rule { consecutive: 2, base: Span::from_secs(1), most: "50%".parse().unwrap() };
    let mut bench = balancer(&Config { ejection: Some(ejection), retries: Retries::default(), ..config() });
    let fails = |bench: &mut Bench<LoadBalancer>| {
        let (to, ticket) = jobs(&bench.request(WORK))[0];
        let answer = if to == A { Message::Rejected(ticket, Reason::Error) } else { Message::Done(ticket) };
        (to, bench.message(to, answer))
    };
    let rounds: Vec<_> = (0..4).map(|_| fails(&mut bench)).collect();
    assert_eq!(rounds.iter().filter(|(to, _)| *to == A).count(), 2);
    assert_eq!(facts(&rounds[3].1, "expels"), [Value::Node(A)]);
    assert!((0..6).all(|_| fails(&mut bench).0 != A));
    assert_eq!(facts(&bench.timer(Timer::Readmit(A)), "admits"), [Value::Node(A)]);
}

#[test]
fn an_open_circuit_has_one_trial_at_a_time() {
    let breaker = breaker::Rule { window: 1, errors: "100%".parse().unwrap(), open: Span::from_secs(1) };
    let mut bench = balancer(&Config { breaker: Some(breaker), retries: Retries::default(), ..config() });
    let (to, failed) = jobs(&bench.request(WORK))[0];
    assert_eq!(facts(&bench.message(to, Message::Rejected(failed, Reason::Error)), "expels"), [Value::Node(to)]);
    let next: Vec<NodeId> = (0..4).map(|_| jobs(&bench.request(WORK))[0].0).collect();
    assert!(!next.contains(&to), "open");
    bench.timer(Timer::Trial(to));
    let next: Vec<NodeId> = (0..4).map(|_| jobs(&bench.request(WORK))[0].0).collect();
    assert_eq!(next.iter().filter(|id| **id == to).count(), 1, "half open: least busy, and yet only once");
}

#[test]
fn what_a_backend_had_before_it_was_restarted_is_sent_to_another() {
    let mut bench = balancer(&config());
    bench.message(A, alive(7));
    assert_eq!(jobs(&bench.request(WORK)), [(A, ticket(0, 0))]);
    let again = Message::Alive { stamp: Stamp { incarnation: 1, sequence: 1 }, asked: None, ready: true };
    assert_eq!(jobs(&bench.message(A, again)), [(B, ticket(0, 1))]);
}

#[test]
fn a_deep_probe_waits_its_turn() {
    let mut deep = config();
    deep.health = deep.health.map(|health| Health { probe: Probe::Deep, ..health });
    let mut bench = Bench::<LoadBalancer>::new(&deep, A, 4);
    assert_eq!(bench.message(BALANCER, PROBE).len(), 1, "nothing to do: at once");
    bench.message(BALANCER, Message::Job(ticket(0, 0), WORK));
    assert!(bench.message(BALANCER, PROBE).is_empty());
    let effects = bench.timer(Timer::Finish);
    assert!(matches!(
        effects.as_slice(),
        [Effect::Send(_, Message::Done(_)), Effect::Send(BALANCER, Message::Alive { ready: true, .. })]
    ));
}

#[test]
fn what_makes_no_sense_is_refused_with_a_reason() {
    let refused = |change: fn(&mut Config), word: &str| {
        let mut config = config();
        change(&mut config);
        let reason = LoadBalancer::validate(&config, 4).expect_err(word);
        assert!(reason.contains(word), "{reason}");
    };
    refused(|config| config.balancers = 4, "at least one");
    refused(|config| config.balancers = 0, "at least one");
    refused(|config| config.weights = vec![1], "weights");
    refused(|config| config.speeds = vec![1, 0, 1], "speeds");
    refused(|config| config.policy = Policy::BestOf(0), "BestOf");
    refused(|config| config.queue = 0, "queue");
    refused(|config| config.attempt_timeout = Some(Span::ZERO), "attempt_timeout");
    refused(|config| config.retries.most = 101, "retries.most");
    assert_eq!(LoadBalancer::validate(&config(), 4), Ok(()));
}
