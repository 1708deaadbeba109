//! Addressed chance: every decision is a keyed hash of what is decided, never "the next number of a stream".
//!
//! An [`Identity`] is causal: it is made from the identity of the event that brought the thing about, so removing
//! anything from a plan changes draws only in its causal future. A [`Key`] turns an identity into a draw, one draw for
//! each [`Purpose`]. Everything is integers; nothing here depends on the order in which decisions are asked for.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::digest::Digest;
use crate::time::{Span, scaled_decimal, serde_as_text};

const K0: u64 = 0x9e37_79b9_7f4a_7c15;
const K1: u64 = 0xd1b5_4a32_d192_ed03;
const K2: u64 = 0x8bb8_4b93_962e_acc9;

/// The mix behind every identity and draw: the two halves of a 128-bit product, folded.
#[inline]
pub(crate) const fn mix(a: u64, b: u64) -> u64 {
    let product = ((a ^ K0) as u128) * ((b ^ K1) as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// What a draw or a child identity is for. The discriminants are part of the engine: never renumber.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u64)]
pub enum Purpose {
    /// A message sent by a handler.
    Send = 1,
    /// A copy of a message.
    Copy = 2,
    /// A timer set by a handler.
    Timer = 3,
    /// The start of a node.
    Start = 4,
    /// An operation of a client.
    Operation = 5,
    /// One attempt of an operation.
    Attempt = 6,
    /// The answer to a request.
    Reply = 7,
    /// `ctx.choose` and `ctx.jitter`.
    Choose = 8,
    /// Whether a packet is lost.
    Loss = 9,
    /// How long a packet travels.
    Delay = 10,
    /// How often a packet is duplicated.
    Duplicate = 11,
    /// Whether a packet is held back behind later ones.
    Reorder = 12,
    /// When an operation starts.
    Arrival = 13,
    /// What an operation is.
    Workload = 14,
    /// Which node a client asks.
    Route = 15,
    /// The shape of the chaos.
    Shape = 16,
    /// A chaos window.
    Window = 17,
    /// A node's clock error.
    Clock = 18,
    /// A node's `ctx.rng()` key.
    Rng = 19,
    /// Whether a packet is corrupted.
    Corrupt = 20,
    /// A failure process.
    Failure = 21,
    /// What the disk does.
    Disk = 22,
}

/// The causal identity of an event, message, timer, request, window or choice.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Identity(pub u64);

impl Identity {
    /// The identity of something that the plan itself names: a node, a client.
    pub fn of_name(name: &str) -> Identity {
        Identity(Digest::of(name))
    }

    /// The `index`-th thing that this one brings about for `purpose`.
    #[inline]
    pub const fn child(self, purpose: Purpose, index: u64) -> Identity {
        Identity(mix(self.0 ^ index.wrapping_mul(K2), (purpose as u64).wrapping_mul(K2) ^ K0))
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id(\"{self}\")")
    }
}
impl std::str::FromStr for Identity {
    type Err = String;
    fn from_str(text: &str) -> Result<Identity, String> {
        let hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let value = hex.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        value.map(Identity).ok_or_else(|| format!("`{text}` is not an identity; it has 16 hexadecimal digits"))
    }
}
serde_as_text!(Identity: "an identity of 16 hexadecimal digits");

/// The key of a run: from a seed, by ChaCha, once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    a: u64,
    b: u64,
}

impl Key {
    /// The key that belongs to `seed`.
    pub fn from_seed(seed: u64) -> Key {
        let mut cipher = ChaCha8Rng::seed_from_u64(seed);
        Key { a: cipher.next_u64(), b: cipher.next_u64() }
    }

    /// 64 uniform bits for the decision `purpose` about `identity`.
    #[inline]
    pub const fn draw(&self, purpose: Purpose, identity: Identity) -> u64 {
        let bits = mix(identity.0 ^ self.a, self.b ^ (purpose as u64).wrapping_mul(K2));
        mix(bits, K2)
    }

    /// A sequence of draws about one identity, for decisions with several parts.
    pub const fn draws(&self, purpose: Purpose, identity: Identity) -> Draws {
        Draws { key: *self, purpose, identity, index: 0 }
    }
}

/// Several draws about one identity, each with its own address (identity, purpose, index).
#[derive(Clone, Debug)]
pub struct Draws {
    key: Key,
    purpose: Purpose,
    identity: Identity,
    index: u64,
}

impl Draws {
    /// The next 64 uniform bits.
    pub fn bits(&mut self) -> u64 {
        self.index += 1;
        self.key.draw(self.purpose, self.identity.child(self.purpose, self.index))
    }
    /// Uniform in `0..n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        below(self.bits(), n)
    }
    /// Uniform in `low..=high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + below(self.bits(), (high - low).saturating_add(1))
    }
    /// Uniform span in `low..=high`.
    pub fn span(&mut self, low: Span, high: Span) -> Span {
        Span(self.between(low.0, high.0))
    }
    /// True with the given probability.
    pub fn chance(&mut self, probability: Probability) -> bool {
        probability.hits(self.bits())
    }
    /// An index drawn in proportion to `weights`; 0 if all are zero.
    pub fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let mut at = self.below(total);
        for (index, weight) in weights.iter().enumerate() {
            match at.checked_sub(u64::from(*weight)) {
                Some(rest) => at = rest,
                None => return index,
            }
        }
        0
    }
}

/// Maps 64 uniform bits to `0..n` by multiplication; the bias is below n / 2^64.
#[inline]
pub(crate) const fn below(bits: u64, n: u64) -> u64 {
    ((bits as u128 * n as u128) >> 64) as u64
}

/// A probability in parts per billion, written `"0.5%"`. 0 to 1,000,000,000.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Probability(u32);

impl Probability {
    /// Never.
    pub const ZERO: Probability = Probability(0);
    /// Always.
    pub const ONE: Probability = Probability(1_000_000_000);

    /// `parts` in a billion; `None` above one billion.
    pub const fn from_ppb(parts: u32) -> Option<Probability> {
        if parts <= 1_000_000_000 { Some(Probability(parts)) } else { None }
    }
    /// Parts per billion.
    pub const fn ppb(self) -> u32 {
        self.0
    }
    /// Whether 64 uniform bits fall within this probability.
    #[inline]
    pub const fn hits(self, bits: u64) -> bool {
        below(bits, 1_000_000_000) < self.0 as u64
    }
}

impl fmt::Display for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000_000, self.0 % 10_000_000);
        if rest == 0 {
            write!(f, "{whole}%")
        } else {
            write!(f, "{whole}.{}%", format!("{rest:07}").trim_end_matches('0'))
        }
    }
}
impl fmt::Debug for Probability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl std::str::FromStr for Probability {
    type Err = String;
    fn from_str(text: &str) -> Result<Probability, String> {
        let help = || {
            format!(
                "`{text}` is not a probability; write a percentage from \"0%\" to \"100%\" with at most seven decimals"
            )
        };
        let number = text.strip_suffix('%').ok_or_else(help)?;
        let ppb = scaled_decimal(number, 10_000_000).flatten().ok_or_else(help)?;
        u32::try_from(ppb).ok().and_then(Probability::from_ppb).ok_or_else(help)
    }
}
serde_as_text!(Probability: "a probability in quotes, such as \"0.5%\"");

/// The generator behind `ctx.rng()`: ChaCha8 keyed by the node's rng key, on the stream of one event.
#[derive(Clone, Debug)]
pub struct NodeRng(ChaCha8Rng);

impl NodeRng {
    pub(crate) fn new(key: u64, event: Identity) -> NodeRng {
        let mut cipher = ChaCha8Rng::seed_from_u64(key);
        cipher.set_stream(event.0);
        NodeRng(cipher)
    }
    /// 64 uniform bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }
    /// Uniform in `0..n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        below(self.next_u64(), n)
    }
    /// Fills `bytes`.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

#[cfg(feature = "rand_core")]
impl rand_core::TryRng for NodeRng {
    type Error = std::convert::Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(self.0.next_u32())
    }
    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0.next_u64())
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers pin the mix, the key and the node's stream: they are part of the engine.
    #[test]
    fn known_answers() {
        let key = Key::from_seed(7);
        let identity = Identity::of_name("a").child(Purpose::Send, 3);
        let mut stream = NodeRng::new(7, identity);
        let words =
            [identity.0, key.draw(Purpose::Loss, identity), key.draw(Purpose::Delay, identity), stream.next_u64()];
        let mut draws = key.draws(Purpose::Window, identity);
        assert_eq!(
            words.map(|word| format!("{word:016x}")),
            ["402bf79837dfc12d", "2fd9e352a4914624", "dd216679f3421b50", "5dc7b45461a4c9b3"]
        );
        assert_eq!([draws.below(1000), draws.between(5, 9), draws.below(0)], [595, 8, 0]);
    }

    #[test]
    fn probabilities_are_exact_text() {
        for (text, ppb) in [("0%", 0), ("0.5%", 5_000_000), ("100%", 1_000_000_000), ("0.0000001%", 1)] {
            assert_eq!(text.parse::<Probability>().unwrap().ppb(), ppb);
            assert_eq!(text.parse::<Probability>().unwrap().to_string(), text);
        }
        for text in ["101%", "5", "NaN%", "-1%", "0.00000001%", "%"] {
            assert!(text.parse::<Probability>().is_err(), "{text}");
        }
    }

    #[test]
    fn probability_is_met_within_four_standard_errors() {
        let key = Key::from_seed(1);
        let p: Probability = "10%".parse().unwrap();
        let n = 1_000_000u64;
        let hits =
            (0..n).filter(|i| p.hits(key.draw(Purpose::Loss, Identity(0).child(Purpose::Send, *i)))).count() as u64;
        // Standard error of a binomial: sqrt(n p q) = 300.
        assert!(hits.abs_diff(n / 10) < 1200, "{hits}");
    }

    #[test]
    fn draws_of_different_purposes_are_uncorrelated() {
        let key = Key::from_seed(3);
        let n = 100_000u64;
        let agree = (0..n)
            .filter(|i| {
                let id = Identity(*i);
                (key.draw(Purpose::Loss, id) ^ key.draw(Purpose::Delay, id)) >> 63 == 0
            })
            .count() as u64;
        assert!(agree.abs_diff(n / 2) < 640, "{agree}");
    }
}
