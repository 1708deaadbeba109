//! Availability as clients see it: by requests, by time, and by probes; of the service, of each client, and of each side
//! of a partition.
//!
//! By requests: the share of operations that were answered, of those that ended. By time: the share of the time during
//! which the service was up, where an outage begins with the first operation that fails although nothing was answered
//! while it waited, and lasts until the next answer; this follows the user-uptime of Hauer et al., "Meaningful
//! Availability" (2020). By probes: the time is cut into slots, and the first operation that each client begins in a slot
//! is its probe, so that a busy hour does not count for more than a quiet one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::lives::Lives;
use super::spans::Spans;
use super::{Checker, Conclusion, Observation, Verdict, Violation};
use crate::chance::Probability;
use crate::context::RequestId;
use crate::fault::{Fault, Target};
use crate::outcome::{Amount, Measure};
use crate::plan::Plan;
use crate::time::{Span, Time};

/// What availability is a share of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Basis {
    /// Of the operations that ended.
    #[default]
    Requests,
    /// Of the time from the first operation to the last.
    Time,
    /// Of the probes that ended: the first operation that each client begins in each slot of this length.
    Probes(Span),
}

/// Whose availability it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Of {
    /// All clients together.
    #[default]
    Service,
    /// Each client by itself: the worst counts.
    Client,
    /// The clients on one side of a partition together, while it lasts: the worst side counts.
    Side,
}

pub(super) struct Availability {
    min: Probability,
    basis: Basis,
    of: Of,
    service: Account,
    clients: Vec<Account>,
    sides: Vec<Side>,
    /// The last slot in which each client began an operation, and the probes under way.
    slots: Vec<Option<u64>>,
    probes: BTreeSet<(u16, u32)>,
    outages: Spans,
    lives: Lives,
}

/// Clients that a window parts from others.
struct Side {
    window: usize,
    clients: Vec<u16>,
    /// While the window is or was open.
    from: Option<Time>,
    until: Option<Time>,
    account: Account,
}

/// How operations of some clients have ended.
struct Account {
    /// Whose, in words.
    name: String,
    requests: Share,
    probes: Share,
    first: Option<Time>,
    last: Time,
    last_answer: Option<Time>,
    down: Span,
    down_since: Option<Time>,
    outages: u64,
    /// The event that ended the first of them without an answer.
    first_missed: Option<u32>,
}

#[derive(Clone, Copy, Default)]
struct Share {
    good: u64,
    all: u64,
}

impl Share {
    fn count(&mut self, good: bool) {
        self.good += u64::from(good);
        self.all += 1;
    }
    /// In parts per billion; `None` of nothing.
    fn ppb(self) -> Option<u32> {
        u32::try_from((u128::from(self.good) * 1_000_000_000).checked_div(u128::from(self.all))?).ok()
    }
}

/// An operation that has ended.
#[derive(Clone, Copy)]
struct Ended {
    began: Time,
    at: Time,
    answered: bool,
    probe: bool,
    event: u32,
}

impl Account {
    fn new(name: String) -> Account {
        Account {
            name,
            requests: Share::default(),
            probes: Share::default(),
            first: None,
            last: Time::ZERO,
            last_answer: None,
            down: Span::ZERO,
            down_since: None,
            outages: 0,
            first_missed: None,
        }
    }

    /// The outage that this ended, if it did.
    fn enter(&mut self, ended: Ended) -> Option<Span> {
        self.requests.count(ended.answered);
        if ended.probe {
            self.probes.count(ended.answered);
        }
        self.first = Some(self.first.map_or(ended.began, |first| first.min(ended.began)));
        self.last = ended.at;
        if ended.answered {
            self.last_answer = Some(ended.at);
            let outage = ended.at.since(self.down_since.take()?);
            self.down += outage;
            return Some(outage);
        }
        self.first_missed.get_or_insert(ended.event);
        if self.down_since.is_none() && self.last_answer.is_none_or(|answer| answer < ended.began) {
            self.down_since = Some(ended.began);
            self.outages += 1;
        }
        None
    }

    /// Time observed, and how much of it was down.
    fn times(&self) -> (Span, Span) {
        let unfinished = self.down_since.map_or(Span::ZERO, |since| self.last.since(since));
        (self.last.since(self.first.unwrap_or(self.last)), self.down + unfinished)
    }

    fn share(&self, basis: Basis) -> Option<u32> {
        match basis {
            Basis::Requests => self.requests.ppb(),
            Basis::Probes(_) => self.probes.ppb(),
            Basis::Time => {
                let (all, down) = self.times();
                Share { good: all.saturating_sub(down).0, all: all.0 }.ppb()
            }
        }
    }
}

impl Availability {
    pub(super) fn new(min: Probability, basis: Basis, of: Of, plan: &Plan) -> Availability {
        let clients: Vec<Account> =
            plan.clients.names.iter().map(|name| Account::new(format!("client {name}"))).collect();
        Availability {
            min,
            basis,
            of,
            service: Account::new("the service".to_owned()),
            slots: vec![None; clients.len()],
            clients,
            sides: sides(plan),
            probes: BTreeSet::new(),
            outages: Spans::default(),
            lives: Lives::new(plan.nodes.len()),
        }
    }

    fn begins(&mut self, request: RequestId, at: Time) {
        let Basis::Probes(length) = self.basis else { return };
        let slot = at.0.checked_div(length.0);
        if let Some(last) = self.slots.get_mut(usize::from(request.client))
            && (slot.is_none() || *last != slot)
        {
            *last = slot;
            self.probes.insert((request.client, request.operation));
        }
    }

    fn ends(&mut self, request: RequestId, at: Time, took: Span, answered: bool, event: u32) {
        let began = Time(at.0.saturating_sub(took.0));
        let probe = self.probes.remove(&(request.client, request.operation));
        let ended = Ended { began, at, answered, probe, event };
        if let Some(outage) = self.service.enter(ended) {
            self.outages.add(outage);
        }
        if let Some(client) = self.clients.get_mut(usize::from(request.client)) {
            client.enter(ended);
        }
        for side in &mut self.sides {
            let open = side.from.is_some_and(|from| from <= began) && side.until.is_none_or(|until| began < until);
            if open && side.clients.contains(&request.client) {
                side.account.enter(ended);
            }
        }
    }

    /// The worst of the accounts that are judged.
    fn worst(&self) -> Option<(u32, &Account)> {
        let judged: Vec<&Account> = match self.of {
            Of::Service => vec![&self.service],
            Of::Client => self.clients.iter().collect(),
            Of::Side => self.sides.iter().map(|side| &side.account).collect(),
        };
        worst(judged, self.basis)
    }
}

fn worst<'a>(accounts: impl IntoIterator<Item = &'a Account>, basis: Basis) -> Option<(u32, &'a Account)> {
    let shares = accounts.into_iter().filter_map(|account| Some((account.share(basis)?, account)));
    shares.min_by_key(|(share, _)| *share)
}

impl Checker for Availability {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        self.lives.observe(at, seen);
        match *seen {
            Observation::Invoked(request) => self.begins(request, at),
            Observation::Answered(request, took) => self.ends(request, at, took, true, event),
            Observation::Failed(request, took) | Observation::Unknown(request, took) => {
                self.ends(request, at, took, false, event);
            }
            Observation::Opened(window) => {
                self.sides.iter_mut().filter(|side| side.window == window).for_each(|side| side.from = Some(at));
            }
            Observation::Closed(window) => {
                self.sides.iter_mut().filter(|side| side.window == window).for_each(|side| side.until = Some(at));
            }
            _ => {}
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        self.lives.conclude(conclusion.at);
        if let Some(undecided) = conclusion.cut_short() {
            return undecided;
        }
        let Some((share, account)) = self.worst() else {
            let nobody = match self.of {
                Of::Service | Of::Client => "no operation has ended",
                Of::Side => "no operation of a client on one side of a partition has ended",
            };
            return Verdict::Undecided(nobody.to_owned());
        };
        if share >= self.min.ppb() {
            return Verdict::Pass;
        }
        let of_what = match self.basis {
            Basis::Requests => format!("{} of {} operations answered", account.requests.good, account.requests.all),
            Basis::Probes(_) => format!("{} of {} probes answered", account.probes.good, account.probes.all),
            Basis::Time => {
                let (all, down) = account.times();
                format!("down for {down} of {all}")
            }
        };
        Verdict::Fail(Violation {
            fingerprint: "availability/low".to_owned(),
            detail: format!(
                "The availability of {} was {}, {of_what}: {} are demanded.",
                account.name,
                Amount::Share(share),
                self.min
            ),
            at: conclusion.at,
            events: account.first_missed.into_iter().collect(),
            nodes: Vec::new(),
        })
    }

    fn measures(&self, measures: &mut Vec<Measure>) {
        let mut add = |name: &str, share: Option<u32>| {
            let measure = share.map(|share| Measure { name: name.to_owned(), amount: Amount::Share(share) });
            measures.extend(measure);
        };
        add("availability by requests", self.service.share(Basis::Requests));
        add("availability by time", self.service.share(Basis::Time));
        if let Basis::Probes(_) = self.basis {
            add("availability by probes", self.service.share(self.basis));
        }
        add("availability of the worst client", worst(&self.clients, self.basis).map(|worst| worst.0));
        let sides = self.sides.iter().map(|side| &side.account);
        add("availability of the worst side", worst(sides, self.basis).map(|worst| worst.0));
        let (all, down) = self.service.times();
        let mut mean = |name: &str, of: Span| {
            let mean = of.0.checked_div(self.service.outages).map(Span);
            measures.extend(mean.map(|mean| Measure { name: name.to_owned(), amount: Amount::Span(mean) }));
        };
        mean("service MTBF", all.saturating_sub(down));
        mean("service MTTR", down);
        self.outages.measure("service outage", measures);
        self.lives.measure(measures);
    }
}

/// The clients that each partition of the plan puts on a side.
fn sides(plan: &Plan) -> Vec<Side> {
    let mut by_side: BTreeMap<(usize, usize), Vec<u16>> = BTreeMap::new();
    for (window, fault) in plan.windows.iter().map(|window| &window.fault).enumerate() {
        let groups: Vec<&[Target]> = match fault {
            Fault::Partition(groups) | Fault::Sever(groups) => groups.iter().map(Vec::as_slice).collect(),
            Fault::Bridge(one, other) => vec![one, other],
            Fault::OneWay { from, to } => vec![from, to],
            Fault::Isolate(target) => vec![std::slice::from_ref(target)],
            _ => continue,
        };
        for (side, group) in groups.into_iter().enumerate() {
            let clients = group.iter().filter_map(|target| match target {
                Target::Client(client) => Some(*client),
                Target::Node(_) | Target::Holder(_) => None,
            });
            by_side.entry((window, side)).or_default().extend(clients);
        }
    }
    by_side.retain(|_, clients| !clients.is_empty());
    let side = |((window, _), clients): ((usize, usize), Vec<u16>)| {
        let names: Vec<&str> = clients.iter().map(|client| plan.name_of(crate::plan::Place::Client(*client))).collect();
        let account =
            Account::new(format!("{} during the partition at {}", names.join(", "), plan.windows[window].from));
        Side { window, clients, from: None, until: None, account }
    };
    by_side.into_iter().map(side).collect()
}

#[cfg(test)]
mod tests {
    use super::{Basis, Of};
    use crate::chance::Probability;
    use crate::check::Check;
    use crate::check::testing::Script;
    use crate::fault::{Fault, Target};
    use crate::node::NodeId;
    use crate::outcome::Amount;
    use crate::time::Span;

    /// At least three quarters, with two clients; window 0 parts the first client from the second.
    fn availability(by: Basis, of: Of) -> Script {
        let min = Probability::from_ppb(750_000_000).unwrap();
        let sides = vec![vec![Target::Node(NodeId(0)), Target::Client(0)], vec![Target::Client(1)]];
        let check = Check::Availability { min, by, of };
        Script::with_windows(check, 1, &[Fault::Partition(sides)]).with_clients(2)
    }
    fn share(percent: u32) -> Option<Amount> {
        Some(Amount::Share(percent * 10_000_000))
    }

    #[test]
    fn too_few_operations_are_answered() {
        let script = || availability(Basis::Requests, Of::Service).answered(10, 5).answered(20, 5).failed(30, 5);
        let violation = script().unknown(40, 5).violation();
        assert_eq!(violation.fingerprint, "availability/low");
        assert_eq!(
            violation.detail,
            "The availability of the service was 50.000%, 2 of 4 operations answered: 75% are demanded."
        );
        assert_eq!(violation.events, [3]);
        script().answered(40, 5).passes();
    }

    #[test]
    fn an_outage_lasts_from_the_first_failure_to_the_next_answer() {
        let script = || availability(Basis::Time, Of::Service).answered(110, 10).unknown(300, 100).unknown(380, 60);
        let violation = script().answered(400, 10).violation();
        assert_eq!(
            violation.detail,
            "The availability of the service was 33.333%, down for 200ms of 300ms: 75% are demanded."
        );
        script().answered(400, 10).answered(1000, 1).passes();
        script().answered(400, 10).answered(899, 1).violation();
        // Still down at the last operation.
        script().violation();
    }

    #[test]
    fn a_failure_while_others_are_answered_is_no_outage_of_the_service() {
        let script =
            |of| availability(Basis::Time, of).answered(100, 10).of(1).answered(150, 10).of(0).unknown(200, 90);
        script(Of::Service).passes();
        script(Of::Client).violation();
    }

    #[test]
    fn the_first_operation_in_each_slot_is_a_probe() {
        let busy = |script: Script| {
            (0..50).fold(script, |script, n| script.invoked(10 + n, n as u32).told(10 + n, n as u32, 0))
        };
        let quiet = |script: Script| script.invoked(110, 70).gave_up(120, 70).invoked(130, 71).told(140, 71, 0);
        let probes = Basis::Probes(Span::from_millis(100));
        let violation = quiet(busy(availability(probes, Of::Service))).violation();
        assert_eq!(
            violation.detail,
            "The availability of the service was 50.000%, 1 of 2 probes answered: 75% are demanded."
        );
        quiet(busy(availability(Basis::Requests, Of::Service))).passes();
        assert_eq!(quiet(busy(availability(probes, Of::Service))).measure("availability by probes"), share(50));
    }

    #[test]
    fn each_client_counts_by_itself() {
        let script = |of| {
            let others = availability(Basis::Requests, of).answered(10, 5).answered(20, 5).answered(30, 5);
            others.of(1).failed(40, 5)
        };
        script(Of::Service).passes();
        let violation = script(Of::Client).violation();
        assert_eq!(
            violation.detail,
            "The availability of client c1 was 0.000%, 0 of 1 operations answered: 75% are demanded."
        );
        assert_eq!(script(Of::Service).measure("availability of the worst client"), share(0));
    }

    #[test]
    fn a_side_counts_while_the_partition_lasts() {
        let script = || {
            let before = availability(Basis::Requests, Of::Side).of(1).failed(10, 5).opened(50, 0);
            before.of(0).answered(60, 10).of(1).answered(70, 10)
        };
        script().closed(100, 0).failed(120, 20).passes();
        let violation = script().closed(100, 0).failed(120, 21).violation();
        assert_eq!(
            violation.detail,
            "The availability of c1 during the partition at 0s was 50.000%, 1 of 2 operations answered: 75% are demanded."
        );
        let nobody = availability(Basis::Requests, Of::Side).answered(60, 10);
        assert_eq!(nobody.at_horizon().word(), "undecided");
    }

    #[test]
    fn means_of_up_and_down_times() {
        let script = || {
            availability(Basis::Requests, Of::Service)
                .answered(100, 100)
                .unknown(200, 50)
                .answered(350, 100)
                .unknown(500, 100)
                .answered(800, 100)
        };
        let millis = |millis| Some(Amount::Span(Span::from_millis(millis)));
        assert_eq!(script().measure("service MTTR"), millis(300));
        assert_eq!(script().measure("service MTBF"), millis(100));
        assert_eq!(script().measure("service outage max"), millis(400));
        assert_eq!(script().measure("availability by time"), share(25));
    }

    #[test]
    fn nothing_asked_is_nothing_decided() {
        assert_eq!(availability(Basis::Requests, Of::Service).at_horizon().word(), "undecided");
        assert_eq!(availability(Basis::Requests, Of::Service).answered(10, 5).at_limit().word(), "undecided");
    }
}
