//! `network`, `disk`, `supervisor`, `limits`: the world in which nothing has gone wrong yet.

use std::collections::BTreeMap;

use sim_core::plan::{DiskSettings, Limits, Network, Regions, Supervisor};
use sim_core::{Probability, Span};

use super::nodes::PLACES_MAX;
use super::places::Places;
use crate::diagnostic::Code;
use crate::outline::Value;
use crate::reader::{Fields, Reader};

/// Reads `network`.
pub(super) fn network<'s>(reader: &mut Reader<'s>, file: &Fields<'_, '_>, places: &Places, frozen: bool) -> Network {
    let usual = Network::default();
    let fields = file
        .get("network")
        .and_then(|value| reader.fields(value, "network", &["latency", "loss", "ordering", "regions"]));
    let Some(fields) = fields else { return usual };
    let latency = reader.default(&fields, "latency", usual.latency);
    if let Some(why) = latency.fault() {
        reader.report(Code::LAW, fields.span("latency"), "network.latency", why);
    }
    let loss = reader.default(&fields, "loss", usual.loss);
    if frozen && loss != Probability::ZERO {
        super::refuse_chance(reader, fields.span("loss"), "network.loss", "`loss` draws which packets are lost");
    }
    let ordering = reader.default(&fields, "ordering", usual.ordering);
    let regions = fields.get("regions").and_then(|value| regions(reader, value, places));
    Network { latency, loss, ordering, regions }
}

fn regions(reader: &mut Reader<'_>, value: &Value, places: &Places) -> Option<Regions> {
    const PATH: &str = "network.regions";
    let fields = reader.fields(value, PATH, &["names", "links", "nodes", "clients"])?;
    let names: Vec<String> = reader.required(&fields, "names")?;
    if names.len() as u64 > PLACES_MAX {
        let message = format!("there are {} regions; at most {PLACES_MAX} can be told apart", names.len());
        reader.report(Code::REGIONS, fields.span("names"), &fields.at("names"), message);
        return None;
    }
    let mut numbers = BTreeMap::new();
    for (name, i) in names.iter().zip(0u16..) {
        if numbers.insert(name.as_str(), i).is_some() {
            let message = format!("the region `{name}` is given twice");
            reader.report(Code::DOUBLED_NAME, fields.span("names"), &fields.at("names"), message);
        }
    }
    let known = Known { names: &names, numbers };
    let mut links = Vec::new();
    if let Some(value) = fields.get("links") {
        for (path, value) in reader.list(value, &fields.at("links")) {
            let Some((from, to, span)) = reader.parse::<(String, String, Span)>(value, &path) else { continue };
            let ends = (known.number(reader, value, &path, &from), known.number(reader, value, &path, &to));
            if let (Some(from), Some(to)) = ends {
                links.push((from, to, span));
            }
        }
    }
    let nodes = known.homes(reader, &fields, "nodes", places.nodes.as_ref().map(Vec::len))?;
    let clients = known.homes(reader, &fields, "clients", places.clients.as_ref().map(Vec::len))?;
    let regions = Regions { names, links, nodes, clients };
    if let Some((from, to)) = unconnected(&regions) {
        let message = format!("there is no way between the regions `{from}` and `{to}`");
        reader.report(Code::REGIONS, fields.span("links"), &fields.at("links"), message);
    }
    Some(regions)
}

/// The regions that there are.
struct Known<'n> {
    names: &'n [String],
    numbers: BTreeMap<&'n str, u16>,
}

impl Known<'_> {
    fn number(&self, reader: &mut Reader<'_>, value: &Value, path: &str, name: &str) -> Option<u16> {
        let number = self.numbers.get(name).copied();
        if number.is_none() && !reader.is_full() {
            let message = format!("there is no region `{name}`");
            reader.report(Code::UNKNOWN_PLACE, value.span.clone(), path, message).legal(name, self.names);
        }
        number
    }

    /// The region of each node or client; all live in the first region if the field is left out.
    fn homes(
        &self,
        reader: &mut Reader<'_>,
        fields: &Fields<'_, '_>,
        field: &str,
        count: Option<usize>,
    ) -> Option<Vec<u16>> {
        let Some(value) = fields.get(field) else {
            let some = count.is_some_and(|count| count > 0);
            if some && self.names.is_empty() {
                let message = format!("there are {field}, but no regions");
                reader.report(Code::REGIONS, fields.value.head(), &fields.path, message);
            }
            return Some(vec![0; count?]);
        };
        let path = fields.at(field);
        let list = reader.list(value, &path);
        let mut homes = Vec::new();
        for (path, value) in &list {
            let name = reader.parse::<String>(value, path)?;
            homes.push(self.number(reader, value, path, &name)?);
        }
        let count = count?;
        if homes.len() != count {
            let message = format!("{} regions are given for {count} {field}", homes.len());
            reader.report(Code::REGIONS, value.head(), &path, message);
        }
        Some(homes)
    }
}

/// Two regions that are lived in and have no way between them, if there are any.
fn unconnected(regions: &Regions) -> Option<(&str, &str)> {
    let mut group: Vec<u16> = regions.names.iter().zip(0..).map(|(_, i)| i).collect();
    fn root(group: &mut [u16], of: u16) -> u16 {
        let mut at = of;
        while group[usize::from(at)] != at {
            group[usize::from(at)] = group[usize::from(group[usize::from(at)])];
            at = group[usize::from(at)];
        }
        at
    }
    for (from, to, _) in &regions.links {
        let (from, to) = (root(&mut group, *from), root(&mut group, *to));
        group[usize::from(from)] = to;
    }
    let mut homes =
        regions.nodes.iter().chain(&regions.clients).filter(|home| usize::from(**home) < regions.names.len());
    let first = *homes.next()?;
    let other = homes.find(|home| root(&mut group, **home) != root(&mut group, first))?;
    Some((&regions.names[usize::from(first)], &regions.names[usize::from(*other)]))
}

/// Reads `disk`.
pub(super) fn disk<'s>(reader: &mut Reader<'s>, file: &Fields<'_, '_>) -> DiskSettings {
    let usual = DiskSettings::default();
    let Some(fields) = file.get("disk").and_then(|value| reader.fields(value, "disk", &["sync"])) else { return usual };
    let sync = reader.default(&fields, "sync", usual.sync);
    if let Some(why) = sync.fault() {
        reader.report(Code::LAW, fields.span("sync"), "disk.sync", why);
    }
    DiskSettings { sync }
}

/// Reads `supervisor`.
pub(super) fn supervisor<'s>(reader: &mut Reader<'s>, file: &Fields<'_, '_>) -> Supervisor {
    let usual = Supervisor::default();
    let fields =
        file.get("supervisor").and_then(|value| reader.fields(value, "supervisor", &["restart", "backoff", "give_up"]));
    let Some(fields) = fields else { return usual };
    let backoff = reader.default(&fields, "backoff", usual.backoff);
    if backoff.is_some_and(|backoff| backoff.factor == 0) {
        let message = "a `factor` of 0 would make the next delay nothing";
        reader.report(Code::LIMIT, fields.span("backoff"), "supervisor.backoff.factor", message);
    }
    Supervisor {
        restart: reader.default(&fields, "restart", usual.restart),
        backoff,
        give_up: reader.default(&fields, "give_up", usual.give_up),
    }
}

/// Reads `limits`.
pub(super) fn limits<'s>(reader: &mut Reader<'s>, file: &Fields<'_, '_>) -> Limits {
    let usual = Limits::default();
    let fields = file
        .get("limits")
        .and_then(|value| reader.fields(value, "limits", &["events", "instant", "in_flight", "search"]));
    let Some(fields) = fields else { return usual };
    let mut limit = |name, usual| {
        // A search as long as this takes some seconds and a gigabyte.
        let most = if name == "search" { 100_000_000 } else { 4_000_000_000 };
        reader.number(&fields, name, usual, 1..=most, Code::LIMIT)
    };
    Limits {
        events: limit("events", usual.events),
        instant: limit("instant", usual.instant),
        in_flight: limit("in_flight", usual.in_flight),
        search: limit("search", usual.search),
    }
}
