//! The door to a protocol's types: how the loader has a config, a workload or an operation checked without knowing it.

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sim_core::Fact;
use sim_core::check::Check;

use crate::typed;

/// What the loader must know of one protocol.
///
/// With [`parse_typed`] and [`canonical`] each of the three parsers is a line.
pub trait Types {
    /// The protocol's name.
    fn name(&self) -> &'static str;
    /// What its nodes may record.
    fn facts(&self) -> &'static [Fact];
    /// Whether the protocol can serve a check (a judgement of histories needs a contract with clients); if not, what it
    /// lacks.
    ///
    /// # Errors
    /// What the protocol lacks, in words.
    fn serves(&self, check: &Check) -> Result<(), String> {
        let _ = check;
        Ok(())
    }
    /// Parses a config, has it validated for so many nodes, and gives back its canonical RON.
    ///
    /// # Errors
    /// Where in `text` and what.
    fn config(&self, text: &str, nodes: u16) -> Result<String, TypeError>;
    /// Parses a workload and gives back its canonical RON.
    ///
    /// # Errors
    /// Where in `text` and what.
    fn workload(&self, text: &str) -> Result<String, TypeError>;
    /// Parses an operation and gives back its canonical RON.
    ///
    /// # Errors
    /// Where in `text` and what.
    fn operation(&self, text: &str) -> Result<String, TypeError>;
}

/// The protocols that a scenario file may name.
pub trait Protocols {
    /// The protocol of this name.
    fn get(&self, name: &str) -> Option<&dyn Types>;
    /// Every name, in the order in which they should be listed.
    fn names(&self) -> Vec<&'static str>;
}

/// Why a text is not a value of a type.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeError {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the text.
    pub span: Range<usize>,
    /// Where, as a path of fields: `lease.margin`.
    pub path: String,
    /// The legal names, if the error is an unknown name.
    pub expected: Vec<String>,
    /// The unknown name.
    pub found: Option<String>,
}

impl TypeError {
    /// A refusal of the whole text, such as a config that does not fit the number of nodes.
    pub fn whole(text: &str, message: impl Into<String>) -> TypeError {
        TypeError {
            message: message.into(),
            span: 0..text.len(),
            path: String::new(),
            expected: Vec::new(),
            found: None,
        }
    }
}

/// Reads a value from RON text as scenario files write it: `Some` may be left out.
///
/// ```
/// # use scenarios::parse_typed;
/// #[derive(serde::Deserialize, Debug, PartialEq)]
/// struct Config { replicas: u8, quorum: Option<u8> }
///
/// assert_eq!(parse_typed("(replicas: 3, quorum: 2)"), Ok(Config { replicas: 3, quorum: Some(2) }));
/// let error = parse_typed::<Config>("(replicas: many)").unwrap_err();
/// assert_eq!((error.message.as_str(), error.path.as_str()), ("expected a whole number, found `many`", "replicas"));
/// assert_eq!(error.span, 11..15);
/// ```
///
/// # Errors
/// Where in `text` and what.
pub fn parse_typed<T: DeserializeOwned>(text: &str) -> Result<T, TypeError> {
    typed::parse(text).map_err(|problem| problem.error)
}

/// The canonical RON text of a value, on one line: what plans carry. [`parse_typed`] reads it back.
///
/// A value that RON cannot hold (a map with keys of mixed types, a failing `Serialize`) gives `()`.
pub fn canonical<T: Serialize>(value: &T) -> String {
    let layout = ron::ser::PrettyConfig::new().depth_limit(0);
    ron::ser::to_string_pretty(value, layout).unwrap_or_else(|_| "()".to_owned())
}
