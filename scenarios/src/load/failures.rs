//! `failures`: nodes that fail now and then and are repaired.

use std::collections::BTreeSet;

use sim_core::law::Law;
use sim_core::plan::Place;
use sim_core::{NodeId, Probability, Time};

use super::places::{Places, Who};
use crate::diagnostic::Code;
use crate::failures::{Failures, Uncovered, WINDOWS_MAX};
use crate::reader::{Fields, Reader};

/// Reads `failures`. Whether they fit into a plan depends on `calm`, which they are drawn up to.
pub(super) fn failures(
    reader: &mut Reader<'_>,
    file: &Fields<'_, '_>,
    places: &Places,
    first_id: u32,
    frozen: bool,
) -> Option<Failures> {
    let value = file.get("failures")?;
    let legal = ["nodes", "up", "repair", "crews", "active", "coverage"];
    let fields = reader.fields(value, "failures", &legal)?;
    if frozen {
        super::refuse_chance(reader, value.head(), "failures", "`failures` draws windows");
    }
    let up = law(reader, &fields, "up");
    let repair = law(reader, &fields, "repair");
    let uncovered = uncovered(reader, &fields);
    let nodes = nodes(reader, &fields, places)?;
    let all = nodes.len() as u64;
    let crews = reader.number(&fields, "crews", all, 1..=super::nodes::PLACES_MAX, Code::LIMIT).min(all);
    let active = reader.number(&fields, "active", all, 1..=all, Code::LIMIT);
    let (crews, active) = (usize::try_from(crews).ok()?, usize::try_from(active).ok()?);
    Some(Failures { nodes, up: up?, repair: repair?, crews, active, uncovered: uncovered?, first_id })
}

/// The nodes that fail: those listed, in their order, or all.
fn nodes<'s>(reader: &mut Reader<'s>, fields: &Fields<'_, 's>, places: &Places) -> Option<Vec<NodeId>> {
    let Some(value) = fields.get("nodes") else {
        let all = places.nodes.as_ref()?.len();
        return Some((0..u16::try_from(all).ok()?).map(NodeId).collect());
    };
    let (path, mut nodes, mut seen) = (fields.at("nodes"), Vec::new(), BTreeSet::new());
    let list = reader.list(value, &path);
    if list.is_empty() {
        reader
            .report(Code::BAD_VALUE, value.head(), &path, "no node is listed")
            .help("leave `nodes` out for all nodes");
    }
    for (path, value) in &list {
        let Some(who) = reader.parse::<Who<'s>>(value, path) else { continue };
        match places.place(reader, who, path) {
            Some(Place::Node(id)) if seen.insert(id) => nodes.push(id),
            Some(Place::Node(_)) => {
                let message = format!("{} is listed twice", reader.source(value));
                reader.report(Code::PLACE_TWICE, value.span.clone(), path, message);
            }
            Some(Place::Client(_)) => {
                let message = format!("{} is a client; only nodes fail", reader.source(value));
                reader.report(Code::WRONG_PLACE, value.span.clone(), path, message);
            }
            None => {}
        }
    }
    (!nodes.is_empty() && nodes.len() == list.len()).then_some(nodes)
}

/// Reads `coverage`. The inner `None`: every failure is covered.
fn uncovered(reader: &mut Reader<'_>, fields: &Fields<'_, '_>) -> Option<Option<Uncovered>> {
    let Some(value) = fields.get("coverage") else { return Some(None) };
    let fields = reader.fields(value, "failures.coverage", &["share", "manual"])?;
    let covered: Option<Probability> = reader.required(&fields, "share");
    let manual = law(reader, &fields, "manual");
    Some(Some(Uncovered { covered: covered?, manual: manual? }))
}

fn law(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, name: &str) -> Option<Law> {
    let law: Law = reader.required(fields, name)?;
    if let Some(why) = law.fault() {
        reader.report(Code::LAW, fields.span(name), &fields.at(name), why);
        return None;
    }
    Some(law)
}

/// Whether the failures up to `calm` fit into a plan; notes it if not.
pub(super) fn check(reader: &mut Reader<'_>, file: &Fields<'_, '_>, failures: &Failures, calm: Time) {
    let expected = failures.expected(calm);
    if expected > WINDOWS_MAX as u64 {
        let message = format!("about {expected} failures would happen by {calm}; a plan holds at most {WINDOWS_MAX}");
        reader.report(Code::CHAOS, file.span("failures"), "failures", message).help("let nodes stay up longer");
    }
}
