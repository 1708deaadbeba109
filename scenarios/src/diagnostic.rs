//! What is wrong with a file: a stable code, where, the legal names, the nearest match.

use std::fmt;
use std::ops::Range;

/// A stable code such as `S101`; [`explain`](crate::explain) tells more about it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// One thing that is wrong with a scenario file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// What kind of mistake.
    pub code: Code,
    /// What is wrong, in one lower-case sentence with names in backticks.
    pub message: String,
    /// Where, in bytes of the source; `None` if the file as a whole is meant.
    pub span: Option<Range<usize>>,
    /// Where, as a path of fields: `faults[1].fault`; empty for the whole file.
    pub path: String,
    /// More about it: the legal names, what the file says elsewhere.
    pub notes: Vec<String>,
    /// How to mend it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake of which only kind, place and message are known.
    pub fn new(code: Code, span: Range<usize>, path: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            message: message.into(),
            span: Some(span),
            path: path.to_owned(),
            notes: Vec::new(),
            help: None,
        }
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Diagnostic {
        self.notes.push(note.into());
        self
    }

    /// Says how to mend it.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Lists the legal names, and offers the nearest to what was found.
    pub fn legal<S: AsRef<str>>(&mut self, found: &str, names: &[S]) -> &mut Diagnostic {
        if let Some(name) = nearest(found, names) {
            self.help = Some(format!("did you mean `{name}`?"));
        }
        self.notes.push(match names {
            [] => "there are none".to_owned(),
            _ => format!("legal here: {}", listed(names)),
        });
        self
    }

    /// Line and column of the beginning, both from 1, the column in characters; `None` without a span.
    ///
    /// ```
    /// # use scenarios::{Code, Diagnostic};
    /// let source = "(\n  größe: 1,\n)";
    /// let at = source.find('1').unwrap();
    /// assert_eq!(Diagnostic::new(Code("S101"), at..at + 1, "", "").line_column(source), Some((2, 10)));
    /// ```
    pub fn line_column(&self, source: &str) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start.min(source.len());
        let before = String::from_utf8_lossy(&source.as_bytes()[..start]);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Some((before.matches('\n').count() + 1, before[line_start..].chars().count() + 1))
    }
}

/// The first names in backticks; a protocol may have hundreds of nodes.
fn listed<S: AsRef<str>>(names: &[S]) -> String {
    const MOST: usize = 48;
    let mut text = names.iter().take(MOST).map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}

/// The name that was probably meant: equal but for case, or at most a third of its letters away.
pub(crate) fn nearest<'n, S: AsRef<str>>(found: &str, names: &'n [S]) -> Option<&'n str> {
    const LONGEST: usize = 64;
    if found.len() > LONGEST {
        return None;
    }
    let lower = found.to_lowercase();
    names
        .iter()
        .map(AsRef::as_ref)
        .filter(|name| name.len() <= LONGEST)
        .map(|name| (strsim::damerau_levenshtein(&lower, &name.to_lowercase()), name))
        .filter(|(distance, name)| distance * 3 <= name.chars().count().max(found.chars().count()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["Partition", "Pause", "Loss", "OneWay"];
        assert_eq!(nearest("Partion", &names), Some("Partition"));
        assert_eq!(nearest("pause", &names), Some("Pause"));
        assert_eq!(nearest("oneway", &names), Some("OneWay"));
        assert_eq!(nearest("Quake", &names), None);
    }
}
