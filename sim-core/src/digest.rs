//! The run's digest and the hasher behind it: integers little-endian, `usize` widened, nothing that the host can alter.

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::chance::mix;

/// A 64-bit running digest that does not depend on the process, the build profile or the pointer width.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Digest::new()
    }
}

impl Digest {
    /// The digest of nothing.
    pub const fn new() -> Digest {
        Digest(0x5371_7561_6c6c_2121)
    }
    /// Folds two words in.
    #[inline]
    pub fn fold(&mut self, a: u64, b: u64) {
        self.0 = mix(self.0 ^ a, b).wrapping_add(self.0.rotate_left(23));
    }
    /// The 64 bits.
    pub const fn value(self) -> u64 {
        self.0
    }
    /// The digest of one value.
    #[inline]
    pub fn of<T: Hash + ?Sized>(value: &T) -> u64 {
        let mut digest = Digest::new();
        value.hash(&mut digest);
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Hasher for Digest {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            self.fold(u64::from_le_bytes(word), 8);
        }
        let rest = chunks.remainder();
        if !rest.is_empty() {
            let mut word = [0; 8];
            word[..rest.len()].copy_from_slice(rest);
            self.fold(u64::from_le_bytes(word), rest.len() as u64);
        }
    }
    #[inline]
    fn write_u8(&mut self, n: u8) {
        self.fold(u64::from(n), 1);
    }
    #[inline]
    fn write_u16(&mut self, n: u16) {
        self.fold(u64::from(n), 2);
    }
    #[inline]
    fn write_u32(&mut self, n: u32) {
        self.fold(u64::from(n), 4);
    }
    #[inline]
    fn write_u64(&mut self, n: u64) {
        self.fold(n, 8);
    }
    #[inline]
    fn write_u128(&mut self, n: u128) {
        self.fold(n as u64, 16);
        self.fold((n >> 64) as u64, 16);
    }
    #[inline]
    fn write_usize(&mut self, n: usize) {
        self.fold(n as u64, 8);
    }
    #[inline]
    fn write_i8(&mut self, n: i8) {
        self.write_u8(n as u8);
    }
    #[inline]
    fn write_i16(&mut self, n: i16) {
        self.write_u16(n as u16);
    }
    #[inline]
    fn write_i32(&mut self, n: i32) {
        self.write_u32(n as u32);
    }
    #[inline]
    fn write_i64(&mut self, n: i64) {
        self.write_u64(n as u64);
    }
    #[inline]
    fn write_i128(&mut self, n: i128) {
        self.write_u128(n as u128);
    }
    #[inline]
    fn write_isize(&mut self, n: isize) {
        self.write_u64(n as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        assert_eq!(Digest::of(&1u64), Digest::of(&1usize));
        assert_ne!(Digest::of(&1u32), Digest::of(&1u64));
        assert_ne!(Digest::of(&(1u8, 2u8)), Digest::of(&(2u8, 1u8)));
        assert_ne!(Digest::of("ab"), Digest::of("ba"));
    }
}
