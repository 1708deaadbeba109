//! The zone test: linearizability of a register by comparing, for each value, from its earliest end to its latest begin.
//!
//! Follows Gibbons and Korach, "Testing Shared Memories" (1997). All operations that wrote or read one value form its
//! cluster, and in any legal order a cluster stands together. So cluster x must come before y as soon as one of x has
//! ended before one of y began, that is, when x's earliest end is before y's latest begin; and a register whose written
//! values differ is linearizable exactly when no two clusters must each come before the other, nobody has read what
//! nobody wrote, and nobody has read a value before it was written. The time is that of sorting the clusters.

use std::hash::Hash;

use super::interner::Interner;
use super::{Anomaly, Operation};

/// What one operation says about the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Access<V> {
    /// The value that it found.
    pub read: Option<V>,
    /// The value that it left, at the same moment.
    pub wrote: Option<V>,
    /// Whether that is all there is to it. A compare-and-set that found another value says less than it did.
    pub whole: bool,
}

impl<V> Access<V> {
    /// A plain read.
    pub const fn read(value: V) -> Access<V> {
        Access { read: Some(value), wrote: None, whole: true }
    }
    /// A plain write.
    pub const fn write(value: V) -> Access<V> {
        Access { read: None, wrote: Some(value), whole: true }
    }
    /// An operation that changed nothing and told nothing, such as a read that was never answered.
    pub const fn nothing() -> Access<V> {
        Access { read: None, wrote: None, whole: true }
    }
    /// The same access, of an operation that says more.
    #[must_use]
    pub fn partly(self) -> Access<V> {
        Access { whole: false, ..self }
    }
}

/// What the zone test finds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Zones {
    /// The history is linearizable.
    Linear,
    /// It is not.
    Broken(Anomaly),
    /// The part of the history that the test can judge (plain accesses of values written once) is in order.
    Open,
}

/// Judges the operations at positions `part` of a history as accesses of one register that holds `initial` first.
///
/// `view` says what an operation is; `None`: nothing that has to do with single values, and the test cannot judge this
/// register. Operations that certainly failed are left out. A value that was written twice, or was there at first, is
/// left out with all its reads: what remains of a linearizable history is linearizable.
///
/// ```
/// use sim_core::Time;
/// use sim_core::check::history::Operation;
/// use sim_core::check::history::zone::{Access, Zones, zones};
///
/// let history = [
///     Operation::new(0, Time(1), Access::write(7)).answered(Time(2), ()),
///     Operation::new(1, Time(3), Access::read(7)).answered(Time(4), ()),
/// ];
/// assert_eq!(zones(&history, &[0, 1], 0, |operation| Some(operation.input)), Zones::Linear);
/// ```
pub fn zones<'h, I, O, V: Hash + Eq>(
    history: &'h [Operation<I, O>],
    part: &[u32],
    initial: V,
    view: impl Fn(&'h Operation<I, O>) -> Option<Access<V>>,
) -> Zones {
    let Some(clusters) = Clusters::of(history, part, initial, view) else { return Zones::Open };
    let unwritten = clusters.unwritten(history);
    let conflict = clusters.conflict(history);
    match [unwritten, conflict].into_iter().flatten().min_by_key(|anomaly| anomaly.at) {
        Some(anomaly) => Zones::Broken(anomaly),
        None if clusters.whole => Zones::Linear,
        None => Zones::Open,
    }
}

const NOBODY: u32 = u32::MAX;

/// All operations that wrote or read one value. Ranks are those of moments; 0 is before everything.
struct Cluster {
    /// The rank of its earliest end, and whose it is.
    end: u128,
    ends: u32,
    /// Who wrote it; nobody for the initial value.
    write: u32,
    /// The rank of its latest begin, and whose it is.
    begin: u128,
    begins: u32,
    /// Written more than once.
    ambiguous: bool,
}

impl Cluster {
    const fn new() -> Cluster {
        Cluster { end: u128::MAX, ends: NOBODY, write: NOBODY, begin: 0, begins: NOBODY, ambiguous: false }
    }

    fn take_in(&mut self, index: u32, begin: u128, end: u128) {
        if begin >= self.begin {
            (self.begin, self.begins) = (begin, index);
        }
        if end < self.end {
            (self.end, self.ends) = (end, index);
        }
    }
}

struct Clusters {
    /// By value; first the initial one.
    clusters: Vec<Cluster>,
    /// Whether they tell all of the history.
    whole: bool,
}

impl Clusters {
    fn of<'h, I, O, V: Hash + Eq>(
        history: &'h [Operation<I, O>],
        part: &[u32],
        initial: V,
        view: impl Fn(&'h Operation<I, O>) -> Option<Access<V>>,
    ) -> Option<Clusters> {
        let mut values = Interner::new();
        let mut clusters = vec![Cluster { end: 0, ..Cluster::new() }];
        let mut whole = true;
        values.intern(initial);
        for &index in part {
            let operation = &history[index as usize];
            if operation.is_failed() {
                continue;
            }
            let access = view(operation)?;
            whole &= access.whole;
            let (begin, end) = (operation.call.rank(), operation.end_rank());
            for (value, writes) in [(access.read, false), (access.wrote, true)] {
                let Some(value) = value else { continue };
                let (number, new) = values.intern(value);
                if new {
                    clusters.push(Cluster::new());
                }
                let cluster = &mut clusters[number as usize];
                if writes {
                    cluster.ambiguous |= number == 0 || cluster.write != NOBODY;
                    cluster.write = index;
                }
                cluster.take_in(index, begin, end);
            }
        }
        whole &= !clusters.iter().any(|cluster| cluster.ambiguous);
        Some(Clusters { clusters, whole })
    }

    /// The clusters that the test can judge.
    fn judged(&self) -> impl Iterator<Item = (u32, &Cluster)> {
        (0..).zip(&self.clusters).filter(|(_, cluster)| !cluster.ambiguous && cluster.begins != NOBODY)
    }

    /// The first value that was read though nobody wrote it, or before anybody did.
    fn unwritten<I, O>(&self, history: &[Operation<I, O>]) -> Option<Anomaly> {
        let written = self.judged().filter(|(number, _)| *number > 0);
        let anomalies = written.filter_map(|(_, cluster)| {
            if cluster.write == NOBODY {
                return Some(Anomaly::new("phantom-read", history, &[cluster.ends as usize]));
            }
            let early = cluster.end < history[cluster.write as usize].call.rank();
            early.then(|| Anomaly::new("future-read", history, &[cluster.ends as usize, cluster.write as usize]))
        });
        anomalies.min_by_key(|anomaly| anomaly.at)
    }

    /// Two clusters each of which must come before the other.
    ///
    /// In the order of their earliest ends it is enough to compare each cluster with the last one before it whose latest
    /// begin is after its earliest end: those before that one are over by then, or there would have been a conflict.
    fn conflict<I, O>(&self, history: &[Operation<I, O>]) -> Option<Anomaly> {
        let mut order: Vec<(u128, u32)> = self.judged().map(|(number, cluster)| (cluster.end, number)).collect();
        order.sort_unstable();
        let mut last: Option<&Cluster> = None;
        for (end, number) in order {
            let cluster = &self.clusters[number as usize];
            if let Some(forward) = last
                && end < forward.begin
                && forward.end < cluster.begin
            {
                return Some(classify(forward, cluster, history));
            }
            if end < cluster.begin {
                last = Some(cluster);
            }
        }
        None
    }
}

/// Names the anomaly of two clusters each of which must come before the other.
fn classify<I, O>(one: &Cluster, other: &Cluster, history: &[Operation<I, O>]) -> Anomaly {
    let write_began = |cluster: &Cluster| history.get(cluster.write as usize).map_or(0, |write| write.call.rank());
    let write_ended = |cluster: &Cluster| history.get(cluster.write as usize).map_or(0, Operation::end_rank);
    let certain = if write_ended(one) < write_began(other) {
        Some((one, other))
    } else if write_ended(other) < write_began(one) {
        Some((other, one))
    } else {
        None
    };
    // Whichever value is older: the newer one was there (somebody was told so) before the older was read once more.
    // Was it there again afterwards? Then that read was stale, otherwise the newer value was lost.
    let (class, witness) = match certain {
        Some((older, newer)) if newer.begin > older.begin => {
            ("stale-read", vec![older.write, newer.write, newer.ends, older.begins, newer.begins])
        }
        Some((older, newer)) => ("lost-write", vec![older.write, newer.write, newer.ends, older.begins]),
        // Written at the same time, and each found after the other.
        None => ("split-value", vec![one.write, one.ends, one.begins, other.write, other.ends, other.begins]),
    };
    let witness: Vec<usize> =
        witness.into_iter().filter(|index| *index != NOBODY).map(|index| index as usize).collect();
    Anomaly::new(class, history, &witness)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Time;

    type Step = Operation<Access<u32>, ()>;

    fn write(value: u32, call: u64, end: u64) -> Step {
        Operation::new(0, Time(call), Access::write(value)).answered(Time(end), ())
    }
    fn read(value: u32, call: u64, end: u64) -> Step {
        Operation::new(1, Time(call), Access::read(value)).answered(Time(end), ())
    }
    fn judge(history: &[Step]) -> Zones {
        let part: Vec<u32> = (0..history.len() as u32).collect();
        zones(history, &part, 0, |operation| Some(operation.input))
    }
    #[track_caller]
    fn broken(history: &[Step], class: &str, witness: &[usize]) {
        let Zones::Broken(anomaly) = judge(history) else { panic!("{:?}", judge(history)) };
        assert_eq!((anomaly.class.as_str(), anomaly.witness.as_slice()), (class, witness));
    }

    #[test]
    fn a_value_is_read_after_a_newer_one() {
        let stale = [write(1, 1, 2), write(2, 3, 4), read(1, 5, 6), read(2, 7, 8)];
        broken(&stale, "stale-read", &[0, 1, 2, 3]);
        // Whether the newer value survived is only known from a later read.
        broken(&stale[..3], "lost-write", &[0, 1, 2]);
    }

    #[test]
    fn the_initial_value_comes_back() {
        broken(&[write(1, 1, 2), read(0, 3, 4)], "lost-write", &[0, 1]);
        broken(&[write(1, 0, 0), read(0, 1, 1)], "lost-write", &[0, 1]);
        assert_eq!(judge(&[write(1, 1, 3), read(0, 2, 4)]), Zones::Linear);
    }

    #[test]
    fn two_values_written_at_the_same_time_take_turns() {
        let split = [write(1, 1, 9), write(2, 2, 8), read(1, 10, 11), read(2, 12, 13), read(1, 14, 15)];
        broken(&split, "split-value", &[0, 1, 3, 4]);
        assert_eq!(judge(&[write(1, 1, 9), write(2, 2, 12), read(1, 10, 11), read(2, 13, 14)]), Zones::Linear);
    }

    #[test]
    fn a_value_that_nobody_wrote_or_not_yet() {
        broken(&[read(5, 1, 2)], "phantom-read", &[0]);
        broken(&[read(5, 1, 2), write(5, 3, 4)], "future-read", &[0, 1]);
        broken(&[write(5, 0, 1).failed(), read(5, 2, 3)], "phantom-read", &[1]);
        assert_eq!(judge(&[read(5, 1, 3), write(5, 2, 4)]), Zones::Linear);
    }

    #[test]
    fn an_unknown_write_may_come_at_any_time_or_never() {
        let late = |rest: &[Step]| [&[write(1, 1, 2).unknown(), write(2, 3, 4)], rest].concat();
        assert_eq!(judge(&late(&[])), Zones::Linear);
        assert_eq!(judge(&late(&[read(2, 5, 6), read(1, 7, 8)])), Zones::Linear);
        broken(&late(&[read(1, 7, 8), read(2, 9, 10)]), "split-value", &[0, 1, 2, 3]);
    }

    #[test]
    fn operations_that_touch_are_concurrent() {
        assert_eq!(judge(&[write(1, 1, 2), write(2, 2, 3), read(1, 3, 4)]), Zones::Linear);
        broken(&[write(1, 1, 2), write(2, 3, 4), read(1, 5, 6)], "lost-write", &[0, 1, 2]);
    }

    #[test]
    fn a_value_written_twice_is_left_out_with_its_reads() {
        let history = [write(1, 1, 2), write(2, 3, 4), write(1, 5, 6), read(1, 7, 8)];
        assert_eq!(judge(&history), Zones::Open);
        broken(&[&history[..], &[write(3, 9, 10), read(2, 11, 12)]].concat(), "lost-write", &[1, 4, 5]);
        assert_eq!(judge(&[write(0, 1, 2), read(0, 3, 4)]), Zones::Open);
    }

    #[test]
    fn what_is_not_an_access_of_single_values_is_not_judged() {
        assert_eq!(zones(&[read(5, 1, 2)], &[0], 0, |_| None), Zones::Open);
        let partly = [Operation::new(0, Time(1), Access::write(1).partly()).answered(Time(2), ())];
        assert_eq!(judge(&partly), Zones::Open);
        assert_eq!(judge(&[]), Zones::Linear);
    }
}
