//! The exact meaning of each fault, on a protocol that makes it visible: every node tells every other the number of its
//! tick ten times a second, over links that take exactly 10 ms, and records what it hears and what its clocks show.

use sim_core::fault::{Family, Fault, Links, Target, Window};
use sim_core::law::Law;
use sim_core::plan::{Backoff, Clients, GiveUp, Network, Restart, Supervisor};
use sim_core::time::{Drift, SignedSpan, Until};
use sim_core::trace::{TraceEntry, TraceKind};
use sim_core::{Context, Fact, Input, Never, NodeId, Plan, Probability, Protocol, RunOptions, Simulation, Span, Time};

use crate::gossip::{self, at};

struct Ticker {
    ticks: u64,
}

impl Protocol for Ticker {
    const NAME: &'static str = "ticker";
    const FACTS: &'static [Fact] = &[
        Fact::new("heard", "node", "tick"),
        Fact::new("clock", "monotonic", "wall"),
        Fact::new("told", "what", "begins"),
    ];
    type Config = ();
    type Workload = ();
    type Message = u64;
    type Timer = ();
    type Op = Never;
    type Ret = Never;

    fn boot((): &(), _: NodeId, _: u16) -> Ticker {
        Ticker { ticks: 0 }
    }
    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.set_timer((), Span::from_millis(100));
    }
    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, (): ()) {
        self.ticks += 1;
        ctx.record("clock", ctx.now().0 / 1_000_000, ctx.wall_clock().0 / 1_000_000);
        ctx.broadcast(self.ticks);
        ctx.set_timer((), Span::from_millis(100));
    }
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, tick: u64) {
        ctx.record("heard", from, tick);
    }
    fn kind(_: &u64) -> &'static str {
        "Tick"
    }
    fn on_stop(&mut self, ctx: &mut Context<'_, Self>) {
        ctx.broadcast(999);
    }
    fn on_fault(&mut self, ctx: &mut Context<'_, Self>, name: &str, begins: bool) {
        ctx.record("told", name, begins);
    }
}

const A: NodeId = NodeId(0);
const B: NodeId = NodeId(1);

fn node(id: NodeId) -> Target {
    Target::Node(id)
}

/// What a run of two nodes under some windows shows.
struct Seen {
    entries: Vec<TraceEntry>,
    fired: sim_core::fault::Fired,
}

fn storm_for(millis: u64, supervisor: Supervisor, windows: &[(u64, Until, Fault<Target>)]) -> Seen {
    let latency = Law::Constant(Span::from_millis(10));
    let windows = windows.iter().zip(0..).map(|((from, until, fault), id)| Window {
        id,
        from: Time::ZERO + Span::from_millis(*from),
        until: *until,
        fault: fault.clone(),
    });
    let mut plan = Plan {
        clients: Clients::none(),
        network: Network { latency, ..Network::default() },
        windows: windows.collect(),
        until: Time::ZERO + Span::from_millis(millis),
        checks: vec![],
        supervisor,
        ..gossip::plan(1)
    };
    plan.nodes.truncate(2);
    let input = Input { plan: &plan, config: &(), workload: None, operations: &[] };
    let outcome = Simulation::<Ticker>::new().run(input, RunOptions { trace: true, ..RunOptions::default() }).outcome;
    Seen { entries: outcome.trace.expect("asked for").entries, fired: outcome.fired }
}

fn storm(millis: u64, windows: &[(u64, Until, Fault<Target>)]) -> Seen {
    storm_for(millis, Supervisor::default(), windows)
}

impl Seen {
    /// Times, in ms, and texts of the entries of one kind at one node.
    fn at(&self, id: NodeId, kind: TraceKind) -> Vec<(u64, &str)> {
        let here = self.entries.iter().filter(|e| e.kind == kind && e.place == Some(sim_core::plan::Place::Node(id)));
        here.map(|e| (e.at.0 / 1_000_000, e.text.as_str())).collect()
    }
    /// When a node heard the other, and which tick.
    fn heard(&self, id: NodeId) -> Vec<(u64, u64)> {
        let facts = self.at(id, TraceKind::Fact).into_iter().filter(|(_, text)| text.contains("heard"));
        facts.map(|(at, text)| (at, text.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("a tick"))).collect()
    }
    fn clocks(&self, id: NodeId) -> Vec<(u64, i64, i64)> {
        let facts = self.at(id, TraceKind::Fact).into_iter().filter(|(_, text)| text.contains("clock"));
        let number = |text: &str| text.parse::<i64>().expect("a number");
        facts
            .map(|(at, text)| {
                let (key, value) = text.split_once(") = ").expect("a fact");
                (at, number(key.split_once('(').expect("a key").1), number(value) - 946_684_800_000)
            })
            .collect()
    }
}

#[test]
fn without_faults_every_tick_is_heard_ten_milliseconds_later() {
    assert_eq!(storm(350, &[]).heard(B), [(110, 1), (210, 2), (310, 3)]);
}

#[test]
fn a_crash_loses_volatile_state_and_timers_but_not_what_is_in_flight() {
    let seen = storm(500, &[(105, at(250), Fault::Crash(node(A)))]);
    // Sent at 100, before the crash: it arrives. The restarted node counts from one again.
    assert_eq!(seen.heard(B), [(110, 1), (360, 1), (460, 2)]);
    assert_eq!(seen.at(A, TraceKind::Start), [(0, "starts"), (250, "starts")]);
    assert_eq!(seen.heard(A), [(310, 3), (410, 4)]);
    assert_eq!(seen.fired.of(Family::Crash), 1);
}

#[test]
fn the_supervisor_decides_when_a_node_runs_again() {
    let late = Supervisor { restart: Restart::After(Span::from_millis(70)), ..Supervisor::default() };
    let crash = [(105, at(250), Fault::Crash(node(A))), (400, at(450), Fault::Crash(node(A)))];
    let starts = |supervisor| storm_for(900, supervisor, &crash).at(A, TraceKind::Start).len();
    assert_eq!(storm_for(900, late, &crash).at(A, TraceKind::Start)[1..], [(320, "starts"), (520, "starts")]);
    let backoff = Some(Backoff { factor: 3, max: Span::from_secs(1) });
    let seen = storm_for(900, Supervisor { backoff, ..late }, &crash);
    assert_eq!(seen.at(A, TraceKind::Start)[1..], [(320, "starts"), (660, "starts")]);
    assert_eq!(starts(Supervisor { give_up: GiveUp::After(1), ..late }), 2);
    assert_eq!(starts(Supervisor { restart: Restart::Never, ..late }), 1);
}

#[test]
fn overlapping_crash_windows_hold_a_node_until_the_last_closes() {
    let seen = storm(500, &[(100, at(200), Fault::Crash(node(A))), (150, at(300), Fault::Crash(node(A)))]);
    assert_eq!(seen.at(A, TraceKind::Start), [(0, "starts"), (300, "starts")]);
    assert_eq!(seen.fired.of(Family::Crash), 1, "the second found it down");
}

#[test]
fn deliveries_and_timers_of_a_paused_node_run_at_resume_in_order() {
    let seen = storm(400, &[(105, at(315), Fault::Pause(node(B)))]);
    // What arrived at 110, 210 and 310 waited; so did the timer of 200.
    assert_eq!(seen.heard(B), [(315, 1), (315, 2), (315, 3)]);
    assert_eq!(seen.at(B, TraceKind::Timer)[1].0, 315);
    assert_eq!(seen.fired.of(Family::Pause), 1);
}

#[test]
fn a_crash_during_a_pause_loses_what_waited() {
    let seen = storm(500, &[(105, at(315), Fault::Pause(node(B))), (250, at(280), Fault::Crash(node(B)))]);
    // The machine stands still until 315, so the restart of 280 waits, with what arrived meanwhile behind it.
    assert_eq!(seen.at(B, TraceKind::Start), [(0, "starts"), (315, "starts")]);
    assert_eq!(seen.heard(B), [(315, 3), (410, 4)]);
}

#[test]
fn each_handler_of_a_slow_node_takes_its_time() {
    let seen = storm(450, &[(105, at(400), Fault::Slow(node(B), Span::from_millis(60)))]);
    // Its own tick of 200 occupies it until 260, so the packet of 210 waits. Its tick of 300 runs at 320 and the packet of
    // 310 after it; that one still takes its time when the window closes.
    assert_eq!(seen.heard(B), [(110, 1), (260, 2), (380, 3), (440, 4)]);
}

#[test]
fn an_absent_node_joins_late_or_leaves() {
    let joins = storm(400, &[(0, at(150), Fault::Absent(node(A)))]);
    assert_eq!(joins.at(A, TraceKind::Start), [(150, "starts")]);
    assert_eq!(joins.heard(B), [(260, 1), (360, 2)]);
    let leaves = storm(400, &[(150, Until::Never, Fault::Absent(node(A)))]);
    assert_eq!(leaves.heard(B), [(110, 1)]);
}

#[test]
fn a_graceful_stop_has_last_words() {
    let seen = storm(400, &[(150, at(350), Fault::Stop(node(A)))]);
    assert_eq!(seen.heard(B), [(110, 1), (160, 999)]);
    assert_eq!(seen.at(A, TraceKind::Start), [(0, "starts"), (350, "starts")]);
}

#[test]
fn a_custom_window_is_told_to_the_protocol() {
    let seen = storm(300, &[(50, at(150), Fault::Custom(node(A), "brownout".to_owned()))]);
    let told: Vec<_> = seen.at(A, TraceKind::Fact).into_iter().filter(|(_, text)| text.contains("told")).collect();
    assert_eq!(told, [(50, "records told(brownout) = 1"), (150, "records told(brownout) = 0")]);
}

#[test]
fn a_cut_acts_at_sending_and_a_sever_on_what_is_in_flight() {
    let groups = || vec![vec![node(A)], vec![node(B)]];
    let cut = storm(400, &[(105, at(250), Fault::Partition(groups()))]);
    assert_eq!(cut.heard(B), [(110, 1), (310, 3)]);
    assert_eq!(cut.fired.of(Family::Partition), 2, "one packet each way");
    let severed = storm(400, &[(105, at(250), Fault::Sever(groups()))]);
    assert_eq!(severed.heard(B), [(310, 3)]);
    assert_eq!(severed.fired.of(Family::Sever), 4);
}

#[test]
fn a_holder_is_resolved_when_the_window_opens() {
    let held = |from| storm(400, &[(from, at(350), Fault::Crash(Target::Holder("heard".to_owned())))]);
    // Nobody has heard anything at 105: it does not fire.
    assert_eq!(held(105).fired.of(Family::Crash), 0);
    // At 150 the last to record was B: the two ticks of 110 were handled in the order of their sending, to B and then to A.
    assert_eq!(held(150).fired.of(Family::Crash), 1);
    assert_eq!(held(150).at(A, TraceKind::Start).len() + held(150).at(B, TraceKind::Start).len(), 3);
}

#[test]
fn window_edges_come_first_then_starts_then_the_rest() {
    // The tick sent at 100 arrives at 110; a crash window that opens at 110 comes before it.
    let seen = storm(200, &[(110, at(150), Fault::Crash(node(B)))]);
    assert!(seen.heard(B).is_empty());
    // One that closes at 110 has the node started before the packet of 110 is handled.
    assert_eq!(storm(200, &[(50, at(110), Fault::Crash(node(B)))]).heard(B), [(110, 1)]);
}

#[test]
fn drift_acts_on_both_clocks_and_on_timers() {
    let seen = storm(1000, &[(0, at(5000), Fault::Drift(node(A), Drift(250_000_000)))]);
    // 25 % fast: 100 local milliseconds are 80 true ones.
    assert_eq!(seen.clocks(A)[..3], [(80, 100, 100), (160, 200, 200), (240, 300, 300)]);
}

#[test]
fn a_drift_that_begins_retimes_the_timers_that_run() {
    let seen = storm(1000, &[(50, at(5000), Fault::Drift(node(A), Drift(-500_000_000)))]);
    // Half of the 100 ms pass at full rate, the rest at half of it.
    assert_eq!(seen.clocks(A)[0], (150, 100, 100));
}

#[test]
fn a_frozen_clock_stops_timers_until_it_thaws() {
    let seen = storm(1000, &[(50, at(350), Fault::FreezeClock(node(A)))]);
    assert_eq!(seen.clocks(A)[..2], [(400, 100, 100), (500, 200, 200)]);
}

#[test]
fn steps_and_slews_move_the_wall_clock_only() {
    let by = SignedSpan(-3_000_000_000);
    let stepped = storm(500, &[(150, at(350), Fault::Step(node(A), by))]);
    assert_eq!(stepped.clocks(A)[..4], [(100, 100, 100), (200, 200, -2800), (300, 300, -2700), (400, 400, 400)]);
    let by = SignedSpan(40_000_000);
    let slewed = storm(500, &[(100, at(300), Fault::Slew(node(A), by))]);
    assert_eq!(slewed.clocks(A)[..4], [(100, 100, 100), (200, 200, 220), (300, 300, 340), (400, 400, 440)]);
}

#[test]
fn a_reboot_restarts_the_monotonic_clock_and_a_crash_does_not() {
    let rebooted = storm(500, &[(150, at(250), Fault::Reboot(node(A)))]);
    assert_eq!(rebooted.clocks(A)[1], (350, 100, 350));
    let crashed = storm(500, &[(150, at(250), Fault::Crash(node(A)))]);
    assert_eq!(crashed.clocks(A)[1], (350, 350, 350));
}

#[test]
fn chance_windows_lose_double_and_delay() {
    let (all, one) = (Links::All, Probability::ONE);
    let lost = storm(400, &[(150, at(250), Fault::Loss { rate: one, on: all.clone() })]);
    assert_eq!(lost.heard(B), [(110, 1), (310, 3)]);
    let doubled = storm(400, &[(150, at(250), Fault::Duplicate { rate: one, on: Links::To(vec![node(B)]) })]);
    assert_eq!(doubled.heard(B), [(110, 1), (210, 2), (210, 2), (310, 3)]);
    assert_eq!(doubled.heard(A), [(110, 1), (210, 2), (310, 3)]);
    let by = Law::Constant(Span::from_millis(120));
    let delayed = storm(400, &[(150, at(250), Fault::Delay { by, on: all.clone() })]);
    assert_eq!(delayed.heard(B), [(110, 1), (310, 3), (330, 2)]);
    let damaged = storm(400, &[(150, at(250), Fault::Corrupt { rate: one, on: all })]);
    assert_eq!(damaged.heard(B), [(110, 1), (310, 3)]);
    for (seen, family) in
        [(&lost, Family::Loss), (&doubled, Family::Duplicate), (&delayed, Family::Delay), (&damaged, Family::Corrupt)]
    {
        assert!(seen.fired.of(family) > 0, "{family:?}");
    }
}
