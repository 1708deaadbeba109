//! `faults`: the windows that the file lists.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use sim_core::fault::{Fault, Target, Window};
use sim_core::time::Until;
use sim_core::{NodeId, Time};

use super::horizon::Horizon;
use super::places::{Places, Who};
use crate::anatomy;
use crate::diagnostic::Code;
use crate::outline::Value;
use crate::reader::{Fields, Reader};

/// The greatest id: those of windows that are drawn come after it.
const ID_MAX: u64 = 4_000_000_000;

/// Reads `faults`.
pub(super) fn windows<'s>(
    reader: &mut Reader<'s>,
    file: &Fields<'_, '_>,
    places: &Places,
    horizon: Horizon,
    frozen: bool,
) -> Vec<Window> {
    let Some(value) = file.get("faults") else { return Vec::new() };
    let mut windows = Vec::new();
    let mut ids = BTreeMap::new();
    for ((path, value), position) in reader.list(value, "faults").into_iter().zip(0..) {
        if reader.is_full() {
            break;
        }
        let Some(window) = window(reader, value, &path, position, places, horizon) else { continue };
        if let Some(first) = ids.insert(window.id, value) {
            let line = reader.line_of(&first.span);
            let message = format!("another window has the id {}", window.id);
            reader.report(Code::DOUBLED_ID, value.head(), &path, message).note(format!("it is on line {line}"));
        }
        if frozen && window.fault.family().is_chance() {
            let message = format!("`{}` draws which packets it strikes", window.fault.family().name());
            super::refuse_chance(reader, value.head(), &path, &message);
        }
        windows.push(window);
    }
    windows
}

fn window<'s>(
    reader: &mut Reader<'s>,
    value: &Value,
    path: &str,
    position: u32,
    places: &Places,
    horizon: Horizon,
) -> Option<Window> {
    let fields = reader.fields(value, path, &["from", "until", "fault", "id"])?;
    let id = reader.number(&fields, "id", u64::from(position), 0..=ID_MAX, Code::LIMIT);
    let from = reader.required::<Time>(&fields, "from");
    let until = until(reader, &fields);
    let fault = reader.needed(&fields, "fault").and_then(|value| fault(reader, value, &fields.at("fault"), places));
    if let (Some(from), Some(until)) = (from, until) {
        check_times(reader, &fields, from, until, horizon);
    }
    let fault = fault?;
    let until = until?;
    if let (Fault::Slew(..), Until::Never) = (&fault, until) {
        let message = "a slew needs a window that closes";
        reader.report(Code::NEVER_CLOSES, fields.span("until"), &fields.at("until"), message);
    }
    Some(Window { id: u32::try_from(id).ok()?, from: from?, until, fault })
}

fn until(reader: &mut Reader<'_>, fields: &Fields<'_, '_>) -> Option<Until> {
    let Some(value) = fields.get("until") else {
        let help = "write the time at which the fault ends, or `until: Never` if it stays";
        reader.report(Code::MISSING, fields.value.head(), &fields.path, "the field `until` is missing").help(help);
        return None;
    };
    match reader.source(value) {
        "Never" => Some(Until::Never),
        _ => reader.parse(value, &fields.at("until")).map(Until::At),
    }
}

fn check_times(reader: &mut Reader<'_>, fields: &Fields<'_, '_>, from: Time, until: Until, horizon: Horizon) {
    if let Some(end) = horizon.until.filter(|end| from >= *end) {
        let message = format!("the window opens at {from}, but the run ends at {end}");
        reader.report(Code::WINDOW_OUTSIDE, fields.span("from"), &fields.at("from"), message);
        return;
    }
    let Until::At(closes) = until else { return };
    let (span, path) = (fields.span("until"), fields.at("until"));
    if closes <= from {
        let message = format!("the window closes at {closes}, which is not after it opens at {from}");
        reader.report(Code::WINDOW_ORDER, span, &path, message);
    } else if let Some(end) = horizon.until.filter(|end| closes > *end) {
        let message = format!("the window closes at {closes}, after the run has ended at {end}");
        reader.report(Code::WINDOW_OUTSIDE, span, &path, message).help("write `until: Never` for a fault that stays");
    } else if let Some(calm) = horizon.calm.filter(|calm| closes > *calm) {
        let message = format!("the window closes at {closes}, after calm has begun at {calm}");
        reader.report(Code::WINDOW_AFTER_CALM, span, &path, message).help("move `calm`, or write `until: Never`");
    }
}

fn fault<'s>(reader: &mut Reader<'s>, value: &Value, path: &str, places: &Places) -> Option<Fault<Target>> {
    let mut written: Fault<Who<'s>> = reader.parse(value, path)?;
    let clients_too = anatomy::strikes_links(written.family());
    let mut all_known = true;
    let mut targets = Vec::new();
    // Every target is looked at, so that every wrong one is reported; the stand-in is never used.
    let fault = written.try_map(|who| -> Result<Target, ()> {
        let mut target = places.target(reader, *who, path);
        let span = who.span(reader.text);
        if matches!(target, Some(Target::Client(_))) && !clients_too {
            let message = format!("{} is a client; only nodes suffer this fault", &reader.text[span.clone()]);
            reader.report(Code::WRONG_PLACE, span.clone(), path, message);
            target = None;
        }
        all_known &= target.is_some();
        targets.extend(target.clone().map(|target| (target, span)));
        Ok(target.unwrap_or(Target::Node(NodeId(0))))
    });
    check_groups(reader, &mut written, &targets, value, path);
    if let Fault::Delay { by: law, .. } | Fault::SlowDisk(_, law) = &written
        && let Some(why) = law.fault()
    {
        reader.report(Code::LAW, value.head(), path, why);
    }
    fault.ok().filter(|_| all_known)
}

fn check_groups(
    reader: &mut Reader<'_>,
    fault: &mut Fault<Who<'_>>,
    targets: &[(Target, Range<usize>)],
    value: &Value,
    path: &str,
) {
    let family = fault.family();
    let groups = anatomy::groups(fault);
    if anatomy::is_partition(family) && groups.len() < 2 {
        let message = "a partition has at least two groups";
        let help = "to cut one group off from the rest, list the rest as the second group";
        reader.report(Code::GROUPS, value.head(), path, message).help(help);
    }
    if groups.iter().any(|group| group.is_empty()) {
        reader.report(Code::GROUPS, value.head(), path, "a group has nobody in it");
    }
    if anatomy::takes_sides(family) {
        let mut seen = BTreeSet::new();
        for (target, span) in targets {
            if !seen.insert(target) {
                let message = format!("{} stands in these groups twice", &reader.text[span.clone()]);
                reader.report(Code::PLACE_TWICE, span.clone(), path, message);
            }
        }
    }
}
