//! Reads fields and lists out of an outline, each by itself, so that one mistake does not hide the next.

use std::ops::Range;

use serde::Deserialize;

use crate::diagnostic::{Code, Diagnostic};
use crate::outline::{Shape, Value};
use crate::typed;
use crate::types::TypeError;

/// The most mistakes that are told.
const PROBLEMS_MAX: usize = 100;

/// The text of a scenario and what has been found wrong with it.
pub(crate) struct Reader<'s> {
    pub(crate) text: &'s str,
    problems: Vec<Diagnostic>,
    /// Takes what is reported after the most that is told.
    dropped: Option<Diagnostic>,
    /// Keys that have been reported as written twice.
    doubled: Vec<Range<usize>>,
}

/// The fields of one struct of the file.
#[derive(Clone)]
pub(crate) struct Fields<'v, 's> {
    pub(crate) value: &'v Value,
    pub(crate) path: String,
    text: &'s str,
}

impl<'v> Fields<'v, '_> {
    /// The value of a field, if it is written.
    pub(crate) fn get(&self, name: &str) -> Option<&'v Value> {
        self.value.entry(self.text, name).map(|entry| entry.value.inside_some(self.text))
    }

    /// The path of a field.
    pub(crate) fn at(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    /// Where a field is written, or else what stands for the struct as a whole.
    pub(crate) fn span(&self, name: &str) -> Range<usize> {
        self.get(name).map_or_else(|| self.value.head(), |value| value.span.clone())
    }
}

impl<'s> Reader<'s> {
    pub(crate) fn new(text: &'s str) -> Reader<'s> {
        Reader { text, problems: Vec::new(), dropped: None, doubled: Vec::new() }
    }

    /// Everything found, in the order of the file.
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        self.problems.sort_by_key(|problem| problem.span.as_ref().map_or(0, |span| span.start));
        // What is wrong beyond this has not been looked at.
        if let (true, Some(last)) = (self.is_full(), self.problems.last_mut()) {
            last.note(format!("at most {PROBLEMS_MAX} mistakes are shown"));
        }
        self.problems
    }

    /// Notes a mistake; notes and help may be added to what is given back.
    pub(crate) fn report(
        &mut self,
        code: Code,
        span: Range<usize>,
        path: &str,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let diagnostic = Diagnostic::new(code, span, path, message);
        if self.is_full() {
            return self.dropped.insert(diagnostic);
        }
        self.problems.push(diagnostic);
        let last = self.problems.len() - 1;
        &mut self.problems[last]
    }

    /// Notes that a key is written twice.
    pub(crate) fn doubled_key(&mut self, first: &Range<usize>, second: &Range<usize>) {
        let line = self.line_of(first);
        let message = format!("the key `{}` is written twice", &self.text[second.clone()]);
        self.report(Code::DOUBLED_KEY, second.clone(), "", message).note(format!("first on line {line}"));
        if !self.is_full() {
            self.doubled.push(second.clone());
        }
    }

    /// Whether a key in this value is written twice, so that a typed parser would only say it again.
    pub(crate) fn has_doubled_key(&self, value: &Value) -> bool {
        self.doubled.iter().any(|key| value.span.contains(&key.start))
    }

    /// Whether so much is wrong that it is idle to look further: long lists stop here.
    pub(crate) fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }

    /// The source text of a value.
    pub(crate) fn source(&self, value: &Value) -> &'s str {
        &self.text[value.span.clone()]
    }

    /// A value read as `T`; what is wrong with it is noted.
    pub(crate) fn parse<T: Deserialize<'s>>(&mut self, value: &Value, path: &str) -> Option<T> {
        match typed::parse(self.source(value)) {
            Ok(parsed) => Some(parsed),
            Err(problem) => {
                self.type_error(problem.code, problem.error, value, path);
                None
            }
        }
    }

    /// Notes that a text of the file is not of the type that it must be of.
    pub(crate) fn type_error(&mut self, code: Code, error: TypeError, value: &Value, path: &str) {
        // The outline has reported this key already.
        if code == Code::DOUBLED_KEY {
            return;
        }
        let code = if error.found.is_some() { Code::UNKNOWN_NAME } else { code };
        let start = value.span.start.saturating_add(error.span.start).min(value.span.end);
        let end = value.span.start.saturating_add(error.span.end).clamp(start, value.span.end);
        let dot = if error.path.is_empty() || error.path.starts_with('[') { "" } else { "." };
        let path = format!("{path}{dot}{}", error.path);
        let diagnostic = self.report(code, start..end, &path, error.message);
        if let Some(found) = &error.found {
            diagnostic.legal(found, &error.expected);
        }
    }

    /// The fields of a struct, after noting those that are not `legal`.
    pub(crate) fn fields<'v>(&mut self, value: &'v Value, path: &str, legal: &[&str]) -> Option<Fields<'v, 's>> {
        let all_keyed = value.entries.iter().all(|entry| entry.key.is_some());
        if value.shape != Shape::Group || !all_keyed || value.name_end > value.span.start {
            let message = format!("expected fields in brackets, such as `({}: ..)`", legal.first().unwrap_or(&"name"));
            let diagnostic = self.report(Code::WRONG_TYPE, value.head(), path, message);
            if value.shape == Shape::Map {
                diagnostic.help("structs stand in round brackets, with keys that have no quotes");
            }
            return None;
        }
        for key in value.entries.iter().filter_map(|entry| entry.key.clone()) {
            let name = &self.text[key.clone()];
            if !legal.contains(&name) && !self.is_full() {
                self.report(Code::UNKNOWN_NAME, key, path, format!("unknown field `{name}`")).legal(name, legal);
            }
        }
        Some(Fields { value, path: path.to_owned(), text: self.text })
    }

    /// The elements of a list with their paths; nothing, and a note, if it is none.
    pub(crate) fn list<'v>(&mut self, value: &'v Value, path: &str) -> Vec<(String, &'v Value)> {
        if value.shape != Shape::List || value.entries.iter().any(|entry| entry.key.is_some()) {
            self.report(Code::WRONG_TYPE, value.head(), path, "expected a list `[..]`");
            return Vec::new();
        }
        value.entries.iter().enumerate().map(|(i, entry)| (format!("{path}[{i}]"), &entry.value)).collect()
    }

    /// A field that may be left out.
    pub(crate) fn optional<T: Deserialize<'s>>(&mut self, fields: &Fields<'_, '_>, name: &str) -> Option<T> {
        self.parse(fields.get(name)?, &fields.at(name))
    }

    /// A field that has a default, which also stands in for a wrong value.
    pub(crate) fn default<T: Deserialize<'s>>(&mut self, fields: &Fields<'_, '_>, name: &str, default: T) -> T {
        self.optional(fields, name).unwrap_or(default)
    }

    /// The value of a field that has no default.
    pub(crate) fn needed<'v>(&mut self, fields: &Fields<'v, '_>, name: &str) -> Option<&'v Value> {
        let value = fields.get(name);
        if value.is_none() {
            let message = format!("the field `{name}` is missing");
            self.report(Code::MISSING, fields.value.head(), &fields.path, message);
        }
        value
    }

    /// A field that has no default.
    pub(crate) fn required<T: Deserialize<'s>>(&mut self, fields: &Fields<'_, '_>, name: &str) -> Option<T> {
        let value = self.needed(fields, name)?;
        self.parse(value, &fields.at(name))
    }

    /// A number with a least and a greatest value; `default` if the field is left out or wrong.
    pub(crate) fn number(
        &mut self,
        fields: &Fields<'_, '_>,
        name: &str,
        default: u64,
        range: std::ops::RangeInclusive<u64>,
        code: Code,
    ) -> u64 {
        let Some(number) = self.optional::<u64>(fields, name) else { return default };
        if range.contains(&number) {
            return number;
        }
        let message = format!("`{name}` is {number}; it must lie between {} and {}", range.start(), range.end());
        self.report(code, fields.span(name), &fields.at(name), message);
        default
    }

    /// The line on which something begins, for notes.
    pub(crate) fn line_of(&self, span: &Range<usize>) -> usize {
        if self.is_full() { 0 } else { self.text[..span.start].matches('\n').count() + 1 }
    }
}
