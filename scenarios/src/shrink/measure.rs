//! How small a plan is: the order in which every step of shrinking goes down.
//!
//! The order is lexicographic over whole numbers, so it is well-founded, and shrinking ends. Fewer elements come first,
//! whatever they are; then milder ones; then ones that a person can read; then shorter faults; then simpler numbers.

use sim_core::NodeId;
use sim_core::fault::{Family, Fault, Links, Target};
use sim_core::plan::{Address, Exception, Place, Plan, Start};

use super::elements::exceptions;
use super::lowering::{digits, scale};
use super::numbers::{Spot, address, listed, numbers};
use super::settings::off_default;
use super::size::Size;

/// How small a plan is. The fields are compared in their order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Measure {
    /// Nodes, clients, operations, windows and exceptions.
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
    /// How long windows are open, in scales.
    extent: u64,
    /// All other numbers, in scales.
    scale: u64,
    /// The significant digits of all numbers.
    digits: u64,
    /// The numbers themselves.
    total: u128,
    /// The numbers of the places that are named: the first node is as good as any.
    places: u64,
}

impl Measure {
    /// The measure of a plan.
    pub fn of(plan: &Plan) -> Measure {
        let exceptions = exceptions(plan);
        let mut measure = Measure {
            elements: Size::of(plan).total(),
            severity: plan.windows.iter().map(|window| severity(window.fault.family())).sum::<u64>()
                + exceptions.iter().map(harm).sum::<u64>(),
            members: plan.windows.iter().map(|window| members(&window.fault)).sum(),
            opaque: exceptions.iter().filter(|one| matches!(address(one), Some(Address::Id(_)))).count() as u64,
            chained: chained(plan),
            settings: off_default(plan).len() as u64,
            extent: 0,
            scale: 0,
            digits: 0,
            total: 0,
            places: plan.windows.iter().flat_map(|window| window.fault.targets()).map(place_of).sum::<u64>()
                + exceptions.iter().filter_map(address).map(places_of).sum::<u64>(),
        };
        for (spot, number) in numbers(plan) {
            match spot {
                Spot::Length(_) => measure.extent += scale(number),
                _ => measure.scale += scale(number),
            }
            measure.digits += digits(number);
            measure.total += u128::from(number);
        }
        // To stay open is a length too, and the longest.
        let open = plan.windows.iter().filter(|window| window.until.time().is_none());
        measure.extent += open.map(|window| scale(plan.until.since(window.from).0) + 1).sum::<u64>();
        measure
    }
}

fn chained(plan: &Plan) -> u64 {
    let operations = listed(plan).into_iter().flatten();
    operations.filter(|operation| matches!(operation.start, Start::After(_))).count() as u64
}

/// A ladder: what is lower does less harm to those it strikes, and takes fewer words to tell.
pub(super) const fn severity(family: Family) -> u64 {
    match family {
        Family::Amnesia => 15,
        Family::Reboot | Family::Custom => 14,
        Family::Crash | Family::Stop | Family::Absent => 13,
        Family::BitRot | Family::Misdirect | Family::SyncLies => 12,
        Family::Unsynced | Family::SyncError | Family::FullDisk | Family::SlowDisk => 11,
        Family::Drift | Family::Slew | Family::FreezeClock => 11,
        Family::Step => 10,
        Family::Pause => 10,
        Family::Slow => 9,
        Family::Sever => 9,
        Family::Isolate | Family::Partition | Family::Flap => 8,
        Family::Bridge | Family::Bandwidth | Family::Burst => 7,
        Family::OneWay => 6,
        Family::Clog | Family::Corrupt | Family::Loss => 5,
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

fn place_of(target: &Target) -> u64 {
    match target {
        Target::Node(NodeId(id)) => u64::from(*id) + 1,
        Target::Client(client) => u64::from(*client) + 1,
        // A role stands for whoever has it, and is still right when nodes come or go.
        Target::Holder(_) => 0,
    }
}

fn places_of(address: &Address) -> u64 {
    let number = |place: &Place| match place {
        Place::Node(NodeId(id)) => u64::from(*id),
        Place::Client(client) => u64::from(*client),
    };
    match address {
        Address::Id(_) => 0,
        Address::Nth { from, to, .. } => number(from) + number(to),
    }
}
