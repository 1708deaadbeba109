//! The hash of all placements: whatever theory says of them, it says of hashes that are uniform.
//!
//! Each word goes through the finalizer of SplitMix64 (Steele, Lea, Flood, *Fast Splittable Pseudorandom Number
//! Generators*, 2014), which no small difference between words survives. The run's own digest is made for telling runs
//! apart, not for this.

/// Not a fraction that any input is likely to be a multiple of: 2^64 over the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

const fn finalize(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A uniform hash of some words. The order counts.
pub(super) fn hash(words: &[u64]) -> u64 {
    words.iter().fold(words.len() as u64, |state, word| finalize(state.wrapping_add(STEP) ^ finalize(word ^ STEP)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers() {
        // The first outputs of SplitMix64 from state 0.
        assert_eq!(finalize(STEP), 0xe220_a839_7b1d_cdaf);
        assert_eq!(finalize(STEP.wrapping_mul(2)), 0x6e78_9e6a_a1b9_65f4);
        assert_ne!(hash(&[1, 2]), hash(&[2, 1]));
        assert_ne!(hash(&[0]), hash(&[0, 0]));
    }

    #[test]
    fn one_bit_of_the_input_turns_half_of_the_output() {
        for bit in 0..64 {
            let turned: u32 = (0..256).map(|n| (hash(&[7, n]) ^ hash(&[7, n ^ (1 << bit)])).count_ones()).sum();
            assert!((7800..8600).contains(&turned), "bit {bit}: {turned} of 16,384");
        }
    }
}
