//! Hand-made runs for the checkers' tests: what is seen, one thing after the other, and then the end.

use super::{Check, Checker, Conclusion, Observation, Verdict, Violation};
use crate::context::RequestId;
use crate::fault::{Fault, Target, Window};
use crate::node::NodeId;
use crate::outcome::{Amount, End, Measure, Where};
use crate::plan::{Chance, Clients, Limits, Network, NodePlan, Plan, Supervisor};
use crate::time::{Span, Time, Until};
use crate::value::{Fact, Value};

/// When a script ends, in milliseconds.
pub(super) const END: u64 = 1000;

/// A run of one checker. Times are in milliseconds; events are numbered from 1, each seen thing one of its own.
pub(super) struct Script {
    plan: Plan,
    checker: Box<dyn Checker>,
    event: u32,
    violation: Option<Violation>,
    /// Whose operations come next.
    client: u16,
}

const fn fact(name: &'static str) -> Fact {
    Fact::new(name, "key", "value")
}

/// Every fact that a test names.
static FACTS: [Fact; 17] = [
    fact("primary"),
    fact("backup"),
    fact("chosen"),
    fact("epoch"),
    fact("state"),
    fact("lost"),
    fact("holds"),
    fact("releases"),
    fact("asked"),
    fact("told"),
    fact("beat"),
    fact("other"),
    fact("suspects"),
    fact("trusts"),
    fact("promoted"),
    fact("recovered"),
    fact("applied"),
];

impl Script {
    pub(super) fn new(check: Check, nodes: u16) -> Script {
        let plan = Plan {
            protocol: "scripted".to_owned(),
            config: "()".to_owned(),
            nodes: (0..nodes).map(|n| NodePlan::named(format!("n{n}"))).collect(),
            clients: Clients::none(),
            network: Network::default(),
            disk: crate::plan::DiskSettings::default(),
            supervisor: Supervisor::default(),
            windows: Vec::new(),
            chance: Chance::Frozen(Vec::new()),
            calm: Time::ZERO,
            until: Time::ZERO + Span::from_millis(END),
            limits: Limits::default(),
            checks: vec![check],
        };
        let checker = plan.checks[0].checker(&plan);
        Script { plan, checker, event: 0, violation: None, client: 0 }
    }

    /// The same with these faults, each in a window that its test opens and closes.
    pub(super) fn with_windows(check: Check, nodes: u16, faults: &[Fault<Target>]) -> Script {
        let mut script = Script::new(check, nodes);
        let window = |(id, fault): (u32, &Fault<Target>)| Window {
            id,
            from: Time::ZERO,
            until: Until::At(script.plan.until),
            fault: fault.clone(),
        };
        script.plan.windows = (0..).zip(faults).map(window).collect();
        script.checker = script.plan.checks[0].checker(&script.plan);
        script
    }
    /// The window of this number is marked so.
    pub(super) fn never_closes(mut self, window: usize) -> Script {
        self.plan.windows[window].until = Until::Never;
        self.checker = self.plan.checks[0].checker(&self.plan);
        self
    }

    /// The same with clients `c0`, `c1` and so on.
    pub(super) fn with_clients(mut self, clients: u16) -> Script {
        self.plan.clients.names = (0..clients).map(|client| format!("c{client}")).collect();
        self.checker = self.plan.checks[0].checker(&self.plan);
        self
    }

    fn see(mut self, millis: u64, seen: &Observation<'_>) -> Script {
        self.event += 1;
        if self.violation.is_none() {
            self.violation = self.checker.observe(Time::ZERO + Span::from_millis(millis), self.event, seen);
        }
        self
    }

    pub(super) fn fact(
        self,
        millis: u64,
        node: u16,
        name: &str,
        key: impl Into<Value>,
        value: impl Into<Value>,
    ) -> Script {
        let fact = FACTS.iter().find(|fact| fact.name == name).expect("listed above");
        let (key, value) = (key.into(), value.into());
        self.see(millis, &Observation::Fact { node: NodeId(node), fact, key: &key, value: &value })
    }
    pub(super) fn suspects(self, millis: u64, node: u16, whom: u16) -> Script {
        self.fact(millis, node, "suspects", NodeId(whom), ())
    }
    pub(super) fn trusts(self, millis: u64, node: u16, whom: u16) -> Script {
        self.fact(millis, node, "trusts", NodeId(whom), ())
    }
    pub(super) fn started(self, millis: u64, node: u16) -> Script {
        self.see(millis, &Observation::Started(NodeId(node)))
    }
    pub(super) fn all_started(self) -> Script {
        (0..self.plan.nodes.len() as u16).fold(self, |script, node| script.started(0, node))
    }
    pub(super) fn down(self, millis: u64, node: u16) -> Script {
        self.see(millis, &Observation::Down(NodeId(node)))
    }
    pub(super) fn paused(self, millis: u64, node: u16) -> Script {
        self.see(millis, &Observation::Paused(NodeId(node)))
    }
    pub(super) fn resumed(self, millis: u64, node: u16) -> Script {
        self.see(millis, &Observation::Resumed(NodeId(node)))
    }

    /// The operations that come next are those of this client.
    pub(super) fn of(self, client: u16) -> Script {
        Script { client, ..self }
    }
    fn request(&self, operation: u32, attempt: u32) -> RequestId {
        RequestId { client: self.client, operation, attempt }
    }

    /// An operation that began `took` milliseconds ago is answered.
    pub(super) fn answered(self, millis: u64, took: u64) -> Script {
        let request = self.request(0, 0);
        self.see(millis, &Observation::Answered(request, Span::from_millis(took)))
    }
    pub(super) fn failed(self, millis: u64, took: u64) -> Script {
        let request = self.request(0, 0);
        self.see(millis, &Observation::Failed(request, Span::from_millis(took)))
    }
    pub(super) fn unknown(self, millis: u64, took: u64) -> Script {
        let request = self.request(0, 0);
        self.see(millis, &Observation::Unknown(request, Span::from_millis(took)))
    }

    pub(super) fn opened(self, millis: u64, window: usize) -> Script {
        self.see(millis, &Observation::Opened(window))
    }
    pub(super) fn closed(self, millis: u64, window: usize) -> Script {
        self.see(millis, &Observation::Closed(window))
    }
    pub(super) fn calm(self, millis: u64) -> Script {
        self.see(millis, &Observation::Calm)
    }

    /// A client begins an operation of this number, tries it again, is told its result, or gives it up.
    pub(super) fn invoked(self, millis: u64, operation: u32) -> Script {
        let request = self.request(operation, 0);
        self.see(millis, &Observation::Invoked(request))
    }
    pub(super) fn tried(self, millis: u64, operation: u32, attempt: u32) -> Script {
        let request = self.request(operation, attempt);
        self.see(millis, &Observation::Tried(request))
    }
    pub(super) fn told(self, millis: u64, operation: u32, attempt: u32) -> Script {
        let request = self.request(operation, attempt);
        self.see(millis, &Observation::Answered(request, Span::ZERO))
    }
    pub(super) fn gave_up(self, millis: u64, operation: u32) -> Script {
        let request = self.request(operation, 0);
        self.see(millis, &Observation::Unknown(request, Span::ZERO))
    }

    pub(super) fn measure(&self, name: &str) -> Option<Amount> {
        let mut measures = Vec::new();
        self.checker.measures(&mut measures);
        measures.iter().find(|measure| measure.name == name).map(|measure| measure.amount)
    }

    fn verdict(mut self, end: &End) -> Verdict {
        let at = Time::ZERO + Span::from_millis(END);
        let conclusion = Conclusion { at, event: self.event, end, plan: &self.plan };
        self.violation.map_or_else(|| self.checker.conclude(&conclusion), Verdict::Fail)
    }

    /// What is measured once the end has been judged.
    pub(super) fn concluded(mut self) -> Vec<Measure> {
        let at = Time::ZERO + Span::from_millis(END);
        self.checker.conclude(&Conclusion { at, event: self.event, end: &End::Horizon, plan: &self.plan });
        let mut measures = Vec::new();
        self.checker.measures(&mut measures);
        measures
    }
    pub(super) fn at_horizon(self) -> Verdict {
        self.verdict(&End::Horizon)
    }
    /// The violation that the checker must find.
    pub(super) fn violation(self) -> Violation {
        match self.verdict(&End::Horizon) {
            Verdict::Fail(violation) => violation,
            other => panic!("no violation, but {other:?}"),
        }
    }
    /// The checker must stay quiet.
    pub(super) fn passes(self) {
        assert_eq!(self.verdict(&End::Horizon), Verdict::Pass);
    }
    pub(super) fn at_limit(self) -> Verdict {
        self.verdict(&End::Limit { limit: "events", at: somewhere() })
    }
    pub(super) fn at_panic(self) -> Verdict {
        self.verdict(&End::Panic { at: somewhere(), message: "index 17 out of bounds".to_owned() })
    }
}

fn somewhere() -> Where {
    Where { time: Time::ZERO, node: "a".to_owned(), handler: "on_timer Beat".to_owned() }
}
