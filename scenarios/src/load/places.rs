//! Who there is: the names of nodes and clients, and how a file refers to them.

use std::collections::BTreeMap;
use std::ops::Range;

use ron::value::RawValue;
use serde::{Deserialize, Deserializer};
use sim_core::fault::Target;
use sim_core::plan::Place;
use sim_core::{Fact, NodeId};

use crate::diagnostic::Code;
use crate::reader::Reader;
use crate::typed;

/// Every node and client of a scenario. `None` where the file does not say so rightly, so that nothing is judged by it.
#[derive(Default)]
pub(super) struct Places {
    pub(super) nodes: Option<Vec<String>>,
    pub(super) clients: Option<Vec<String>>,
    by_name: BTreeMap<String, Place>,
    /// The facts of the protocol, if it is known.
    pub(super) facts: Option<&'static [Fact]>,
}

/// A node, a client or a role as the file writes it: `0`, `"a"`, `Holder("primary")`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who<'a>(&'a str);

impl<'de: 'a, 'a> Deserialize<'de> for Who<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Who<'a>, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        // Only a comment could be in the way, and to trim it is to parse again.
        Ok(Who(if raw.get_ron().contains('/') { raw.trim().get_ron() } else { raw.get_ron().trim() }))
    }
}

impl<'a> Who<'a> {
    /// Where this stands in `text`, of which it must be a part.
    pub(super) fn span(&self, text: &str) -> Range<usize> {
        let start = (self.0.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        start..start + self.0.len()
    }
}

/// A role that a node can play.
#[derive(Deserialize)]
enum Role {
    Holder(String),
}

impl Places {
    /// Takes the names in. Names given twice have been reported.
    pub(super) fn new(
        nodes: Option<Vec<String>>,
        clients: Option<Vec<String>>,
        facts: Option<&'static [Fact]>,
    ) -> Places {
        let mut by_name = BTreeMap::new();
        // Nodes last, so that a name given to both means the node.
        for (name, i) in clients.iter().flatten().zip(0..) {
            by_name.insert(name.clone(), Place::Client(i));
        }
        for (name, i) in nodes.iter().flatten().zip(0..) {
            by_name.insert(name.clone(), Place::Node(NodeId(i)));
        }
        Places { nodes, clients, by_name, facts }
    }

    /// The client of this name.
    pub(super) fn client(&self, name: &str) -> Option<u16> {
        match self.by_name.get(name) {
            Some(Place::Client(client)) => Some(*client),
            _ => None,
        }
    }

    /// Whom a fault aims at; what is wrong is noted.
    pub(super) fn target(&self, reader: &mut Reader<'_>, who: Who<'_>, path: &str) -> Option<Target> {
        if !who.0.starts_with(|c: char| c == '"' || c == 'r' || c.is_ascii_digit() || c == '-') {
            return match typed::parse::<Role>(who.0) {
                Ok(Role::Holder(fact)) => {
                    self.check_fact(reader, &fact, who.span(reader.text), path).then_some(Target::Holder(fact))
                }
                Err(_) => {
                    not_a_place(reader, who, path);
                    None
                }
            };
        }
        self.place(reader, who, path).map(|place| match place {
            Place::Node(id) => Target::Node(id),
            Place::Client(client) => Target::Client(client),
        })
    }

    /// A node or a client, by number or name; what is wrong is noted.
    pub(super) fn place(&self, reader: &mut Reader<'_>, who: Who<'_>, path: &str) -> Option<Place> {
        if !who.0.starts_with(|c: char| c.is_ascii_digit()) {
            let Ok(name) = typed::parse::<String>(who.0) else {
                not_a_place(reader, who, path);
                return None;
            };
            return self.named(reader, &name, who.span(reader.text), path);
        }
        let Ok(number) = who.0.parse::<u64>() else {
            not_a_place(reader, who, path);
            return None;
        };
        let nodes = self.nodes.as_ref()?;
        let id = u16::try_from(number).ok().filter(|id| usize::from(*id) < nodes.len());
        if id.is_none() {
            let message = format!("there is no node {number}");
            let range = format!("the nodes are 0 to {}", nodes.len().saturating_sub(1));
            reader.report(Code::UNKNOWN_PLACE, who.span(reader.text), path, message).note(range);
        }
        id.map(|id| Place::Node(NodeId(id)))
    }

    fn named(&self, reader: &mut Reader<'_>, name: &str, span: Range<usize>, path: &str) -> Option<Place> {
        let place = self.by_name.get(name).copied();
        if place.is_none() && self.nodes.is_some() && self.clients.is_some() {
            let names: Vec<_> = self.nodes.iter().chain(&self.clients).flatten().collect();
            let message = format!("there is no node or client `{name}`");
            reader.report(Code::UNKNOWN_PLACE, span, path, message).legal(name, &names);
        }
        place
    }

    /// Whether nodes may record this fact; notes it if not.
    pub(super) fn check_fact(&self, reader: &mut Reader<'_>, fact: &str, span: Range<usize>, path: &str) -> bool {
        let Some(facts) = self.facts else { return true };
        let known = facts.iter().any(|known| known.name == fact);
        if !known {
            let names: Vec<_> = facts.iter().map(|known| known.name).collect();
            let message = format!("nodes of this protocol never record `{fact}`");
            reader.report(Code::UNKNOWN_FACT, span, path, message).legal(fact, &names);
        }
        known
    }
}

fn not_a_place(reader: &mut Reader<'_>, who: Who<'_>, path: &str) {
    let message = "expected a node: its number, its name in quotes, or `Holder(\"fact\")`";
    reader.report(Code::WRONG_TYPE, who.span(reader.text), path, message);
}
