//! The catalogue: the scenarios that squall ships, carried as text.

/// A shipped scenario.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Shipped {
    /// Folder and file without its ending: `heartbeat/crash`.
    pub name: &'static str,
    /// What is in the file.
    pub text: &'static str,
}

/// Every file of `catalog/`, in the order of names.
pub const CATALOG: &[Shipped] = include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_texts_are_scenarios() {
        assert!(CATALOG.iter().any(|shipped| shipped.name == "heartbeat/crash"));
        assert!(CATALOG.is_sorted_by(|a, b| a.name < b.name));
        assert!(CATALOG.iter().all(|shipped| shipped.text.contains("version: 1")));
    }
}
