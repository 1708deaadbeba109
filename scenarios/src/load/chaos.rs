//! `chaos`: windows that the seed draws, of any kind.

use std::str::FromStr;

use sim_core::Span;
use sim_core::fault::{Family, Window};

use super::places::Places;
use crate::chaos::Chaos;
use crate::diagnostic::Code;
use crate::outline::{Shape, Value};
use crate::reader::{Fields, Reader};

/// The lengths of chaos windows, if `length` is left out.
const LENGTH: (Span, Span) = (Span::from_millis(100), Span::from_secs(5));

/// Reads `chaos`. The ids of its windows follow those of the windows that are listed.
pub(super) fn chaos(
    reader: &mut Reader<'_>,
    file: &Fields<'_, '_>,
    places: &Places,
    listed: &[Window],
    frozen: bool,
) -> Option<Chaos> {
    let value = file.get("chaos")?;
    let fields = reader.fields(value, "chaos", &["windows", "kinds", "length", "holders"])?;
    if frozen {
        super::refuse_chance(reader, value.head(), "chaos", "`chaos` draws windows");
    }
    let windows = range(reader, &fields, "windows", "how many windows", "\"0..6\"");
    let most_drawn = Chaos::windows_max(places.nodes.as_ref().map_or(1, Vec::len));
    let windows = windows.filter(|(_, most)| {
        let few = *most <= most_drawn;
        if !few {
            let message = format!("at most {most_drawn} windows can be drawn for this many nodes");
            reader.report(Code::CHAOS, fields.span("windows"), "chaos.windows", message);
        }
        few
    });
    if fields.get("windows").is_none() {
        reader.needed(&fields, "windows");
    }
    let length = match fields.get("length") {
        Some(_) => range(reader, &fields, "length", "a length of time", "\"100ms..5s\""),
        None => Some(LENGTH),
    };
    if length.is_some_and(|(least, _)| least == Span::ZERO) {
        reader.report(Code::CHAOS, fields.span("length"), "chaos.length", "a window needs some length");
    }
    let kinds = kinds(reader, &fields, places);
    let holders = holders(reader, &fields, places);
    let first_id = next_id(listed, None);
    Some(Chaos { windows: windows?, kinds: kinds?, length: length?, holders, first_id })
}

/// The first id that neither a listed window nor one of the chaos can have.
pub(super) fn next_id(listed: &[Window], chaos: Option<&Chaos>) -> u32 {
    let after_listed = listed.iter().map(|window| window.id.saturating_add(1)).max().unwrap_or(0);
    chaos.map_or(after_listed, |chaos| chaos.first_id.saturating_add(chaos.windows.1))
}

/// The kinds that can be drawn: those listed, or all that any system should live through.
fn kinds(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, places: &Places) -> Option<Vec<Family>> {
    let mut kinds = Vec::new();
    match fields.get("kinds") {
        None => kinds.extend(Family::ALL.iter().copied().filter(|family| Chaos::is_usual(*family))),
        Some(value) => {
            for (path, value) in reader.list(value, "chaos.kinds") {
                let Some(kind) = reader.parse::<Family>(value, &path) else { continue };
                if Chaos::nodes_needed(kind).is_none() {
                    let message = format!("`{}` cannot be drawn: only its protocol knows what it means", kind.name());
                    reader.report(Code::CHAOS, value.span.clone(), &path, message).help("list it in `faults`");
                } else if kinds.contains(&kind) {
                    let message = format!("`{}` is listed twice", reader.source(value));
                    reader.report(Code::CHAOS, value.span.clone(), &path, message);
                }
                kinds.push(kind);
            }
        }
    }
    let nodes = places.nodes.as_ref()?.len();
    let wanted = kinds.len();
    kinds.retain(|kind| Chaos::nodes_needed(*kind).is_some_and(|needed| needed <= nodes));
    kinds.sort_unstable();
    if kinds.is_empty() {
        let message = if wanted == 0 { "no kinds are listed" } else { "none of these kinds can strike so few nodes" };
        reader.report(Code::CHAOS, fields.span("kinds"), "chaos.kinds", message);
        return None;
    }
    Some(kinds)
}

fn holders(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, places: &Places) -> Vec<String> {
    let Some(value) = fields.get("holders") else { return Vec::new() };
    let mut holders = Vec::new();
    for (path, value) in reader.list(value, "chaos.holders") {
        let Some(fact) = reader.parse::<String>(value, &path) else { continue };
        places.check_fact(reader, &fact, value.span.clone(), &path);
        holders.push(fact);
    }
    holders
}

/// Reads a range: `"100ms..5s"` in quotes, `0..6` without, or a single value. Both ends belong to it.
fn range<T: FromStr + PartialOrd + Copy>(
    reader: &mut Reader<'_>,
    fields: &Fields<'_, '_>,
    name: &str,
    what: &str,
    example: &str,
) -> Option<(T, T)> {
    let value: &Value = fields.get(name)?;
    let path = fields.at(name);
    let text = match value.shape {
        Shape::Text => reader.parse::<String>(value, &path)?,
        _ => reader.source(value).to_owned(),
    };
    let (low, high) = text.split_once("..").unwrap_or((&text, &text));
    match (low.trim().parse::<T>(), high.trim_start_matches('=').trim().parse::<T>()) {
        (Ok(low), Ok(high)) if low <= high => Some((low, high)),
        (Ok(_), Ok(_)) => {
            reader.report(Code::CHAOS, value.head(), &path, "the range is empty: it ends before it begins");
            None
        }
        _ => {
            let message = format!("expected {what}, or a range such as {example}");
            reader.report(Code::WRONG_TYPE, value.head(), &path, message);
            None
        }
    }
}
