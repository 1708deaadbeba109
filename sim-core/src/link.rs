//! Which directed links a fault touches, and the state of links that carry, hold or lose by turns.

use std::collections::BTreeMap;

use crate::chance::{Identity, Key, Purpose};
use crate::fault::{Fault, Links};
use crate::law::Law;
use crate::time::{Span, Time};
use crate::unit::{Bandwidth, Bytes};

/// An end of a link as a dense index: nodes first, then clients.
pub(crate) type End = u32;

/// A set of directed links, as marks on their ends.
#[derive(Debug)]
pub(crate) enum Match {
    All,
    /// Links between ends of different non-zero groups.
    Groups(Vec<u16>),
    /// Links from an end with mark 1 to one with mark 2 (bits, so an end may have both).
    Directed(Vec<u8>),
    /// Links that leave a marked end.
    From(Vec<bool>),
    /// Links that lead to a marked end.
    To(Vec<bool>),
    /// Links that touch a marked end.
    Either(Vec<bool>),
}

impl Match {
    #[inline]
    pub(crate) fn hits(&self, from: End, to: End) -> bool {
        let (from, to) = (from as usize, to as usize);
        match self {
            Match::All => true,
            Match::Groups(marks) => marks[from] != 0 && marks[to] != 0 && marks[from] != marks[to],
            Match::Directed(marks) => marks[from] & 1 != 0 && marks[to] & 2 != 0,
            Match::From(marks) => marks[from],
            Match::To(marks) => marks[to],
            Match::Either(marks) => marks[from] || marks[to],
        }
    }

    fn marked(group: &[End], ends: usize) -> Vec<bool> {
        let mut marks = vec![false; ends];
        group.iter().for_each(|end| marks[*end as usize] = true);
        marks
    }

    fn groups(groups: &[&[End]], ends: usize) -> Match {
        let mut marks = vec![0; ends];
        for (group, number) in groups.iter().zip(1..) {
            group.iter().for_each(|end| marks[*end as usize] = number);
        }
        Match::Groups(marks)
    }

    fn directed(from: &[End], to: &[End], ends: usize) -> Match {
        let mut marks = vec![0; ends];
        from.iter().for_each(|end| marks[*end as usize] |= 1);
        to.iter().for_each(|end| marks[*end as usize] |= 2);
        Match::Directed(marks)
    }

    pub(crate) fn of_links(links: &Links<End>, ends: usize) -> Match {
        match links {
            Links::All => Match::All,
            Links::From(group) => Match::From(Match::marked(group, ends)),
            Links::To(group) => Match::To(Match::marked(group, ends)),
            Links::Link(from, to) => Match::directed(&[*from], &[*to], ends),
            Links::Between(left, right) => Match::groups(&[left, right], ends),
        }
    }

    /// The links that a network fault touches; `None` if it is no network fault.
    pub(crate) fn of_fault(fault: &Fault<End>, ends: usize) -> Option<Match> {
        Some(match fault {
            Fault::Partition(groups) | Fault::Sever(groups) => {
                Match::groups(&groups.iter().map(Vec::as_slice).collect::<Vec<_>>(), ends)
            }
            Fault::Bridge(left, right) => Match::groups(&[left, right], ends),
            Fault::OneWay { from, to } => Match::directed(from, to, ends),
            Fault::Isolate(end) => Match::Either(Match::marked(&[*end], ends)),
            Fault::Flap { on, .. }
            | Fault::Clog { on }
            | Fault::Bandwidth { on, .. }
            | Fault::Burst { on, .. }
            | Fault::Corrupt { on, .. }
            | Fault::Loss { on, .. }
            | Fault::Duplicate { on, .. }
            | Fault::Delay { on, .. }
            | Fault::Reorder { on, .. } => Match::of_links(on, ends),
            _ => return None,
        })
    }
}

/// Links of limited bandwidth: when each has sent what waits before it.
#[derive(Debug, Default)]
pub(crate) struct Pipes(BTreeMap<(End, End), Time>);

impl Pipes {
    /// When a packet sent now has left, or `None` if the queue before the link is full.
    pub(crate) fn send(
        &mut self,
        now: Time,
        link: (End, End),
        bytes: u32,
        rate: Bandwidth,
        queue: Bytes,
    ) -> Option<Time> {
        let free = self.0.entry(link).or_default();
        let waiting = rate.bytes_in(free.since(now));
        if waiting > 0 && waiting + u64::from(bytes) > queue.0 {
            return None;
        }
        *free = (*free).max(now).saturating_add(rate.time_for(u64::from(bytes)));
        Some(*free)
    }
}

/// Links that are good and bad by turns. The lengths of the periods depend on the window, the link and their number
/// alone, never on the traffic.
#[derive(Debug, Default)]
pub(crate) struct Bursts(BTreeMap<(End, End), Period>);

#[derive(Clone, Copy, Debug)]
struct Period {
    number: u64,
    until: Time,
}

impl Bursts {
    /// Whether a link is in a bad period now. `link` is its identity under the window, which opened at `opened`.
    pub(crate) fn bad(
        &mut self,
        now: Time,
        opened: Time,
        ends: (End, End),
        link: Identity,
        key: &Key,
        means: (Span, Span),
    ) -> bool {
        let length = |number: u64| {
            let mean = if number.is_multiple_of(2) { means.0 } else { means.1 };
            Law::Exponential(mean).sample(key.draw(Purpose::Loss, link.child(Purpose::Loss, number))).0.max(1)
        };
        let period = self.0.entry(ends).or_insert_with(|| Period { number: 0, until: Time(opened.0 + length(0)) });
        while period.until <= now {
            period.number += 1;
            period.until = period.until.saturating_add(Span(length(period.number)));
        }
        !period.number.is_multiple_of(2)
    }
}
