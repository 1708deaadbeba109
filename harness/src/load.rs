//! From a path to a scenario, or to everything that is wrong with the file.

use std::path::Path;

use scenarios::{Diagnostic, Scenario};

use crate::registry::Registry;
use crate::source::Source;

/// A scenario and the file it came from.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) source: Source,
    pub(crate) scenario: Scenario,
}

/// A file that is no scenario, and why.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The file as far as it could be read.
    pub(crate) source: Source,
    /// What is wrong; never empty.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Reads and loads a file.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn load(registry: &Registry, path: &Path) -> Result<Loaded, Refused> {
    let source = Source::read(path).map_err(|diagnostic| Refused {
        source: Source { name: path.display().to_string(), bytes: Vec::new() },
        diagnostics: vec![*diagnostic],
    })?;
    load_source(registry, source)
}

/// Loads what has been read.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn load_source(registry: &Registry, source: Source) -> Result<Loaded, Refused> {
    match scenarios::load(&source.bytes, registry) {
        Ok(scenario) => Ok(Loaded { source, scenario }),
        Err(diagnostics) => Err(Refused { source, diagnostics }),
    }
}
