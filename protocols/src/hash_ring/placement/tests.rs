//! Laws of all placements; their figures are measured in the `tests` crate.

use sim_core::NodeId;

use super::ring::{Ties, point};
use super::*;

fn nodes(count: u16) -> Vec<NodeId> {
    (0..count).map(NodeId).collect()
}

fn placements(members: &[NodeId]) -> Vec<(&'static str, Box<dyn Placement>)> {
    let members = || members.iter().copied();
    vec![
        ("ring", Box::new(Ring::new(members(), 50))),
        ("rendezvous", Box::new(Rendezvous::new(members()))),
        ("jump", Box::new(Jump::new(members()))),
        ("modulo", Box::new(Modulo::new(members()))),
    ]
}

#[test]
fn replicas_are_distinct_members_and_begin_with_the_owner() {
    for count in 1..8 {
        for (name, placement) in placements(&nodes(count)) {
            for key in 0..200 {
                let position = position_of(key);
                let chosen = owners(placement.preference(position), 3, Domains::default());
                let mut distinct = chosen.clone();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), usize::from(count).min(3), "{name} of {count}: {chosen:?}");
                assert_eq!(placement.owner(position), chosen.first().copied(), "{name}");
            }
        }
    }
}

#[test]
fn replicas_are_in_distinct_domains_while_there_are_any() {
    let domains = [0, 0, 0, 1, 1, 2];
    for (name, placement) in placements(&nodes(6)) {
        for key in 0..200 {
            let chosen = owners(placement.preference(position_of(key)), 3, Domains(&domains));
            let mut distinct: Vec<_> = chosen.iter().map(|node| domains[node.index()]).collect();
            distinct.sort_unstable();
            assert_eq!(distinct, [0, 1, 2], "{name}: {chosen:?}");
            let five = owners(placement.preference(position_of(key)), 5, Domains(&domains));
            assert_eq!(five.len(), 5, "{name}: domains run out, nodes do not");
        }
    }
}

#[test]
fn what_moves_at_a_join_moves_to_the_new_node_only() {
    for (index, (name, before)) in placements(&nodes(9)).into_iter().enumerate() {
        let (_, after) = placements(&nodes(10)).swap_remove(index);
        let moved: Vec<_> =
            (0..20_000).map(position_of).filter(|position| before.owner(*position) != after.owner(*position)).collect();
        let elsewhere = moved.iter().filter(|position| after.owner(**position) != Some(NodeId(9))).count();
        if name == "modulo" {
            assert!(elsewhere > 10_000, "modulo moves nearly everything, nearly everywhere: {elsewhere}");
        } else {
            assert_eq!(elsewhere, 0, "{name}");
            assert!((1000..3500).contains(&moved.len()), "{name} moves {} of 20,000", moved.len());
        }
    }
}

#[test]
fn what_a_leaver_held_is_all_that_moves() {
    let without: Vec<_> = nodes(10).into_iter().filter(|node| node.0 != 4).collect();
    for index in 0..2 {
        let (name, before) = placements(&nodes(10)).swap_remove(index);
        let (_, after) = placements(&without).swap_remove(index);
        for key in 0..5000 {
            let position = position_of(key);
            let owner = before.owner(position);
            assert!(owner == Some(NodeId(4)) || owner == after.owner(position), "{name}, key {key}");
        }
    }
}

#[test]
fn a_lookup_agrees_with_a_look_at_every_point() {
    let ring = Ring::new(nodes(7), 13);
    for key in 0..2000 {
        let position = position_of(key);
        let behind = ring.points().iter().filter(|(point, _)| *point >= position).min();
        let nearest = behind.or(ring.points().iter().min()).map(|(_, node)| *node);
        assert_eq!(ring.owner(position), nearest);
    }
}

#[test]
fn ties_are_the_same_in_every_order_unless_the_order_decides() {
    let reversed: Vec<_> = nodes(6).into_iter().rev().collect();
    let ring = |order: &[NodeId], ties| Ring::with_ties(order.iter().copied(), 8, 3, ties).points().to_vec();
    let collide = (0..6).any(|node| point(NodeId(node), 0, 3) == point(NodeId(node), 1, 3));
    assert!(collide || ring(&nodes(6), Ties::ByNode).windows(2).any(|pair| pair[0].0 == pair[1].0), "points coincide");
    assert_eq!(ring(&nodes(6), Ties::ByNode), ring(&reversed, Ties::ByNode));
    assert_ne!(ring(&nodes(6), Ties::ByInsertion), ring(&reversed, Ties::ByInsertion));
}

#[test]
fn jump_follows_the_paper_s_recurrence() {
    // Adding bucket n either leaves a key where it is or moves it to n.
    for key in 0..500 {
        let key = position_of(key);
        for buckets in 1..50 {
            let (before, after) = (jump::bucket(key, buckets), jump::bucket(key, buckets + 1));
            assert!(after == before || after == buckets, "key {key:x} of {buckets}");
        }
    }
}

#[test]
fn nobody_is_fuller_than_the_bound() {
    for (count, slack) in [(3u16, 10), (10, 25), (10, 100), (7, 1)] {
        let things = 5000;
        let mut bounded = BoundedRing::new(Ring::new(nodes(count), 20), u64::from(count), things, slack);
        for key in 0..things {
            assert_eq!(bounded.assign(position_of(key), 1, Domains::default()).len(), 1);
        }
        let bound = (things * u64::from(100 + slack)).div_ceil(100 * u64::from(count));
        assert_eq!(bounded.cap(), bound);
        assert!(bounded.loads().iter().all(|load| *load <= bound), "{:?}", bounded.loads());
        assert_eq!(bounded.loads().iter().sum::<u64>(), things);
    }
}
