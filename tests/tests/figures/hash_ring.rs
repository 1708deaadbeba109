//! Consistent hashing: how uneven a ring is, and what a join moves.

use protocols::hash_ring::placement::{Jump, Modulo, Placement, Rendezvous, Ring, position_of};
use sim_core::NodeId;

/// A mean and its standard error.
struct Estimate {
    mean: f64,
    error: f64,
}

fn estimate(samples: &[f64]) -> Estimate {
    let count = samples.len() as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let variance = samples.iter().map(|sample| (sample - mean).powi(2)).sum::<f64>() / (count - 1.0);
    Estimate { mean, error: (variance / count).sqrt() }
}

/// The estimate agrees with the figure, and would not with one that is a tenth off.
fn agrees(what: &str, estimate: &Estimate, figure: f64, tenth_off: [f64; 2]) {
    let Estimate { mean, error } = estimate;
    let far = |figure: f64| (mean - figure).abs() > 4.0 * error;
    assert!(!far(figure), "{what}: measured {mean} ± {error}, in theory {figure}");
    assert!(tenth_off.into_iter().all(far), "{what}: {mean} ± {error} cannot tell {figure} from {tenth_off:?}");
}

/// The share of the circle that each of the nodes `first..first + count` owns.
fn shares(first: u16, count: u16, virtual_nodes: u32) -> Vec<f64> {
    let ring = Ring::new((first..first + count).map(NodeId), virtual_nodes);
    let points = ring.points();
    let mut shares = vec![0.0; usize::from(count)];
    for (index, (position, node)) in points.iter().enumerate() {
        let before = points[(index + points.len() - 1) % points.len()].0;
        shares[usize::from(node.0 - first)] += position.wrapping_sub(before) as f64 / 2f64.powi(64);
    }
    shares
}

#[test]
fn the_load_of_a_node_varies_as_the_number_of_virtual_nodes_says() {
    // Nodes, points of each, and how many rings it takes: other numbers make another ring.
    let table = [(10, 1, 4000), (10, 10, 800), (10, 100, 500), (10, 1000, 400), (100, 1, 300), (100, 10, 60)]
        .into_iter()
        .chain([(100, 100, 50), (100, 1000, 40)]);
    for (count, virtual_nodes, rings) in table {
        let squares: Vec<f64> = (0..rings)
            .map(|ring| {
                let shares = shares(ring * count, count, virtual_nodes);
                let mean = 1.0 / f64::from(count);
                shares.iter().map(|share| (share / mean - 1.0).powi(2)).sum::<f64>() * mean
            })
            .collect();
        let square = (f64::from(count) - 1.0) / (f64::from(count) * f64::from(virtual_nodes) + 1.0);
        let off = [0.9f64, 1.1].map(|factor| square * factor.powi(2));
        let what = format!("the square of the coefficient of variation, {count} nodes of {virtual_nodes} points");
        agrees(&what, &estimate(&squares), square, off);
    }
}

#[test]
fn with_one_point_each_the_fullest_node_has_the_harmonic_number_of_shares() {
    for (count, rings) in [(10u16, 3000u16), (100, 400)] {
        let most: Vec<f64> = (0..rings)
            .map(|ring| shares(ring * count, count, 1).into_iter().fold(0.0, f64::max) * f64::from(count))
            .collect();
        let harmonic: f64 = (1..=count).map(|i| 1.0 / f64::from(i)).sum();
        agrees(&format!("the fullest of {count}"), &estimate(&most), harmonic, [0.9, 1.1].map(|x| x * harmonic));
    }
}

#[test]
fn a_join_moves_one_in_n_plus_one_and_modulo_moves_all_the_others() {
    const KEYS: u64 = 60_000;
    let count = 9u16;
    let moved = |before: &dyn Placement, after: &dyn Placement| {
        let moves = |key: &u64| before.owner(position_of(*key)) != after.owner(position_of(*key));
        let samples: Vec<f64> = (0..KEYS).map(|key| f64::from(u8::from(moves(&key)))).collect();
        estimate(&samples)
    };
    let (few, many) = (|| (0..count).map(NodeId), || (0..=count).map(NodeId));
    let least = 1.0 / f64::from(count + 1);
    let off = [0.9 * least, 1.1 * least];
    agrees("moved by jump", &moved(&Jump::new(few()), &Jump::new(many())), least, off);
    agrees("moved by rendezvous", &moved(&Rendezvous::new(few()), &Rendezvous::new(many())), least, off);
    let most = 1.0 - least;
    agrees("moved by modulo", &moved(&Modulo::new(few()), &Modulo::new(many())), most, [0.9 * most, 1.1 * most]);
}

#[test]
fn what_a_join_moves_on_the_ring_is_one_in_n_plus_one_in_the_mean_of_rings() {
    let count = 10u16;
    let samples: Vec<f64> = (0..800).map(|ring| shares(ring * count, count, 20)[0]).collect();
    agrees("the part that the last to come takes", &estimate(&samples), 0.1, [0.09, 0.11]);
}
