//! The exact meaning of syncs and of the disk's faults, on a protocol that counts on its disk: each tick appends a number
//! and tells the other node about it after the sync.

use sim_core::disk::DiskError;
use sim_core::fault::{Family, Fault, Target, Window};
use sim_core::law::Law;
use sim_core::plan::{Clients, DiskSettings, Network, Supervisor};
use sim_core::time::Until;
use sim_core::trace::{TraceEntry, TraceKind};
use sim_core::{
    Context, Fact, Input, Never, NodeId, Outcome, Plan, Probability, Protocol, RunOptions, Simulation, Span, Time,
};

use crate::gossip::{self, at};

struct Counter {
    unchecked: bool,
}

impl Protocol for Counter {
    const NAME: &'static str = "counter";
    const FACTS: &'static [Fact] = &[
        Fact::new("restored", "node", "bytes"),
        Fact::new("told", "node", "bytes"),
        Fact::new("wrote", "node", "bytes"),
        Fact::new("full", "node", "nothing"),
    ];
    type Config = bool;
    type Workload = ();
    type Message = u64;
    type Timer = ();
    type Op = Never;
    type Ret = Never;

    fn boot(unchecked: &bool, _: NodeId, _: u16) -> Counter {
        Counter { unchecked: *unchecked }
    }
    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        let bytes = ctx.disk().length("log");
        ctx.record("restored", ctx.id(), bytes);
        if ctx.id() == NodeId(0) {
            ctx.set_timer((), Span::from_millis(100));
        }
    }
    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, (): ()) {
        ctx.set_timer((), Span::from_millis(100));
        let appended = ctx.disk().append("log", &[1; 600]);
        if appended == Err(DiskError::Full) {
            ctx.record("full", ctx.id(), ());
            return;
        }
        let bytes = ctx.disk().length("log");
        ctx.record("wrote", ctx.id(), bytes);
        match self.unchecked {
            true => ctx.disk().sync_unchecked(),
            false => ctx.disk().sync(),
        }
        ctx.send(NodeId(1), bytes);
    }
    fn on_message(&mut self, ctx: &mut Context<'_, Self>, _: NodeId, bytes: u64) {
        ctx.record("told", ctx.id(), bytes);
    }
    fn kind(_: &u64) -> &'static str {
        "Bytes"
    }
}

const A: Target = Target::Node(NodeId(0));

fn plan(sync: Law, windows: &[(u64, Until, Fault<Target>)]) -> Plan {
    let windows = windows.iter().zip(0..).map(|((from, until, fault), id)| Window {
        id,
        from: Time::ZERO + Span::from_millis(*from),
        until: *until,
        fault: fault.clone(),
    });
    let mut plan = Plan {
        clients: Clients::none(),
        network: Network { latency: Law::Constant(Span::from_millis(10)), ..Network::default() },
        disk: DiskSettings { sync },
        supervisor: Supervisor::default(),
        windows: windows.collect(),
        until: Time::ZERO + Span::from_millis(600),
        checks: vec![],
        ..gossip::plan(1)
    };
    plan.nodes.truncate(2);
    plan
}

fn outcome(plan: &Plan, unchecked: bool) -> Outcome {
    let input = Input { plan, config: &unchecked, workload: None, operations: &[] };
    let options = RunOptions { trace: true, freeze: true, ..RunOptions::default() };
    Simulation::<Counter>::new().run(input, options).outcome
}

/// When facts of a name were recorded, in ms, and their values.
fn facts(outcome: &Outcome, name: &str) -> Vec<(u64, u64)> {
    let entries: &[TraceEntry] = &outcome.trace.as_ref().expect("asked for").entries;
    let facts = entries.iter().filter(|e| e.kind == TraceKind::Fact && e.text.contains(&format!(" {name}(")));
    let value = |text: &str| text.rsplit(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    facts.map(|e| (e.at.0 / 1_000_000, value(&e.text))).collect()
}

fn storm(windows: &[(u64, Until, Fault<Target>)]) -> Outcome {
    outcome(&plan(Law::Constant(Span::from_millis(50)), windows), false)
}

#[test]
fn what_is_sent_after_a_sync_waits_for_it_and_what_was_before_it_does_not() {
    let outcome = storm(&[]);
    assert_eq!(facts(&outcome, "wrote")[..2], [(100, 600), (200, 1200)]);
    assert_eq!(facts(&outcome, "told")[..2], [(160, 600), (260, 1200)]);
}

#[test]
fn a_crash_before_the_sync_is_done_loses_the_write_and_what_waited() {
    let outcome = storm(&[(120, at(130), Fault::Crash(A))]);
    assert_eq!(facts(&outcome, "restored")[2..], [(130, 0)]);
    assert_eq!(facts(&outcome, "told")[0], (290, 600));
    let after = storm(&[(151, at(155), Fault::Crash(A))]);
    assert_eq!(facts(&after, "restored")[2..], [(155, 600)]);
}

#[test]
fn later_handlers_run_but_what_they_do_waits_its_turn() {
    // Syncs take 250 ms, ticks come every 100: the timer is set before the sync and does not wait.
    let slow = plan(Law::Constant(Span::from_millis(250)), &[]);
    let outcome = outcome(&slow, false);
    assert_eq!(facts(&outcome, "wrote")[0], (100, 600));
    assert_eq!(facts(&outcome, "told")[0], (360, 600));
    // The second handler ran at 200; its record waited for the first sync, its message for the second.
    assert_eq!(facts(&outcome, "wrote")[1], (350, 1200));
    assert!(facts(&outcome, "told").get(1).is_none(), "350 + 250 + 10 is beyond the end");
}

#[test]
fn amnesia_loses_the_disk() {
    assert_eq!(facts(&storm(&[(380, at(390), Fault::Amnesia(A))]), "restored")[2..], [(390, 0)]);
    assert_eq!(facts(&storm(&[(380, at(390), Fault::Crash(A))]), "restored")[2..], [(390, 1800)]);
}

#[test]
fn a_lying_sync_lifts_the_barrier_and_makes_nothing_durable() {
    let outcome = storm(&[(90, at(190), Fault::SyncLies(A)), (180, at(185), Fault::Crash(A))]);
    assert_eq!(facts(&outcome, "told")[0], (160, 600));
    assert_eq!(facts(&outcome, "restored")[2..], [(185, 0)]);
    assert_eq!(outcome.fired.of(Family::SyncLies), 1);
}

#[test]
fn a_failed_sync_drops_what_waited_and_ends_the_process_unless_it_is_ignored() {
    let windows = [(90, at(190), Fault::SyncError(A))];
    let outcome = storm(&windows);
    // Ended at 150 and started again at once, with nothing on the disk.
    assert_eq!(facts(&outcome, "restored")[2..], [(150, 0)]);
    assert_eq!(facts(&outcome, "told")[0], (310, 600));
    assert_eq!(outcome.fired.of(Family::SyncError), 1);
    let ignored = self::outcome(&plan(Law::Constant(Span::from_millis(50)), &windows), true);
    assert_eq!(facts(&ignored, "told")[0], (160, 600));
    assert_eq!(facts(&ignored, "restored").len(), 2);
}

#[test]
fn a_slow_disk_acts_on_syncs() {
    let outcome = storm(&[(90, at(110), Fault::SlowDisk(A, Law::Constant(Span::from_millis(30))))]);
    assert_eq!(facts(&outcome, "told")[0], (190, 600));
    assert_eq!(outcome.fired.of(Family::SlowDisk), 1);
}

#[test]
fn a_full_disk_refuses_writes() {
    let outcome = storm(&[(190, at(210), Fault::FullDisk(A))]);
    assert_eq!(facts(&outcome, "full"), [(200, 0)]);
    assert_eq!(facts(&outcome, "told")[1], (360, 1200));
    assert_eq!(outcome.fired.of(Family::FullDisk), 1);
}

#[test]
fn a_misdirected_write_lands_in_another_sector() {
    let outcome = storm(&[(190, at(210), Fault::Misdirect(A, Probability::ONE))]);
    // The write of 200 stayed within the 600 bytes of the first, or was put where it belongs (one sector in three).
    let length = facts(&outcome, "wrote")[1].1;
    assert!([600, 1112, 1200].contains(&length), "{length}");
    assert!(outcome.fired.of(Family::Misdirect) <= 1);
}

#[test]
fn an_unsynced_crash_may_keep_or_tear_the_write() {
    let (keep, tear) = (Probability::ONE, Probability::ONE);
    let window = (90, at(500), Fault::Unsynced { node: A, keep, tear });
    let outcome = storm(&[window, (120, at(130), Fault::Crash(A))]);
    // 600 bytes are two sectors: torn after the first.
    assert_eq!(facts(&outcome, "restored")[2..], [(130, 512)]);
    assert_eq!(outcome.fired.of(Family::Unsynced), 1);
}
