//! The door to a protocol's types: how the loader has a config, a workload or an operation checked without knowing it.

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;
use sim_core::Fact;

/// What the loader must know of one protocol.
pub trait Types {
    /// The protocol's name.
    fn name(&self) -> &'static str;
    /// What its nodes may record.
    fn facts(&self) -> &'static [Fact];
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

/// Reads a value from RON text as scenario files write it.
///
/// # Errors
/// Where in `text` and what.
pub fn parse_typed<T: DeserializeOwned>(text: &str) -> Result<T, TypeError> {
    ron::from_str(text).map_err(|error| TypeError::whole(text, error.code.to_string()))
}

/// The canonical RON text of a value: what plans carry.
pub fn canonical<T: Serialize>(value: &T) -> String {
    ron::to_string(value).unwrap_or_default()
}
