//! Laws of the design as properties over random plans.

use proptest::prelude::*;
use sim_core::fault::{Fault, Links, Target, Window};
use sim_core::law::Law;
use sim_core::plan::{Chance, Load, Restart, Route, Supervisor};
use sim_core::time::{Drift, SignedSpan, Until};
use sim_core::unit::{Bandwidth, Bytes};
use sim_core::{NodeId, Plan, Probability, RunOptions, Simulation, Span, Time};

use crate::gossip;

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![(0u16..3).prop_map(|n| Target::Node(NodeId(n))), Just(Target::Holder("total".to_owned())),]
}

fn place() -> impl Strategy<Value = Target> {
    prop_oneof![(0u16..3).prop_map(|n| Target::Node(NodeId(n))), (0u16..2).prop_map(Target::Client)]
}

fn links() -> impl Strategy<Value = Links<Target>> {
    prop_oneof![
        Just(Links::All),
        place().prop_map(|t| Links::From(vec![t])),
        place().prop_map(|t| Links::To(vec![t])),
        (place(), place()).prop_map(|(a, b)| Links::Link(a, b)),
    ]
}

fn fault() -> impl Strategy<Value = Fault<Target>> {
    let rate = || (0u32..=500_000_000).prop_map(|ppb| Probability::from_ppb(ppb).expect("below one"));
    let node = |n: u16| Target::Node(NodeId(n));
    prop_oneof![
        target().prop_map(Fault::Crash),
        target().prop_map(Fault::Reboot),
        target().prop_map(Fault::Pause),
        (target(), 1u64..50).prop_map(|(t, ms)| Fault::Slow(t, Span::from_millis(ms))),
        target().prop_map(Fault::Absent),
        Just(Fault::Partition(vec![vec![node(0)], vec![node(1), node(2)]])),
        Just(Fault::OneWay { from: vec![node(0)], to: vec![node(1), node(2)] }),
        Just(Fault::Bridge(vec![node(0)], vec![node(2)])),
        place().prop_map(Fault::Isolate),
        (rate(), links()).prop_map(|(rate, on)| Fault::Loss { rate, on }),
        (rate(), links()).prop_map(|(rate, on)| Fault::Duplicate { rate, on }),
        (1u64..200, links()).prop_map(|(ms, on)| Fault::Delay { by: Law::Exponential(Span::from_millis(ms)), on }),
        (rate(), links()).prop_map(|(rate, on)| Fault::Reorder { rate, by: Span::from_millis(90), on }),
        (target(), -900_000i64..900_000).prop_map(|(t, ppb)| Fault::Drift(t, Drift(ppb * 1000))),
        (target(), any::<i32>()).prop_map(|(t, by)| Fault::Step(t, SignedSpan(i64::from(by)))),
        (target(), any::<i32>()).prop_map(|(t, by)| Fault::Slew(t, SignedSpan(i64::from(by)))),
        target().prop_map(Fault::FreezeClock),
        target().prop_map(Fault::Amnesia),
        (target(), rate(), rate()).prop_map(|(node, keep, tear)| Fault::Unsynced { node, keep, tear }),
        target().prop_map(Fault::SyncLies),
        target().prop_map(Fault::SyncError),
        (target(), 1u64..300).prop_map(|(t, ms)| Fault::SlowDisk(t, Law::Exponential(Span::from_millis(ms)))),
        target().prop_map(Fault::FullDisk),
        target().prop_map(Fault::BitRot),
        (target(), rate()).prop_map(|(t, rate)| Fault::Misdirect(t, rate)),
        target().prop_map(Fault::Stop),
        target().prop_map(|t| Fault::Custom(t, "weather".to_owned())),
        Just(Fault::Sever(vec![vec![node(0), node(1)], vec![node(2), Target::Client(0)]])),
        (1u64..300, links()).prop_map(|(ms, on)| Fault::Flap {
            up: Span::from_millis(ms),
            down: Span::from_millis(301 - ms),
            on
        }),
        links().prop_map(|on| Fault::Clog { on }),
        (1u64..5000, links()).prop_map(|(rate, on)| Fault::Bandwidth { rate: Bandwidth(rate), queue: Bytes(300), on }),
        (rate(), links()).prop_map(|(rate, on)| Fault::Corrupt { rate, on }),
        (rate(), links()).prop_map(|(rate, on)| Fault::Burst {
            good: Span::from_millis(300),
            bad: Span::from_millis(100),
            rate,
            on
        }),
    ]
}

fn windows() -> impl Strategy<Value = Vec<Window>> {
    let window = (0u64..8000, 1u64..4000, fault(), any::<bool>());
    proptest::collection::vec(window, 0..8).prop_map(|windows| {
        let time = |millis| Time::ZERO + Span::from_millis(millis);
        windows
            .into_iter()
            .zip(0..)
            .map(|((from, length, fault, stays), id)| {
                let until = if stays && length > 3000 { Until::Never } else { Until::At(time(from + length)) };
                Window { id, from: time(from), until, fault }
            })
            .collect()
    })
}

fn plans() -> impl Strategy<Value = Plan> {
    (any::<u64>(), windows(), any::<[u64; 3]>()).prop_map(|(seed, windows, keys)| {
        let mut plan = Plan { windows, ..gossip::plan(seed) };
        plan.nodes.iter_mut().zip(keys).for_each(|(node, key)| node.rng = key);
        plan
    })
}

/// Every second element, or every third, or all but one: the subsets that a shrinker tries.
fn subset<T: Clone>(items: &[T], mask: u64) -> Vec<T> {
    items.iter().zip(0u64..).filter(|(_, i)| mask >> (i % 64) & 1 == 1).map(|(item, _)| item.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Law 1, within one process: the same plan has the same digest, also in a simulator that ran another plan before.
    #[test]
    fn same_plan_same_digest(first in plans(), second in plans()) {
        let mut simulation = Simulation::new();
        let options = RunOptions::default();
        let fresh = gossip::run(&second, options).outcome;
        gossip::run_in(&mut simulation, &first, options);
        let reused = gossip::run_in(&mut simulation, &second, RunOptions { trace: true, freeze: true, ..options }).outcome;
        prop_assert_eq!(fresh.digest, reused.digest);
        prop_assert_eq!(fresh.events, reused.events);
        prop_assert_eq!(fresh.measures, reused.measures);
    }

    /// Law 2: a seeded run and its frozen plan have the identical digest; freezing a frozen plan changes nothing.
    #[test]
    fn a_frozen_run_is_the_seeded_run(plan in plans()) {
        let (frozen, seeded) = gossip::freeze(&plan);
        let (again, outcome) = gossip::freeze(&frozen);
        prop_assert_eq!(seeded.digest, outcome.digest);
        prop_assert_eq!(seeded.events, outcome.events);
        let sorted = |plan: &Plan| {
            let Chance::Frozen(exceptions) = &plan.chance else { panic!("frozen") };
            let mut exceptions = exceptions.clone();
            exceptions.sort();
            exceptions
        };
        prop_assert_eq!(sorted(&frozen), sorted(&again));
    }

    /// Law 3: what happens before a window opens does not depend on the window; its removal reshuffles nothing.
    #[test]
    fn removing_a_window_changes_only_its_future(plan in plans(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!plan.windows.is_empty());
        let mut less = plan.clone();
        let removed = less.windows.remove(pick.index(plan.windows.len()));
        let trace = |plan: &Plan| {
            let run = gossip::run(plan, RunOptions { trace: true, ..RunOptions::default() });
            let entries = run.outcome.trace.expect("asked for").entries;
            let before = entries.into_iter().filter(|e| e.at < removed.from && e.place.is_some());
            before.map(|e| (e.at, e.text)).collect::<Vec<_>>()
        };
        prop_assert_eq!(trace(&plan), trace(&less));
    }

    /// Law 3 again: messages that both runs send have the same delay, whatever else was removed.
    #[test]
    fn a_message_keeps_its_draws(plan in plans(), pick in any::<prop::sample::Index>()) {
        let chance_free = |plan: &Plan| Plan {
            windows: plan.windows.iter().filter(|w| !w.fault.family().is_chance()).cloned().collect(),
            ..plan.clone()
        };
        let plan = chance_free(&plan);
        let mut less = plan.clone();
        if !less.windows.is_empty() {
            let at = pick.index(less.windows.len());
            less.windows.remove(at);
        }
        let delays = |plan: &Plan| {
            let (frozen, _) = gossip::freeze(plan);
            let Chance::Frozen(mut exceptions) = frozen.chance else { panic!("frozen") };
            exceptions.retain(|e| matches!(e, sim_core::plan::Exception::Delayed(..)));
            exceptions.sort();
            exceptions
        };
        let (all, fewer) = (delays(&plan), delays(&less));
        let mut common = 0;
        for exception in &fewer {
            let sim_core::plan::Exception::Delayed(address, span) = exception else { continue };
            for other in &all {
                if let sim_core::plan::Exception::Delayed(same, other_span) = other && same == address {
                    prop_assert_eq!(span, other_span);
                    common += 1;
                }
            }
        }
        prop_assert!(common > 0);
    }

    /// Law 4: every subset of a frozen plan's exceptions, windows, operations and clients is a valid plan, and still
    /// deterministic.
    #[test]
    fn every_subset_runs(plan in plans(), masks in any::<[u64; 3]>(), clients in 0usize..=2) {
        let (mut frozen, _) = gossip::freeze(&plan);
        if let Chance::Frozen(exceptions) = &mut frozen.chance {
            *exceptions = subset(exceptions, masks[0]);
        }
        frozen.windows = subset(&frozen.windows, masks[1]);
        if let Load::Listed(operations) = &mut frozen.clients.load {
            *operations = subset(operations, masks[2]);
            operations.retain(|operation| usize::from(operation.client) < clients);
        }
        frozen.clients.names.truncate(clients);
        let (refrozen, outcome) = gossip::freeze(&frozen);
        prop_assert_eq!(outcome.end, sim_core::outcome::End::Horizon);
        prop_assert_eq!(gossip::freeze(&refrozen).1.digest, outcome.digest);
    }

    /// What a run made no use of may be anything: it is the same run.
    #[test]
    fn what_was_not_used_may_be_anything(plan in plans(), windows in any::<u64>(), requests in 0usize..4, attempts in 1u32..9) {
        // A frozen run of little trouble: in a whole storm everything is used.
        let (mut frozen, _) = gossip::freeze(&plan);
        frozen.windows = subset(&frozen.windows, windows & windows >> 8 & windows >> 16);
        frozen.clients.route = Route::FollowRedirect;
        if let Load::Listed(operations) = &mut frozen.clients.load {
            operations.truncate(requests);
        }
        let run = |plan: &Plan| gossip::run(plan, RunOptions::default()).outcome;
        let outcome = run(&frozen);
        let mut other = frozen.clone();
        if outcome.unused.supervisor {
            other.supervisor = Supervisor { restart: Restart::Never, ..other.supervisor };
        }
        if outcome.unused.retries {
            (other.clients.attempts, other.clients.backoff) = (attempts, Span::from_millis(77));
        }
        if outcome.unused.routes {
            other.clients.route = Route::Node(0);
        }
        let again = run(&other);
        prop_assert_eq!((again.digest, again.events, again.unused), (outcome.digest, outcome.events, outcome.unused));
    }
}
