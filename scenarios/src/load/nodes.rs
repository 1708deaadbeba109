//! `nodes`, `names`, `clocks`: the nodes, and what of them the seed decides.

use std::collections::BTreeMap;

use sim_core::plan::NodePlan;
use sim_core::time::{Drift, SignedSpan};
use sim_core::{Identity, Span};

use crate::diagnostic::Code;
use crate::expand::{Clocks, DrawnNode};
use crate::outline::{Shape, Value};
use crate::reader::{Fields, Reader};

/// The most nodes, and the most clients.
pub(super) const PLACES_MAX: u64 = 10_000;

/// The nodes as the file gives them, and which parts of each are drawn.
pub(super) struct Nodes {
    pub(super) plans: Vec<NodePlan>,
    pub(super) drawn: Vec<DrawnNode>,
}

/// Reads `nodes` (a count, or a list of names and nodes) or `names`.
pub(super) fn nodes(reader: &mut Reader<'_>, file: &Fields<'_, '_>) -> Option<Nodes> {
    let (field, value) = match (file.get("nodes"), file.get("names")) {
        (Some(_), Some(names)) => {
            let message = "`nodes` and `names` both say which nodes there are";
            reader.report(Code::DOUBLED_NAME, names.span.clone(), "names", message).help("remove one of them");
            return None;
        }
        (Some(nodes), None) => ("nodes", nodes),
        (None, Some(names)) => ("names", names),
        (None, None) => {
            reader.needed(file, "nodes");
            return None;
        }
    };
    let mut nodes = Nodes { plans: Vec::new(), drawn: Vec::new() };
    if value.shape == Shape::Word && field == "nodes" {
        let count = reader.parse::<u64>(value, field)?;
        for index in 0..check_count(reader, count, value, field)? {
            let name = default_name(index, count);
            nodes.push(name, None, None, None);
        }
        return Some(nodes);
    }
    if value.shape != Shape::List && field == "nodes" {
        let message = "expected how many nodes there are, or a list of them `[..]`";
        let diagnostic = reader.report(Code::WRONG_TYPE, value.head(), field, message);
        diagnostic.help("write a number, such as `nodes: 3`, or names, such as `nodes: [\"a\", \"b\"]`");
        return None;
    }
    let list = reader.list(value, field);
    check_count(reader, list.len() as u64, value, field)?;
    for (path, value) in &list {
        node(reader, value, path, &mut nodes)?;
    }
    let names = nodes.plans.iter().map(|plan| plan.name.as_str()).zip(list.iter().map(|(_, value)| *value));
    check_names(reader, names, field).then_some(nodes)
}

impl Nodes {
    fn push(&mut self, name: String, offset: Option<SignedSpan>, drift: Option<Drift>, rng: Option<u64>) {
        self.drawn.push(DrawnNode {
            identity: Identity::of_name(&name),
            offset: offset.is_none(),
            drift: drift.is_none(),
            rng: rng.is_none(),
        });
        self.plans.push(NodePlan {
            name,
            offset: offset.unwrap_or_default(),
            drift: drift.unwrap_or_default(),
            rng: rng.unwrap_or_default(),
        });
    }
}

fn node(reader: &mut Reader<'_>, value: &Value, path: &str, nodes: &mut Nodes) -> Option<()> {
    if value.shape == Shape::Text {
        let name = reader.parse(value, path)?;
        nodes.push(name, None, None, None);
        return Some(());
    }
    let fields = reader.fields(value, path, &["name", "offset", "drift", "rng"])?;
    let offset = reader.optional(&fields, "offset");
    let drift = reader.optional(&fields, "drift");
    let rng = reader.optional(&fields, "rng");
    let name = reader.required(&fields, "name")?;
    nodes.push(name, offset, drift, rng);
    Some(())
}

fn check_count(reader: &mut Reader<'_>, count: u64, value: &Value, path: &str) -> Option<u16> {
    if !(1..=PLACES_MAX).contains(&count) {
        let message = format!("a scenario has 1 to {PLACES_MAX} nodes, not {count}");
        reader.report(Code::NODE_COUNT, value.head(), path, message);
        return None;
    }
    u16::try_from(count).ok()
}

/// What the node of this number is called among so many, unless the file gives names: `a`, `b`, `c` up to 26 nodes; `n0`,
/// `n1`, `n2` for more.
pub fn default_name(index: u16, count: u64) -> String {
    match u8::try_from(index) {
        Ok(letter) if count <= 26 => char::from(b'a' + letter).to_string(),
        _ => format!("n{index}"),
    }
}

/// Whether no name is empty or given twice; notes it if not.
pub(super) fn check_names<'n>(
    reader: &mut Reader<'_>,
    names: impl Iterator<Item = (&'n str, &'n Value)>,
    path: &str,
) -> bool {
    let mut seen: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut fine = true;
    for (i, (name, value)) in names.enumerate() {
        let at = format!("{path}[{i}]");
        if name.is_empty() || name.chars().any(char::is_control) {
            reader.report(
                Code::BAD_VALUE,
                value.span.clone(),
                &at,
                "a name has at least one letter, all of them visible",
            );
            fine = false;
        } else if let Some(first) = seen.insert(name, value) {
            let line = reader.line_of(&first.span);
            let message = format!("the name `{name}` is given twice");
            reader.report(Code::DOUBLED_NAME, value.span.clone(), &at, message).note(format!("first on line {line}"));
            fine = false;
        }
    }
    fine
}

/// Reads `clocks`: how far clocks may be off at most, in either direction.
pub(super) fn clocks(reader: &mut Reader<'_>, file: &Fields<'_, '_>) -> Clocks {
    let none = Clocks { offset: Span::ZERO, drift: Drift(0) };
    let Some(fields) = file.get("clocks").and_then(|value| reader.fields(value, "clocks", &["offset", "drift"])) else {
        return none;
    };
    let drift = reader.default(&fields, "drift", none.drift);
    if drift.0 < 0 {
        let message = "`drift` is the greatest error in either direction, so it is not negative";
        reader.report(Code::BAD_VALUE, fields.span("drift"), "clocks.drift", message);
    }
    Clocks { offset: reader.default(&fields, "offset", none.offset), drift }
}
