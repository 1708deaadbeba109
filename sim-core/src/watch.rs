//! Who watches a run: the plan's checkers and, when a run is repeated for it, the recorder. Neither can alter it.

use std::collections::BTreeMap;

use crate::chance::Identity;
use crate::check::{CheckOutcome, Checker, Conclusion, Observation, Verdict};
use crate::node::NodeId;
use crate::outcome::{Amount, Measure};
use crate::plan::{Place, Plan};
use crate::time::{Span, Time};
use crate::trace::{Packet, Trace, TraceEntry, Unsynced};

/// One of the plan's checks at work.
struct Watcher {
    name: String,
    checker: Box<dyn Checker>,
    verdict: Option<Verdict>,
}

/// The watchers of one run.
#[derive(Default)]
pub(crate) struct Watch {
    checkers: Vec<Watcher>,
    trace: Option<Trace>,
    numbers: BTreeMap<(Place, Place, &'static str), u32>,
    latencies: Vec<u64>,
    pub(crate) sent: u64,
    pub(crate) lost: u64,
    failed: u64,
    unknown: u64,
}

impl Watch {
    pub(crate) fn reset(&mut self, plan: &Plan, tracing: bool) {
        self.checkers.clear();
        self.checkers.extend(plan.checks.iter().map(|check| Watcher {
            name: check.name(),
            checker: check.checker(plan),
            verdict: None,
        }));
        self.trace = tracing.then(Trace::default);
        self.numbers.clear();
        self.latencies.clear();
        (self.sent, self.lost, self.failed, self.unknown) = (0, 0, 0, 0);
    }

    #[inline]
    pub(crate) fn tracing(&self) -> bool {
        self.trace.is_some()
    }

    /// Shows something to every checker. True at a new violation.
    pub(crate) fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> bool {
        match seen {
            Observation::Answered(_, latency) => self.latencies.push(latency.0),
            Observation::Failed(..) => self.failed += 1,
            Observation::Unknown(..) => self.unknown += 1,
            _ => {}
        }
        let mut violated = false;
        for watcher in self.checkers.iter_mut().filter(|watcher| watcher.verdict.is_none()) {
            if let Some(violation) = watcher.checker.observe(at, event, seen) {
                watcher.verdict = Some(Verdict::Fail(violation));
                violated = true;
            }
        }
        violated
    }

    pub(crate) fn conclude(&mut self, conclusion: &Conclusion<'_>) -> (Vec<CheckOutcome>, Vec<Measure>, Option<Trace>) {
        let mut measures = self.measures();
        let mut outcomes = Vec::with_capacity(self.checkers.len());
        for watcher in &mut self.checkers {
            let verdict = watcher.verdict.take().unwrap_or_else(|| watcher.checker.conclude(conclusion));
            watcher.checker.measures(&mut measures);
            outcomes.push(CheckOutcome { name: std::mem::take(&mut watcher.name), verdict });
        }
        self.checkers.clear();
        (outcomes, measures, self.trace.take())
    }

    fn measures(&mut self) -> Vec<Measure> {
        let mut measures = Vec::new();
        let mut add = |name: &str, amount| measures.push(Measure { name: name.to_owned(), amount });
        add("packets sent", Amount::Count(self.sent));
        add("packets lost", Amount::Count(self.lost));
        let answered = self.latencies.len() as u64;
        if answered + self.failed + self.unknown > 0 {
            add("operations answered", Amount::Count(answered));
            add("operations failed", Amount::Count(self.failed));
            add("operations unknown", Amount::Count(self.unknown));
        }
        if answered > 0 {
            self.latencies.sort_unstable();
            let at = |percent: u64| Amount::Span(Span(self.latencies[((answered - 1) * percent / 100) as usize]));
            add("latency p50", at(50));
            add("latency p99", at(99));
            add("latency max", at(100));
        }
        measures
    }

    /// Records an entry; `text` is only made when somebody records.
    #[inline]
    pub(crate) fn note(&mut self, entry: impl FnOnce() -> TraceEntry) {
        if let Some(trace) = &mut self.trace {
            trace.entries.push(entry());
        }
    }

    /// Records what a crash found unsynced.
    pub(crate) fn unsynced(&mut self, at: Time, node: NodeId, writes: impl Iterator<Item = (Identity, u32)>) {
        if let Some(trace) = &mut self.trace {
            let writes: Vec<_> = writes.collect();
            if !writes.is_empty() {
                trace.unsynced.push(Unsynced { at, node, writes });
            }
        }
    }

    /// Records both addresses of an original packet.
    pub(crate) fn number(&mut self, identity: Identity, from: Place, to: Place, kind: &'static str) {
        if let Some(trace) = &mut self.trace {
            let count = self.numbers.entry((from, to, kind)).or_default();
            trace.packets.push(Packet { identity, from, to, kind, nth: *count });
            *count += 1;
        }
    }
}
