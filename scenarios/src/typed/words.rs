//! `ron`'s errors in the words of this project: lower case, names in backticks.

use ron::Error;

/// What was found, for the end of a message; nothing if it is long.
pub(super) fn found(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() || line.chars().count() > 40 { String::new() } else { format!(", found `{line}`") }
}

/// What is wrong, in a sentence.
pub(super) fn words(error: &Error) -> String {
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
