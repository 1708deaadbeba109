//! A run as a picture: the events that a violation follows from, as text, as a sequence diagram, as a graph.
//!
//! What is drawn is the causal past of the violation and what the run itself did (faults); of a run that does not fail,
//! everything. The latest events matter most, so where there are too many, the first are left out, and it is said.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use sim_core::check::Violation;
use sim_core::plan::Place;
use sim_core::trace::{Trace, TraceEntry, TraceKind};
use sim_core::{Plan, Time};

use crate::names::with_names;
use crate::words::seconds;

/// How many entries are drawn at most.
const MOST: usize = 80;

/// The events of a run that are worth drawing.
pub(crate) struct Picture<'a> {
    plan: &'a Plan,
    entries: Vec<&'a TraceEntry>,
    /// How many more there were before.
    left_out: usize,
    /// The events that show the violation.
    shows: BTreeSet<u32>,
    end: Option<String>,
}

impl<'a> Picture<'a> {
    /// What to draw of a run.
    pub(crate) fn of(plan: &'a Plan, trace: &'a Trace, violation: Option<&Violation>) -> Picture<'a> {
        let past = violation.map(|violation| past(trace, &violation.events));
        let wanted = |entry: &&TraceEntry| match (&past, violation) {
            (Some(past), Some(violation)) => {
                let in_past = past.contains(&entry.event) && entry.kind != TraceKind::Send;
                entry.at <= violation.at && (in_past || matches!(entry.kind, TraceKind::Fault | TraceKind::Lost))
            }
            _ => entry.kind != TraceKind::Send,
        };
        let mut entries: Vec<&TraceEntry> = trace.entries.iter().filter(wanted).collect();
        let left_out = entries.len().saturating_sub(MOST);
        entries.drain(..left_out);
        let shows = violation.map(|violation| violation.events.iter().copied().collect()).unwrap_or_default();
        let end = violation.map(|violation| with_names(&violation.detail, plan));
        Picture { plan, entries, left_out, shows, end }
    }

    /// Who takes part, in the order of the plan.
    fn places(&self) -> Vec<Place> {
        let mut places: Vec<Place> = self.entries.iter().filter_map(|entry| entry.place).collect();
        places.extend(self.senders().into_values());
        places.sort_by_key(|place| match place {
            Place::Client(client) => (0, *client),
            Place::Node(id) => (1, id.0),
        });
        places.dedup();
        places
    }

    /// Where each event that is drawn took place.
    fn senders(&self) -> BTreeMap<u32, Place> {
        self.entries.iter().filter_map(|entry| Some((entry.event, entry.place?))).collect()
    }

    fn words(&self, entry: &TraceEntry) -> String {
        with_names(&entry.text, self.plan).replace(['\n', '\r'], " ")
    }

    fn left_out_words(&self) -> Option<String> {
        (self.left_out > 0).then(|| format!("{} earlier entries are left out", self.left_out))
    }

    /// A column for each place, and a row for each event.
    pub(crate) fn text(&self) -> String {
        let places = self.places();
        let names: Vec<&str> = places.iter().map(|place| self.plan.name_of(*place)).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(1) + 2;
        let column = |mark: &dyn Fn(usize) -> String| {
            (0..names.len()).map(|index| format!("{:<width$}", mark(index))).collect::<String>()
        };
        let clock = self.entries.iter().map(|entry| seconds(entry.at).len()).max().unwrap_or(0);
        let mut text = self.left_out_words().map_or(String::new(), |words| format!("({words})\n"));
        let _ = writeln!(text, "{:clock$}  {}", "", column(&|index| names[index].to_owned()).trim_end());
        for entry in &self.entries {
            let at = places.iter().position(|place| Some(*place) == entry.place);
            let mark = if self.shows.contains(&entry.event) { "*" } else { "o" };
            let columns = column(&|index| if Some(index) == at { mark } else { "|" }.to_owned());
            let _ = writeln!(text, "{:>clock$}  {columns}{}", seconds(entry.at), self.words(entry));
        }
        text.extend(self.end.as_ref().map(|end| format!("= {end}\n")));
        text.trim_end().to_owned()
    }

    /// A sequence diagram in the language of Mermaid.
    pub(crate) fn mermaid(&self) -> String {
        let places = self.places();
        let name = |place: Place| format!("p{}", places.iter().position(|one| *one == place).unwrap_or(0));
        let clean = |text: &str| text.replace([';', '#'], ",").replace(['<', '>', '"'], "'");
        let senders = self.senders();
        let mut text = "sequenceDiagram\n".to_owned();
        for place in &places {
            let _ = writeln!(text, "    participant {} as {}", name(*place), clean(self.plan.name_of(*place)));
        }
        let (first, last) = (places.first().copied(), places.last().copied());
        for entry in &self.entries {
            let words = clean(&format!("{} {}", seconds(entry.at), self.words(entry)));
            let from = entry.cause.filter(|cause| *cause != entry.event).and_then(|cause| senders.get(&cause));
            let _ = match (entry.kind, entry.place, from) {
                (TraceKind::Deliver | TraceKind::Request, Some(to), Some(from)) if *from != to => {
                    writeln!(text, "    {}->>{}: {words}", name(*from), name(to))
                }
                (_, Some(place), _) => writeln!(text, "    Note over {}: {words}", name(place)),
                (_, None, _) => match (first, last) {
                    (Some(first), Some(last)) if first != last => {
                        writeln!(text, "    Note over {},{}: {words}", name(first), name(last))
                    }
                    (Some(only), _) => writeln!(text, "    Note over {}: {words}", name(only)),
                    (None, _) => Ok(()),
                },
            };
        }
        if let (Some(end), Some(first)) = (&self.end, first) {
            let _ = writeln!(text, "    Note over {}: {}", name(first), clean(end));
        }
        text.trim_end().to_owned()
    }

    /// The graph of causes in the language of Graphviz.
    pub(crate) fn dot(&self) -> String {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut events: BTreeMap<u32, (Time, Option<Place>, Vec<String>)> = BTreeMap::new();
        for entry in &self.entries {
            let event = events.entry(entry.event).or_insert_with(|| (entry.at, entry.place, Vec::new()));
            event.2.push(self.words(entry));
        }
        let mut text = "digraph run {\n    rankdir=LR; node [shape=box];\n".to_owned();
        for (event, (at, place, words)) in &events {
            let place = place.map_or("", |place| self.plan.name_of(place));
            let label = escaped(&format!("{} {place}\n{}", seconds(*at), words.join("\n"))).replace('\n', "\\n");
            let mark = if self.shows.contains(event) { ", color=red" } else { "" };
            let _ = writeln!(text, "    e{event} [label=\"{label}\"{mark}];");
        }
        let causes: BTreeSet<(u32, u32)> =
            self.entries.iter().filter_map(|entry| Some((entry.cause?, entry.event))).collect();
        for (cause, event) in causes {
            if cause != event && events.contains_key(&cause) {
                let _ = writeln!(text, "    e{cause} -> e{event};");
            }
        }
        text.push('}');
        text
    }
}

/// The events that these follow from, along the chains of causes.
fn past(trace: &Trace, events: &[u32]) -> BTreeSet<u32> {
    let causes: BTreeMap<u32, u32> =
        trace.entries.iter().filter_map(|entry| Some((entry.event, entry.cause?))).filter(|(a, b)| a != b).collect();
    let mut past = BTreeSet::new();
    let mut open = events.to_vec();
    while let Some(event) = open.pop() {
        if past.insert(event) {
            open.extend(causes.get(&event));
        }
    }
    past
}

#[cfg(test)]
mod tests {
    use sim_core::{NodeId, Span};

    use super::*;
    use crate::testing::{plan_of, violation_of};

    fn trace() -> Trace {
        let entry = |event: u32, kind, node: Option<u16>, cause: Option<u32>, text: &str| TraceEntry {
            at: Time(Span::from_millis(100).0 * u64::from(event)),
            event,
            kind,
            place: node.map(|id| Place::Node(NodeId(id))),
            text: text.to_owned(),
            cause,
            identity: None,
        };
        Trace {
            entries: vec![
                entry(1, TraceKind::Start, Some(0), None, "starts"),
                entry(2, TraceKind::Fault, None, None, "cut begins"),
                entry(3, TraceKind::Timer, Some(1), None, "timer Tick fires"),
                entry(4, TraceKind::Deliver, Some(1), Some(1), "receives \"Beat\" from n0"),
                entry(4, TraceKind::Fact, Some(1), Some(4), "records primary(1) = n1"),
            ],
            ..Trace::default()
        }
    }

    #[test]
    fn the_past_of_a_violation_is_drawn_and_nothing_else() {
        let (plan, trace, violation) = (plan_of(&["a", "b"]), trace(), violation_of("x", &[4]));
        let picture = Picture::of(&plan, &trace, Some(&violation));
        snapbox::assert_data_eq!(
            picture.text(),
            snapbox::str![[r#"
           a  b
0.100000s  o  |  starts
0.200000s  |  |  cut begins
0.400000s  |  *  receives "Beat" from a
0.400000s  |  *  records primary(1) = b
= a and b are both primary at 3s
"#]]
        );
        snapbox::assert_data_eq!(
            picture.mermaid(),
            snapbox::str![[r#"
sequenceDiagram
    participant p0 as a
    participant p1 as b
    Note over p0: 0.100000s starts
    Note over p0,p1: 0.200000s cut begins
    p0->>p1: 0.400000s receives 'Beat' from a
    Note over p1: 0.400000s records primary(1) = b
    Note over p0: a and b are both primary at 3s
"#]]
        );
        // Not a snapshot: those take every backslash for a path's.
        let dot = [
            "digraph run {",
            "    rankdir=LR; node [shape=box];",
            r#"    e1 [label="0.100000s a\nstarts"];"#,
            r#"    e2 [label="0.200000s \ncut begins"];"#,
            r#"    e4 [label="0.400000s b\nreceives \"Beat\" from a\nrecords primary(1) = b", color=red];"#,
            "    e1 -> e4;",
            "}",
        ];
        assert_eq!(picture.dot(), dot.join("\n"));
    }

    #[test]
    fn a_run_that_is_well_is_drawn_whole() {
        let (plan, trace) = (plan_of(&["a", "b"]), trace());
        assert!(Picture::of(&plan, &trace, None).text().contains("timer Tick fires"));
    }
}
