//! The parts of a fault: which groups it names, whether it strikes links. One place for the loader and the shrinker.

use sim_core::fault::{Family, Fault, Links};

/// The groups of nodes and clients that a fault names.
pub(crate) fn groups<T>(fault: &mut Fault<T>) -> Vec<&mut Vec<T>> {
    match fault {
        Fault::Partition(groups) | Fault::Sever(groups) => groups.iter_mut().collect(),
        Fault::OneWay { from: left, to: right } | Fault::Bridge(left, right) => vec![left, right],
        _ => match links(fault) {
            Some(Links::From(group) | Links::To(group)) => vec![group],
            Some(Links::Between(left, right)) => vec![left, right],
            Some(Links::All | Links::Link(..)) | None => Vec::new(),
        },
    }
}

/// The links that a fault strikes, if it can be told which.
pub(crate) fn links<T>(fault: &mut Fault<T>) -> Option<&mut Links<T>> {
    match fault {
        Fault::Flap { on, .. }
        | Fault::Clog { on }
        | Fault::Bandwidth { on, .. }
        | Fault::Burst { on, .. }
        | Fault::Corrupt { on, .. }
        | Fault::Loss { on, .. }
        | Fault::Duplicate { on, .. }
        | Fault::Delay { on, .. }
        | Fault::Reorder { on, .. } => Some(on),
        _ => None,
    }
}

/// Whether the fault strikes links, of which clients have some, and not a node itself.
pub(crate) const fn strikes_links(family: Family) -> bool {
    matches!(
        family,
        Family::Partition
            | Family::Sever
            | Family::OneWay
            | Family::Bridge
            | Family::Flap
            | Family::Clog
            | Family::Bandwidth
            | Family::Burst
            | Family::Corrupt
            | Family::Loss
            | Family::Duplicate
            | Family::Delay
            | Family::Reorder
    )
}

/// Whether the fault cuts groups from each other, of which it needs two.
pub(crate) const fn is_partition(family: Family) -> bool {
    matches!(family, Family::Partition | Family::Sever)
}

/// Whether every place can be on one side of the fault only.
pub(crate) const fn takes_sides(family: Family) -> bool {
    matches!(family, Family::Partition | Family::Sever | Family::Bridge)
}
