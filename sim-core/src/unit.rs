//! Units of data: sizes and bandwidths, whole bytes, written as text.

use std::fmt;

use crate::time::{Span, scaled_decimal, serde_as_text};

const UNITS: [(&str, u64); 4] = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000), ("B", 1)];

/// A number of bytes: `"64kB"`. At most 1,000 GB.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

/// Bytes per second: `"10MB/s"`. From 1 B/s to 1,000 GB/s.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bandwidth(pub u64);

impl Bandwidth {
    /// How long `bytes` take to send.
    pub fn time_for(self, bytes: u64) -> Span {
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.0.max(1));
        Span(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
    /// How many bytes pass within `span`.
    pub fn bytes_in(self, span: Span) -> u64 {
        let bytes = u128::from(span.0) * u128::from(self.0) / 1_000_000_000;
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }
}

fn write_bytes(f: &mut fmt::Formatter<'_>, bytes: u64) -> fmt::Result {
    let (unit, size) =
        UNITS.iter().find(|(_, size)| bytes >= *size && bytes.is_multiple_of(*size)).unwrap_or(&UNITS[3]);
    write!(f, "{}{unit}", bytes / size)
}

fn parse_bytes(text: &str) -> Option<u64> {
    let at = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_'))?;
    let (number, unit) = text.split_at(at);
    let size = UNITS.iter().find(|(name, _)| *name == unit)?.1;
    scaled_decimal(number, size).flatten().filter(|bytes| *bytes <= 1_000_000_000_000)
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bytes(f, self.0)
    }
}
impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::str::FromStr for Bytes {
    type Err = String;
    fn from_str(text: &str) -> Result<Bytes, String> {
        let help = || format!("`{text}` is not a size; write a number and a unit (B, kB, MB, GB), as in \"64kB\"");
        parse_bytes(text).map(Bytes).ok_or_else(help)
    }
}
serde_as_text!(Bytes: "a size in quotes, such as \"64kB\"");

impl fmt::Display for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_bytes(f, self.0)?;
        f.write_str("/s")
    }
}
impl fmt::Debug for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::str::FromStr for Bandwidth {
    type Err = String;
    fn from_str(text: &str) -> Result<Bandwidth, String> {
        let help = || format!("`{text}` is not a bandwidth; write bytes per second above 0, as in \"10MB/s\"");
        let bytes = text.strip_suffix("/s").and_then(parse_bytes).filter(|bytes| *bytes > 0);
        bytes.map(Bandwidth).ok_or_else(help)
    }
}
serde_as_text!(Bandwidth: "a bandwidth in quotes, such as \"10MB/s\"");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_exact_both_ways() {
        for (text, bytes) in [("0B", 0), ("64kB", 64_000), ("1.5MB", 1_500_000), ("3B", 3)] {
            assert_eq!(text.parse::<Bytes>().unwrap(), Bytes(bytes));
            assert_eq!(Bytes(bytes).to_string().parse::<Bytes>().unwrap(), Bytes(bytes));
        }
        assert_eq!("10MB/s".parse::<Bandwidth>().unwrap().time_for(1_000_000), Span::from_millis(100));
        for text in ["0B/s", "10MB", "1.5B/s", "10 MB/s", "9999999999GB/s"] {
            assert!(text.parse::<Bandwidth>().is_err(), "{text}");
        }
    }
}
