//! The search for an order: any model, any history, in the worst case exponential.
//!
//! Follows Wing and Gong (1993), with the memo of configurations of Lowe, "Testing for Linearizability" (2017), and the
//! doubly linked list that undoes itself which Lowe took from them. What is our own: an operation that only reads is put
//! in place as soon as it fits and never tried anywhere else; states are interned, so that a configuration is a number
//! and a few words of bits around the frontier, and a step that was computed once is looked up.
//!
//! Why reads may be put in place greedily: take an operation that may come next, that fits the state, and that leaves
//! every state as it is. Of any order that begins here, move it to the front: the others find the states that they found
//! before. So if there is an order at all, there is one with this operation first.

use std::collections::BTreeMap;

use super::interner::Interner;
use super::memo::Memo;
use super::{Anomaly, Operation};
use crate::chance::mix;
use crate::check::model::Model;
use crate::check::model::past::Lineage;

/// What a search finds.
pub(super) enum Found {
    Order,
    NoOrder(Anomaly),
    OutOfBudget,
}

/// The price of a new configuration in steps: it takes memory.
const CONFIGURATION: u64 = 10;

/// Searches an order of the operations at positions `part`, and takes what it costs from the budget.
pub(super) fn search<M: Model>(
    model: &M,
    history: &[Operation<M::Input, M::Output>],
    part: &[u32],
    budget: &mut u64,
) -> Found {
    let lineages = match model.lineages(history, part) {
        Ok(lineages) => lineages,
        Err(anomaly) => return Found::NoOrder(anomaly),
    };
    let mut search = Search::new(model, history, part, *budget);
    search.heed(lineages);
    let found = search.run();
    *budget = search.budget;
    found
}

/// The list's sentinel: before its first entry and after its last.
const HEAD: u32 = 0;
/// No entry, no operation, no state.
const NONE: u32 = u32::MAX;

/// An operation as the search sees it.
struct Item<'h, I, O> {
    index: u32,
    input: &'h I,
    output: Option<&'h O>,
    only_reads: bool,
    /// The state that it is known to leave.
    leaves: u32,
    /// The lineage of the state that it is known to find.
    lineage: u32,
    /// Its entries in the list. One that was never answered has no return: it may come late, or not at all.
    call: u32,
    end: u32,
}

/// An entry of the list of calls and returns.
#[derive(Clone, Copy)]
struct Link {
    next: u32,
    before: u32,
    item: u32,
    returns: bool,
}

/// An operation put in place.
struct Move {
    item: u32,
    /// The state before it.
    state: u32,
    /// There was no choice.
    forced: bool,
}

struct Search<'h, M: Model> {
    model: &'h M,
    history: &'h [Operation<M::Input, M::Output>],
    items: Vec<Item<'h, M::Input, M::Output>>,
    /// Calls and returns in the order of time, those of operations in place left out.
    links: Vec<Link>,
    placed: Placed,
    /// How many answered operations are not in place.
    left: usize,
    moves: Vec<Move>,
    states: Interner<M::State>,
    steps: Steps,
    memo: Memo,
    /// By state, as far as they were known beforehand: its lineage.
    lineages: Vec<u32>,
    /// By lineage: how many answered operations that find one of its states are not in place.
    due: Vec<u32>,
    budget: u64,
    /// The latest return that no order has come past, and the last change in place when the search got there.
    furthest: u32,
    last_change: u32,
}

impl<'h, M: Model> Search<'h, M> {
    fn new(model: &'h M, history: &'h [Operation<M::Input, M::Output>], part: &[u32], budget: u64) -> Self {
        let mut items: Vec<_> = part
            .iter()
            .map(|&index| (index, &history[index as usize]))
            .filter(|(_, operation)| !operation.is_failed())
            .map(|(index, operation)| {
                let (input, output) = (&operation.input, operation.output());
                let only_reads = model.only_reads(input, output);
                Item { index, input, output, only_reads, leaves: NONE, lineage: NONE, call: NONE, end: NONE }
            })
            .filter(|item| item.output.is_some() || !item.only_reads)
            .collect();
        // Answered operations first, by their calls: so the bits of a configuration are dense around the frontier.
        items.sort_by_key(|item| (item.output.is_none(), history[item.index as usize].call));
        let left = items.iter().filter(|item| item.output.is_some()).count();
        let links = link(&mut items, history);
        Search {
            model,
            history,
            placed: Placed::new(left, items.len() - left),
            steps: Steps::new(items.len()),
            items,
            links,
            left,
            moves: Vec::new(),
            states: Interner::new(),
            memo: Memo::new(),
            lineages: Vec::new(),
            due: Vec::new(),
            budget,
            furthest: HEAD,
            last_change: NONE,
        }
    }

    /// Takes in what is known of the past.
    fn heed(&mut self, lineages: Vec<Lineage<M::State>>) {
        let items: BTreeMap<u32, usize> = self.items.iter().enumerate().map(|(item, of)| (of.index, item)).collect();
        self.due = vec![0; lineages.len()];
        for (number, Lineage { states, members }) in (0..).zip(lineages) {
            for (index, state) in states {
                let (state, _) = self.states.intern(state);
                self.lineages.resize(self.lineages.len().max(state as usize + 1), NONE);
                self.lineages[state as usize] = number;
                if let Some(item) = items.get(&index) {
                    self.items[*item].leaves = state;
                }
            }
            for item in members.iter().filter_map(|index| items.get(index)) {
                self.items[*item].lineage = number;
                self.due[number as usize] += 1;
            }
        }
    }

    /// Whether a step would leave a lineage that somebody has yet to find: there is no way back.
    fn strands(&self, state: u32, item: u32, after: u32) -> bool {
        let of = |state: u32| self.lineages.get(state as usize).copied().unwrap_or(NONE);
        let lineage = of(state);
        lineage != NONE
            && of(after) != lineage
            && self.due[lineage as usize] > u32::from(self.items[item as usize].lineage == lineage)
    }

    fn run(&mut self) -> Found {
        let (mut state, _) = self.states.intern(self.model.initial());
        self.settle(state);
        let mut entry = self.links[HEAD as usize].next;
        while self.left > 0 {
            let Link { next, item, returns, .. } = self.links[entry as usize];
            if returns {
                // This operation is over and has no place: one before it must go.
                self.note_furthest(entry);
                let Some(choice) = self.take_back() else { return Found::NoOrder(self.anomaly()) };
                state = choice.state;
                entry = self.links[self.items[choice.item as usize].call as usize].next;
                continue;
            }
            entry = next;
            if self.items[item as usize].only_reads {
                // Were it to fit, it would be in place.
                continue;
            }
            if self.budget < CONFIGURATION {
                return Found::OutOfBudget;
            }
            if let Some(after) = self.step(state, item)
                && !self.strands(state, item, after)
            {
                self.put_in_place(item);
                if self.placed.is_new(after, &mut self.memo) {
                    // The step before it may have taken the last of what a configuration costs.
                    self.budget = self.budget.saturating_sub(CONFIGURATION);
                    self.moves.push(Move { item, state, forced: false });
                    state = after;
                    self.settle(state);
                    entry = self.links[HEAD as usize].next;
                } else {
                    self.take_out(item);
                }
            }
        }
        Found::Order
    }

    /// Puts every operation in place that may come next, fits and only reads.
    fn settle(&mut self, state: u32) {
        let mut entry = self.links[HEAD as usize].next;
        while entry != HEAD {
            let Link { next, item, returns, .. } = self.links[entry as usize];
            if returns {
                return;
            }
            entry = next;
            if self.items[item as usize].only_reads && self.step(state, item).is_some() {
                // The entry after it may be its own return, which goes with it.
                if entry == self.items[item as usize].end {
                    entry = self.links[entry as usize].next;
                }
                self.put_in_place(item);
                self.moves.push(Move { item, state, forced: true });
            }
        }
    }

    /// Undoes everything up to the last choice, and that.
    fn take_back(&mut self) -> Option<Move> {
        while let Some(last) = self.moves.pop() {
            self.take_out(last.item);
            if !last.forced {
                return Some(last);
            }
        }
        None
    }

    fn put_in_place(&mut self, item: u32) {
        let Item { call, end, lineage, .. } = self.items[item as usize];
        if let Some(due) = self.due.get_mut(lineage as usize) {
            *due -= 1;
        }
        self.unlink(call);
        if end != NONE {
            self.unlink(end);
            self.left -= 1;
        }
        self.placed.insert(item);
    }

    /// The exact reverse of putting it in place, with nothing between the two.
    fn take_out(&mut self, item: u32) {
        let Item { call, end, lineage, .. } = self.items[item as usize];
        if let Some(due) = self.due.get_mut(lineage as usize) {
            *due += 1;
        }
        if end != NONE {
            self.relink(end);
            self.left += 1;
        }
        self.relink(call);
        self.placed.remove(item);
    }

    fn unlink(&mut self, entry: u32) {
        let Link { next, before, .. } = self.links[entry as usize];
        self.links[before as usize].next = next;
        self.links[next as usize].before = before;
    }

    fn relink(&mut self, entry: u32) {
        let Link { next, before, .. } = self.links[entry as usize];
        self.links[before as usize].next = entry;
        self.links[next as usize].before = entry;
    }

    /// The state after an operation, if it is possible.
    fn step(&mut self, state: u32, item: u32) -> Option<u32> {
        self.budget = self.budget.saturating_sub(1);
        if let Some(known) = self.steps.find(state, item) {
            return Some(known).filter(|after| *after != NONE);
        }
        let Item { input, output, only_reads, leaves, .. } = self.items[item as usize];
        let after = self.model.step(self.states.get(state), input, output);
        let after = match after {
            None => NONE,
            Some(_) if only_reads => state,
            Some(after) => {
                Some(self.states.intern(after).0).filter(|after| [*after, NONE].contains(&leaves)).unwrap_or(NONE)
            }
        };
        self.steps.keep(state, item, after);
        Some(after).filter(|after| *after != NONE)
    }

    fn note_furthest(&mut self, entry: u32) {
        if entry > self.furthest {
            self.furthest = entry;
            self.last_change = self.moves.iter().rev().find(|last| !last.forced).map_or(NONE, |last| last.item);
        }
    }

    /// The history is linearizable up to the return that no order has come past, and not with it.
    fn anomaly(&self) -> Anomaly {
        let stuck = &self.items[self.links[self.furthest as usize].item as usize];
        let class = format!("no-order({})", self.model.kind(stuck.input));
        let witness = [stuck].into_iter().chain(self.items.get(self.last_change as usize));
        let witness: Vec<usize> = witness.map(|item| item.index as usize).collect();
        Anomaly::new(&class, self.history, &witness)
    }
}

/// The list of calls and returns in the order of time; at one moment calls come first, for what only touches overlaps.
fn link<I, O>(items: &mut [Item<'_, I, O>], history: &[Operation<I, O>]) -> Vec<Link> {
    let mut events = Vec::with_capacity(items.len() * 2);
    for (number, item) in items.iter().enumerate() {
        let operation = &history[item.index as usize];
        events.push((operation.call, false, number as u32));
        if let Some(end) = operation.end() {
            events.push((end, true, number as u32));
        }
    }
    events.sort_unstable();
    let last = events.len() as u32;
    let mut links = vec![Link { next: 1 % (last + 1), before: last, item: NONE, returns: false }];
    for (entry, (_, returns, item)) in (1..).zip(events) {
        links.push(Link { next: (entry + 1) % (last + 1), before: entry - 1, item, returns });
        let item = &mut items[item as usize];
        *if returns { &mut item.end } else { &mut item.call } = entry;
    }
    links
}

/// Which operations are in place, as bits: first the answered ones by their calls, then those never answered.
struct Placed {
    words: Vec<u64>,
    answered: usize,
    /// How many operations that were answered come before the others, and how many words those others take.
    others_begin: usize,
    others_words: usize,
    /// Every word of answered operations before this one is full, and every one from `top` on is empty.
    base: usize,
    top: usize,
    sequence: Vec<u64>,
}

impl Placed {
    fn new(answered: usize, others: usize) -> Placed {
        let others_begin = answered.div_ceil(64);
        let others_words = others.div_ceil(64);
        Placed {
            words: vec![0; others_begin + others_words],
            answered,
            others_begin,
            others_words,
            base: 0,
            top: 0,
            sequence: Vec::new(),
        }
    }

    fn bit(&self, item: u32) -> (usize, u64) {
        let item = item as usize;
        let bit = if item < self.answered { item } else { item - self.answered + self.others_begin * 64 };
        (bit / 64, 1 << (bit % 64))
    }

    fn insert(&mut self, item: u32) {
        let (word, bit) = self.bit(item);
        self.words[word] |= bit;
        if word < self.others_begin {
            self.top = self.top.max(word + 1);
        }
    }

    fn remove(&mut self, item: u32) {
        let (word, bit) = self.bit(item);
        self.words[word] &= !bit;
        self.base = self.base.min(word);
    }

    /// Whether the search has not been here before, in this state.
    fn is_new(&mut self, state: u32, memo: &mut Memo) -> bool {
        while self.base < self.top && self.words[self.base] == u64::MAX {
            self.base += 1;
        }
        while self.top > self.base && self.words[self.top - 1] == 0 {
            self.top -= 1;
        }
        self.sequence.clear();
        self.sequence.push(u64::from(state) | (self.base as u64) << 32);
        self.sequence.extend_from_slice(&self.words[self.others_begin..self.others_begin + self.others_words]);
        self.sequence.extend_from_slice(&self.words[self.base..self.top]);
        memo.insert(&self.sequence)
    }
}

/// Steps computed before: a table in which a new entry overwrites an old one.
struct Steps {
    entries: Vec<(u64, u32)>,
}

impl Steps {
    /// Small for few operations, and in the processor's cache for many.
    fn new(items: usize) -> Steps {
        Steps { entries: vec![(u64::MAX, NONE); (items * 8).next_power_of_two().min(1 << 13)] }
    }
    fn slot(&self, state: u32, item: u32) -> (u64, usize) {
        let key = u64::from(state) << 32 | u64::from(item);
        (key, mix(key, 0) as usize & (self.entries.len() - 1))
    }
    fn find(&self, state: u32, item: u32) -> Option<u32> {
        let (key, slot) = self.slot(state, item);
        Some(self.entries[slot]).filter(|entry| entry.0 == key).map(|entry| entry.1)
    }
    fn keep(&mut self, state: u32, item: u32, after: u32) {
        let (key, slot) = self.slot(state, item);
        self.entries[slot] = (key, after);
    }
}
