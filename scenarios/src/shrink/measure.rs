//! How small a plan is: the order in which every step of shrinking goes down.
//!
//! The order is lexicographic over whole numbers, so it is well-founded, and shrinking ends. Fewer elements come first,
//! whatever they are; then milder ones; then ones that a person can read; then simpler words and lower names; then simpler
//! times and numbers; and last when calm and the end come, which follow from all the rest.
//!
//! What comes after the elements is a canonical form: of two plans that differ in what is of no account, both are made
//! into the lower one, so that different storms end at the same plan.

use std::cmp::Ordering;

use sim_core::check::Check;
use sim_core::fault::{Family, Fault, Links, Target};
use sim_core::plan::{Address, Exception, Operation, Place, Plan, Route, Start};
use sim_core::{NodeId, Time};

use super::elements::{MANY, exceptions};
use super::grain::{grain, roughness};
use super::lowering::{digits, scale};
use super::numbers::{Spot, address, listed, numbers, shape};
use super::settings::off_default;
use super::size::Size;
use crate::rows::lengths;

/// How small a plan is. The fields are compared in their order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Measure {
    /// Nodes, clients, operations, windows and exceptions; of a long row of operations that are alike only so many as are
    /// looked at one by one.
    elements: u64,
    /// How much harm each window and exception can do.
    severity: u64,
    /// The nodes and clients that windows name, and how widely they strike.
    members: u64,
    /// Addresses that only a machine can read.
    opaque: u64,
    /// Operations that start after another, and move when it goes.
    chained: u64,
    /// Settings off their default.
    settings: u64,
    /// All operations: how many more of a row there are counts for less than what else there is.
    operations: u64,
    /// How long the texts of operations are, digits apart, and the kinds of packets; 0 if they are too many.
    wordiness: u64,
    /// Those texts themselves: one of several that do alike.
    words: Vec<String>,
    /// The numbers of the places that are named: the first node is as good as any.
    places: Vec<u64>,
    /// How fine the grain of the times is.
    grain: u64,
    /// How far they are from steps that a person would take.
    roughness: u64,
    /// How long windows are open, in scales.
    extent: u64,
    /// All other numbers, in scales.
    scale: u64,
    /// The significant digits of the numbers that are no times.
    digits: u64,
    /// The numbers themselves.
    total: u128,
    /// Windows, operations and exceptions that stand behind a later one.
    disorder: u64,
    /// When calm begins and the run ends: in scales, in how far from steps, in all.
    horizon: [u64; 3],
    /// The texts of operations in their order, and who asks: of two that begin together either may come first, and either
    /// client.
    listing: Vec<(String, u16)>,
}

/// The texts of more operations and exceptions than these are not compared.
const MANY_WORDS: usize = 40;

/// The extent of a window that never closes: longer than any that does.
const ENDLESS: u64 = 100;

impl Measure {
    /// The measure of a plan.
    pub fn of(plan: &Plan) -> Measure {
        let exceptions = exceptions(plan);
        let operations = listed(plan).unwrap_or_default();
        let kinds = || exceptions.iter().map(address).filter_map(kind);
        let words = || operations.iter().map(|operation| shape(&operation.op)).chain(kinds().map(str::to_owned));
        let few = operations.len() + exceptions.len() <= MANY_WORDS;
        let mut measure = Measure {
            elements: elements(plan),
            severity: plan.windows.iter().map(|window| severity(window.fault.family())).sum::<u64>()
                + exceptions.iter().map(harm).sum::<u64>(),
            members: plan.windows.iter().map(|window| members(&window.fault)).sum(),
            opaque: exceptions.iter().filter(|one| matches!(address(one), Address::Id(_))).count() as u64,
            chained: operations.iter().filter(|one| matches!(one.start, Start::After(_))).count() as u64,
            settings: off_default(plan).len() as u64,
            operations: operations.len() as u64,
            wordiness: if few { words().map(|word| word.len() as u64).sum() } else { 0 },
            words: if few { sorted(words().collect()) } else { Vec::new() },
            places: places(plan),
            grain: 0,
            roughness: 0,
            extent: plan.windows.iter().filter(|window| window.until.time().is_none()).count() as u64 * ENDLESS,
            scale: 0,
            digits: 0,
            total: 0,
            disorder: disorder(plan),
            horizon: [0; 3],
            listing: if few { operations.iter().map(|one| (one.op.clone(), one.client)).collect() } else { Vec::new() },
        };
        for (spot, number) in numbers(plan) {
            if matches!(spot, Spot::Calm | Spot::Until) {
                let [scales, figures, sum] = &mut measure.horizon;
                *scales += scale(number);
                *figures += roughness(number);
                *sum = sum.saturating_add(number);
                continue;
            }
            match spot {
                Spot::Length(_) => measure.extent += scale(number),
                _ => measure.scale += scale(number),
            }
            if spot.is_time(plan) {
                measure.grain += grain(number);
                measure.roughness += roughness(number);
            } else {
                measure.digits += digits(number);
            }
            measure.total += u128::from(number);
        }
        measure
    }

    /// Whether a plan is smaller.
    pub(super) fn is_above(&self, plan: &Plan) -> bool {
        match elements(plan).cmp(&self.elements) {
            Ordering::Less => true,
            Ordering::Equal => Measure::of(plan) < *self,
            Ordering::Greater => false,
        }
    }
}

/// How many elements a plan has that are looked at one by one.
fn elements(plan: &Plan) -> u64 {
    Size::of(plan).total().saturating_sub(beyond_sight(listed(plan).unwrap_or_default()))
}

/// How many operations stand in rows behind those that are looked at one by one.
fn beyond_sight(operations: &[Operation]) -> u64 {
    lengths(operations).map(|length| length.saturating_sub(MANY) as u64).sum()
}

/// The numbers of all places that a plan names: for the route, each operation, each window and each exception in turn,
/// whatever the order in which a file lists them.
fn places(plan: &Plan) -> Vec<u64> {
    let spoken_of = |fact: &str| plan.checks.iter().any(|check| role(check) == Some(fact));
    let number = |target: &Target| match target {
        Target::Node(NodeId(id)) => u64::from(*id) + 1,
        Target::Client(client) => u64::from(*client) + 1,
        // A role stands for whoever has it: it says most where it is what the check is about.
        Target::Holder(fact) if spoken_of(fact) => 0,
        Target::Holder(_) => u64::MAX,
    };
    let mut clients: Vec<u64> = listed(plan).unwrap_or_default().iter().map(|one| u64::from(one.client)).collect();
    clients.sort_unstable();
    let mut windows: Vec<Vec<u64>> =
        plan.windows.iter().map(|window| window.fault.targets().into_iter().map(number).collect()).collect();
    windows.sort_unstable();
    let link = |address: &Address| match address {
        Address::Nth { from, to, .. } => vec![number_of(from), number_of(to)],
        Address::At { place, .. } => vec![number_of(place)],
        Address::Id(_) => Vec::new(),
    };
    let mut links: Vec<Vec<u64>> = exceptions(plan).iter().map(address).map(link).collect();
    links.sort_unstable();
    let route = match plan.clients.route {
        Route::Node(id) => Some(u64::from(id)),
        _ => None,
    };
    route.into_iter().chain(clients).chain(windows.into_iter().flatten()).chain(links.into_iter().flatten()).collect()
}

fn kind(address: &Address) -> Option<&str> {
    match address {
        Address::Nth { kind, .. } => Some(kind),
        // A choice is what it is: none can stand for one of another kind.
        Address::Id(_) | Address::At { .. } => None,
    }
}

fn sorted(mut words: Vec<String>) -> Vec<String> {
    words.sort_unstable();
    words
}

/// The fact that a check is about, if those who record it play a role.
pub(super) fn role(check: &Check) -> Option<&str> {
    match check {
        Check::Unique(fact) | Check::Exclusive(fact, _) => Some(fact),
        _ => None,
    }
}

/// How many windows and operations stand right behind one that comes later, and exceptions behind one whose address would
/// come behind theirs.
fn disorder(plan: &Plan) -> u64 {
    let exceptions = exceptions(plan).windows(2).filter(|pair| place(&pair[0]) > place(&pair[1]));
    let windows = plan.windows.windows(2).filter(|pair| pair[0].from > pair[1].from).count();
    let start = |operation: &Operation| match operation.start {
        Start::At(at) => at,
        Start::After(_) => Time::ZERO,
    };
    let operations = listed(plan).unwrap_or_default().windows(2).filter(|pair| start(&pair[0]) > start(&pair[1]));
    windows as u64 + operations.count() as u64 + exceptions.count() as u64
}

/// Where an exception belongs among others: what befalls the same packets comes together.
pub(super) const fn place(exception: &Exception) -> (&Address, u64) {
    (address(exception), harm(exception))
}

/// A ladder: what is lower does less harm to those it strikes, and takes fewer words to tell.
pub(super) const fn severity(family: Family) -> u64 {
    match family {
        Family::Amnesia => 15,
        Family::Reboot | Family::Stop | Family::Absent | Family::Custom => 14,
        Family::Crash => 13,
        Family::BitRot | Family::Misdirect | Family::SyncLies => 12,
        Family::Unsynced | Family::SyncError | Family::FullDisk | Family::SlowDisk => 11,
        Family::Drift | Family::Slew | Family::FreezeClock => 11,
        Family::Step => 10,
        Family::Slow => 10,
        Family::Pause | Family::Sever => 9,
        Family::Isolate | Family::Partition | Family::Flap | Family::Clog => 8,
        Family::Bridge | Family::Bandwidth | Family::Burst => 7,
        Family::OneWay => 6,
        Family::Corrupt | Family::Loss => 5,
        Family::Duplicate | Family::Reorder | Family::Delay => 4,
    }
}

/// What one packet or choice suffers: a loss is worse than a delay, for a delay happens in any network.
const fn harm(exception: &Exception) -> u64 {
    match exception {
        Exception::Corrupted(..) => 3,
        Exception::Lost(_) => 2,
        Exception::Delayed(..) | Exception::Copies(..) | Exception::Chosen(..) => 1,
    }
}

fn members(fault: &Fault<Target>) -> u64 {
    let wide = match fault {
        Fault::Flap { on, .. }
        | Fault::Clog { on }
        | Fault::Bandwidth { on, .. }
        | Fault::Burst { on, .. }
        | Fault::Corrupt { on, .. }
        | Fault::Loss { on, .. }
        | Fault::Duplicate { on, .. }
        | Fault::Delay { on, .. }
        | Fault::Reorder { on, .. } => match on {
            // More than any that names its ends, however many those are.
            Links::All => 1_000_000,
            Links::From(_) | Links::To(_) => 1_000,
            Links::Link(..) | Links::Between(..) => 0,
        },
        _ => 0,
    };
    wide + fault.targets().len() as u64
}

fn number_of(place: &Place) -> u64 {
    match place {
        Place::Node(NodeId(id)) => u64::from(*id),
        Place::Client(client) => u64::from(*client),
    }
}
