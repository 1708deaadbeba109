//! The trace as text, one line an entry: what `--trace` writes, and what two runs are compared by.

use std::fmt::Write as _;

use serde_json::json;
use sim_core::Plan;
use sim_core::trace::{Trace, TraceEntry};

use crate::names::with_names;

/// One entry: time, place, what happened, its event and that event's cause.
pub(crate) fn line(entry: &TraceEntry, plan: &Plan) -> String {
    let place = entry.place.map_or("-", |place| plan.name_of(place));
    let line = format!("{:>14}  {place:<6} {}", entry.at, with_names(&entry.text, plan));
    // One entry, one line, whatever a message's `Debug` does.
    let mut line = line.replace(['\n', '\r'], " ");
    // Writing to a string cannot fail.
    let _ = write!(line, "  #{}", entry.event);
    if let Some(cause) = entry.cause.filter(|cause| *cause != entry.event) {
        let _ = write!(line, " <- #{cause}");
    }
    line
}

/// The whole trace as lines of text.
pub(crate) fn lines(trace: &Trace, plan: &Plan) -> Vec<String> {
    trace.entries.iter().map(|entry| line(entry, plan)).collect()
}

/// The whole trace as one JSON object a line.
pub(crate) fn json_lines(trace: &Trace, plan: &Plan) -> Vec<String> {
    let object = |entry: &TraceEntry| {
        json!({
            "at_ns": entry.at.0,
            "place": entry.place.map(|place| plan.name_of(place)),
            "kind": format!("{:?}", entry.kind).to_lowercase(),
            "text": with_names(&entry.text, plan),
            "event": entry.event,
            "cause": entry.cause,
            "identity": entry.identity.map(|identity| format!("{:016x}", identity.0)),
        })
        .to_string()
    };
    trace.entries.iter().map(object).collect()
}
