//! What shrinking must leave alone so that the failure keeps its meaning.
//!
//! A sound system survives the storms that a scenario allows, not every storm. Where it is judged by what it makes of
//! peace, a smaller plan must not shorten that peace, nor put into it what was not there: the failure would be alike, and
//! the bug another or none.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::check::Check;
use sim_core::fault::{Family, Target, Window};
use sim_core::plan::{Exception, Plan, Route, Start};
use sim_core::{NodeId, Span, Time};

use super::elements::exceptions;
use super::grain::SECOND;
use super::measure::role;
use super::numbers::{listed, shape, starts};

/// What a search may do beside what the measure says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rules {
    /// How the end of the run may move.
    pub(super) horizon: Horizon,
    /// The facts that the checks are about: where a node stands, the holder of one may stand instead.
    pub(super) roles: Vec<String>,
    /// What was asked in the storm, with zeros for numbers, short texts first.
    pub(super) shapes: Vec<String>,
    /// The families of the windows that never close.
    lasting: BTreeSet<Family>,
    /// How long after the beginning of calm the first of those opens; `None` if one opens before.
    gap: Option<Span>,
    /// What the system is asked to bear, if it is judged how much it bears.
    strength: Option<Strength>,
    /// Whom all clients ask, if nothing stops it in the storm: a part of the system that is taken not to fail.
    spared: Option<NodeId>,
    /// The families of faults that the storm had.
    families: BTreeSet<Family>,
    /// Whether a process may stand still: not where it is judged what nodes hold, unless some did. Who has crashed holds
    /// nothing; who stands still goes on holding what he would have given back.
    pauses: bool,
    /// When calm began and the run ended at first.
    end: (Time, Time),
}

/// What a system is asked to bear: a weaker one must be asked for less.
///
/// Not every node need be one that does the work; those that do may become fewer faster than all together. So a part of
/// the nodes is asked for the square of its share: a half of them for a quarter.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Strength {
    /// How many nodes it has.
    nodes: usize,
    /// How many requests start in its busiest second.
    peak: u64,
    /// Whom clients ask: not every node need be one to ask.
    route: Route,
}

impl Strength {
    /// What a plan asks of its nodes.
    fn of(plan: &Plan) -> Strength {
        Strength {
            nodes: plan.nodes.len(),
            peak: asked(plan).into_values().max().unwrap_or(0),
            route: plan.clients.route,
        }
    }

    /// How many requests may start in any second with so many nodes.
    pub(super) fn bears(self, nodes: usize) -> u64 {
        let (nodes, all) = (nodes.min(self.nodes) as u64, (self.nodes as u64).max(1));
        self.peak.saturating_mul(nodes * nodes) / (all * all)
    }

    /// Whether a plan asks no more of its nodes, in proportion, and whom it should.
    fn allows(self, plan: &Plan) -> bool {
        let is_asked = matches!(self.route, Route::Node(_)) || plan.clients.route == self.route;
        is_asked && asked(plan).into_values().all(|asked| asked <= self.bears(plan.nodes.len()))
    }
}

/// How many requests start in each second; those that start after others count for none.
fn asked(plan: &Plan) -> BTreeMap<u64, u64> {
    let mut asked = BTreeMap::new();
    for start in starts(plan).into_iter().flatten() {
        *asked.entry(second(start)).or_default() += 1;
    }
    asked
}

/// The second in which a moment lies.
pub(super) const fn second(at: Time) -> u64 {
    at.0 / SECOND
}

/// No more operations than these, the shortest, are tried in the place of others.
const MANY_SHAPES: usize = 16;

/// How the end of a run may move without making a failure of what is none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Horizon {
    /// Freely, and calm with it: what must never be seen was seen.
    Free,
    /// Freely, but calm stays where the troubles end: what was seen is wrong only for a system that had peace.
    Early,
    /// Only together with the beginning of calm: a system is judged by what is left after some time of peace, and with
    /// less of it a sound one would fail, too.
    AfterCalm,
    /// Not at all: shares of the whole run are judged.
    Fixed,
}

impl Rules {
    /// The rules for what fails a plan's checks.
    pub(super) fn of(plan: &Plan) -> Rules {
        let roles = plan.checks.iter().filter_map(role).map(str::to_owned).collect();
        let shapes: BTreeSet<String> =
            listed(plan).into_iter().flatten().map(|operation| shape(&operation.op)).collect();
        let plain: BTreeSet<String> = shapes.iter().map(|text| with_plain_spans(text)).collect();
        let mut shapes: Vec<String> = shapes.union(&plain).cloned().collect();
        shapes.sort_by_key(String::len);
        shapes.truncate(MANY_SHAPES);
        let is_struck = |node: NodeId| strikes_down(plan, node);
        let spared = match plan.clients.route {
            Route::Node(id) => Some(NodeId(id)).filter(|node| !is_struck(*node)),
            _ => None,
        };
        let horizon = plan.checks.iter().map(horizon).max().unwrap_or(Horizon::Free);
        let lasting = || plan.windows.iter().filter(|window| is_lasting(window));
        let gap = lasting()
            .map(|window| window.from)
            .min()
            .map_or(Some(Span::ZERO), |opens| (opens >= plan.calm).then(|| opens.since(plan.calm)));
        let strength = plan.checks.iter().any(is_of_load).then(|| Strength::of(plan));
        let lasting = lasting().map(|window| window.fault.family()).collect();
        let families: BTreeSet<Family> = plan.windows.iter().map(|window| window.fault.family()).collect();
        let pauses = families.contains(&Family::Pause) || !plan.checks.iter().any(is_of_holding);
        let end = (plan.calm, plan.until);
        Rules { horizon, roles, shapes, lasting, gap, strength, spared, families, pauses, end }
    }

    /// Whether the end may move freely.
    pub(super) const fn is_free(&self) -> bool {
        matches!(self.horizon, Horizon::Free)
    }

    /// Whether what is asked must not be moved together.
    pub(super) const fn keep_times(&self) -> bool {
        self.strength.is_some()
    }

    /// What the system is asked to bear, if that is judged.
    pub(super) const fn strength(&self) -> Option<Strength> {
        self.strength
    }

    /// What is asked for, in the plainest way, if all that is asked is of one kind; if it is judged how much the system bears,
    /// not for less than now.
    pub(super) fn kind(&self, plan: &Plan) -> Option<String> {
        let plain = |text: String| if self.keep_times() { text } else { with_plain_spans(&text) };
        let mut kinds = listed(plan)?.iter().map(|operation| plain(shape(&operation.op)));
        let first = kinds.next()?;
        kinds.all(|kind| kind == first).then_some(first)
    }

    /// Whether a fault of this family is one that the system was to bear: the storm had such, or worse.
    pub(super) fn knows(&self, family: Family) -> bool {
        let worse: &[Family] = match family {
            Family::Isolate => &[Family::Partition, Family::Bridge, Family::Sever, Family::Crash],
            Family::Bridge => &[Family::Partition, Family::Sever, Family::Isolate, Family::Crash],
            Family::Pause => &[Family::Crash],
            Family::Crash => &[Family::Stop, Family::Absent, Family::Reboot, Family::Amnesia],
            Family::OneWay => &[
                Family::Isolate,
                Family::Partition,
                Family::Bridge,
                Family::Sever,
                Family::Flap,
                Family::Clog,
                Family::Crash,
            ],
            _ => &[],
        };
        self.families.contains(&family) || worse.iter().any(|one| self.families.contains(one))
    }

    /// Whether a plan keeps its peace: what lasts beyond the beginning of calm is of a kind that did, and comes no
    /// earlier.
    pub(super) fn keep(&self, plan: &Plan) -> bool {
        let keeps = |window: &Window| {
            let family = window.fault.family();
            let known =
                self.lasting.contains(&family) || is_down(family) && self.lasting.iter().any(|one| is_down(*one));
            known && self.gap.is_none_or(|gap| window.from >= plan.calm.saturating_add(gap))
        };
        let calm = self.horizon == Horizon::Free || plan.windows.iter().filter(|window| is_lasting(window)).all(keeps);
        let spared = self.spared.is_none_or(|node| !strikes_down(plan, node));
        let pauses = self.pauses || plan.windows.iter().all(|window| window.fault.family() != Family::Pause);
        calm && pauses && spared && self.strength.is_none_or(|strength| strength.allows(plan))
    }

    /// How long the peace was at first, from the beginning of calm to the end.
    pub(super) const fn peace(&self) -> Span {
        self.end.1.since(self.end.0)
    }

    /// The plan with as much time as there was at first; `None` if it has it, or if what lasts would no longer come when
    /// it did.
    pub(super) fn with_room(&self, plan: &Plan) -> Option<Plan> {
        let (calm, until) = self.end;
        let lasts = self.horizon != Horizon::Free && plan.windows.iter().any(is_lasting);
        let calm = if self.horizon == Horizon::Free { plan.calm } else { calm };
        let longer = plan.until < until && self.horizon != Horizon::Fixed && !lasts;
        longer.then(|| Plan { calm, until, ..plan.clone() })
    }

    /// The plan with as much time as there was at first; where the end is of no account, with no more than for the whole story
    /// to happen once more after all that the plan brings about.
    pub(super) fn with_room_again(&self, plan: Plan) -> Plan {
        let Some(roomy) = self.with_room(&plan) else { return plan };
        if self.horizon != Horizon::Free {
            return roomy;
        }
        let last = moments(&plan).max().unwrap_or(Time::ZERO);
        let again = last.saturating_add(Span(plan.until.0));
        Plan { until: roomy.until.min(again), ..roomy }
    }

    /// The plan with its calm no earlier than its windows close; `None` if that would be troubles in the calm that is judged.
    pub(super) fn with_calm_after(&self, plan: Plan) -> Option<Plan> {
        let closes = plan.windows.iter().filter_map(|window| window.until.time()).max()?;
        if closes > plan.calm && self.horizon != Horizon::Free {
            return None;
        }
        let calm = plan.calm.max(closes);
        Some(Plan { calm, until: plan.until.max(calm), ..plan })
    }

    /// `changed` with its end as much later as one of its times has become later than in `plan`, so that what follows
    /// from it is still seen. Both have the same elements.
    pub(super) fn with_time_for(&self, plan: &Plan, changed: Plan) -> Plan {
        let mut changed = changed;
        let later = moments(plan).zip(moments(&changed)).map(|(before, after)| after.since(before));
        let later = later.max().unwrap_or(Span::ZERO);
        if self.horizon != Horizon::Fixed {
            changed.until = changed.until.saturating_add(later);
        }
        let closes = changed.windows.iter().filter_map(|window| window.until.time()).max().unwrap_or(Time::ZERO);
        if closes > changed.calm {
            // Peace is as long as it was.
            let peace = changed.until.since(changed.calm);
            changed.calm = closes;
            if self.horizon != Horizon::Free {
                changed.until = changed.until.max(closes.saturating_add(peace));
            }
        }
        changed.until = changed.until.max(changed.calm);
        changed
    }
}

/// The text of an operation in which each length of time is `1ms`.
fn with_plain_spans(text: &str) -> String {
    let is_span = |part: &str| part.starts_with(|c: char| c.is_ascii_digit()) && part.ends_with('s');
    let parts: Vec<&str> = text.split('"').map(|part| if is_span(part) { "1ms" } else { part }).collect();
    parts.join("\"")
}

/// The times that a plan gives: when windows open and close, when operations start, how late packets are.
fn moments(plan: &Plan) -> impl Iterator<Item = Time> {
    let windows = plan.windows.iter().flat_map(|window| [Some(window.from), window.until.time()]).flatten();
    let starts = listed(plan).into_iter().flatten().map(|operation| match operation.start {
        Start::At(at) => at,
        Start::After(span) => Time(span.0),
    });
    let delays = exceptions(plan).iter().map(|exception| match exception {
        Exception::Delayed(_, by) => Time(by.0),
        _ => Time::ZERO,
    });
    windows.chain(starts).chain(delays)
}

/// Whether a window stops this very node.
fn strikes_down(plan: &Plan, node: NodeId) -> bool {
    let strikes = |window: &Window| window.fault.targets().into_iter().any(|target| *target == Target::Node(node));
    plan.windows.iter().any(|window| is_down(window.fault.family()) && strikes(window))
}

fn is_lasting(window: &Window) -> bool {
    window.until.time().is_none()
}

/// Whether shares of what is asked are judged: with fewer nodes, or more at once, a sound system may fail, too.
const fn is_of_load(check: &Check) -> bool {
    matches!(check, Check::Goodput { .. } | Check::Availability { .. } | Check::Uptime { .. })
}

/// Whether it is judged what nodes have, not what they do.
const fn is_of_holding(check: &Check) -> bool {
    matches!(check, Check::Exclusive(..))
}

/// Whether a node is not running while it suffers this: to others each of these is like the other.
const fn is_down(family: Family) -> bool {
    matches!(family, Family::Crash | Family::Reboot | Family::Amnesia | Family::Stop | Family::Absent)
}

pub(super) const fn horizon(check: &Check) -> Horizon {
    match check {
        Check::Unique(_)
        | Check::Agree(_)
        | Check::Monotone(_)
        | Check::Sometimes(_)
        | Check::Never(_)
        | Check::Exclusive(..)
        | Check::NoPanic
        | Check::Linearizable
        | Check::ReadYourWrites
        | Check::MonotonicReads
        | Check::MonotonicWrites
        | Check::WritesFollowReads
        | Check::ExactlyOnce(_) => Horizon::Free,
        // Bounds of time, which hold for what a scenario allows.
        Check::Within(..)
        | Check::Completeness { .. }
        | Check::Accuracy { after_calm: false }
        | Check::Avoids { .. }
        | Check::Turns { .. } => Horizon::Early,
        Check::Uptime { .. } => Horizon::Fixed,
        // Whatever else is judged at the end is judged after calm.
        _ => Horizon::AfterCalm,
    }
}
