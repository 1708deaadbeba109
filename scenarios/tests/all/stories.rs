//! What needs nothing of a storm is found, however the storm came to it.

use scenarios::shrink::shrink;
use sim_core::fault::{Fault, Links, Target, Window};
use sim_core::plan::{Address, Chance, Exception, Load, Operation, Place, Plan, Route, Start};
use sim_core::time::Until;
use sim_core::{ChoiceKind, Identity, NodeId, Span, Time};

use crate::files::loaded;

const MILLISECOND: u64 = 1_000_000;

const A: Target = Target::Node(NodeId(0));
const B: Target = Target::Node(NodeId(1));

fn shrunk(plan: &Plan, mut still_fails: impl FnMut(&Plan) -> bool) -> Plan {
    let shrunk = shrink(plan, &mut still_fails, &mut |_, _| {});
    assert!(shrunk.certificate.is_some());
    shrunk.plan
}

/// Four nodes and a client that asks all this, each so many milliseconds after the beginning, beside these faults.
fn storm(asked: &[(u64, &str)], faults: Vec<Fault<Target>>) -> Plan {
    let mut plan = loaded(
        "(version: 1, protocol: \"register\", nodes: 4, clients: (count: 1), exceptions: [], until: \"20s\", checks: [NoPanic])",
    )
    .expand(0);
    let operation = |(id, (at, op)): (u32, &(u64, &str))| {
        let start = Start::At(Time(at * MILLISECOND));
        Operation { id, client: 0, start, op: (*op).to_owned() }
    };
    plan.clients.load = Load::Listed((0..).zip(asked).map(operation).collect());
    let window = |(id, fault): (u32, Fault<Target>)| {
        let from = Time(1_234_567_891 + u64::from(id) * 777_777_777);
        Window { id, from, until: Until::At(Time(from.0 + 1_313_131_313)), fault }
    };
    plan.windows = (0..).zip(faults).map(window).collect();
    plan
}

/// A link that comes and goes while a node that has just stopped starts again.
fn troubles() -> Vec<Fault<Target>> {
    let (up, down) = (Span::from_millis(17), Span::from_millis(313));
    let flap = Fault::Flap { up, down, on: Links::Link(A, B) };
    vec![flap, Fault::Stop(A), Fault::BitRot(B), Fault::Pause(B)]
}

fn operations(plan: &Plan) -> Vec<(u64, &str)> {
    let Load::Listed(operations) = &plan.clients.load else { return Vec::new() };
    let said = |operation: &'_ Operation| match operation.start {
        Start::At(at) => at.0 / MILLISECOND,
        Start::After(_) => u64::MAX,
    };
    operations.iter().map(|operation| (said(operation), operation.op.as_str())).collect()
}

fn faults(plan: &Plan) -> Vec<&Fault<Target>> {
    plan.windows.iter().map(|window| &window.fault).collect()
}

#[test]
fn two_plain_faults_stand_in_the_place_of_all() {
    let plan = storm(&[(731, "Write(1, 2)")], troubles());
    let plain = [Fault::OneWay { from: vec![A], to: vec![B] }, Fault::Crash(A)];
    let shrunk = shrunk(&plan, |candidate| {
        // A node that is gone as soon as its cut is over, or the storm as it was.
        let story = faults(candidate) == plain.iter().collect::<Vec<_>>()
            && candidate.windows[0].until.time().is_some_and(|closes| candidate.windows[1].from >= closes);
        story || candidate.windows == plan.windows
    });
    assert_eq!(faults(&shrunk), plain.iter().collect::<Vec<_>>());
    assert_eq!(operations(&shrunk), []);
}

#[test]
fn a_bit_that_rots_before_a_crash_needs_no_other_trouble() {
    let plan = storm(&[(731, "Write(1, 2)")], troubles());
    let rotten = |candidate: &Plan| match &candidate.chance {
        Chance::Frozen(listed) => listed.iter().any(|exception| match exception {
            Exception::Chosen(Address::At { place: Place::Node(NodeId(1)), kind: ChoiceKind::Rot, .. }, bit) => {
                (1_500..3_000).contains(bit)
            }
            _ => false,
        }),
        Chance::Seeded(_) => false,
    };
    let shrunk = shrunk(&plan, |candidate| {
        let story = faults(candidate) == [&Fault::BitRot(B), &Fault::Crash(B)] && rotten(candidate);
        story || candidate.windows == plan.windows
    });
    assert_eq!(faults(&shrunk), [&Fault::BitRot(B), &Fault::Crash(B)]);
    assert!(rotten(&shrunk));
}

#[test]
fn of_many_operations_a_story_of_three_is_left() {
    let asked =
        [(0, "Join(2)"), (40, "Write(1, 5)"), (90, "Join(3)"), (95, "Write(2, 5)"), (700, "Read(2)"), (950, "Read(1)")];
    let plan = storm(&asked, Vec::new());
    // Which one joins is another now, so it is not found by leaving something out.
    let tells = |asked: &[(u64, &str)]| {
        matches!(asked, [(joins, "Join(0)"), (_, write), (reads, read)]
            if write.starts_with("Write(1, ") && *read == "Read(1)" && reads > joins)
    };
    let shrunk = shrunk(&plan, |candidate| tells(&operations(candidate)) || operations(candidate).len() == asked.len());
    assert!(tells(&operations(&shrunk)), "{:?}", operations(&shrunk));
}

#[test]
fn a_long_storm_is_not_taken_apart_where_a_story_does() {
    // Much is written and read, and somebody joins once.
    let mut asked: Vec<(u64, String)> = (0..30).map(|i| (i, format!("Write(1, {i})"))).collect();
    asked.extend((30..80).map(|i| (i, "Read(1)".to_owned())));
    asked.insert(10, (10, "Join(3)".to_owned()));
    asked.push((80, "Write(1, 99)".to_owned()));
    let told: Vec<(u64, &str)> = asked.iter().map(|(at, op)| (*at, op.as_str())).collect();
    let mut plan = storm(&told, troubles());
    plan.chance = Chance::Frozen((0..5_000).map(|i| Exception::Lost(Address::Id(Identity(i)))).collect());
    let mut long = 0;
    let shrunk = shrunk(&plan, |candidate| {
        long += usize::from(matches!(&candidate.chance, Chance::Frozen(lost) if lost.len() > 100));
        let kinds: Vec<&str> = operations(candidate).iter().map(|(_, op)| &op[..4]).collect();
        // It needs what is asked seldom and, last, what is asked most, not what happened to be the last.
        *candidate == plan || kinds == ["Join", "Writ", "Read"]
    });
    assert_eq!(shrunk.windows, []);
    // Where its run ends is looked for first.
    assert!(long <= 20, "{long} long candidates were tried");
}

#[test]
fn what_goes_together_changes_parts_together() {
    let faults = |one, other| vec![Fault::SyncError(one), Fault::FullDisk(other)];
    let mut plan = storm(&[(0, "Write(2, 0)"), (1_000, "Read(2)")], faults(A, B));
    plan.clients.route = Route::Node(1);
    let shrunk = shrunk(&plan, |candidate| {
        // Who is asked goes with who fails and with what is asked for.
        let struck: Vec<&Fault<Target>> = candidate.windows.iter().map(|window| &window.fault).collect();
        let about = |key: &str| operations(candidate).iter().all(|(_, op)| op[op.len() - 7..].contains(key));
        candidate.clients.route == Route::Node(1) && struck == faults(A, B).iter().collect::<Vec<_>>() && about("2")
            || candidate.clients.route == Route::default()
                && struck == faults(B, A).iter().collect::<Vec<_>>()
                && about("0")
    });
    assert_eq!(shrunk.clients.route, Route::default());
}

#[test]
fn a_cut_and_one_late_packet_stand_in_the_place_of_many() {
    let (from, to) = (Place::Node(NodeId(0)), Place::Node(NodeId(1)));
    let packet = |nth| Address::Nth { from, to, kind: "Write".to_owned(), nth };
    let mut plan = storm(&[], vec![Fault::OneWay { from: vec![A], to: vec![B] }]);
    plan.chance = Chance::Frozen((3..10).map(|nth| Exception::Delayed(packet(nth), Span::from_millis(400))).collect());
    let whole = Fault::OneWay { from: vec![A], to: (1..4).map(|id| Target::Node(NodeId(id))).collect() };
    let shrunk = shrunk(&plan, |candidate| {
        // Cut off from all for longer, with a packet that comes when that is over.
        let is_first = |late: &Exception| matches!(late, Exception::Delayed(at, by) if *at == packet(0) && by.0 == 2_000 * MILLISECOND);
        let late = matches!(&candidate.chance, Chance::Frozen(late) if late.len() == 1 && is_first(&late[0]));
        late && faults(candidate) == [&whole] || *candidate == plan
    });
    assert_eq!(faults(&shrunk), [&whole]);
}

#[test]
fn of_many_that_do_the_same_a_row_and_a_change_are_left() {
    let mut asked: Vec<(u64, &str)> = (0..9).map(|i| (i * 313, "Read(0)")).collect();
    asked.push((3_131, "Write(1, 0)"));
    let plan = storm(&asked, vec![Fault::Crash(B)]);
    let shrunk = shrunk(&plan, |candidate| {
        // What is asked last is asked often before.
        let ops: Vec<&str> = operations(candidate).iter().map(|(_, op)| *op).collect();
        *candidate == plan || ops == ["Read(0)", "Read(0)", "Read(0)", "Write(0, 0)", "Read(1)"]
    });
    assert_eq!(operations(&shrunk).len(), 5);
    assert_eq!(faults(&shrunk), [] as [&Fault<Target>; 0]);
}

#[test]
fn what_differs_in_order_alone_ends_at_the_same_story() {
    let told = |asked: &[(u64, u16, &str)]| {
        let texts: Vec<(u64, &str)> = asked.iter().map(|(at, _, op)| (*at, *op)).collect();
        let mut plan = storm(&texts, vec![Fault::Crash(B)]);
        plan.clients.names.push("other".to_owned());
        if let Load::Listed(operations) = &mut plan.clients.load {
            operations.iter_mut().zip(asked).for_each(|(operation, (_, client, _))| operation.client = *client);
        }
        shrunk(&plan, |candidate| {
            let asked = operations(candidate);
            let Load::Listed(listed) = &candidate.clients.load else { return false };
            let mut kinds: Vec<&str> = asked.iter().map(|(_, op)| &op[..4]).collect();
            kinds.sort_unstable();
            // Somebody else reads two seconds after a write that the crash comes upon, whenever the third thing is asked.
            let crash = candidate.windows.first().map_or(u64::MAX, |window| window.from.0 / MILLISECOND);
            let reads = |write: usize, read: usize| {
                let is_late = asked[read].0 >= asked[write].0 + 2_000 && asked[write].0 >= crash;
                asked[write].1.starts_with("Write") && is_late && listed[read].client != listed[write].client
            };
            let is_read = (0..asked.len()).any(|write| (0..asked.len()).any(|read| reads(write, read)));
            faults(candidate) == [&Fault::Crash(B)] && kinds == ["Read", "Read", "Writ"] && is_read
        })
    };
    let early = told(&[(700, 0, "Read(0)"), (2_300, 0, "Write(0, 1)"), (7_000, 1, "Read(0)")]);
    let late = told(&[(2_300, 1, "Write(0, 1)"), (6_500, 0, "Read(0)"), (9_100, 0, "Read(0)")]);
    assert_eq!(early, late);
    assert_eq!(early.clients.names.len(), 2);
}

#[test]
fn what_fails_in_peace_needs_no_fault() {
    let plan = storm(&[(731, "Write(1, 2)"), (733, "Write(1, 3)"), (5_171, "Read(1)")], troubles());
    let shrunk = shrunk(&plan, |candidate| {
        let asked = operations(candidate);
        let peaceful = matches!(asked[..], [(0, _), (100, _), (1_000, _)]) && candidate.windows.is_empty();
        let one_by_one = asked.len() == 3 && asked.windows(2).all(|two| two[0].0 < two[1].0);
        peaceful || one_by_one && candidate.windows == plan.windows
    });
    assert_eq!(shrunk.windows, []);
}
