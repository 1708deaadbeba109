//! The outline of a RON text: which value, key and element lies where.
//!
//! The scanner knows brackets, strings and comments and nothing of types, so it can say that a bracket is never closed,
//! that values are nested without end, or that a key is written twice, where a typed parser would say less or nothing.
//! Everything it accepts still goes through `ron`.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::Code;

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
    let mut scanner = Scanner { text, at: 0, values: 0, doubled: Vec::new() };
    scanner.skip_space()?;
    let value = scanner.value(0)?;
    scanner.skip_space()?;
    match scanner.peek() {
        None => Ok((value, scanner.doubled)),
        Some(_) => Err(scanner.syntax(scanner.here(), "the text goes on after its value has ended")),
    }
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

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    values: usize,
    doubled: Vec<Doubled>,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn here(&self) -> Range<usize> {
        self.at..self.at + self.peek().map_or(0, char::len_utf8)
    }

    fn syntax(&self, span: Range<usize>, message: impl Into<String>) -> Malformed {
        Malformed { code: Code::SYNTAX, span, message: message.into() }
    }

    /// Moves on to the end of the first `end`, which closes what began at `start`.
    fn close(&mut self, start: usize, end: &str, what: &str) -> Result<(), Malformed> {
        match self.rest().find(end) {
            Some(found) => self.at += found + end.len(),
            None => return Err(self.syntax(start..start + 1, format!("this {what} is never closed"))),
        }
        Ok(())
    }

    /// Skips white space and comments.
    fn skip_space(&mut self) -> Result<(), Malformed> {
        loop {
            let rest = self.rest();
            let blank = |c: char| c.is_whitespace() || matches!(c, '\u{200E}' | '\u{200F}');
            self.at += rest.len() - rest.trim_start_matches(blank).len();
            if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.skip_block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_block_comment(&mut self) -> Result<(), Malformed> {
        let start = self.at;
        let mut open = 0usize;
        loop {
            if self.rest().starts_with("/*") {
                open += 1;
                self.at += 2;
            } else if self.rest().starts_with("*/") {
                open -= 1;
                self.at += 2;
                if open == 0 {
                    return Ok(());
                }
            } else {
                match self.peek() {
                    Some(c) => self.at += c.len_utf8(),
                    None => return Err(self.syntax(start..start + 2, "this comment is never closed")),
                }
            }
        }
    }

    fn value(&mut self, depth: usize) -> Result<Value, Malformed> {
        self.values += 1;
        if self.values > VALUES_MAX {
            let message = format!("the file holds more than {VALUES_MAX} values");
            return Err(Malformed { code: Code::SIZE, span: self.here(), message });
        }
        let start = self.at;
        let leaf = |at: usize, shape| Value { span: start..at, name_end: start, shape, entries: Vec::new() };
        if self.skip_literal()? {
            return Ok(leaf(self.at, Shape::Text));
        }
        match self.peek() {
            None => return Err(self.syntax(self.here(), "the file ends where a value is expected")),
            Some('(' | '[' | '{') => return self.group(start, depth),
            Some(c @ (')' | ']' | '}' | ',' | ':')) => {
                return Err(self.syntax(self.here(), format!("expected a value, found `{c}`")));
            }
            Some(_) => {}
        }
        let ends = |c: char| c.is_whitespace() || "()[]{},:\"'/".contains(c);
        // A stray slash would otherwise be a word without letters.
        self.at += self.rest().find(ends).unwrap_or(self.rest().len()).max(self.here().len());
        let word_end = self.at;
        self.skip_space()?;
        if self.peek() == Some('(') {
            let group = self.group(self.at, depth)?;
            return Ok(Value { span: start..group.span.end, name_end: word_end, ..group });
        }
        self.at = word_end;
        Ok(leaf(word_end, Shape::Word))
    }

    /// Skips a string, raw string, byte string or character, if one begins here.
    fn skip_literal(&mut self) -> Result<bool, Malformed> {
        let start = self.at;
        let rest = self.rest();
        let plain = rest.strip_prefix('b').unwrap_or(rest);
        if let Some(raw) = plain.strip_prefix('r') {
            let hashes = raw.len() - raw.trim_start_matches('#').len();
            if raw[hashes..].starts_with('"') {
                self.at += rest.len() - raw.len() + hashes + 1;
                self.close(start, &format!("\"{}", "#".repeat(hashes)), "text")?;
                return Ok(true);
            }
        }
        let (quote, what) = match plain.chars().next() {
            Some('"') => ('"', "text"),
            Some('\'') => ('\'', "character"),
            _ => return Ok(false),
        };
        self.at += rest.len() - plain.len() + 1;
        let mut first = true;
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                '\\' => self.at += self.here().len(),
                _ if c == quote && !(first && quote == '\'') => return Ok(true),
                _ => {}
            }
            first = false;
        }
        Err(self.syntax(start..start + 1, format!("this {what} is never closed")))
    }

    fn group(&mut self, start: usize, depth: usize) -> Result<Value, Malformed> {
        if depth >= DEPTH_MAX {
            let message = format!("values are nested more than {DEPTH_MAX} deep");
            return Err(Malformed { code: Code::DEPTH, span: self.here(), message });
        }
        let (shape, closing) = match self.peek() {
            Some('[') => (Shape::List, ']'),
            Some('{') => (Shape::Map, '}'),
            _ => (Shape::Group, ')'),
        };
        self.at += 1;
        let mut entries = Vec::new();
        loop {
            self.skip_space()?;
            match self.peek() {
                Some(c) if c == closing => break,
                Some(c @ (')' | ']' | '}')) => return Err(self.mismatch(start, c)),
                None => return Err(self.unclosed(start)),
                Some(_) => {}
            }
            entries.push(self.entry(depth)?);
            self.skip_space()?;
            match self.peek() {
                Some(',') => self.at += 1,
                Some(c) if c == closing => {}
                Some(c @ (')' | ']' | '}')) => return Err(self.mismatch(start, c)),
                None => return Err(self.unclosed(start)),
                Some('.') if self.rest().starts_with("..") => {
                    return Err(self.syntax(self.at..self.at + 2, "a range of texts is one text, as in \"100ms..5s\""));
                }
                Some(_) => return Err(self.syntax(self.here(), format!("expected `,` or `{closing}` before this"))),
            }
        }
        self.at += 1;
        self.note_doubled(&entries);
        Ok(Value { span: start..self.at, name_end: start, shape, entries })
    }

    fn entry(&mut self, depth: usize) -> Result<Entry, Malformed> {
        let value = self.value(depth + 1)?;
        self.skip_space()?;
        if self.peek() != Some(':') {
            return Ok(Entry { key: None, value });
        }
        self.at += 1;
        self.skip_space()?;
        Ok(Entry { key: Some(value.span), value: self.value(depth + 1)? })
    }

    fn note_doubled(&mut self, entries: &[Entry]) {
        let mut seen: BTreeMap<&str, &Range<usize>> = BTreeMap::new();
        for key in entries.iter().filter_map(|entry| entry.key.as_ref()) {
            match seen.get(&self.text[key.clone()]) {
                Some(first) => self.doubled.push(((*first).clone(), key.clone())),
                None => drop(seen.insert(&self.text[key.clone()], key)),
            }
        }
    }

    fn unclosed(&self, start: usize) -> Malformed {
        self.syntax(start..start + 1, format!("this `{}` is never closed", &self.text[start..start + 1]))
    }

    fn mismatch(&self, start: usize, found: char) -> Malformed {
        let opening = &self.text[start..start + 1];
        self.syntax(self.here(), format!("`{found}` does not close the `{opening}` that is open here"))
    }
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
