//! The numbers in a plan that have a meaning of more and less: times, lengths, rates, positions.
//!
//! A [`Spot`] names one of them; the same spot means the same number as long as no element comes or goes. Numbers of the
//! protocol's own config are none: they are the system that is tested.

use std::collections::BTreeMap;

use sim_core::fault::{Fault, Target};
use sim_core::law::Law;
use sim_core::plan::{Address, Chance, Exception, Load, Plan, Start};
use sim_core::time::Until;
use sim_core::{Probability, Span, Time};

use super::elements::exceptions;

/// Where a number stands. Indices are positions in the plan's lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Spot {
    /// When calm begins.
    Calm,
    /// When the run ends.
    Until,
    /// How long a window is open; it keeps its beginning. One that never closes has no such number.
    Length(usize),
    /// When a window opens; it keeps its length.
    From(usize),
    /// A parameter of a window's fault.
    Fault(usize, usize),
    /// What an exception decides.
    Decision(usize),
    /// Which packet or choice of its kind an exception is about.
    Nth(usize),
    /// When an operation starts.
    Start(usize),
    /// A number in the text of an operation: the n-th run of digits.
    Op(usize, usize),
    /// How far a node's wall clock is off.
    Offset(usize),
    /// The rate error of a node's clocks.
    Drift(usize),
    /// How long a client waits.
    Timeout,
    /// How often a client tries.
    Attempts,
    /// How long a client pauses between two attempts.
    Backoff,
}

impl Spot {
    /// Whether the number is a moment or a length of time, in nanoseconds.
    pub(super) fn is_time(self, plan: &Plan) -> bool {
        match self {
            Spot::Decision(index) => matches!(exceptions(plan).get(index), Some(Exception::Delayed(..))),
            Spot::Nth(_) | Spot::Op(..) | Spot::Drift(_) | Spot::Attempts | Spot::Fault(..) => false,
            _ => true,
        }
    }
}

/// Every number of a plan, with its magnitude.
pub(super) fn numbers(plan: &Plan) -> Vec<(Spot, u64)> {
    let mut spots = vec![Spot::Calm, Spot::Until];
    for (index, window) in plan.windows.iter().enumerate() {
        spots.extend([Spot::Length(index), Spot::From(index)]);
        let parameters = parameters(&mut window.fault.clone()).len();
        spots.extend((0..parameters).map(|parameter| Spot::Fault(index, parameter)));
    }
    for index in 0..exceptions(plan).len() {
        spots.extend([Spot::Decision(index), Spot::Nth(index)]);
    }
    if let Load::Listed(operations) = &plan.clients.load {
        for (index, operation) in operations.iter().enumerate() {
            spots.push(Spot::Start(index));
            spots.extend((0..digit_runs(&operation.op).count()).map(|run| Spot::Op(index, run)));
        }
    }
    for index in 0..plan.nodes.len() {
        spots.extend([Spot::Offset(index), Spot::Drift(index)]);
    }
    if !plan.clients.names.is_empty() {
        spots.extend([Spot::Timeout, Spot::Attempts, Spot::Backoff]);
    }
    spots.into_iter().filter_map(|spot| Some((spot, read(plan, spot)?))).collect()
}

/// The magnitude of the number at a spot; `None` if there is none.
pub(super) fn read(plan: &Plan, spot: Spot) -> Option<u64> {
    Some(match spot {
        Spot::Calm => plan.calm.0,
        Spot::Until => plan.until.0,
        Spot::Length(index) => {
            let window = plan.windows.get(index)?;
            window.until.time()?.since(window.from).0
        }
        Spot::From(index) => plan.windows.get(index)?.from.0,
        Spot::Fault(index, parameter) => {
            parameters(&mut plan.windows.get(index)?.fault.clone()).into_iter().nth(parameter)?.get()
        }
        Spot::Decision(index) => match exceptions(plan).get(index)? {
            Exception::Delayed(_, span) => span.0,
            Exception::Copies(_, copies) => u64::from(*copies),
            Exception::Corrupted(_, bits) => *bits,
            Exception::Chosen(_, value) => *value,
            Exception::Lost(_) => return None,
        },
        Spot::Nth(index) => match address(exceptions(plan).get(index)?) {
            Address::Nth { nth, .. } | Address::At { nth, .. } => u64::from(*nth),
            Address::Id(_) => return None,
        },
        Spot::Start(index) => match listed(plan)?.get(index)?.start {
            Start::At(time) => time.0,
            Start::After(span) => span.0,
        },
        Spot::Op(index, run) => {
            let text = &listed(plan)?.get(index)?.op;
            digit_runs(text).nth(run).and_then(|range| text[range].parse().ok())?
        }
        Spot::Offset(index) => plan.nodes.get(index)?.offset.0.unsigned_abs(),
        Spot::Drift(index) => plan.nodes.get(index)?.drift.0.unsigned_abs(),
        Spot::Timeout => plan.clients.timeout.0,
        Spot::Attempts => u64::from(plan.clients.attempts),
        Spot::Backoff => plan.clients.backoff.0,
    })
}

/// The plan with another number at a spot; its sign, where it has one, stays. `None` if the number cannot stand there.
/// Whether the plan as a whole is valid is another matter.
pub(super) fn write(plan: &Plan, spot: Spot, number: u64) -> Option<Plan> {
    let mut plan = plan.clone();
    match spot {
        Spot::Calm => plan.calm = Time(number),
        Spot::Until => plan.until = Time(number),
        Spot::Length(index) => {
            let window = plan.windows.get_mut(index)?;
            window.until = Until::At(window.from.saturating_add(Span(number)));
        }
        Spot::From(index) => {
            let window = plan.windows.get_mut(index)?;
            let length = window.until.time().map(|until| until.since(window.from));
            window.from = Time(number);
            window.until = length.map_or(Until::Never, |length| Until::At(window.from.saturating_add(length)));
        }
        Spot::Fault(index, parameter) => {
            let fault = &mut plan.windows.get_mut(index)?.fault;
            // A fault of no strength is no fault: that is for deletion to try.
            parameters(fault).into_iter().nth(parameter).filter(|_| number > 0)?.set(number)?;
        }
        Spot::Decision(index) => match exceptions_mut(&mut plan)?.get_mut(index)? {
            Exception::Delayed(_, span) => *span = Span(number),
            Exception::Copies(_, copies) => *copies = u8::try_from(number).ok()?,
            Exception::Corrupted(_, bits) => *bits = number,
            Exception::Chosen(_, value) => *value = number,
            Exception::Lost(_) => return None,
        },
        Spot::Nth(index) => match address_mut(exceptions_mut(&mut plan)?.get_mut(index)?) {
            Address::Nth { nth, .. } | Address::At { nth, .. } => *nth = u32::try_from(number).ok()?,
            Address::Id(_) => return None,
        },
        Spot::Start(index) => {
            let start = &mut listed_mut(&mut plan)?.get_mut(index)?.start;
            *start = match start {
                Start::At(_) => Start::At(Time(number)),
                Start::After(_) => Start::After(Span(number)),
            };
        }
        Spot::Op(index, run) => {
            let text = &mut listed_mut(&mut plan)?.get_mut(index)?.op;
            let range = digit_runs(text).nth(run)?;
            text.replace_range(range, &number.to_string());
        }
        Spot::Offset(index) => set_signed(&mut plan.nodes.get_mut(index)?.offset.0, number)?,
        Spot::Drift(index) => set_signed(&mut plan.nodes.get_mut(index)?.drift.0, number)?,
        Spot::Timeout => plan.clients.timeout = Span(number),
        Spot::Attempts => plan.clients.attempts = u32::try_from(number).ok().filter(|attempts| *attempts > 0)?,
        Spot::Backoff => plan.clients.backoff = Span(number),
    }
    Some(plan)
}

/// The packet or choice that an exception is about.
pub(super) const fn address(exception: &Exception) -> &Address {
    match exception {
        Exception::Lost(at)
        | Exception::Delayed(at, _)
        | Exception::Corrupted(at, _)
        | Exception::Copies(at, _)
        | Exception::Chosen(at, _) => at,
    }
}

/// The packet or choice that an exception is about, to be changed.
pub(super) const fn address_mut(exception: &mut Exception) -> &mut Address {
    match exception {
        Exception::Lost(at)
        | Exception::Delayed(at, _)
        | Exception::Corrupted(at, _)
        | Exception::Copies(at, _)
        | Exception::Chosen(at, _) => at,
    }
}

/// Whether an exception is about a choice, not a packet.
pub(super) const fn is_choice(exception: &Exception) -> bool {
    matches!(exception, Exception::Chosen(..))
}

/// The exceptions of a plan, to be changed.
pub(super) fn exceptions_mut(plan: &mut Plan) -> Option<&mut Vec<Exception>> {
    match &mut plan.chance {
        Chance::Frozen(exceptions) => Some(exceptions),
        Chance::Seeded(_) => None,
    }
}

/// The plan in which each choice that is told by its number has this one; `None` if they have.
pub(super) fn with_choices(plan: &Plan, number: u32) -> Option<Plan> {
    let mut chosen = plan.clone();
    for exception in exceptions_mut(&mut chosen)? {
        if let Address::At { nth, .. } = address_mut(exception) {
            *nth = number;
        }
    }
    (chosen != *plan).then_some(chosen)
}

/// The listed operations of a plan.
pub(super) fn listed(plan: &Plan) -> Option<&[sim_core::plan::Operation]> {
    match &plan.clients.load {
        Load::Listed(operations) => Some(operations),
        Load::Generated { .. } => None,
    }
}

/// When each listed operation starts: a client starts one after the other, so none before the one before it. `None` where it
/// starts so long after another.
pub(super) fn starts(plan: &Plan) -> Vec<Option<Time>> {
    let mut last: BTreeMap<u16, Time> = BTreeMap::new();
    let start = |operation: &sim_core::plan::Operation| match operation.start {
        Start::At(at) => {
            let last = last.entry(operation.client).or_insert(at);
            *last = at.max(*last);
            Some(*last)
        }
        Start::After(_) => None,
    };
    listed(plan).unwrap_or_default().iter().map(start).collect()
}

/// The kinds of these operations, those asked least first.
pub(super) fn kinds(operations: &[&sim_core::plan::Operation]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for operation in operations {
        *counts.entry(shape(&operation.op)).or_default() += 1;
    }
    let mut kinds: Vec<(usize, usize, String)> =
        counts.into_iter().map(|(kind, count)| (count, kind.len(), kind)).collect();
    kinds.sort();
    kinds.into_iter().map(|(_, _, kind)| kind).collect()
}

/// The listed operations of a plan, to be changed.
pub(super) fn listed_mut(plan: &mut Plan) -> Option<&mut Vec<sim_core::plan::Operation>> {
    match &mut plan.clients.load {
        Load::Listed(operations) => Some(operations),
        Load::Generated { .. } => None,
    }
}

/// The text of an operation with zeros for its numbers.
pub(super) fn shape(text: &str) -> String {
    refilled(text, std::iter::repeat("0"))
}

/// The text of an operation with these numbers in the place of its own, as many as there are; it keeps the others.
pub(super) fn refilled<'n>(text: &str, numbers: impl IntoIterator<Item = &'n str>) -> String {
    let mut refilled = String::new();
    let mut copied = 0;
    for (range, number) in digit_runs(text).zip(numbers) {
        refilled.push_str(&text[copied..range.start]);
        refilled.push_str(number);
        copied = range.end;
    }
    refilled.push_str(&text[copied..]);
    refilled
}

/// The numbers in the text of an operation, as they are written.
pub(super) fn figures(text: &str) -> Vec<&str> {
    digit_runs(text).map(|range| &text[range]).collect()
}

/// Where whole numbers stand in a text of RON, outside of quotes.
fn digit_runs(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    let (mut quoted, mut word) = (false, false);
    for (at, c) in text.char_indices() {
        quoted ^= c == '"';
        match runs.last_mut() {
            Some(run) if run.end == at && c.is_ascii_digit() => run.end = at + 1,
            _ if c.is_ascii_digit() && !quoted && !word => runs.push(at..at + 1),
            _ => {}
        }
        word = c.is_alphanumeric() || c == '_' || c == '.';
    }
    runs.into_iter()
}

/// A parameter of a fault.
enum Parameter<'a> {
    Span(&'a mut Span),
    Signed(&'a mut i64),
    Share(&'a mut Probability),
    Amount(&'a mut u64),
}

impl Parameter<'_> {
    fn get(&self) -> u64 {
        match self {
            Parameter::Span(span) => span.0,
            Parameter::Signed(number) => number.unsigned_abs(),
            Parameter::Share(share) => u64::from(share.ppb()),
            Parameter::Amount(amount) => **amount,
        }
    }

    fn set(self, number: u64) -> Option<()> {
        match self {
            Parameter::Span(span) => *span = Span(number),
            Parameter::Signed(signed) => set_signed(signed, number)?,
            Parameter::Share(share) => *share = Probability::from_ppb(u32::try_from(number).ok()?)?,
            Parameter::Amount(amount) => *amount = number,
        }
        Some(())
    }
}

fn set_signed(signed: &mut i64, magnitude: u64) -> Option<()> {
    let magnitude = i64::try_from(magnitude).ok()?;
    *signed = if *signed < 0 { -magnitude } else { magnitude };
    Some(())
}

fn parameters(fault: &mut Fault<Target>) -> Vec<Parameter<'_>> {
    match fault {
        Fault::Slow(_, span) => vec![Parameter::Span(span)],
        Fault::Flap { up, down, .. } => vec![Parameter::Span(up), Parameter::Span(down)],
        Fault::Bandwidth { rate, queue, .. } => vec![Parameter::Amount(&mut rate.0), Parameter::Amount(&mut queue.0)],
        Fault::Burst { good, bad, rate, .. } => {
            vec![Parameter::Span(good), Parameter::Span(bad), Parameter::Share(rate)]
        }
        Fault::Corrupt { rate, .. } | Fault::Loss { rate, .. } | Fault::Duplicate { rate, .. } => {
            vec![Parameter::Share(rate)]
        }
        Fault::Delay { by, .. } | Fault::SlowDisk(_, by) => law_parameters(by),
        Fault::Reorder { rate, by, .. } => vec![Parameter::Share(rate), Parameter::Span(by)],
        Fault::Drift(_, drift) => vec![Parameter::Signed(&mut drift.0)],
        Fault::Step(_, by) | Fault::Slew(_, by) => vec![Parameter::Signed(&mut by.0)],
        Fault::Unsynced { keep, tear, .. } => vec![Parameter::Share(keep), Parameter::Share(tear)],
        Fault::Misdirect(_, rate) => vec![Parameter::Share(rate)],
        Fault::Crash(_)
        | Fault::Reboot(_)
        | Fault::Amnesia(_)
        | Fault::Stop(_)
        | Fault::Pause(_)
        | Fault::Absent(_)
        | Fault::Partition(_)
        | Fault::OneWay { .. }
        | Fault::Bridge(..)
        | Fault::Isolate(_)
        | Fault::Sever(_)
        | Fault::Clog { .. }
        | Fault::FreezeClock(_)
        | Fault::SyncLies(_)
        | Fault::SyncError(_)
        | Fault::FullDisk(_)
        | Fault::BitRot(_)
        | Fault::Custom(..) => Vec::new(),
    }
}

fn law_parameters(law: &mut Law) -> Vec<Parameter<'_>> {
    match law {
        Law::Constant(span) | Law::Exponential(span) | Law::LogNormal(span, _) | Law::Pareto(span, _) => {
            vec![Parameter::Span(span)]
        }
        Law::Uniform(low, high) => vec![Parameter::Span(high), Parameter::Span(low)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_operations_are_those_outside_of_words_and_quotes() {
        let text = r#"Put(key: "k7", value: 17, x2: 3.5, list: [1_0, 400])"#;
        let found: Vec<&str> = digit_runs(text).map(|range| &text[range]).collect();
        assert_eq!(found, ["17", "3", "1", "400"]);
    }
}
