//! From the path of an error to the bytes that a person would point at.

use std::ops::Range;

use ron::Error;
use ron::error::Position;
use serde_path_to_error::{Path, Segment};

use crate::outline::{Shape, Value};

/// One step from a value to a part of it.
pub(super) enum Step {
    Element(usize),
    Field(String),
    Variant(String),
}

/// The steps of a path, from the outside in.
pub(super) fn steps(path: &Path) -> Vec<Step> {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(Step::Element(*index)),
            Segment::Map { key } => Some(Step::Field(key.clone())),
            Segment::Enum { variant } => Some(Step::Variant(variant.clone())),
            Segment::Unknown => None,
        })
        .collect()
}

/// A path as diagnostics write it: `laws[1].Uniform[0]`.
pub(super) fn path_text(steps: &[Step]) -> String {
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

/// The value that `steps` lead to, or the last one on the way that the text has.
pub(super) fn locate<'v>(text: &str, root: &'v Value, steps: &[Step], error: &Error) -> &'v Value {
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
pub(super) fn pointed(text: &str, value: &Value, error: &Error) -> Range<usize> {
    let key = match error {
        Error::NoSuchStructField { found, .. } => found.as_str(),
        Error::DuplicateStructField { field, .. } => field,
        _ => return value.head(),
    };
    value.entry(text, key).and_then(|entry| entry.key.clone()).unwrap_or_else(|| value.head())
}

/// A word of which only the beginning could be read, as `1.5` where a whole number is wanted: the cursor stands in it.
pub(super) fn half_read(value: &Value, at: usize) -> Option<Range<usize>> {
    if value.shape == Shape::Word && value.span.start < at && at < value.span.end {
        return Some(value.span.clone());
    }
    let inside = value.entries.iter().find(|entry| entry.value.span.contains(&at))?;
    half_read(&inside.value, at)
}

/// The byte at a position that counts lines and characters from 1.
pub(super) fn offset(text: &str, position: Position) -> usize {
    let line_start = text.split_inclusive('\n').take(position.line - 1).map(str::len).sum::<usize>();
    let line = &text[line_start.min(text.len())..];
    line_start + line.char_indices().nth(position.col - 1).map_or(line.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let text = "ä\nöü x";
        assert_eq!(&text[offset(text, Position { line: 2, col: 4 })..], "x");
        assert_eq!(offset(text, Position { line: 9, col: 9 }), text.len());
    }
}
