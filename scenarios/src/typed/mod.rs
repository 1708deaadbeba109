//! Typed values out of RON text, and an exact place and plain words for what does not fit.
//!
//! `ron` says where its cursor stood, `serde_path_to_error` which field was being read; the outline turns the path into
//! the bytes that a person would point at.

mod place;
mod words;

use std::ops::Range;

use ron::Error;
use ron::error::SpannedError;
use ron::extensions::Extensions;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde::de::value::UnitDeserializer;

use crate::diagnostic::Code;
use crate::outline::outline;
use crate::types::TypeError;
use place::{Step, half_read, locate, offset, path_text, pointed, steps};
use words::{found, words};

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
}
