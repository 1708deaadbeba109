//! Liveness: after calm somebody is soon answered again, in each of three regimes; and why not, when nobody is.
//!
//! After calm everything has healed, or windows marked `Never` stay: then it is enough that a core is left, nodes that run
//! and reach each other both ways, so many as the contract asks for. If they stop nodes only, the rest stays broken
//! around the core; if they cut links, some nodes of the core may see others that it cannot work with. Where there is no
//! core that a client reaches, nobody promised anything: the check is undecided, and says so.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::answers::{Answers, Patience};
use super::disruption::noun;
use super::reach::Reach;
use super::roster::Roster;
use super::suspicions::{Said, Suspicions};
use super::{Checker, Conclusion, Mark, Observation, Verdict, Violation, trail};
use crate::fault::{Fault, Target, Window};
use crate::node::NodeId;
use crate::plan::{GiveUp, Plan, Restart};
use crate::time::{Span, Time};

/// How many nodes must run and reach each other both ways for a service to go on, by its contract.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub enum Core {
    /// More than half of all nodes.
    #[default]
    Majority,
    /// Every node.
    All,
    /// So many.
    Nodes(u16),
}

impl Core {
    const fn of(self, nodes: usize) -> usize {
        match self {
            Core::Majority => nodes / 2 + 1,
            Core::All => nodes,
            Core::Nodes(some) => some as usize,
        }
    }
}

pub(super) struct Progress {
    within: Span,
    core: Core,
    windows: Vec<Window>,
    nodes: usize,
    clients: Vec<String>,
    /// The supervisor starts again what is down.
    revives: bool,
    roster: Roster,
    suspicions: Suspicions,
    answers: Answers,
    /// Which windows are open, and which node each of them took.
    open: Vec<bool>,
    taken: Vec<Option<NodeId>>,
    /// Since when the patience of clients runs, and its event, until somebody is answered.
    awaited: Option<(Patience, Time, u32)>,
    /// Somebody was answered, or else why nothing can be said.
    progress: Result<(), String>,
}

impl Progress {
    pub(super) fn new(within: Span, core: Core, plan: &Plan) -> Progress {
        Progress {
            within,
            core,
            windows: plan.windows.clone(),
            nodes: plan.nodes.len(),
            clients: plan.clients.names.clone(),
            revives: plan.supervisor.restart != Restart::Never && plan.supervisor.give_up == GiveUp::Never,
            roster: Roster::new(plan.nodes.len()),
            suspicions: Suspicions::new(plan.nodes.len()),
            answers: Answers::default(),
            open: vec![false; plan.windows.len()],
            taken: vec![None; plan.windows.len()],
            awaited: None,
            progress: Err("calm never came".to_owned()),
        }
    }

    fn follow(&mut self, at: Time, event: u32, seen: &Observation<'_>) {
        match *seen {
            Observation::Opened(window) => self.open.get_mut(window).into_iter().for_each(|open| *open = true),
            Observation::Closed(window) => self.open.get_mut(window).into_iter().for_each(|open| *open = false),
            Observation::Down(node) => {
                self.suspicions.end_all_of(node);
                self.note_taken(at, node);
            }
            _ => {}
        }
        match Said::of(seen) {
            Some(Said::Suspects(node, subject)) => self.suspicions.begin(subject, Mark { node, at, event }),
            Some(Said::Trusts(node, subject)) => drop(self.suspicions.end(node, subject)),
            None => {}
        }
        self.roster.observe(at, event, seen);
    }

    /// A window that aims at a holder has taken this node, if it opened now.
    fn note_taken(&mut self, at: Time, node: NodeId) {
        for (window, taken) in self.windows.iter().zip(&mut self.taken) {
            let of_holder = stopped(&window.fault).is_some_and(|target| matches!(target, Target::Holder(_)));
            if of_holder && window.from == at && taken.is_none() {
                *taken = Some(node);
            }
        }
    }

    /// The nodes that nothing but the system itself keeps from running.
    fn runnable(&self) -> Vec<NodeId> {
        let held = |node: NodeId| {
            self.windows.iter().enumerate().any(|(index, window)| {
                let target = stopped(&window.fault);
                let it = target.is_some_and(|target| *target == Target::Node(node) || self.taken[index] == Some(node));
                self.open[index] && it
            })
        };
        let nodes = (0..self.nodes).map(|node| NodeId(node as u16));
        nodes.filter(|node| !held(*node) && (self.revives || self.roster.down(*node).is_none())).collect()
    }

    /// Nobody was answered: who is to blame?
    fn judge(&self, since: Time, at: Time, events: [u32; 2]) -> Result<Violation, String> {
        let staying = || self.windows.iter().zip(&self.open).filter(|(_, open)| **open).map(|(window, _)| window);
        let reach = Reach::new(staying());
        let core = reach.core(&self.runnable());
        let needed = self.core.of(self.nodes);
        if core.len() < needed {
            return Err(format!("after calm no more than {} of {needed} nodes can work together", core.len()));
        }
        if !(0..self.clients.len()).any(|client| reach.serves(&core, client as u16)) {
            return Err("after calm no client reaches the nodes that can work together".to_owned());
        }
        let regime = if staying().any(|window| cuts(&window.fault)) {
            "stuck-behind-a-cut"
        } else if staying().next().is_some() {
            "stuck-with-a-core"
        } else {
            "stuck-after-healing"
        };
        Ok(Violation {
            fingerprint: format!("progress/{regime}"),
            detail: format!("Nobody was answered within {} of {since}, after calm.{}", self.within, self.reasons()),
            at,
            events: trail(&events),
            nodes: self.roster.downed().map(|down| down.node).collect(),
        })
    }

    /// What is the matter, in short sentences.
    fn reasons(&self) -> String {
        let mut reasons = String::new();
        let mut say = |reason: std::fmt::Arguments<'_>| {
            let _ = write!(reasons, " {reason}.");
        };
        if let Some((client, operation, since)) = self.answers.longest_open() {
            let name = self.clients.get(usize::from(client)).map_or("a client", String::as_str);
            say(format_args!("{name} has waited for operation {operation} since {since}"));
        }
        for (window, _) in self.windows.iter().zip(&self.open).filter(|(_, open)| **open).take(SAID) {
            say(format_args!("The {} since {} stays", noun(window.fault.family()), window.from));
        }
        self.roster.downed().take(SAID).for_each(|down| say(format_args!("{} is down since {}", down.node, down.at)));
        let between_running = |(subject, mark): &(NodeId, Mark)| {
            self.roster.runs(*subject).is_some() && self.roster.runs(mark.node).is_some()
        };
        for (subject, mark) in self.suspicions.iter().filter(between_running).take(SAID) {
            say(format_args!("{} suspects {subject} since {}", mark.node, mark.at));
        }
        reasons
    }

    fn overdue(&mut self, now: Time, event: u32) -> Option<Violation> {
        let (patience, _, calm) = self.awaited.as_mut()?;
        let (since, at) = patience.over(now, &self.answers)?;
        let events = [*calm, event];
        self.awaited = None;
        match self.judge(since, at, events) {
            Ok(violation) => Some(violation),
            Err(why) => {
                self.progress = Err(why);
                None
            }
        }
    }
}

/// How many reasons of a kind are told.
const SAID: usize = 3;

impl Checker for Progress {
    fn observe(&mut self, at: Time, event: u32, seen: &Observation<'_>) -> Option<Violation> {
        if let Some(violation) = self.overdue(at, event) {
            return Some(violation);
        }
        let made = self.answers.observe(at, seen);
        self.follow(at, event, seen);
        match seen {
            Observation::Calm => {
                self.awaited = Some((Patience::new(self.within, at, &self.answers), at, event));
                self.progress = Err("too little was asked after calm".to_owned());
            }
            Observation::Invoked(_) => self.awaited.iter_mut().for_each(|(patience, ..)| patience.asked(at)),
            _ => {}
        }
        if self.awaited.is_some_and(|(_, calm, _)| made.is_some_and(|made| made >= calm)) {
            self.awaited = None;
            self.progress = Ok(());
        }
        None
    }

    fn conclude(&mut self, conclusion: &Conclusion<'_>) -> Verdict {
        if let Some(violation) = self.overdue(conclusion.at, conclusion.event) {
            return Verdict::Fail(violation);
        }
        match &self.progress {
            Ok(()) => Verdict::Pass,
            Err(why) => conclusion.cut_short().unwrap_or_else(|| Verdict::Undecided(why.clone())),
        }
    }
}

/// The target of a fault that keeps a node from running.
fn stopped(fault: &Fault<Target>) -> Option<&Target> {
    match fault {
        Fault::Crash(target)
        | Fault::Reboot(target)
        | Fault::Amnesia(target)
        | Fault::Stop(target)
        | Fault::Absent(target)
        | Fault::Pause(target) => Some(target),
        _ => None,
    }
}

fn cuts(fault: &Fault<Target>) -> bool {
    matches!(
        fault,
        Fault::Partition(_)
            | Fault::Sever(_)
            | Fault::OneWay { .. }
            | Fault::Bridge(..)
            | Fault::Isolate(_)
            | Fault::Clog { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::Core;
    use crate::check::Check;
    use crate::check::testing::{END, Script};
    use crate::fault::{Fault, Target};
    use crate::node::NodeId;
    use crate::time::Span;

    fn node(n: u16) -> Target {
        Target::Node(NodeId(n))
    }
    /// Three nodes. Window 0 stops n0, window 1 stops n1, window 2 cuts n0 off from n1 one way, window 3 cuts the client off.
    fn progress(core: Core) -> Script {
        let faults = [
            Fault::Crash(node(0)),
            Fault::Crash(node(1)),
            Fault::OneWay { from: vec![node(0)], to: vec![node(1)] },
            Fault::Isolate(Target::Client(0)),
        ];
        let check = Check::Progress { within: Span::from_millis(100), core };
        Script::with_windows(check, 3, &faults).with_clients(1).all_started()
    }
    fn majority() -> Script {
        progress(Core::Majority)
    }

    #[test]
    fn nobody_is_answered_though_everything_has_healed() {
        let violation = majority().invoked(5, 7).suspects(8, 1, 2).calm(10).violation();
        assert_eq!(violation.fingerprint, "progress/stuck-after-healing");
        assert_eq!(
            violation.detail,
            "Nobody was answered within 100ms of 10ms, after calm. c0 has waited for operation 7 since 5ms. \
             n1 suspects n2 since 8ms."
        );
    }

    #[test]
    fn an_answer_to_an_attempt_made_after_calm_is_enough() {
        majority().invoked(5, 7).calm(10).tried(50, 7, 1).told(110, 7, 1).passes();
        majority().calm(10).invoked(500, 8).told(600, 8, 0).passes();
        majority().invoked(5, 7).calm(10).told(20, 7, 0).invoked(30, 8).violation();
        majority().calm(10).invoked(500, 8).violation();
    }

    #[test]
    fn nothing_asked_is_nothing_decided() {
        assert_eq!(majority().invoked(5, 7).told(8, 7, 0).calm(10).at_horizon().word(), "undecided");
        assert_eq!(majority().invoked(5, 7).at_horizon().word(), "undecided");
    }

    #[test]
    fn a_core_is_enough() {
        let violation = majority().opened(2, 0).down(2, 0).calm(10).invoked(20, 0).violation();
        assert_eq!(violation.fingerprint, "progress/stuck-with-a-core");
        assert!(violation.detail.ends_with("The crash since 0s stays. n0 is down since 2ms."), "{}", violation.detail);
        let violation = majority().opened(2, 2).calm(10).invoked(20, 0).violation();
        assert_eq!(violation.fingerprint, "progress/stuck-behind-a-cut");
    }

    #[test]
    fn nobody_promised_anything_without_a_core() {
        let both = |core| progress(core).opened(2, 0).down(2, 0).opened(2, 1).down(2, 1).calm(10).invoked(20, 0);
        assert_eq!(both(Core::Majority).at_horizon().word(), "undecided");
        assert_eq!(both(Core::Nodes(1)).at_horizon().word(), "fail");
        let cut = |core| progress(core).opened(2, 2).calm(10).invoked(20, 0);
        assert_eq!(cut(Core::All).at_horizon().word(), "undecided");
        let alone = majority().opened(2, 3).calm(10).invoked(20, 0);
        assert_eq!(alone.at_horizon().word(), "undecided");
    }

    #[test]
    fn a_node_that_the_system_itself_took_down_is_no_excuse() {
        majority().down(2, 0).down(2, 1).calm(10).invoked(20, 0).violation();
    }

    #[test]
    fn what_the_horizon_cuts_is_not_judged() {
        assert_eq!(majority().invoked(5, 7).calm(END - 100).at_horizon().word(), "undecided");
        majority().invoked(5, 7).calm(END - 101).violation();
        assert_eq!(majority().invoked(5, 7).calm(END - 50).at_limit().word(), "undecided");
        assert_eq!(majority().calm(10).invoked(20, 0).told(30, 0, 0).at_limit().word(), "pass");
    }
}
