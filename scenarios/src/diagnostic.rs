//! What is wrong with a file: a stable code, where, the legal names, the nearest match.

use std::ops::Range;

/// A stable code such as `S001`; [`explain`] tells more about it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code(pub &'static str);

/// One thing that is wrong with a scenario file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, in one lower-case sentence with names in backticks.
    pub message: String,
    /// Where, in bytes of the source.
    pub span: Option<Range<usize>>,
    /// Where, as a path of fields: `faults[1].fault`; empty for the whole file.
    pub path: String,
    /// More about it: the legal names, what the file says elsewhere.
    pub notes: Vec<String>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// Line and column of the beginning, both from 1, the column in characters; `None` without a span.
    pub fn line_column(&self, source: &str) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start.min(source.len());
        let before = String::from_utf8_lossy(&source.as_bytes()[..start]).into_owned();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |text| text.chars().count()) + 1;
        Some((line, column))
    }
}

/// What a code means and how to mend such a mistake, in a paragraph; `None` for an unknown code.
pub fn explain(code: &str) -> Option<&'static str> {
    codes().find(|(known, _)| known.0 == code).map(|(_, text)| text)
}

/// Every code with its explanation, in order.
pub fn codes() -> impl Iterator<Item = (Code, &'static str)> {
    [].into_iter()
}
