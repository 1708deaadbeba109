//! The engine on challenges that other shrinkers have published figures for: <https://github.com/jlink/shrinking-challenge>.
//!
//! A subject here is a few lists of numbers. Whole lists and elements are deleted by the engine's own deletion; what the
//! lists need beside it (joining, exact minima, moving an amount from one number to another) are passes of this file, written
//! with these challenges in view: the figures tell of the engine's search, not of what it does to lists it has not met.

use std::collections::{BTreeMap, BTreeSet};

use scenarios::shrink::deletion::delete;
use scenarios::shrink::engine::{Engine, Subject, Verdict};
use scenarios::shrink::schedule::{Pass, settle};
use scenarios::shrink::search::Search;
use sim_core::Key;
use sim_core::chance::{Identity, Purpose};
use sim_core::digest::Digest;

/// Lists of numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Lists {
    /// Whether there must be as many lists as there are.
    fixed: bool,
    lists: Vec<Vec<i64>>,
}

impl Subject for Lists {
    /// Lists and numbers; how large these are; where they stand, the lowest and the positive first, the shortest list first.
    type Measure = (usize, u64, Vec<(u64, bool)>, Vec<usize>);
    type Study = ();

    fn measure(&self) -> Self::Measure {
        let numbers = || self.lists.iter().flatten();
        let count = self.lists.iter().filter(|list| !self.fixed || !list.is_empty()).count() + numbers().count();
        let order = numbers().map(|number| (number.unsigned_abs(), *number < 0)).collect();
        let size = numbers().map(|number| number.unsigned_abs()).sum();
        (count, size, order, self.lists.iter().map(Vec::len).collect())
    }

    fn key(&self) -> u64 {
        Digest::of(&self.lists)
    }
}

impl Lists {
    fn spots(&self) -> Vec<(usize, usize)> {
        let in_list = |(list, numbers): (usize, &Vec<i64>)| (0..numbers.len()).map(move |at| (list, at));
        self.lists.iter().enumerate().flat_map(in_list).collect()
    }

    fn with(&self, spots: &[(usize, usize)], number: impl Fn(i64) -> i64) -> Lists {
        let mut other = self.clone();
        for (list, at) in spots {
            other.lists[*list][*at] = number(other.lists[*list][*at]);
        }
        other
    }
}

async fn whole_lists(search: &mut Search<Lists>) {
    let without = |subject: &Lists, range: std::ops::Range<usize>| {
        let mut left = subject.clone();
        if subject.fixed {
            left.lists[range].iter_mut().for_each(Vec::clear);
        } else {
            left.lists.drain(range);
        }
        Some(left)
    };
    delete(search, |subject| subject.lists.len(), without).await;
}

async fn single_numbers(search: &mut Search<Lists>) {
    let without = |subject: &Lists, range: std::ops::Range<usize>| {
        let mut left = subject.clone();
        for (list, at) in subject.spots()[range].iter().rev() {
            left.lists[*list].remove(*at);
        }
        Some(left)
    };
    delete(search, |subject| subject.spots().len(), without).await;
}

async fn join(search: &mut Search<Lists>) {
    let best = search.best();
    if best.fixed || best.lists.len() < 2 {
        return;
    }
    search.take(Lists { fixed: false, lists: vec![best.lists.concat()] }).await;
}

/// One number for two of the same list: their sum, as it wraps around in 16 bits.
async fn sums(search: &mut Search<Lists>) {
    loop {
        let best = search.best();
        if !best.fixed || best.lists.len() < 2 {
            return;
        }
        let spots = best.spots();
        let neighbours = spots.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        let summed = neighbours.map(|pair| {
            let (list, at) = pair[0];
            let sum = best.lists[list][at].wrapping_add(best.lists[list][at + 1]) as i16;
            let mut one = best.with(&[(list, at)], |_| i64::from(sum));
            one.lists[list].remove(at + 1);
            one
        });
        if search.first(summed).await.is_none() {
            return;
        }
    }
}

/// Each number as near to 0 as it can be: the first few outright, further ones by bisection.
async fn nearer_to_zero(search: &mut Search<Lists>) {
    for spot in search.best().spots() {
        let best = search.best();
        let number = best.lists[spot.0][spot.1];
        let near = [0i64, 1, -1, 2, -2].into_iter().filter(|near| near.unsigned_abs() < number.unsigned_abs());
        if search.first(near.map(|near| best.with(&[spot], |_| near))).await.is_some() {
            continue;
        }
        search.first([best.with(&[spot], |number| number.saturating_neg())]).await;
        let number = search.best().lists[spot.0][spot.1];
        let (mut low, mut high) = (0, number.unsigned_abs());
        while low + 1 < high {
            let middle = low.midpoint(high);
            let value = i64::try_from(middle).unwrap_or(i64::MAX) * number.signum();
            let candidate = search.best().with(&[spot], |_| value);
            if search.take(candidate).await { high = middle } else { low = middle }
        }
    }
}

/// Moves as much as possible from one number to a later one.
async fn shift(search: &mut Search<Lists>) {
    let spots = search.best().spots();
    let pairs =
        spots.iter().enumerate().flat_map(|(place, one)| spots[place + 1..].iter().map(move |other| (*one, *other)));
    for (one, other) in pairs {
        let best = search.best();
        let number = best.lists[one.0][one.1];
        let amounts = [number, number - number.signum(), number / 2];
        let moved = amounts.into_iter().map(|amount| {
            let less = best.with(&[one], |number| number - amount);
            less.with(&[other], |number| number.saturating_add(amount))
        });
        search.first(moved).await;
    }
}

async fn in_order(search: &mut Search<Lists>) {
    let mut sorted = Lists::clone(&search.best());
    for list in &mut sorted.lists {
        list.sort_by_key(|number| (number.unsigned_abs(), *number < 0));
    }
    if sorted.fixed {
        sorted.lists.sort_by_key(|list| (list.len(), list.iter().map(|number| number.unsigned_abs()).sum::<u64>()));
    }
    search.take(sorted).await;
}

fn shrunk(subject: Lists, fails: fn(&[Vec<i64>]) -> bool) -> (Lists, u64) {
    let mut engine = Engine::new(subject, |mut search| async move {
        let coarse: Vec<Pass<Lists>> = vec![
            Pass { name: "lists", run: Box::new(|search| Box::pin(whole_lists(search))) },
            Pass { name: "numbers", run: Box::new(|search| Box::pin(single_numbers(search))) },
        ];
        let fine: Vec<Pass<Lists>> = vec![
            Pass { name: "sums", run: Box::new(|search| Box::pin(sums(search))) },
            Pass { name: "join", run: Box::new(|search| Box::pin(join(search))) },
            Pass { name: "nearer", run: Box::new(|search| Box::pin(nearer_to_zero(search))) },
            Pass { name: "shift", run: Box::new(|search| Box::pin(shift(search))) },
            Pass { name: "order", run: Box::new(|search| Box::pin(in_order(search))) },
        ];
        settle(&mut search, &[coarse, fine]).await;
    });
    engine.run(|candidate| if fails(&candidate.lists) { Verdict::Same(0) } else { Verdict::Not(None) });
    (Lists::clone(&engine.best()), engine.progress().tries)
}

/// Sums of 16 bits wrap around.
fn bound5(lists: &[Vec<i64>]) -> bool {
    let sum =
        |numbers: &mut dyn Iterator<Item = &i64>| numbers.fold(0i16, |sum, number| sum.wrapping_add(*number as i16));
    let in_range = lists.iter().flatten().all(|number| i16::try_from(*number).is_ok());
    let each = lists.iter().all(|list| sum(&mut list.iter()) < 256);
    in_range && each && sum(&mut lists.iter().flatten()) >= 5 * 256
}

fn large_union_list(lists: &[Vec<i64>]) -> bool {
    lists.iter().flatten().collect::<BTreeSet<_>>().len() > 4
}

fn length_list(lists: &[Vec<i64>]) -> bool {
    lists.iter().flatten().all(|number| (0..=1000).contains(number))
        && lists.iter().flatten().any(|number| *number >= 900)
}

fn reverse(lists: &[Vec<i64>]) -> bool {
    lists.iter().any(|list| !list.iter().eq(list.iter().rev()))
}

fn distinct(lists: &[Vec<i64>]) -> bool {
    lists.iter().any(|list| list.iter().collect::<BTreeSet<_>>().len() >= 3)
}

/// One challenge.
struct Challenge {
    name: &'static str,
    fails: fn(&[Vec<i64>]) -> bool,
    /// How many lists, whether there must be as many, how long each at most, and between which bounds the numbers are.
    shape: (u64, bool, u64, (i64, i64)),
    /// Mean evaluations and distinct results of Hypothesis, where it has published them.
    published: Option<(u64, usize)>,
}

const CHALLENGES: [Challenge; 5] = [
    Challenge { name: "bound5", fails: bound5, shape: (5, true, 10, (-32_768, 32_767)), published: Some((137, 1)) },
    Challenge {
        name: "large union list",
        fails: large_union_list,
        shape: (10, false, 20, (-100_000, 100_000)),
        published: Some((341, 1)),
    },
    Challenge { name: "length list", fails: length_list, shape: (1, true, 100, (0, 1000)), published: Some((85, 1)) },
    Challenge { name: "reverse", fails: reverse, shape: (1, true, 50, (-100_000, 100_000)), published: Some((46, 1)) },
    Challenge { name: "distinct", fails: distinct, shape: (1, true, 50, (-100_000, 100_000)), published: None },
];

/// The first hundred failing subjects of a challenge.
fn failing(challenge: &Challenge) -> impl Iterator<Item = Lists> + '_ {
    let (lists, fixed, length, (low, high)) = challenge.shape;
    let subject = move |seed| {
        let mut draws = Key::from_seed(seed).draws(Purpose::Shape, Identity::of_name(challenge.name));
        let width = high.abs_diff(low);
        let list = |_| {
            let count = draws.between(0, length);
            (0..count).map(|_| low.saturating_add_unsigned(draws.between(0, width))).collect()
        };
        Lists { fixed, lists: (0..lists).map(list).collect() }
    };
    (0..).map(subject).filter(|subject: &Lists| (challenge.fails)(&subject.lists)).take(100)
}

#[test]
fn challenges_are_solved_and_normalised() {
    for challenge in &CHALLENGES {
        let mut results: BTreeMap<String, u32> = BTreeMap::new();
        let mut total = 0;
        for subject in failing(challenge) {
            let (least, tries) = shrunk(subject, challenge.fails);
            assert!((challenge.fails)(&least.lists), "{}: {least:?} does not fail", challenge.name);
            *results.entry(format!("{:?}", least.lists)).or_default() += 1;
            total += tries;
        }
        let mean = total / 100;
        let published = challenge.published.map_or("-".to_owned(), |(tries, kinds)| format!("{tries}, {kinds}"));
        println!("{:<18} {mean:>5}, {:<3} published {published:<8} {results:?}", challenge.name, results.len());
        assert_eq!(results.len(), 1, "{}: all end at the same", challenge.name);
    }
}
