//! The outline of a RON text: which value, key and element lies where.
//!
//! The scanner knows brackets, strings and comments and nothing of types, so it can say that a bracket is never closed,
//! that values are nested without end, or that a key is written twice, where a typed parser would say less or nothing.
//! Everything it accepts still goes through `ron`.

mod scanner;

use std::ops::Range;

use crate::diagnostic::Code;
use scanner::Scanner;

/// How deep values may be nested; `ron` itself gives up at 128 calls, and each level can take two.
pub(crate) const DEPTH_MAX: usize = 60;
/// How many values a file may hold.
pub(crate) const VALUES_MAX: usize = 1_000_000;

/// One value of the text, with what lies in it.
#[derive(Debug)]
pub(crate) struct Value {
    /// Its bytes.
    pub(crate) span: Range<usize>,
    /// Where the name before its brackets ends; its start if it has none.
    pub(crate) name_end: usize,
    pub(crate) shape: Shape,
    pub(crate) entries: Vec<Entry>,
}

/// An element of a list or tuple, or a field with its key.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Option<Range<usize>>,
    pub(crate) value: Value,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    /// A number, a name, a range.
    Word,
    /// A string or a character.
    Text,
    /// `[..]`
    List,
    /// `{..}`
    Map,
    /// `(..)`, with or without keys and a name before it.
    Group,
}

/// Why a text has no outline.
#[derive(Debug)]
pub(crate) struct Malformed {
    pub(crate) code: Code,
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
}

/// A key that is written twice: where first, and where again.
pub(crate) type Doubled = (Range<usize>, Range<usize>);

/// The outline of `text`, and its doubled keys.
pub(crate) fn outline(text: &str) -> Result<(Value, Vec<Doubled>), Malformed> {
    Scanner::new(text).whole()
}

impl Value {
    /// The bytes to point at when the value as a whole is meant: its name, or its opening bracket, or all of a leaf.
    pub(crate) fn head(&self) -> Range<usize> {
        match self.shape {
            Shape::Word | Shape::Text => self.span.clone(),
            _ if self.name_end > self.span.start => self.span.start..self.name_end,
            _ => self.span.start..self.span.start + 1,
        }
    }

    /// The first entry with this key.
    pub(crate) fn entry<'v>(&'v self, text: &str, key: &str) -> Option<&'v Entry> {
        self.entries.iter().find(|entry| {
            entry.key.as_ref().is_some_and(|span| text.get(span.clone()).is_some_and(|found| unquoted(found) == key))
        })
    }

    /// What lies inside `Some(..)`, or this value.
    pub(crate) fn inside_some<'v>(&'v self, text: &str) -> &'v Value {
        match self.entries.as_slice() {
            [only] if only.key.is_none() && text.get(self.span.start..self.name_end) == Some("Some") => &only.value,
            _ => self,
        }
    }
}

/// A key without the quotes that a map's text keys have.
fn unquoted(key: &str) -> &str {
    key.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(text: &str) -> String {
        let malformed = outline(text).expect_err(text);
        format!("{} at {:?}", malformed.message, malformed.span)
    }

    #[test]
    fn values_and_keys_have_their_bytes() {
        let text = "// why\n(a: Uniform(\"1ms, )\", 2), /* [ */ b: [r#\"]\"#, ',', b\"x\\\"\"], c: {\"k\": 0..6})";
        let (root, doubled) = outline(text).unwrap();
        assert!(doubled.is_empty());
        let of = |value: &Value| text[value.span.clone()].to_owned();
        let a = &root.entry(text, "a").unwrap().value;
        assert_eq!((of(a), &text[a.head()]), ("Uniform(\"1ms, )\", 2)".to_owned(), "Uniform"));
        let b: Vec<_> = root.entry(text, "b").unwrap().value.entries.iter().map(|e| of(&e.value)).collect();
        assert_eq!(b, ["r#\"]\"#", "','", "b\"x\\\"\""]);
        assert_eq!(of(&root.entry(text, "c").unwrap().value.entry(text, "k").unwrap().value), "0..6");
    }

    #[test]
    fn what_is_open_is_named() {
        assert_eq!(complaint("(a: [1, 2"), "this `[` is never closed at 4..5");
        assert_eq!(complaint("(a: [1, 2)"), "`)` does not close the `[` that is open here at 9..10");
        assert_eq!(complaint("(a: \"x)"), "this text is never closed at 4..5");
        assert_eq!(complaint("(a: 1 b: 2)"), "expected `,` or `)` before this at 6..7");
        assert_eq!(complaint("() ()"), "the text goes on after its value has ended at 3..4");
        assert_eq!(complaint("(a: \"x\"..\"y\")"), "a range of texts is one text, as in \"100ms..5s\" at 7..9");
        assert_eq!(complaint("/* "), "this comment is never closed at 0..2");
        assert_eq!(complaint(""), "the file ends where a value is expected at 0..0");
    }

    #[test]
    fn nesting_has_an_end() {
        assert!(complaint(&"[".repeat(1_000_000)).starts_with("values are nested more than 60 deep"));
    }

    #[test]
    fn doubled_keys_are_seen_in_maps_too() {
        let (_, doubled) = outline("(a: {\"x\": 1, \"x\": 2}, b: 1, a: 3)").unwrap();
        assert_eq!(doubled, [(5..8, 13..16), (1..2, 28..29)]);
    }
}
