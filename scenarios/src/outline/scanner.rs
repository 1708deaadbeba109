//! The scanner behind the outline: recursive descent over brackets, strings and comments, never deeper than is allowed.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{DEPTH_MAX, Doubled, Entry, Malformed, Shape, VALUES_MAX, Value};
use crate::diagnostic::Code;

/// A cursor in the text. Everything that it has passed is well-formed.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    values: usize,
    doubled: Vec<Doubled>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        Scanner { text, at: 0, values: 0, doubled: Vec::new() }
    }

    /// The one value that the text holds, and the keys that are doubled in it.
    pub(super) fn whole(mut self) -> Result<(Value, Vec<Doubled>), Malformed> {
        self.skip_space()?;
        let value = self.value(0)?;
        self.skip_space()?;
        match self.peek() {
            None => Ok((value, self.doubled)),
            Some(_) => Err(self.syntax(self.here(), "the text goes on after its value has ended")),
        }
    }

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
