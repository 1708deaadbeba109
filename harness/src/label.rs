//! Which run is meant: what is said of one that has no report.

use std::path::Path;

use serde_json::{Value, json};

use crate::load::Loaded;
use crate::report::run_command;

/// A scenario under a seed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Label {
    /// The file as the user named it.
    pub(crate) file: String,
    pub(crate) protocol: String,
    pub(crate) seed: u64,
}

impl Label {
    pub(crate) fn of(loaded: &Loaded, seed: u64) -> Label {
        let protocol = loaded.scenario.protocol().to_owned();
        Label { file: loaded.source.name.clone(), protocol, seed }
    }

    /// The file's name without folders and ending.
    pub(crate) fn scenario(&self) -> String {
        Path::new(&self.file).file_stem().map_or_else(|| self.file.clone(), |stem| stem.to_string_lossy().into_owned())
    }

    /// The command that runs it.
    pub(crate) fn command(&self) -> String {
        run_command(&self.file, self.seed)
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({ "file": self.file, "protocol": self.protocol, "seed": self.seed })
    }

    pub(crate) fn from_json(text: &str) -> Option<Label> {
        let value: Value = serde_json::from_str(text).ok()?;
        let text = |key: &str| value[key].as_str().map(str::to_owned);
        Some(Label { file: text("file")?, protocol: text("protocol")?, seed: value["seed"].as_u64()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_back() {
        let label = Label { file: "a b/\"c\".ron".to_owned(), protocol: "echo".to_owned(), seed: u64::MAX };
        assert_eq!(Label::from_json(&label.to_json().to_string()), Some(label));
        assert_eq!(Label::from_json(""), None);
    }
}
