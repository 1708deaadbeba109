//! What the shrinker is measured against: delta debugging, plain.
//!
//! The algorithm *ddmin* of Zeller and Hildebrandt, *Simplifying and Isolating Failure-Inducing Input* (2002), over all
//! elements of a plan as one sequence. It knows nothing of runs, trades nothing, and leaves every number as it is.

use std::collections::BTreeSet;

use sim_core::Plan;

use super::Shrunk;
use super::elements::Kind;
use super::size::Size;

/// Shrinks a plan by ddmin alone.
pub fn ddmin(plan: &Plan, still_fails: &mut dyn FnMut(&Plan) -> bool) -> Shrunk {
    let all: Vec<(Kind, usize)> =
        Kind::ALL.into_iter().flat_map(|kind| (0..kind.count(plan)).map(move |index| (kind, index))).collect();
    let mut tries = 0;
    let mut fails = |kept: &[(Kind, usize)]| {
        tries += 1;
        with_only(plan, &all, kept).is_some_and(|plan| still_fails(&plan))
    };
    let mut left = all.clone();
    let mut parts = 2;
    while left.len() >= 2 {
        let size = left.len().div_ceil(parts);
        let subset = left.chunks(size).find(|subset| fails(subset)).map(<[_]>::to_vec);
        if let Some(subset) = subset {
            (left, parts) = (subset, 2);
            continue;
        }
        let complement = |place: usize| {
            let kept = left.iter().enumerate().filter(|(index, _)| index / size != place);
            kept.map(|(_, element)| *element).collect::<Vec<_>>()
        };
        let complement = (0..left.len().div_ceil(size)).map(complement).find(|complement| fails(complement));
        if let Some(complement) = complement {
            (left, parts) = (complement, (parts - 1).max(2));
        } else if parts < left.len() {
            parts = (2 * parts).min(left.len());
        } else {
            break;
        }
    }
    let before = Size::of(plan);
    let plan = with_only(plan, &all, &left).unwrap_or_else(|| plan.clone());
    let after = Size::of(&plan);
    Shrunk { plan, tries, before, after, certificate: None, free: Vec::new() }
}

/// The plan with no elements but these; `None` if there is no such plan.
fn with_only(plan: &Plan, all: &[(Kind, usize)], kept: &[(Kind, usize)]) -> Option<Plan> {
    let mut left = plan.clone();
    // From the back of each kind, so that positions stay right; nodes last, since they take others with them.
    for kind in Kind::ALL {
        let mut gone = all.iter().filter(|(of, _)| *of == kind).map(|(_, index)| *index).collect::<Vec<_>>();
        let wanted: BTreeSet<usize> = kept.iter().filter(|(of, _)| *of == kind).map(|(_, index)| *index).collect();
        gone.retain(|index| !wanted.contains(index));
        for run in gone.chunk_by(|a, b| a + 1 == *b).rev() {
            left = kind.without(&left, run[0]..run[run.len() - 1] + 1)?;
        }
    }
    Some(left)
}
