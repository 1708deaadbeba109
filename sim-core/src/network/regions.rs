//! Regions: how far places are from each other, as a graph of latencies.

use petgraph::algo::dijkstra;
use petgraph::graph::UnGraph;

use crate::plan::Regions;
use crate::time::Span;

/// Shortest paths between all regions, row by row. A pair that no path joins is as far as neighbours in one place.
pub(super) fn distances(regions: &Regions) -> Vec<Span> {
    let n = regions.names.len();
    let mut graph = UnGraph::<(), u64>::with_capacity(n, regions.links.len());
    let places: Vec<_> = (0..n).map(|_| graph.add_node(())).collect();
    for &(a, b, span) in &regions.links {
        if let (Some(a), Some(b)) = (places.get(usize::from(a)), places.get(usize::from(b))) {
            graph.add_edge(*a, *b, span.0);
        }
    }
    let mut matrix = Vec::with_capacity(n * n);
    for from in &places {
        // Only looked up, never iterated: the map's order differs between processes.
        let reached = dijkstra(&graph, *from, None, |edge| *edge.weight());
        matrix.extend(places.iter().map(|to| Span(reached.get(to).copied().unwrap_or(0))));
    }
    matrix
}
