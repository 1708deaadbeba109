//! Numbers, times and lists as people read them.

use anstream::adapter::strip_str;
use sim_core::{Span, Time};

/// `1 node`, `3 nodes`, `1,234 events`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// A number with commas between thousands.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A span in its own unit with at most three decimals, the rest cut off: `21.862ms`.
pub(crate) fn rounded(span: Span) -> String {
    let exact = span.to_string();
    let Some(dot) = exact.find('.') else { return exact };
    let unit = exact.find(char::is_alphabetic).unwrap_or(exact.len());
    let number = &exact[..unit.min(dot + 4)];
    format!("{}{}", number.trim_end_matches('0').trim_end_matches('.'), &exact[unit..])
}

/// A time in seconds with six decimals, so that times in a column can be compared: `3.003521s`.
pub(crate) fn seconds(time: Time) -> String {
    let micros = time.0 / 1_000;
    format!("{}.{:06}s", micros / 1_000_000, micros % 1_000_000)
}

/// `text` with a line break between words wherever a line would be wider than `width`; further lines are indented by
/// `indent`, which counts for the first line too. Styles take no room.
pub(crate) fn wrapped(text: &str, width: usize, indent: usize) -> String {
    let mut lines = String::with_capacity(text.len());
    let mut column = indent;
    for (index, word) in text.split(' ').enumerate() {
        let length = strip_str(word).to_string().chars().count();
        if index > 0 && column + 1 + length > width {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if index > 0 {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!((counted(1, "node"), counted(0, "node")), ("1 node".to_owned(), "0 nodes".to_owned()));
    }

    #[test]
    fn spans_are_cut_to_three_decimals() {
        for (nanos, text) in
            [(21_862_318, "21.862ms"), (1_000_400_000, "1s"), (90_000_000_000, "90s"), (1_500, "1.5us"), (0, "0s")]
        {
            assert_eq!(rounded(Span(nanos)), text);
        }
        assert_eq!(seconds(Time(3_003_521_119)), "3.003521s");
    }

    #[test]
    fn long_lists_are_broken_between_words() {
        assert_eq!(wrapped("aa bb cc dd", 7, 2), "aa bb\n  cc dd");
        assert_eq!(wrapped("\u{1b}[1maa\u{1b}[0m bb cc", 7, 2), "\u{1b}[1maa\u{1b}[0m bb\n  cc");
        assert_eq!(wrapped("incompressible", 7, 2), "incompressible");
    }
}
