//! The figures as people and programs read them.

use serde_json::{Value, json};

use super::figure::{Judged, Unit, Verdict};
use crate::screen::{BAD, FAINT, GOOD, STRONG, UNSURE, styled};
use crate::words::counted;

/// The table, and how many figures came out how.
pub(crate) fn page(judged: &[Judged]) -> String {
    let width = judged.iter().map(|figure| figure.name.len()).max().unwrap_or(0).max("figure".len());
    let heading = format!("{:<width$}  {:>11}  {:>11}  {:>9}  {:>5}", "figure", "expected", "measured", "error", "off");
    let mut lines = vec![styled(STRONG, &heading)];
    let mut source = "";
    for figure in judged {
        if figure.source != source {
            source = figure.source;
            lines.push(styled(FAINT, &format!("  {source}")));
        }
        let off = figure.errors_off().map_or(String::new(), |off| format!("{off:+.1}"));
        let error = if figure.error > 0.0 { quantity(figure.error, figure.unit) } else { String::new() };
        let numbers = format!(
            "{:<width$}  {:>11}  {:>11}  {error:>9}  {off:>5}",
            figure.name,
            if figure.expected.is_nan() { String::new() } else { quantity(figure.expected, figure.unit) },
            quantity(figure.measured, figure.unit)
        );
        let (style, word) = match figure.verdict {
            Verdict::Met => (GOOD, "met"),
            Verdict::Powerless => (UNSURE, "too few events to reject a model 10 % off"),
            Verdict::Missed => (BAD, "missed"),
            Verdict::Observed => (FAINT, "observed"),
        };
        lines.push(format!("{numbers}  {}", styled(style, word)));
    }
    lines.push(conclusion(judged));
    lines.join("\n")
}

fn conclusion(judged: &[Judged]) -> String {
    let of = |verdict| judged.iter().filter(|figure| figure.verdict == verdict).count() as u64;
    format!(
        "{}: {} met, {} missed, {} without power",
        counted(judged.len() as u64, "figure"),
        of(Verdict::Met),
        of(Verdict::Missed),
        of(Verdict::Powerless)
    )
}

/// A number with four significant digits and its unit.
fn quantity(value: f64, unit: Unit) -> String {
    let suffix = if unit == Unit::Seconds { " s" } else { "" };
    format!("{}{suffix}", significant(value))
}

fn significant(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || !magnitude.is_finite() {
        return format!("{value}");
    }
    if magnitude < 1e-3 {
        return format!("{value:.3e}");
    }
    let decimals = 3 - magnitude.log10().floor() as i32;
    format!("{value:.*}", usize::try_from(decimals).unwrap_or(0))
}

/// One figure for programs.
pub(crate) fn object(figure: &Judged) -> Value {
    json!({
        "figure": figure.name,
        "source": figure.source,
        "unit": match figure.unit {
            Unit::Seconds => "s",
            Unit::Share => "share",
            Unit::Number => "number",
        },
        "expected": figure.expected,
        "measured": figure.measured,
        "error": figure.error,
        "verdict": match figure.verdict {
            Verdict::Met => "met",
            Verdict::Powerless => "powerless",
            Verdict::Missed => "missed",
            Verdict::Observed => "observed",
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        for (value, text) in
            [(2.69912, "2.699"), (10_101.3, "10101"), (0.046_46, "0.04646"), (9.8e-5, "9.800e-5"), (0.0, "0")]
        {
            assert_eq!(significant(value), text);
        }
        assert_eq!(quantity(1106.8, Unit::Seconds), "1107 s");
    }

    #[test]
    fn a_page_says_what_was_expected_and_what_came() {
        let figure = |verdict| Judged {
            name: "nfd-s/recurrence".to_owned(),
            source: "Chen",
            unit: Unit::Seconds,
            expected: 2.699,
            measured: 2.71,
            error: 0.01,
            verdict,
        };
        let page = page(&[figure(Verdict::Met), figure(Verdict::Missed)]);
        let page = anstream::adapter::strip_str(&page).to_string();
        assert!(page.contains("nfd-s/recurrence      2.699 s      2.710 s  0.01000 s   +1.1  met"), "{page}");
        assert!(page.ends_with("2 figures: 1 met, 1 missed, 0 without power"), "{page}");
        assert_eq!(page.matches("  Chen").count(), 1, "{page}");
    }
}
