//! From a file to a [`Scenario`]: each section is read by itself, and everything that is wrong is reported at once.

mod chaos;
mod checks;
mod clients;
mod exceptions;
mod failures;
mod horizon;
mod network;
mod nodes;
mod places;
mod protocol;
mod windows;

use std::collections::BTreeSet;
use std::ops::Range;

use sim_core::Span;
use sim_core::plan::{Chance, Clients, Plan};

pub(crate) use clients::ARRIVALS;
pub use nodes::default_name;

use crate::diagnostic::{Code, Diagnostic};
use crate::expand::{Clocks, Drawn};
use crate::header::Header;
use crate::outline::Value;
use crate::reader::{Fields, Reader};
use crate::scenario::Scenario;
use crate::source;
use crate::types::{Protocols, Types};
use horizon::Horizon;
use nodes::Nodes;
use places::Places;

/// The version of the file format.
pub(crate) const VERSION: u32 = 1;

const FIELDS: [&str; 24] = [
    "version",
    "about",
    "expect",
    "seed",
    "protocol",
    "config",
    "nodes",
    "names",
    "clients",
    "workload",
    "network",
    "clocks",
    "disk",
    "supervisor",
    "failures",
    "faults",
    "chaos",
    "calm",
    "until",
    "limits",
    "checks",
    "operations",
    "exceptions",
    "reproduces",
];

/// Reads a scenario file.
///
/// # Errors
/// Everything that is wrong with it, in the order of the file, at most a hundred mistakes.
pub fn load(bytes: &[u8], protocols: &dyn Protocols) -> Result<Scenario, Vec<Diagnostic>> {
    let source = source::read(bytes).map_err(|problem| vec![*problem])?;
    let mut reader = Reader::new(source.text);
    for (first, second) in &source.doubled {
        reader.doubled_key(first, second);
    }
    let scenario = scenario(&mut reader, &source.root, protocols);
    let mut problems = reader.finish();
    for span in problems.iter_mut().filter_map(|problem| problem.span.as_mut()) {
        *span = span.start + source.skipped..span.end + source.skipped;
    }
    match scenario {
        Some(scenario) if problems.is_empty() => Ok(scenario),
        _ => Err(problems),
    }
}

/// Reads every section. `None`, with a note, if the file is so wrong that there is no scenario at all; a scenario may
/// still be wrong in parts if something has been noted.
fn scenario<'s>(reader: &mut Reader<'s>, root: &Value, protocols: &dyn Protocols) -> Option<Scenario> {
    let file = version(reader, root)?;
    let file = &file;
    let seed = reader.default(file, "seed", 0);
    let about = reader.default(file, "about", String::new());
    let frozen = file.get("exceptions").is_some();
    let types = protocol::protocol(reader, file, protocols);
    let nodes = nodes::nodes(reader, file);
    let client_fields = clients::fields(reader, file);
    let client_names = match &client_fields {
        Some(fields) => clients::names(reader, fields),
        None => Some(Vec::new()),
    };
    let places = places(reader, file, nodes.as_ref(), client_names, types);
    let config = protocol::config(reader, file, nodes.as_ref(), types);

    let mut clients = match &client_fields {
        Some(fields) => clients::clients(reader, fields, &places),
        None => Clients::none(),
    };
    clients.load = clients::load(reader, file, client_fields.as_ref(), &places, types);
    let network = network::network(reader, file, &places, frozen);
    let clocks = nodes::clocks(reader, file);
    let disk = network::disk(reader, file);
    let supervisor = network::supervisor(reader, file);
    let limits = network::limits(reader, file);

    let horizon = Horizon::read(reader, file);
    let windows = windows::windows(reader, file, &places, horizon, frozen);
    let chaos = chaos::chaos(reader, file, &places, &windows, frozen);
    let failures = failures::failures(reader, file, &places, chaos::next_id(&windows, chaos.as_ref()), frozen);
    let calm = horizon.calm(reader, file, &windows);
    if let Some(failures) = &failures {
        failures::check(reader, file, failures, calm);
    }

    let checks = checks::checks(reader, file, &places, types);
    let expect = checks::expect(reader, file, &checks);
    let reproduces = checks::reproduces(reader, file);
    let chance = exceptions::chance(reader, file, &places, seed);
    if frozen {
        refuse_draws(reader, file, client_fields.as_ref(), clocks);
    }

    let Nodes { plans, drawn } = nodes?;
    let frozen = matches!(chance, Chance::Frozen(_));
    let plan = Plan {
        protocol: types?.name().to_owned(),
        config: config?,
        nodes: plans,
        clients,
        network,
        disk,
        supervisor,
        windows,
        chance,
        calm,
        until: horizon.end(),
        limits,
        checks,
    };
    let header = Header { comments: Vec::new(), about, expect, reproduces };
    Some(Scenario::new(header, seed, plan, Drawn { frozen, nodes: drawn, clocks, chaos, failures }))
}

/// The fields of the file, if it is a scenario of this version.
fn version<'v, 's>(reader: &mut Reader<'s>, root: &'v Value) -> Option<Fields<'v, 's>> {
    // A file of another version may have other fields, so they are looked at after the version.
    let written = root.entry(reader.text, "version").map(|entry| &entry.value);
    if let Some(value) = written {
        let version = reader.parse::<u32>(value, "version")?;
        if version != VERSION {
            let message = format!("this is a file of version {version}; only version {VERSION} is known");
            reader.report(Code::VERSION, value.span.clone(), "version", message);
            return None;
        }
    }
    let fields = reader.fields(root, "", &FIELDS)?;
    if written.is_none() {
        let message = "the file does not say its version";
        reader.report(Code::VERSION, root.head(), "", message).help(format!("begin with `version: {VERSION}`"));
    }
    Some(fields)
}

/// Everyone that the file may name. A client called like a node is reported here.
fn places(
    reader: &mut Reader<'_>,
    file: &Fields<'_, '_>,
    nodes: Option<&Nodes>,
    clients: Option<Vec<String>>,
    types: Option<&dyn Types>,
) -> Places {
    let nodes: Option<Vec<String>> = nodes.map(|nodes| nodes.plans.iter().map(|plan| plan.name.clone()).collect());
    let called: BTreeSet<&String> = clients.iter().flatten().collect();
    if let Some(name) = nodes.iter().flatten().find(|name| called.contains(name)) {
        let message = format!("a node and a client are both called `{name}`");
        reader.report(Code::DOUBLED_NAME, file.span("clients"), "clients", message);
    }
    Places::new(nodes, clients, types.map(Types::facts))
}

/// Notes what in a frozen file would be drawn, beside single faults.
fn refuse_draws(reader: &mut Reader<'_>, file: &Fields<'_, '_>, clients: Option<&Fields<'_, '_>>, clocks: Clocks) {
    if clocks.offset != Span::ZERO || clocks.drift.0 != 0 {
        refuse_chance(reader, file.span("clocks"), "clocks", "`clocks` draws the error of each clock");
    }
    if let Some(requests) = clients.and_then(|fields| fields.get("requests")) {
        refuse_chance(reader, requests.span.clone(), "clients.requests", "`requests` draws what is asked");
    }
}

fn refuse_chance(reader: &mut Reader<'_>, span: Range<usize>, path: &str, what: &str) {
    let message = format!("{what}, but with `exceptions` nothing is left to chance");
    reader.report(Code::CHANCE_IN_FROZEN, span, path, message).help("remove it, or remove `exceptions`");
}
