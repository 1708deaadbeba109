//! The catalogue inside the binary: scenarios that can be run with no files at hand.

/// One scenario of the catalogue.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Entry {
    /// Its name: `heartbeat/crash`.
    pub(crate) name: &'static str,
    /// Its text.
    pub(crate) text: &'static str,
}

macro_rules! entries {
    ($($name:literal),* $(,)?) => {
        &[$(Entry {
            name: $name,
            text: include_str!(concat!("../../scenarios/catalog/", $name, ".ron")),
        }),*]
    };
}

/// Every scenario, by name.
pub(crate) const ENTRIES: &[Entry] = entries![
    "echo/hello",
    "echo/lossy",
    "heartbeat/bug_h1_wall_clock_timeout",
    "heartbeat/bug_h2_no_sequence_check",
    "heartbeat/bug_h3_never_withdraws",
    "heartbeat/bug_h4_incarnation_not_bumped",
    "heartbeat/calm",
    "heartbeat/chaos",
    "heartbeat/clock_step",
    "heartbeat/crash",
    "heartbeat/lossy",
    "heartbeat/one_way",
    "heartbeat/partition",
    "heartbeat/pause",
];

/// Every scenario and the demonstration.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> {
    [&DEMO].into_iter().chain(ENTRIES)
}

/// What `squall demo` runs.
pub(crate) const DEMO: Entry = Entry { name: "demo", text: include_str!("cli/demo.ron") };

/// The scenario of this name, with or without `.ron`.
pub(crate) fn find(name: &str) -> Option<&'static Entry> {
    let name = name.strip_suffix(".ron").unwrap_or(name);
    all().find(|entry| entry.name == name)
}

/// The scenario whose name is most like `name`, if one is like it at all.
pub(crate) fn nearest(name: &str) -> Option<&'static Entry> {
    let name = name.strip_suffix(".ron").unwrap_or(name);
    let likeness = |entry: &Entry| strsim::jaro_winkler(entry.name, name);
    all().filter(|entry| likeness(entry) > 0.85).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn every_file_of_the_catalogue_is_inside() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/catalog");
        let mut names = Vec::new();
        for folder in fs::read_dir(root).unwrap() {
            for file in fs::read_dir(folder.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let parts = [path.parent().and_then(Path::file_name), path.file_stem()];
                names.push(parts.map(|part| part.unwrap().to_string_lossy().into_owned()).join("/"));
            }
        }
        names.sort();
        assert_eq!(names, ENTRIES.iter().map(|entry| entry.name).collect::<Vec<_>>());
    }

    #[test]
    fn names_are_found_with_and_without_an_ending_and_nearly() {
        assert_eq!(find("heartbeat/crash.ron").map(|entry| entry.name), Some("heartbeat/crash"));
        assert_eq!(find("heartbeat/crash").map(|entry| entry.name), Some("heartbeat/crash"));
        assert_eq!(nearest("hearbeat/crsh.ron").map(|entry| entry.name), Some("heartbeat/crash"));
        assert_eq!(nearest("/etc/passwd"), None);
    }
}
