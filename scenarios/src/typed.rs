//! Typed values out of RON text, and an exact place and plain words for what does not fit.
//!
//! `ron` says where its cursor stood, `serde_path_to_error` which field was being read; the outline turns the path into
//! the bytes that a person would point at.

use std::ops::Range;

use ron::Error;
use ron::error::{Position, SpannedError};
use ron::extensions::Extensions;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde::de::value::UnitDeserializer;
use serde_path_to_error::{Path, Segment};

use crate::diagnostic::Code;
use crate::outline::{Shape, Value, outline};
use crate::types::TypeError;

/// An error with the code that the loader gives it.
pub(crate) struct Problem {
    pub(crate) code: Code,
    pub(crate) error: TypeError,
}

fn options() -> ron::Options {
    ron::Options::default().with_default_extension(Extensions::IMPLICIT_SOME)
}

/// Reads a value of type `T`; when that fails, reads it again and keeps track of the path.
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Box<Problem>> {
    if let Ok(value) = options().from_str(text) {
        return Ok(value);
    }
    let mut deserializer = match ron::Deserializer::from_str_with_options(text, &options()) {
        Ok(deserializer) => deserializer,
        Err(error) => return Err(problem::<T>(text, &error, &[])),
    };
    let (error, steps) = match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Ok(value) => match deserializer.end() {
            Ok(()) => return Ok(value),
            Err(error) => (error, Vec::new()),
        },
        Err(error) => (error.inner().clone(), steps(error.path())),
    };
    Err(problem::<T>(text, &deserializer.span_error(error), &steps))
}

/// Whether `text` is RON at all; if not, where and why.
pub(crate) fn syntax(text: &str) -> Result<(), (Range<usize>, String)> {
    options().from_str::<IgnoredAny>(text).map(drop).map_err(|error| {
        let end = offset(text, error.span.end);
        let start = offset(text, error.span.start).min(end);
        (start..end.max(start), words(&error.code))
    })
}

/// One step from a value to a part of it.
enum Step {
    Element(usize),
    Field(String),
    Variant(String),
}

fn steps(path: &Path) -> Vec<Step> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Element(*index)),
            Segment::Map { key } => Some(Step::Field(key.clone())),
            Segment::Enum { variant } => Some(Step::Variant(variant.clone())),
            Segment::Unknown => None,
        })
        .collect()
}

fn path_text(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Element(index) => text.push_str(&format!("[{index}]")),
            Step::Field(name) | Step::Variant(name) => {
                let dot = if text.is_empty() { "" } else { "." };
                text.push_str(&format!("{dot}{name}"));
            }
        }
    }
    text
}

fn problem<'a, T: Deserialize<'a>>(text: &'a str, error: &SpannedError, steps: &[Step]) -> Box<Problem> {
    // The path of an unknown field ends in that field, which is part of no value.
    let steps = match (&error.code, steps.split_last()) {
        (Error::NoSuchStructField { found, .. }, Some((Step::Field(last), rest))) if found == last => rest,
        _ => steps,
    };
    let at = offset(text, error.span.end);
    let root = outline(text).ok().map(|(root, _)| root);
    let (code, span, message) = match &root {
        None => (code(&error.code), offset(text, error.span.start).min(at)..at, words(&error.code)),
        Some(root) => match half_read(root, at) {
            Some(span) => {
                let message = format!("`{}` is not a whole number", &text[span.clone()]);
                (Code::WRONG_TYPE, span, message)
            }
            None => {
                let span = pointed(text, locate(text, root, steps, &error.code), &error.code);
                let mut message = expectation::<T>(&error.code, steps).unwrap_or_else(|| words(&error.code));
                if message.starts_with("expected") && !message.contains("found") {
                    message.push_str(&found(text.get(span.clone()).unwrap_or_default()));
                }
                (code(&error.code), span, message)
            }
        },
    };
    let (expected, unknown) = match &error.code {
        Error::NoSuchEnumVariant { expected, found, .. } | Error::NoSuchStructField { expected, found, .. } => {
            (expected.iter().map(|name| (*name).to_owned()).collect(), Some(found.clone()))
        }
        _ => (Vec::new(), None),
    };
    Box::new(Problem { code, error: TypeError { message, span, path: path_text(steps), expected, found: unknown } })
}

fn code(error: &Error) -> Code {
    match error {
        Error::NoSuchEnumVariant { .. } | Error::NoSuchStructField { .. } => Code::UNKNOWN_NAME,
        Error::MissingStructField { .. } => Code::MISSING,
        Error::DuplicateStructField { .. } => Code::DOUBLED_KEY,
        Error::Message(_) | Error::IntegerOutOfBounds => Code::BAD_VALUE,
        _ => Code::WRONG_TYPE,
    }
}

/// The value that `steps` lead to, or the last one on the way that the text has.
fn locate<'v>(text: &str, root: &'v Value, steps: &[Step], error: &Error) -> &'v Value {
    let mut value = root.inside_some(text);
    for step in steps {
        let next = part(text, value, step).or_else(|| part(text, only_element(value)?, step));
        match next {
            Some(next) => value = next.inside_some(text),
            None => return value,
        }
    }
    // `Constant("3 parsecs")`: the path ends in the variant, the mistake lies in what it holds.
    let in_brackets = matches!(error, Error::Message(_) | Error::ExpectedString | Error::ExpectedInteger)
        || matches!(error, Error::IntegerOutOfBounds | Error::NoSuchEnumVariant { .. } | Error::ExpectedArray);
    match steps.last() {
        Some(Step::Variant(_)) if in_brackets => only_element(value).unwrap_or(value),
        _ => value,
    }
}

fn part<'v>(text: &str, value: &'v Value, step: &Step) -> Option<&'v Value> {
    match step {
        Step::Element(index) => value.entries.get(*index).map(|entry| &entry.value),
        Step::Field(name) => value.entry(text, name).map(|entry| &entry.value),
        // A second variant of the path is that of what the first one holds.
        Step::Variant(name) => {
            let end = if value.name_end > value.span.start { value.name_end } else { value.span.end };
            (text.get(value.span.start..end) == Some(name)).then_some(value)
        }
    }
}

fn only_element(value: &Value) -> Option<&Value> {
    match value.entries.as_slice() {
        [only] if only.key.is_none() => Some(&only.value),
        _ => None,
    }
}

/// The bytes to point at for a mistake in `value`.
fn pointed(text: &str, value: &Value, error: &Error) -> Range<usize> {
    let key = match error {
        Error::NoSuchStructField { found, .. } => found.as_str(),
        Error::DuplicateStructField { field, .. } => field,
        _ => return value.head(),
    };
    value.entry(text, key).and_then(|entry| entry.key.clone()).unwrap_or_else(|| value.head())
}

/// A word of which only the beginning could be read, as `1.5` where a whole number is wanted: the cursor stands in it.
fn half_read(value: &Value, at: usize) -> Option<Range<usize>> {
    if value.shape == Shape::Word && value.span.start < at && at < value.span.end {
        return Some(value.span.clone());
    }
    let inside = value.entries.iter().find(|entry| entry.value.span.contains(&at))?;
    half_read(&inside.value, at)
}

/// What the type itself says it wants, such as "a length of time in quotes": `ron` refuses a number where text is
/// wanted without asking, so a unit value is offered to hear the answer.
fn expectation<'a, T: Deserialize<'a>>(error: &Error, steps: &[Step]) -> Option<String> {
    if !steps.is_empty() || *error != Error::ExpectedString {
        return None;
    }
    match T::deserialize(UnitDeserializer::<Error>::new()) {
        Err(Error::InvalidValueForType { expected, .. }) if expected != "a string" => {
            Some(format!("expected {expected}"))
        }
        _ => None,
    }
}

fn found(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() || line.chars().count() > 40 { String::new() } else { format!(", found `{line}`") }
}

/// The error in the words of this project: lower case, names in backticks.
fn words(error: &Error) -> String {
    match error {
        Error::Message(message) => message.clone(),
        Error::ExpectedString | Error::ExpectedChar => "expected text in quotes".to_owned(),
        Error::ExpectedInteger | Error::InvalidIntegerDigit { .. } => "expected a whole number".to_owned(),
        Error::ExpectedFloat => "expected a number".to_owned(),
        Error::ExpectedBoolean => "expected `true` or `false`".to_owned(),
        Error::ExpectedUnit => "expected `()`".to_owned(),
        Error::ExpectedOption => "expected `Some(..)` or `None`".to_owned(),
        Error::ExpectedArray => "expected a list `[..]`".to_owned(),
        Error::ExpectedMap => "expected a map `{..}`".to_owned(),
        Error::ExpectedIdentifier => "expected a name".to_owned(),
        Error::ExpectedStructLike | Error::ExpectedNamedStructLike(_) | Error::ExpectedDifferentStructName { .. } => {
            "expected values in brackets `(..)`".to_owned()
        }
        Error::ExpectedStructLikeEnd | Error::ExpectedOptionEnd => {
            "there are too many values in these brackets".to_owned()
        }
        Error::ExpectedDifferentLength { expected, found } => {
            // "tuple variant Law::Uniform with 2 elements", "a tuple of size 2"
            let count: String = expected.chars().filter(char::is_ascii_digit).collect();
            format!("expected {count} values in these brackets, found {found}")
        }
        Error::IntegerOutOfBounds => "the number is out of range".to_owned(),
        Error::MissingStructField { field, .. } => format!("the field `{field}` is missing"),
        Error::DuplicateStructField { field, .. } => format!("the field `{field}` is written twice"),
        Error::NoSuchEnumVariant { found, .. } => format!("unknown name `{found}`"),
        Error::NoSuchStructField { found, .. } => format!("unknown field `{found}`"),
        Error::InvalidValueForType { expected, found } => format!("expected {expected}, found {found}"),
        Error::ExceededRecursionLimit => "values are nested too deep".to_owned(),
        other => {
            let text = other.to_string();
            let mut letters = text.chars();
            letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
        }
    }
}

/// The byte at a position that counts lines and characters from 1.
fn offset(text: &str, position: Position) -> usize {
    let line_start = text.split_inclusive('\n').take(position.line - 1).map(str::len).sum::<usize>();
    let line = &text[line_start.min(text.len())..];
    line_start + line.char_indices().nth(position.col - 1).map_or(line.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only errors are looked at")]
    struct Config {
        #[serde(default)]
        laws: Vec<Law>,
        lease: Option<Lease>,
    }
    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only errors are looked at")]
    struct Lease {
        length: sim_core::Span,
    }
    #[derive(Deserialize, Debug)]
    #[expect(dead_code, reason = "only errors are looked at")]
    enum Law {
        Constant(sim_core::Span),
        Uniform(u8, u8),
        Boxed(Box<Law>),
    }

    const MESSAGE: &str =
        "`5` is not a length of time; write a number and a unit (h, m, s, ms, us, ns), as in \"150ms\"";

    /// The code, the marked text, the path and the message of the error in `text`.
    fn check(text: &str, expected: [&str; 4]) {
        let problem = parse::<Config>(text).expect_err(text);
        let TypeError { message, span, path, .. } = problem.error;
        assert_eq!([problem.code.0, &text[span], &path, &message], expected, "{text}");
    }

    #[test]
    fn errors_point_at_what_a_person_would() {
        check("(laws: [Unifrm(1, 2)])", ["S101", "Unifrm", "laws[0]", "unknown name `Unifrm`"]);
        check("(laws: [Uniform(1, x)])", ["S103", "x", "laws[0].Uniform[1]", "expected a whole number, found `x`"]);
        check("(laws: [Uniform(1, 1.5)])", ["S103", "1.5", "laws[0].Uniform", "`1.5` is not a whole number"]);
        check("(laws: [Uniform(1, 300)])", ["S104", "300", "laws[0].Uniform[1]", "the number is out of range"]);
        check(
            "(laws: [Uniform(1)])",
            ["S103", "Uniform", "laws[0].Uniform", "expected 2 values in these brackets, found 1"],
        );
        check(
            "(laws: [Uniform(1, 2, 3)])",
            ["S103", "Uniform", "laws[0].Uniform", "there are too many values in these brackets"],
        );
        check("(laws: [Constant(5)])", ["S103", "5", "laws[0].Constant", "expected text in quotes, found `5`"]);
        check("(lease: (lengh: \"1s\"))", ["S101", "lengh", "lease", "unknown field `lengh`"]);
        check("(lease: Some(()))", ["S102", "(", "lease", "the field `length` is missing"]);
        check("(laws: [Boxed(Constant(\"5\"))])", ["S104", "\"5\"", "laws[0].Boxed.Constant", MESSAGE]);
        check("(laws: {})", ["S103", "{", "laws", "expected a list `[..]`, found `{`"]);
        check("[]", ["S103", "[", "", "expected values in brackets `(..)`, found `[`"]);
        check("(lease: (length: \"5\"))", ["S104", "\"5\"", "lease.length", MESSAGE]);
        check("(laws: [Constant(\"5\")])", ["S104", "\"5\"", "laws[0].Constant", MESSAGE]);
    }

    #[test]
    fn a_type_says_what_it_wants() {
        let problem = parse::<sim_core::Span>("5").err().unwrap();
        assert_eq!(problem.error.message, "expected a length of time in quotes, such as \"150ms\", found `5`");
    }

    #[test]
    fn positions_count_characters() {
        let text = "ä\nöü x";
        assert_eq!(&text[offset(text, Position { line: 2, col: 4 })..], "x");
        assert_eq!(offset(text, Position { line: 9, col: 9 }), text.len());
    }
}
