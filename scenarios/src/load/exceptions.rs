//! `exceptions`: the decisions of a frozen run that differ from their defaults.

use std::collections::BTreeMap;

use serde::Deserialize;
use sim_core::plan::{Address, Chance, Exception};
use sim_core::{ChoiceKind, Identity, Span};

use super::places::{Places, Who};
use crate::diagnostic::Code;
use crate::reader::{Fields, Reader};

#[derive(Deserialize)]
enum ExceptionInFile<'a> {
    #[serde(borrow)]
    Lost(AddressInFile<'a>),
    Delayed(#[serde(borrow)] AddressInFile<'a>, Span),
    Corrupted(#[serde(borrow)] AddressInFile<'a>, u64),
    Copies(#[serde(borrow)] AddressInFile<'a>, u8),
    Chosen(#[serde(borrow)] ChoiceInFile<'a>, u64),
}

/// A packet.
#[derive(Deserialize)]
enum AddressInFile<'a> {
    Id(Identity),
    Nth(#[serde(borrow)] Who<'a>, #[serde(borrow)] Who<'a>, String, u32),
}

/// A choice, which is no packet's.
#[derive(Deserialize)]
enum ChoiceInFile<'a> {
    Id(Identity),
    At(#[serde(borrow)] Who<'a>, ChoiceKind, u32),
}

/// Reads `exceptions`; chance comes from the seed if the file has none.
pub(super) fn chance<'s>(reader: &mut Reader<'s>, file: &Fields<'_, '_>, places: &Places, seed: u64) -> Chance {
    let Some(value) = file.get("exceptions") else { return Chance::Seeded(seed) };
    let mut exceptions = Vec::new();
    let mut decided = BTreeMap::new();
    for (path, value) in reader.list(value, "exceptions") {
        if reader.is_full() {
            break;
        }
        let Some(written) = reader.parse::<ExceptionInFile<'s>>(value, &path) else { continue };
        let Some(exception) = exception(reader, written, &path, places) else { continue };
        if let Some(first) = decided.insert(decision(&exception), value) {
            let line = reader.line_of(&first.span);
            let message = "this has been decided already";
            reader.report(Code::DECIDED_TWICE, value.head(), &path, message).note(format!("first on line {line}"));
        }
        exceptions.push(exception);
    }
    Chance::Frozen(exceptions)
}

fn exception(reader: &mut Reader<'_>, written: ExceptionInFile<'_>, path: &str, places: &Places) -> Option<Exception> {
    let mut address = |address| match address {
        AddressInFile::Id(identity) => Some(Address::Id(identity)),
        AddressInFile::Nth(from, to, kind, nth) => {
            let (from, to) = (places.place(reader, from, path), places.place(reader, to, path));
            Some(Address::Nth { from: from?, to: to?, kind, nth })
        }
    };
    Some(match written {
        ExceptionInFile::Lost(at) => Exception::Lost(address(at)?),
        ExceptionInFile::Delayed(at, span) => Exception::Delayed(address(at)?, span),
        ExceptionInFile::Corrupted(at, bits) => Exception::Corrupted(address(at)?, bits),
        ExceptionInFile::Copies(at, copies) => Exception::Copies(address(at)?, copies),
        ExceptionInFile::Chosen(ChoiceInFile::Id(identity), value) => Exception::Chosen(Address::Id(identity), value),
        ExceptionInFile::Chosen(ChoiceInFile::At(place, kind, nth), value) => {
            let place = places.place(reader, place, path)?;
            Exception::Chosen(Address::At { place, kind, nth }, value)
        }
    })
}

/// What an exception decides, whatever the decision: two of the same would contradict each other.
fn decision(exception: &Exception) -> (u8, Address) {
    match exception {
        Exception::Lost(at) => (0, at.clone()),
        Exception::Delayed(at, _) => (1, at.clone()),
        Exception::Copies(at, _) => (2, at.clone()),
        Exception::Corrupted(at, _) => (3, at.clone()),
        Exception::Chosen(at, _) => (4, at.clone()),
    }
}
