//! `squall list`: the protocols that this binary knows, and the catalogue inside it.

use scenarios::{Expect, Protocols, Scenario, Shipped};
use serde_json::{Value, json};
use sim_core::Fact;

use super::{Format, Session};
use crate::catalog;
use crate::exit::Exit;
use crate::load::load_source;
use crate::screen::{FAINT, STRONG, styled};
use crate::source::Source;

/// List the protocols with what their nodes may record, and the scenarios inside the binary.
#[derive(clap::Args, Debug)]
pub(super) struct Args {
    /// The form of the list.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Human)]
    format: Format,
}

impl Args {
    pub(super) fn run(&self, session: &Session<'_>) -> Exit {
        let mut lines = Vec::new();
        match self.format {
            Format::Human => {
                lines.push(styled(STRONG, "Protocols"));
                lines.extend(session.registry.names().iter().map(|name| protocol_words(session, name)));
                lines.push(format!("\n{}", styled(STRONG, "Scenarios inside the binary, for `squall run NAME`")));
                let width = catalog::all().map(|shipped| shipped.name.len()).max().unwrap_or(0);
                lines.extend(catalogue(session).map(|(shipped, scenario)| scenario_words(shipped, &scenario, width)));
            }
            Format::Json => {
                lines.extend(session.registry.names().iter().map(|name| protocol_object(session, name).to_string()));
                lines.extend(
                    catalogue(session).map(|(shipped, scenario)| scenario_object(shipped, &scenario).to_string()),
                );
            }
        }
        session.screen.data(&lines.join("\n"));
        Exit::Met
    }
}

/// The catalogue's scenarios whose protocol is registered.
fn catalogue<'s>(session: &'s Session<'_>) -> impl Iterator<Item = (&'static Shipped, Scenario)> + 's {
    catalog::all().filter_map(|shipped| {
        let source = Source { name: shipped.name.to_owned(), bytes: shipped.text.as_bytes().to_vec() };
        load_source(session.registry, source).ok().map(|loaded| (shipped, loaded.scenario))
    })
}

fn facts(session: &Session<'_>, name: &str) -> &'static [Fact] {
    session.registry.get(name).map_or(&[], |types| types.facts())
}

fn protocol_words(session: &Session<'_>, name: &str) -> String {
    let mut words = format!("  {}  {}", styled(STRONG, name), session.registry.about(name));
    for fact in facts(session, name) {
        let fact = format!("{}({}) = {}", fact.name, fact.key, fact.value);
        words.push_str(&format!("\n    {}", styled(FAINT, &fact)));
    }
    words
}

fn scenario_words(shipped: &Shipped, scenario: &Scenario, width: usize) -> String {
    let name = format!("{:<width$}", shipped.name);
    let expectation = match scenario.expect() {
        Expect::Pass => String::new(),
        Expect::Fail(check) => format!(" ({check} fails)"),
    };
    format!("  {name}  {}{}", scenario.about(), styled(FAINT, &expectation))
}

fn protocol_object(session: &Session<'_>, name: &str) -> Value {
    let facts: Vec<Value> = facts(session, name)
        .iter()
        .map(|fact| json!({ "name": fact.name, "key": fact.key, "value": fact.value }))
        .collect();
    json!({ "protocol": name, "about": session.registry.about(name), "facts": facts })
}

fn scenario_object(shipped: &Shipped, scenario: &Scenario) -> Value {
    let expectation = match scenario.expect() {
        Expect::Pass => "pass".to_owned(),
        Expect::Fail(check) => format!("fail: {check}"),
    };
    json!({
        "scenario": shipped.name,
        "about": scenario.about(),
        "protocol": scenario.protocol(),
        "expectation": expectation,
    })
}
