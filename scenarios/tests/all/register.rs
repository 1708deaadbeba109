//! A protocol that exists only as types, and diagnostics as the golden files hold them.

use std::fmt::Write as _;

use scenarios::{Diagnostic, Protocols, TypeError, Types, canonical, load, parse_typed};
use serde::{Deserialize, Serialize};
use sim_core::{Fact, Span};

/// A register that some node leads: config, workload and operations of every shape.
struct Register;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    replication: Replication,
    lease: Option<Lease>,
    quorum: u16,
}

impl Default for Config {
    fn default() -> Config {
        Config { replication: Replication::Sync, lease: None, quorum: 1 }
    }
}

#[derive(Serialize, Deserialize)]
enum Replication {
    Sync,
    Semi(u16),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lease {
    length: Span,
    #[serde(default)]
    margin: Span,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Workload {
    keys: u32,
    #[serde(default)]
    read: u32,
}

#[derive(Serialize, Deserialize)]
enum Operation {
    Read(u32),
    Write(u32, u32),
    CompareAndSet { key: u32, old: u32, new: u32 },
}

impl Types for Register {
    fn name(&self) -> &'static str {
        "register"
    }
    fn facts(&self) -> &'static [Fact] {
        const { &[Fact::new("primary", "epoch", "node"), Fact::new("applied", "slot", "digest")] }
    }
    fn config(&self, text: &str, nodes: u16) -> Result<String, TypeError> {
        let config: Config = parse_typed(text)?;
        if config.quorum > nodes {
            let message = format!("a quorum of {} needs at least as many nodes; there are {nodes}", config.quorum);
            return Err(TypeError::whole(text, message));
        }
        Ok(canonical(&config))
    }
    fn workload(&self, text: &str) -> Result<String, TypeError> {
        parse_typed::<Workload>(text).map(|workload| canonical(&workload))
    }
    fn operation(&self, text: &str) -> Result<String, TypeError> {
        parse_typed::<Operation>(text).map(|operation| canonical(&operation))
    }
}

/// Knows the register alone.
pub(crate) struct Fakes;

impl Protocols for Fakes {
    fn get(&self, name: &str) -> Option<&dyn Types> {
        (name == "register").then_some(&Register)
    }
    fn names(&self) -> Vec<&'static str> {
        vec!["register"]
    }
}

/// What is told about a file: all its diagnostics, or that it is right.
pub(crate) fn told(bytes: &[u8]) -> String {
    match load(bytes, &Fakes) {
        Ok(_) => "right\n".to_owned(),
        Err(problems) => problems.iter().map(|problem| one_told(bytes, problem)).collect(),
    }
}

/// Code, place, path and message; the line with carets; notes and help.
fn one_told(bytes: &[u8], problem: &Diagnostic) -> String {
    let source = String::from_utf8_lossy(bytes);
    let mut text = problem.code.to_string();
    let place = problem.line_column(&source).zip(problem.span.clone());
    if let Some(((line, column), _)) = &place {
        let _ = write!(text, " at {line}:{column}");
    }
    if !problem.path.is_empty() {
        let _ = write!(text, " in {}", problem.path);
    }
    let _ = writeln!(text, ": {}", problem.message);
    if let Some(((line, column), span)) = place {
        let shown: String = source.lines().nth(line - 1).unwrap_or_default().chars().take(120).collect();
        let marked = source.get(span).and_then(|marked| marked.lines().next()).map_or(1, |line| line.chars().count());
        let _ = writeln!(text, "    {}\n    {}{}", shown.trim_end(), " ".repeat(column - 1), "^".repeat(marked.max(1)));
    }
    for note in &problem.notes {
        // Long lists of names grow with the vocabulary, which is none of these files' business.
        let short: String = note.chars().take(70).collect();
        let _ = writeln!(text, "    note: {short}{}", if short.len() < note.len() { ".." } else { "" });
    }
    if let Some(help) = &problem.help {
        let _ = writeln!(text, "    help: {help}");
    }
    text
}
