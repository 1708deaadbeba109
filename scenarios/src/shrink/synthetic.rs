//! The engine on predicates whose cost is known, beside the figures of other ways to search.

use std::collections::BTreeSet;
use std::ops::Range;

use sim_core::digest::Digest;

use super::deletion;
use super::engine::{Engine, Subject, Verdict};

/// Numbers that can go one by one.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Atoms(Vec<u32>);

impl Subject for Atoms {
    type Measure = usize;
    type Study = ();
    fn measure(&self) -> usize {
        self.0.len()
    }
    fn key(&self) -> u64 {
        Digest::of(&self.0)
    }
}

fn without(atoms: &Atoms, range: Range<usize>) -> Option<Atoms> {
    let mut left = atoms.clone();
    left.0.drain(range);
    Some(left)
}

fn deleting(count: u32) -> Engine<Atoms> {
    Engine::new(Atoms((0..count).collect()), |mut search| async move {
        deletion::delete(&mut search, |atoms: &Atoms| atoms.0.len(), without).await;
    })
}

/// What is left of a thousand, and in how many tries.
fn deleted(needed: &[u32]) -> (Vec<u32>, u64) {
    let mut engine = deleting(1000);
    engine.run(|candidate| {
        let there: BTreeSet<_> = candidate.0.iter().collect();
        if needed.iter().all(|one| there.contains(one)) { Verdict::Same(0) } else { Verdict::Not(None) }
    });
    (engine.best().0.clone(), engine.progress().tries)
}

/// Delta debugging needs 1,422 and 309 tries, one at a time 1,000, halves 237 and 96, halves to 8 and then adaptive runs
/// 261 and 67.
#[test]
fn twenty_of_a_thousand() {
    let scattered: Vec<u32> = (0..20).map(|i| i * 47 + i * i % 13).collect();
    let clustered: Vec<u32> = (500..520).collect();
    let (left, tries) = deleted(&scattered);
    assert_eq!(left, scattered);
    println!("scattered: {tries}");
    let (left, tries) = deleted(&clustered);
    assert_eq!(left, clustered);
    println!("clustered: {tries}");
    for few in [&[][..], &[0], &[999], &[500]] {
        let (left, tries) = deleted(few);
        assert_eq!(left, few);
        println!("{few:?}: {tries}");
    }
}
