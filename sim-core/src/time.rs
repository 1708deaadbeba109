//! Time in integer nanoseconds: true time, spans, and the two clocks that a node can read.
//!
//! A protocol never sees [`Time`]; it sees [`LocalTime`] (monotonic) and [`WallTime`], each with the node's clock error.
//! In files a span is text with a unit (`"150ms"`, `"1.5s"`, `"2h"`), parsed and printed exactly.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// True simulated time: nanoseconds since the start of the run. At most about 292 years.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub u64);

/// A length of time in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(pub u64);

/// A signed length of time in nanoseconds: a clock's step or offset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SignedSpan(pub i64);

/// A reading of a node's monotonic clock: nanoseconds since its machine started.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LocalTime(pub u64);

/// A reading of a node's wall clock: nanoseconds since the Unix epoch as this node believes them to be.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WallTime(pub i64);

const NANOS_PER_UNIT: [(&str, u64); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

/// The longest time and span that files may name: half the range, so that sums of two never overflow.
pub const LONGEST: Span = Span(u64::MAX / 4);

impl Time {
    /// The start of the run.
    pub const ZERO: Time = Time(0);
    /// Later than everything.
    pub const MAX: Time = Time(u64::MAX);

    /// The time that has passed since `earlier`; zero if `earlier` is later.
    #[inline]
    pub const fn since(self, earlier: Time) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
    /// This time plus `span`, or the end of time.
    #[inline]
    pub const fn saturating_add(self, span: Span) -> Time {
        Time(self.0.saturating_add(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// A span of whole seconds.
    pub const fn from_secs(secs: u64) -> Span {
        Span(secs * 1_000_000_000)
    }
    /// A span of whole milliseconds.
    pub const fn from_millis(millis: u64) -> Span {
        Span(millis * 1_000_000)
    }
    /// A span of whole microseconds.
    pub const fn from_micros(micros: u64) -> Span {
        Span(micros * 1_000)
    }
    /// A span of nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Span {
        Span(nanos)
    }
    /// Nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }
    /// This span `factor` times, or the longest there is.
    pub const fn saturating_mul(self, factor: u64) -> Span {
        Span(self.0.saturating_mul(factor))
    }
    /// The sum, or the longest span there is.
    pub const fn saturating_add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
    /// The difference, or zero.
    pub const fn saturating_sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

impl LocalTime {
    /// The local time that has passed since `earlier`; zero if `earlier` is later.
    #[inline]
    pub const fn since(self, earlier: LocalTime) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl WallTime {
    /// What this clock shows more than `earlier`; negative when the clock was set back.
    pub const fn since(self, earlier: WallTime) -> SignedSpan {
        SignedSpan(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for Time {
    type Output = Time;
    #[inline]
    fn add(self, span: Span) -> Time {
        Time(self.0 + span.0)
    }
}
impl Add<Span> for LocalTime {
    type Output = LocalTime;
    #[inline]
    fn add(self, span: Span) -> LocalTime {
        LocalTime(self.0.saturating_add(span.0))
    }
}
impl Add for Span {
    type Output = Span;
    #[inline]
    fn add(self, other: Span) -> Span {
        Span(self.0 + other.0)
    }
}
impl Sub for Span {
    type Output = Span;
    #[inline]
    fn sub(self, other: Span) -> Span {
        Span(self.0 - other.0)
    }
}
impl AddAssign for Span {
    #[inline]
    fn add_assign(&mut self, other: Span) {
        self.0 += other.0;
    }
}

/// Writes `nanos` in the largest unit that shows it with at most nine exact decimals.
fn write_nanos(f: &mut fmt::Formatter<'_>, nanos: u64) -> fmt::Result {
    if nanos == 0 {
        return f.pad("0s");
    }
    // Hours and minutes only when whole, so that 90 s reads as 90s.
    for &(unit, size) in &NANOS_PER_UNIT[..2] {
        if nanos.is_multiple_of(size) && nanos / size < 1_000_000 && (unit == "h" || nanos / size >= 2) {
            return f.pad(&format!("{}{unit}", nanos / size));
        }
    }
    let (unit, size) = NANOS_PER_UNIT[2..].iter().find(|(_, size)| nanos >= *size).copied().unwrap_or(("ns", 1));
    let mut text = (nanos / size).to_string();
    let rest = nanos % size;
    if rest > 0 {
        let width = size.ilog10() as usize;
        let digits = format!("{rest:0width$}");
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
    text.push_str(unit);
    f.pad(&text)
}

/// Reads `<decimal><unit>` into nanoseconds, exactly.
fn parse_nanos(text: &str) -> Result<u64, String> {
    let help = || {
        format!("`{text}` is not a length of time; write a number and a unit (h, m, s, ms, us, ns), as in \"150ms\"")
    };
    let at = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).ok_or_else(help)?;
    let (number, unit) = text.split_at(at);
    let size = NANOS_PER_UNIT.iter().find(|(name, _)| *name == unit).ok_or_else(help)?.1;
    scaled_decimal(number, size)
        .ok_or_else(help)?
        .filter(|n| *n <= LONGEST.0)
        .ok_or_else(|| format!("`{text}` cannot be held: times are whole nanoseconds, at most {LONGEST}"))
}

/// `number * scale` exactly. `None`: not a decimal number. `Some(None)`: not a whole result, or too large.
pub(crate) fn scaled_decimal(number: &str, scale: u64) -> Option<Option<u64>> {
    let number = number.replace('_', "");
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || number.ends_with('.') {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let exact = || {
        let mut total = whole.parse::<u64>().ok()?.checked_mul(scale)?;
        if !fraction.is_empty() {
            let power = 10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
            let part = fraction.parse::<u128>().ok()?.checked_mul(u128::from(scale))?;
            if part % power != 0 {
                return None;
            }
            total = total.checked_add(u64::try_from(part / power).ok()?)?;
        }
        Some(total)
    };
    Some(exact())
}

impl std::str::FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Span, String> {
        parse_nanos(text).map(Span)
    }
}
impl std::str::FromStr for Time {
    type Err = String;
    fn from_str(text: &str) -> Result<Time, String> {
        parse_nanos(text).map(Time)
    }
}
impl std::str::FromStr for SignedSpan {
    type Err = String;
    fn from_str(text: &str) -> Result<SignedSpan, String> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        Ok(SignedSpan(sign * i64::try_from(parse_nanos(rest)?).map_err(|e| e.to_string())?))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_nanos(f, self.0)
    }
}
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_nanos(f, self.0)
    }
}
impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_nanos(f, self.0)
    }
}
impl fmt::Display for SignedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        write_nanos(f, self.0.unsigned_abs())
    }
}
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        SignedSpan(self.0).fmt(f)
    }
}

/// `Debug` as `Display`: a trace should read `3.2s`, not `Time(3200000000)`.
macro_rules! debug_as_display {
    ($($type:ty),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}
debug_as_display!(Time, Span, SignedSpan, LocalTime, WallTime);

/// Serde as the text that `Display` writes and `FromStr` reads.
macro_rules! serde_as_text {
    ($($type:ty: $expecting:literal),* $(,)?) => {$(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    )*};
}
pub(crate) use serde_as_text;
serde_as_text!(
    Time: "a time in quotes, such as \"1.5s\"",
    Span: "a length of time in quotes, such as \"150ms\"",
    SignedSpan: "a signed length of time in quotes, such as \"-5s\"",
);

/// The rate error of a clock in parts per billion: `"200ppm"` gains 200 microseconds a second. Above -1e9 unless frozen.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Drift(pub i64);

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.unsigned_abs() / 1000, self.0.unsigned_abs() % 1000);
        if rest == 0 {
            write!(f, "{sign}{whole}ppm")
        } else {
            write!(f, "{sign}{whole}.{}ppm", format!("{rest:03}").trim_end_matches('0'))
        }
    }
}
impl std::str::FromStr for Drift {
    type Err = String;
    fn from_str(text: &str) -> Result<Drift, String> {
        let help = || {
            format!(
                "`{text}` is not a clock drift; write parts per million, as in \"200ppm\" or \"-0.5ppm\", below 1,000,000ppm"
            )
        };
        let number = text.strip_suffix("ppm").ok_or_else(help)?;
        let (sign, number) = match number.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, number.strip_prefix('+').unwrap_or(number)),
        };
        let ppb = scaled_decimal(number, 1000).flatten().filter(|n| *n < 1_000_000_000).ok_or_else(help)?;
        Ok(Drift(sign * i64::try_from(ppb).map_err(|e| e.to_string())?))
    }
}
debug_as_display!(Drift);
serde_as_text!(Drift: "a clock drift in quotes, such as \"200ppm\"");

/// When a window closes: at a time, or never.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Until {
    /// The window closes at this time.
    At(Time),
    /// The fault stays to the end of the run, and is exempt from `calm`.
    Never,
}

impl Until {
    /// The closing time, if there is one.
    pub const fn time(self) -> Option<Time> {
        match self {
            Until::At(time) => Some(time),
            Until::Never => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_exact_both_ways() {
        for (text, nanos) in [
            ("0s", 0),
            ("1ns", 1),
            ("1.5s", 1_500_000_000),
            ("150ms", 150_000_000),
            ("0.25us", 250),
            ("2h", 7_200_000_000_000),
            ("90s", 90_000_000_000),
            ("1.000000001s", 1_000_000_001),
        ] {
            assert_eq!(text.parse::<Span>().unwrap(), Span(nanos), "{text}");
            assert_eq!(Span(nanos).to_string().parse::<Span>().unwrap(), Span(nanos), "{text}");
        }
        assert_eq!(Span(90_000_000_000).to_string(), "90s");
        assert_eq!(Span(1_234_567).to_string(), "1.234567ms");
        assert_eq!(Drift(200_000).to_string(), "200ppm");
        assert_eq!("-0.5ppm".parse::<Drift>().unwrap(), Drift(-500));
        assert_eq!("-5s".parse::<SignedSpan>().unwrap(), SignedSpan(-5_000_000_000));
    }

    #[test]
    fn what_cannot_be_held_is_refused() {
        for text in ["", "5", "ms", "1.5ns", "1e3s", "-1s", "NaN", "1..5s", "5 s", "999999999999h", "1.s", ".5s", "٣s"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
