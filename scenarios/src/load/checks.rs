//! `checks`, `expect`, `reproduces`: what is judged, and what the file claims will come of it.

use sim_core::check::Check;

use super::places::Places;
use crate::diagnostic::Code;
use crate::header::{Expect, Reproduces};
use crate::outline::{Shape, Value};
use crate::reader::{Fields, Reader};
use crate::types::Types;

/// Reads `checks`; without the field only panics are judged.
pub(super) fn checks(
    reader: &mut Reader<'_>,
    file: &Fields<'_, '_>,
    places: &Places,
    types: Option<&dyn Types>,
) -> Vec<Check> {
    let Some(value) = file.get("checks") else { return vec![Check::NoPanic] };
    let mut checks = Vec::new();
    for (path, value) in reader.list(value, "checks") {
        if reader.is_full() {
            break;
        }
        let Some(check) = reader.parse::<Check>(value, &path) else { continue };
        check_facts(reader, &check, value, &path, places);
        if let Some(Err(lacks)) = types.map(|types| types.serves(&check)) {
            let message = format!("`{}` cannot be judged here: {lacks}", check.name());
            reader.report(Code::CHECK_NOT_SERVED, value.head(), &path, message);
        }
        checks.push(check);
    }
    checks
}

/// Notes the facts of a check that the protocol does not record: those written in the file, and those that it takes for
/// granted.
fn check_facts(reader: &mut Reader<'_>, check: &Check, value: &Value, path: &str, places: &Places) {
    let mut missing = Vec::new();
    for fact in check.facts() {
        let texts = value.entries.iter().map(|entry| &entry.value).filter(|value| value.shape == Shape::Text);
        let written = texts.into_iter().find(|value| reader.source(value).trim_matches('"') == fact);
        if let Some(written) = written {
            places.check_fact(reader, fact, written.span.clone(), path);
        } else if places.facts.is_some_and(|facts| facts.iter().all(|known| known.name != fact)) {
            missing.push(format!("`{fact}`"));
        }
    }
    if !missing.is_empty() {
        let missing = missing.join(" and ");
        let message = format!("`{}` needs {missing} recorded, which this protocol never does", check.name());
        reader.report(Code::CHECK_NOT_SERVED, value.head(), path, message);
    }
}

/// Reads `expect`, and whether it can be met by one of the checks.
pub(super) fn expect(reader: &mut Reader<'_>, file: &Fields<'_, '_>, checks: &[Check]) -> Expect {
    let expect = reader.default(file, "expect", Expect::Pass);
    if let Expect::Fail(wanted) = &expect {
        let mut names: Vec<String> = checks.iter().map(Check::name).collect();
        if !names.iter().any(|name| expect.names(name)) {
            let message = format!("no check of this file is called `{wanted}`");
            names.dedup();
            let diagnostic = reader.report(Code::EXPECT_UNKNOWN, file.span("expect"), "expect", message);
            diagnostic.legal(wanted, &names);
        }
    }
    expect
}

/// Reads `reproduces`.
pub(super) fn reproduces(reader: &mut Reader<'_>, file: &Fields<'_, '_>) -> Option<Reproduces> {
    let reproduces: Reproduces = reader.optional(file, "reproduces")?;
    let hex = reproduces.digest.len() == 16 && reproduces.digest.bytes().all(|b| b.is_ascii_hexdigit());
    if !hex {
        let message = format!("`{}` is not a digest; it has 16 hexadecimal digits", reproduces.digest);
        reader.report(Code::BAD_VALUE, file.span("reproduces"), "reproduces.digest", message);
    }
    Some(reproduces)
}
