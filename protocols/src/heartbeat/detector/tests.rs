//! The detector by itself: its rules one by one, then against a specification with one timer for each peer.

use proptest::prelude::*;
use sim_core::Span;

use super::*;

const A: NodeId = NodeId(4);
const B: NodeId = NodeId(7);
const TIMEOUT: u64 = 100;

fn stamp(incarnation: u32, sequence: u64) -> Stamp {
    Stamp { incarnation, sequence }
}

/// Watches A and B from time 0.
fn started(bugs: &[Bug]) -> Detector {
    let mut detector = Detector::new(FixedTimeout(Span(TIMEOUT)), [B, A]).with_bugs(bugs);
    detector.start(LocalTime(0));
    assert_eq!(detector.wake(), Some(LocalTime(TIMEOUT)));
    detector
}

fn suspicion(peer: NodeId, incarnation: u32) -> Change {
    Change { peer, incarnation, opinion: Opinion::Suspects }
}

#[test]
fn silence_from_the_start_is_a_suspicion() {
    let mut detector = started(&[]);
    assert!(detector.tick(LocalTime(TIMEOUT - 1)).is_empty(), "a timer that fires early does no harm");
    assert_eq!(detector.wake(), Some(LocalTime(TIMEOUT)));
    assert_eq!(detector.tick(LocalTime(TIMEOUT)), [suspicion(A, 0), suspicion(B, 0)]);
    assert_eq!(detector.wake(), None, "nobody is left to wait for");
    assert!(detector.suspects(A) && detector.suspects(B));
}

#[test]
fn a_sign_of_life_sets_no_timer() {
    let mut detector = started(&[]);
    for sequence in 1..=9 {
        assert_eq!(detector.heard(A, stamp(0, sequence), LocalTime(10 * sequence)), None);
        assert_eq!(detector.wake(), None);
    }
    assert_eq!(detector.tick(LocalTime(TIMEOUT)), [suspicion(B, 0)]);
    assert_eq!(detector.wake(), Some(LocalTime(90 + TIMEOUT)));
}

#[test]
fn a_suspicion_is_withdrawn_once_at_the_next_sign_of_life() {
    let mut detector = started(&[]);
    detector.tick(LocalTime(TIMEOUT));
    let change = detector.heard(A, stamp(2, 1), LocalTime(130));
    assert_eq!(change, Some(Change { peer: A, incarnation: 2, opinion: Opinion::Trusts }));
    assert_eq!(detector.wake(), Some(LocalTime(130 + TIMEOUT)), "no timer was set any more");
    assert_eq!(detector.heard(A, stamp(2, 2), LocalTime(131)), None);
    assert!(!detector.suspects(A) && detector.suspects(B));
}

#[test]
fn what_is_old_tells_nothing() {
    let mut detector = started(&[]);
    detector.heard(A, stamp(1, 5), LocalTime(10));
    for old in [stamp(1, 5), stamp(1, 4), stamp(0, 99)] {
        assert_eq!(detector.heard(A, old, LocalTime(90)), None);
    }
    assert_eq!(detector.newest(A), stamp(1, 5));
    assert_eq!(detector.tick(LocalTime(110)), [suspicion(A, 1), suspicion(B, 0)]);
    assert_eq!(detector.heard(A, stamp(1, 4), LocalTime(120)), None, "nor does it bring back the dead");
    assert!(detector.suspects(A));
}

#[test]
fn strangers_are_ignored() {
    let mut detector = started(&[]);
    assert_eq!(detector.heard(NodeId(5), stamp(9, 9), LocalTime(1)), None);
    assert_eq!(detector.newest(NodeId(5)), Stamp::default());
    assert!(!detector.suspects(NodeId(5)));
}

#[test]
fn peers_are_found_in_every_set() {
    for set in 0u16..64 {
        let watched = |id: NodeId| set >> id.0 & 1 == 1;
        let mut detector = Detector::new(FixedTimeout(Span(TIMEOUT)), (0..6).map(NodeId).filter(|id| watched(*id)));
        detector.start(LocalTime(0));
        for id in (0..8).map(NodeId) {
            detector.heard(id, stamp(1, u64::from(id.0)), LocalTime(1));
        }
        for id in (0..8).map(NodeId) {
            let expected = if watched(id) { stamp(1, u64::from(id.0)) } else { Stamp::default() };
            assert_eq!(detector.newest(id), expected, "{id} in {set:06b}");
        }
    }
}

#[test]
fn who_watches_nobody_needs_no_timer() {
    let mut detector = Detector::new(FixedTimeout(Span(TIMEOUT)), []);
    detector.start(LocalTime(0));
    assert_eq!(detector.wake(), None);
    assert!(detector.tick(LocalTime(1000)).is_empty());
}

#[test]
fn h2_a_late_old_message_brings_back_the_dead() {
    let mut detector = started(&[Bug::NoSequenceCheck]);
    detector.heard(A, stamp(0, 5), LocalTime(10));
    detector.tick(LocalTime(110));
    assert!(detector.heard(A, stamp(0, 4), LocalTime(120)).is_some());
    assert_eq!(detector.newest(A), stamp(0, 5));
}

#[test]
fn h3_a_suspicion_stays() {
    let mut detector = started(&[Bug::NeverWithdraws]);
    detector.tick(LocalTime(TIMEOUT));
    assert_eq!(detector.heard(A, stamp(0, 1), LocalTime(120)), None);
    assert!(detector.suspects(A));
    assert_eq!(detector.wake(), None);
}

/// Halves the time-out with every sign of life: deadlines that move back must move the timer back.
#[derive(Debug)]
struct Impatient;
impl Rule for Impatient {
    type History = u32;
    fn first_deadline(&self, now: LocalTime) -> LocalTime {
        now + Span(TIMEOUT)
    }
    fn deadline(&self, signs: &mut u32, evidence: Evidence) -> LocalTime {
        *signs += 1;
        evidence.at + Span(TIMEOUT >> *signs)
    }
}

#[test]
fn a_deadline_that_moves_back_moves_the_timer_back() {
    let mut detector = Detector::new(Impatient, [A]);
    detector.start(LocalTime(0));
    assert_eq!(detector.wake(), Some(LocalTime(100)));
    detector.heard(A, stamp(0, 1), LocalTime(10));
    assert_eq!(detector.wake(), Some(LocalTime(60)));
    detector.heard(A, stamp(0, 2), LocalTime(40));
    assert_eq!(detector.wake(), None, "due at 65: the timer at 60 will find that out");
    assert!(detector.tick(LocalTime(60)).is_empty());
    assert_eq!(detector.wake(), Some(LocalTime(65)));
    assert_eq!(detector.tick(LocalTime(65)), [suspicion(A, 0)]);
}

/// What is heard in a run, one thing at an instant: after how long, from whom, with which stamp.
fn hearings() -> impl Strategy<Value = Vec<(u64, u16, Stamp)>> {
    let hearing = (1u64..150, 0u16..4, 0u32..3, 0u64..20);
    prop::collection::vec(hearing.prop_map(|(gap, peer, life, n)| (gap, peer, stamp(life, n))), 0..60)
}

/// The specification: each peer with a timer of its own.
fn expected(hearings: &[(u64, u16, Stamp)], end: u64) -> Vec<(u64, Change)> {
    let mut changes = Vec::new();
    for id in 0..4 {
        let (mut now, mut newest, mut deadline, mut suspected) = (0, Stamp::default(), TIMEOUT, false);
        let heard = hearings.iter().map(|&(gap, peer, stamp)| (gap, (peer == id).then_some(stamp)));
        for (gap, heard) in heard.chain([(end, None)]) {
            now += gap;
            let incarnation = newest.incarnation;
            if !suspected && deadline <= now {
                suspected = true;
                changes.push((deadline, suspicion(NodeId(id), incarnation)));
            }
            let Some(stamp) = heard.filter(|stamp| *stamp > newest) else { continue };
            (newest, deadline) = (stamp, now + TIMEOUT);
            if std::mem::take(&mut suspected) {
                let incarnation = stamp.incarnation;
                changes.push((now, Change { peer: NodeId(id), incarnation, opinion: Opinion::Trusts }));
            }
        }
    }
    changes.sort_by_key(|(at, change)| (*at, change.opinion == Opinion::Trusts, change.peer));
    changes
}

proptest! {
    /// One timer does what a timer for each peer would do, to the nanosecond.
    #[test]
    fn one_timer_does_for_all(hearings in hearings()) {
        let mut detector = Detector::new(FixedTimeout(Span(TIMEOUT)), (0..4).map(NodeId));
        detector.start(LocalTime(0));
        let (mut now, mut timer, mut changes) = (0, detector.wake(), Vec::new());
        let end = 2 * TIMEOUT;
        for (gap, heard) in hearings.iter().map(|&(gap, peer, stamp)| (gap, Some((peer, stamp)))).chain([(end, None)]) {
            now += gap;
            while let Some(due) = timer.filter(|due| due.0 <= now) {
                changes.extend(detector.tick(due).into_iter().map(|change| (due.0, change)));
                timer = detector.wake();
                prop_assert!(timer != Some(due), "a timer set for the present would never end");
            }
            if let Some((peer, stamp)) = heard {
                changes.extend(detector.heard(NodeId(peer), stamp, LocalTime(now)).map(|change| (now, change)));
                timer = detector.wake().or(timer);
            }
        }
        prop_assert_eq!(changes, expected(&hearings, end));
    }
}
