//! The scenarios inside the binary: the catalogue, and the demonstration.

use scenarios::{CATALOG, Shipped};

/// What `squall demo` runs.
pub(crate) const DEMO: Shipped = Shipped { name: "demo", text: include_str!("cli/demo.ron") };

/// Every scenario, the demonstration first.
pub(crate) fn all() -> impl Iterator<Item = &'static Shipped> {
    [&DEMO].into_iter().chain(CATALOG)
}

/// The scenario of this name, with or without `.ron`.
pub(crate) fn find(name: &str) -> Option<&'static Shipped> {
    let name = name.strip_suffix(".ron").unwrap_or(name);
    all().find(|shipped| shipped.name == name)
}

/// The scenario whose name is most like `name`, if one is like it at all.
pub(crate) fn nearest(name: &str) -> Option<&'static Shipped> {
    let name = name.strip_suffix(".ron").unwrap_or(name);
    let likeness = |shipped: &Shipped| strsim::jaro_winkler(shipped.name, name);
    all().filter(|shipped| likeness(shipped) > 0.85).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_and_without_an_ending_and_nearly() {
        assert_eq!(find("heartbeat/crash.ron").map(|shipped| shipped.name), Some("heartbeat/crash"));
        assert_eq!(find("heartbeat/crash").map(|shipped| shipped.name), Some("heartbeat/crash"));
        assert_eq!(find("demo").map(|shipped| shipped.name), Some("demo"));
        assert_eq!(nearest("hearbeat/crsh.ron").map(|shipped| shipped.name), Some("heartbeat/crash"));
        assert_eq!(nearest("/etc/passwd"), None);
    }
}
