//! Session guarantees: what one client may rely on, whatever the others see.
//!
//! Follows Terry et al., "Session Guarantees for Weakly Consistent Replicated Data" (1994), key by key. They are judged
//! by the versions that operations read and wrote: told by the service, or bounded by real time ([`by_real_time`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::hash::Hash;

use super::interner::Interner;
use super::zone::Access;
use super::{Anomaly, Judgement, Operation};

/// What a client may rely on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Guarantee {
    /// It never reads less than it has written.
    ReadYourWrites,
    /// It never reads less than it has read.
    MonotonicReads,
    /// Its writes take effect in its order.
    MonotonicWrites,
    /// What it writes comes after what it has read.
    WritesFollowReads,
}

impl Guarantee {
    /// The name in reports: `read-your-writes`.
    pub const fn name(self) -> &'static str {
        match self {
            Guarantee::ReadYourWrites => "read-your-writes",
            Guarantee::MonotonicReads => "monotonic-reads",
            Guarantee::MonotonicWrites => "monotonic-writes",
            Guarantee::WritesFollowReads => "writes-follow-reads",
        }
    }

    /// Whether it is about operations that write, after those that write.
    const fn of_writes_after_writes(self) -> (bool, bool) {
        match self {
            Guarantee::ReadYourWrites => (false, true),
            Guarantee::MonotonicReads => (false, false),
            Guarantee::MonotonicWrites => (true, true),
            Guarantee::WritesFollowReads => (true, false),
        }
    }

    /// What an operation after another was too low for.
    const fn class(self) -> &'static str {
        match self {
            Guarantee::ReadYourWrites => "own-write-missing",
            Guarantee::MonotonicReads => "read-went-back",
            Guarantee::MonotonicWrites => "writes-reordered",
            Guarantee::WritesFollowReads => "write-before-its-reason",
        }
    }

    /// Whether it can be judged when the service tells no versions. Bounds by real time say of two writes that follow
    /// each other only what they were made from.
    pub const fn is_judged_by_real_time(self) -> bool {
        matches!(self, Guarantee::ReadYourWrites | Guarantee::MonotonicReads)
    }
}

/// A read or write of some version of a key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Touch<K, V> {
    /// The key.
    pub key: K,
    /// Whether it wrote this version; otherwise it read it.
    pub writes: bool,
    /// The version is this or a later one,
    pub low: V,
    /// and this or an earlier one.
    pub high: V,
}

impl<K, V: Clone> Touch<K, V> {
    /// A read of exactly this version.
    pub fn read(key: K, version: V) -> Touch<K, V> {
        Touch { key, writes: false, low: version.clone(), high: version }
    }
    /// A write of exactly this version.
    pub fn write(key: K, version: V) -> Touch<K, V> {
        Touch { key, writes: true, low: version.clone(), high: version }
    }
}

/// Judges one guarantee. `touches` says what the operation at a position read and wrote, if anything.
///
/// One operation comes after another in a client's session if it was called when the other had been answered.
///
/// ```
/// use sim_core::Time;
/// use sim_core::check::history::session::{Guarantee, Touch, session};
/// use sim_core::check::history::{Judgement, Operation};
///
/// let read = |version: u64, at| Operation::new(0, Time(at), version).answered(Time(at + 1), ());
/// let history = [read(1, 0), read(2, 10), read(1, 20)];
/// let judgement = session(Guarantee::MonotonicReads, &history, |n| Some(Touch::read("x", history[n].input)));
/// let Judgement::Broken(anomaly) = judgement else { panic!() };
/// assert_eq!(anomaly.witness, [1, 2]);
/// ```
pub fn session<I, O, K: Ord, V: Ord, T: IntoIterator<Item = Touch<K, V>>>(
    guarantee: Guarantee,
    history: &[Operation<I, O>],
    touches: impl Fn(usize) -> T,
) -> Judgement {
    let mut sessions: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (index, operation) in history.iter().enumerate() {
        sessions.entry(operation.client).or_default().push(index);
    }
    let broken = sessions.into_values().filter_map(|session| broken_in(guarantee, history, session, &touches));
    broken.min_by_key(|anomaly| anomaly.at).map_or(Judgement::Holds, Judgement::Broken)
}

/// The first anomaly in one client's session.
fn broken_in<I, O, K: Ord, V: Ord, T: IntoIterator<Item = Touch<K, V>>>(
    guarantee: Guarantee,
    history: &[Operation<I, O>],
    mut session: Vec<usize>,
    touches: &impl Fn(usize) -> T,
) -> Option<Anomaly> {
    let (of_writes, after_writes) = guarantee.of_writes_after_writes();
    let of_kind = |index, writes| touches(index).into_iter().filter(move |touch| touch.writes == writes);
    session.sort_by_key(|&index| (history[index].call, index));
    // The highest version that the client must not fall behind, by key, and which operation it is from.
    let mut floors: BTreeMap<K, (V, usize)> = BTreeMap::new();
    let mut under_way = BinaryHeap::new();
    for index in session {
        let operation = &history[index];
        while let Some(&Reverse((end, earlier))) = under_way.peek()
            && end <= operation.call
        {
            under_way.pop();
            for Touch { key, low, .. } in of_kind(earlier, after_writes) {
                if floors.get(&key).is_none_or(|floor| floor.0 < low) {
                    floors.insert(key, (low, earlier));
                }
            }
        }
        if let Some(end) = operation.end() {
            under_way.push(Reverse((end, index)));
        }
        for Touch { key, high, .. } in of_kind(index, of_writes) {
            if let Some((low, earlier)) = floors.get(&key)
                && high < *low
            {
                return Some(Anomaly::new(guarantee.class(), history, &[*earlier, index]));
            }
        }
    }
    None
}

/// Which versions an operation may have touched, as ranks in time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Extent {
    pub(super) index: u32,
    pub(super) writes: bool,
    pub(super) low: u128,
    pub(super) high: u128,
}

/// Bounds the versions of a register by real time: a write that has ended before another began is the older one, and a
/// read is of the version of the write whose value it told. So a value written twice is left out, with its reads.
///
/// `view` is as in [`zones`](super::zone::zones).
pub fn by_real_time<'h, I, O, V: Hash + Eq>(
    history: &'h [Operation<I, O>],
    part: &[u32],
    initial: V,
    view: impl Fn(&'h Operation<I, O>) -> Option<Access<V>>,
) -> Vec<Extent> {
    let mut values = Interner::new();
    values.intern(initial);
    // By value: when it was written, or that it was more than once.
    let mut written = vec![Some((0, 0))];
    let applied = || part.iter().filter(|&&index| !history[index as usize].is_failed());
    let accesses = || applied().filter_map(|&index| Some((index, view(&history[index as usize])?)));
    for (index, access) in accesses() {
        let (Some(value), operation) = (access.wrote, &history[index as usize]) else { continue };
        match values.intern(value) {
            (_, true) => written.push(Some((operation.call.rank(), operation.end_rank()))),
            (number, false) => written[number as usize] = None,
        }
    }
    let mut extents = Vec::new();
    for (index, access) in accesses() {
        for (value, writes) in [(access.read, false), (access.wrote, true)] {
            let number = value.and_then(|value| values.find(&value));
            if let Some((low, high)) = number.and_then(|number| written[number as usize]) {
                extents.push(Extent { index, writes, low, high });
            }
        }
    }
    extents
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    type Step = Operation<Touch<char, u64>, ()>;

    fn step(client: u32, touch: Touch<char, u64>, at: u64) -> Step {
        Operation::new(client, Time(at), touch).answered(Time(at + 5), ())
    }
    fn judge(guarantee: Guarantee, history: &[Step]) -> Judgement {
        session(guarantee, history, |index| Some(history[index].input.clone()))
    }
    const ALL: [Guarantee; 4] = [
        Guarantee::ReadYourWrites,
        Guarantee::MonotonicReads,
        Guarantee::MonotonicWrites,
        Guarantee::WritesFollowReads,
    ];

    #[test]
    fn each_guarantee_is_broken_by_its_own_pair_only() {
        let touch = |writes, version| if writes { Touch::write('x', version) } else { Touch::read('x', version) };
        let broken = [true, false].map(|later| {
            [true, false].map(|earlier| {
                let history = [step(0, touch(earlier, 2), 0), step(0, touch(later, 1), 10)];
                ALL.map(|guarantee| judge(guarantee, &history) != Judgement::Holds)
            })
        });
        let writes_then = [[false, false, true, false], [false, false, false, true]];
        let reads_then = [[true, false, false, false], [false, true, false, false]];
        assert_eq!(broken, [writes_then, reads_then]);
    }

    #[test]
    fn it_takes_one_client_one_key_and_one_after_the_other() {
        let first = || step(0, Touch::write('x', 2), 0);
        let pairs = [
            (step(0, Touch::read('x', 1), 10), false),
            (step(0, Touch::read('x', 2), 10), true),
            (step(0, Touch::read('y', 1), 10), true),
            (step(1, Touch::read('x', 1), 10), true),
            (step(0, Touch::read('x', 1), 3), true),
        ];
        for (second, holds) in pairs {
            let judgement = judge(Guarantee::ReadYourWrites, &[first(), second.clone()]);
            assert_eq!(judgement == Judgement::Holds, holds, "{second:?}");
        }
        let never_answered = first().unknown();
        let later = step(0, Touch::read('x', 1), 10);
        assert_eq!(judge(Guarantee::ReadYourWrites, &[never_answered, later]), Judgement::Holds);
    }

    #[test]
    fn the_highest_floor_counts_and_is_named() {
        let history = [(5, 0), (3, 10), (4, 20)].map(|(version, at)| step(0, Touch::read('x', version), at));
        let Judgement::Broken(anomaly) = judge(Guarantee::MonotonicReads, &history) else { panic!() };
        assert_eq!((anomaly.class.as_str(), anomaly.witness), ("read-went-back", vec![0, 1]));
    }

    #[test]
    fn real_time_bounds_the_versions_of_a_register() {
        let write = |value, at| Operation::new(0, Time(at), Access::write(value)).answered(Time(at + 5), ());
        let read = |value, at| Operation::new(1, Time(at), Access::read(value)).answered(Time(at + 5), ());
        let holds = |history: &[Operation<Access<u8>, ()>]| {
            let part: Vec<u32> = (0..history.len() as u32).collect();
            let extents = by_real_time(history, &part, 0, |operation| Some(operation.input));
            let judgement = session(Guarantee::MonotonicReads, history, |index| {
                let extent = extents.iter().find(|extent| extent.index == index as u32)?;
                Some(Touch { key: (), writes: extent.writes, low: extent.low, high: extent.high })
            });
            judgement == Judgement::Holds
        };
        assert!(!holds(&[write(1, 0), write(2, 10), read(2, 20), read(1, 30)]));
        assert!(!holds(&[write(1, 0), read(1, 20), read(0, 30)]));
        // At the same time, or written twice: neither is certainly the older one.
        assert!(holds(&[write(1, 0), write(2, 3), read(2, 20), read(1, 30)]));
        assert!(holds(&[write(1, 0), write(2, 10), write(1, 15), read(2, 20), read(1, 30)]));
    }
}
