//! What stands in a file one a line: operations, windows, exceptions, with nodes and clients by name.

use serde::{Serialize, Serializer};
use sim_core::Span;
use sim_core::fault::{Target, Window};
use sim_core::plan::{Address, Exception, Operation, Place, Plan, Start};
use sim_core::time::Until;

use super::layout::Group;
use crate::rows::row;
use crate::types::canonical;

/// More operations than these that are alike stand in one line.
const FEW: usize = 4;

/// The lines of `operations`.
pub(super) fn operations(plan: &Plan, operations: &[Operation]) -> Vec<String> {
    let mut counts = vec![0u32; plan.clients.names.len()];
    let mut lines = Vec::new();
    let mut left = operations;
    while let Some(first) = left.first() {
        let (times, every) = match row(left) {
            (times, _) if times <= FEW => (1, Span::ZERO),
            many => many,
        };
        let mut group = Group::default();
        match first.start {
            Start::At(time) => group.add("at", canonical(&time)),
            Start::After(span) => group.add("after", canonical(&span)),
        }
        group.add("client", name(plan, Place::Client(first.client)));
        group.add("op", &first.op);
        if let Some(position) = counts.get_mut(usize::from(first.client)) {
            group.add_unless("id", first.id, first.id == *position);
            *position += times as u32;
        }
        group.add_unless("times", times, times == 1);
        group.add_unless("every", canonical(&every), every == Span::ZERO);
        lines.push(group.to_string());
        left = &left[times..];
    }
    lines
}

/// The lines of `faults`.
pub(super) fn windows(plan: &Plan) -> Vec<String> {
    let line = |(window, position): (&Window, u32)| {
        let mut group = Group::default();
        group.add_unless("id", window.id, window.id == position);
        group.add("from", canonical(&window.from));
        match window.until {
            Until::At(time) => group.add("until", canonical(&time)),
            Until::Never => group.add("until", "Never"),
        }
        let fault = window.fault.try_map(|target| -> Result<Named, std::convert::Infallible> {
            Ok(match target {
                Target::Node(id) => Named::Place(plan.name_of(Place::Node(*id)).to_owned()),
                Target::Client(client) => Named::Place(plan.name_of(Place::Client(*client)).to_owned()),
                Target::Holder(fact) => Named::Holder(fact.clone()),
            })
        });
        match fault {
            Ok(fault) => group.add("fault", canonical(&fault)),
        }
        group.to_string()
    };
    plan.windows.iter().zip(0..).map(line).collect()
}

/// A target as a file names it.
enum Named {
    Place(String),
    Holder(String),
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Named::Place(name) => serializer.serialize_str(name),
            Named::Holder(fact) => serializer.serialize_newtype_variant("Target", 0, "Holder", fact),
        }
    }
}

/// One line of `exceptions`.
pub(super) fn exception(plan: &Plan, exception: &Exception) -> String {
    let address = |address: &Address| match address {
        Address::Id(identity) => format!("Id(\"{identity}\")"),
        Address::Nth { from, to, kind, nth } => {
            format!("Nth({}, {}, {}, {nth})", name(plan, *from), name(plan, *to), canonical(kind))
        }
        Address::At { place, kind, nth } => format!("At({}, {}, {nth})", name(plan, *place), canonical(kind)),
    };
    match exception {
        Exception::Lost(at) => format!("Lost({})", address(at)),
        Exception::Delayed(at, span) => format!("Delayed({}, {})", address(at), canonical(span)),
        Exception::Corrupted(at, bits) => format!("Corrupted({}, {bits})", address(at)),
        Exception::Copies(at, copies) => format!("Copies({}, {copies})", address(at)),
        Exception::Chosen(at, value) => format!("Chosen({}, {value})", address(at)),
    }
}

/// A node or client by name, in quotes.
pub(super) fn name(plan: &Plan, place: Place) -> String {
    canonical(&plan.name_of(place))
}
