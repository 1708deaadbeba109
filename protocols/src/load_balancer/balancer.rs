//! A balancer: it takes requests, spreads attempts over the backends, and answers.

use std::collections::BTreeMap;

use sim_core::{Context, LocalTime, NodeId, RequestId, Span};

use super::LoadBalancer;
use super::budget::Budget;
use super::bug::Bug;
use super::config::Config;
use super::message::{Message, Served, Ticket, Timer, Work};
use super::pool::{Pool, key_of};
use crate::heartbeat::{AnyRule, Change, Dated, Detector, Opinion, Stamp};

/// One balancer.
#[derive(Debug)]
pub(super) struct Balancer {
    config: Config,
    pool: Pool,
    detector: Option<Detector<AnyRule>>,
    budget: Budget,
    requests: BTreeMap<RequestId, Pending>,
    /// Attempts under way, with the index of their backend.
    attempts: BTreeMap<Ticket, usize>,
}

/// A request that has not been answered.
#[derive(Debug)]
struct Pending {
    work: Work,
    /// The backend of each attempt so far.
    tried: Vec<NodeId>,
    /// Attempts under way.
    out: u32,
    /// Some attempt may have been carried out, though its answer did not come in time.
    doubtful: bool,
}

impl Balancer {
    pub(super) fn new(config: &Config, nodes: u16) -> Balancer {
        let backends = (config.balancers..nodes).map(NodeId);
        let rule = config.health.as_ref().map(|health| health.detector().rule(health.period));
        let detector = rule.map(|rule| Detector::new(rule, backends));
        Balancer {
            config: config.clone(),
            pool: Pool::new(config, nodes),
            detector,
            budget: Budget::new(&config.retries),
            requests: BTreeMap::new(),
            attempts: BTreeMap::new(),
        }
    }

    pub(super) fn on_start(&mut self, ctx: &mut Context<'_, LoadBalancer>) {
        self.refresh(ctx, "start");
        if let Some(detector) = &mut self.detector {
            detector.start(ctx.now());
            self.arms(ctx);
            self.probe(ctx);
        }
    }

    pub(super) fn on_request(&mut self, ctx: &mut Context<'_, LoadBalancer>, request: RequestId, work: Work) {
        if self.requests.contains_key(&request) {
            // A copy made by the network: the answer to the first will do.
            return;
        }
        ctx.record("accepted", key_of(request), work.source);
        self.budget.earn();
        self.requests.insert(request, Pending { work, tried: Vec::new(), out: 0, doubtful: false });
        self.launch(ctx, request);
    }

    pub(super) fn on_message(&mut self, ctx: &mut Context<'_, LoadBalancer>, from: NodeId, message: Message) {
        match message {
            Message::Alive { stamp, asked, ready } => {
                self.watches(ctx, from, stamp, asked);
                self.hears(ctx, from, stamp, ready);
            }
            Message::Done(ticket) => {
                self.ends(ctx, ticket, false);
                // The answer to an attempt that was given up is an answer still.
                if self.settles(ctx, ticket.request, "answered") {
                    ctx.reply(ticket.request, Served { by: from });
                }
            }
            Message::Rejected(ticket, _) => {
                if self.ends(ctx, ticket, true) {
                    self.retry(ctx, ticket.request);
                }
            }
            // Nothing else is meant for balancers.
            Message::Probe { .. } | Message::Job(..) => {}
        }
    }

    pub(super) fn on_timer(&mut self, ctx: &mut Context<'_, LoadBalancer>, timer: Timer) {
        match timer {
            Timer::Probe => self.probe(ctx),
            Timer::Silence => self.tick(ctx),
            Timer::Attempt(ticket) => self.timed_out(ctx, ticket),
            Timer::Hedge(request) => {
                if self.requests.contains_key(&request) && self.budget.spend() {
                    self.launch(ctx, request);
                }
            }
            Timer::Readmit(backend) => {
                if let Some(index) = self.pool.index(backend) {
                    self.pool.servers[index].outlier.readmit();
                    self.returns(ctx, index, "ejection over");
                }
            }
            Timer::Trial(backend) => {
                if let Some(index) = self.pool.index(backend) {
                    self.pool.servers[index].breaker.half_open();
                    self.refresh(ctx, "trial");
                }
            }
            Timer::Finish => {}
        }
    }

    /// Sends a request to a backend, or tells the client that there is none.
    fn launch(&mut self, ctx: &mut Context<'_, LoadBalancer>, request: RequestId) {
        let Some(pending) = self.requests.get_mut(&request) else { return };
        let Some(index) = self.pool.take(ctx, pending.work.source, &pending.tried) else {
            ctx.record("nobody", key_of(request), ());
            self.gives_up(ctx, request);
            return;
        };
        let server = &self.pool.servers[index];
        let (backend, healthy) = (server.id, server.healthy());
        let attempt = u32::try_from(pending.tried.len()).unwrap_or(u32::MAX);
        let ticket = Ticket { request, attempt };
        pending.tried.push(backend);
        pending.out += 1;
        self.attempts.insert(ticket, index);
        ctx.record(if healthy { "routed" } else { "gambled" }, backend, attempt);
        ctx.send(backend, Message::Job(ticket, pending.work));
        if let Some(span) = self.config.attempt_timeout {
            ctx.set_timer(Timer::Attempt(ticket), span);
        }
        if let (Some(span), 0) = (self.config.hedge, attempt) {
            ctx.set_timer(Timer::Hedge(request), span);
        }
        if self.config.breaker.is_some() {
            // A trial takes the place that a half-open circuit has.
            self.refresh(ctx, "trial");
        }
    }

    /// An attempt has an answer. False if it was not under way any more.
    fn ends(&mut self, ctx: &mut Context<'_, LoadBalancer>, ticket: Ticket, failure: bool) -> bool {
        let Some(index) = self.attempts.remove(&ticket) else { return false };
        if self.config.attempt_timeout.is_some() {
            ctx.cancel_timer(Timer::Attempt(ticket));
        }
        self.closes(index);
        self.result(ctx, ticket, index, failure);
        true
    }

    fn timed_out(&mut self, ctx: &mut Context<'_, LoadBalancer>, ticket: Ticket) {
        let Some(index) = self.attempts.remove(&ticket) else { return };
        if !self.config.has(Bug::LeakedConnection) {
            self.closes(index);
        }
        self.result(ctx, ticket, index, true);
        self.doubts(ticket);
        self.retry(ctx, ticket.request);
    }

    fn closes(&mut self, index: usize) {
        let server = &mut self.pool.servers[index];
        server.open = server.open.saturating_sub(1);
    }

    fn doubts(&mut self, ticket: Ticket) {
        if let Some(pending) = self.requests.get_mut(&ticket.request) {
            pending.doubtful = true;
        }
    }

    /// The passive health checks see a result.
    fn result(&mut self, ctx: &mut Context<'_, LoadBalancer>, ticket: Ticket, index: usize, failure: bool) {
        if let Some(pending) = self.requests.get_mut(&ticket.request) {
            pending.out -= 1;
        }
        if self.config.ejection.is_some() || self.config.breaker.is_some() {
            self.pool.result(ctx, &self.config, index, failure);
            self.refresh(ctx, "results");
        }
    }

    /// What is under way to a backend seems lost: tries it elsewhere. What cannot be tried again is left to its time-out,
    /// in case that the suspicion is wrong.
    fn reroute(&mut self, ctx: &mut Context<'_, LoadBalancer>, index: usize) {
        let of_this = |(ticket, at): (&Ticket, &usize)| (*at == index).then_some(*ticket);
        let lost: Vec<Ticket> = self.attempts.iter().filter_map(of_this).collect();
        for ticket in lost {
            self.doubts(ticket);
            let again = self.may_retry(ticket.request, 1);
            if again || self.config.attempt_timeout.is_none() {
                self.ends(ctx, ticket, true);
            }
            if again {
                self.launch(ctx, ticket.request);
            } else {
                self.gives_up(ctx, ticket.request);
            }
        }
    }

    /// Another attempt, if there is none under way and the budget allows it.
    fn retry(&mut self, ctx: &mut Context<'_, LoadBalancer>, request: RequestId) {
        if self.may_retry(request, 0) {
            self.launch(ctx, request);
        } else {
            self.gives_up(ctx, request);
        }
    }

    /// Whether a request with so many attempts under way, and no more, may have another. If so, it is paid for.
    fn may_retry(&mut self, request: RequestId, out: u32) -> bool {
        let Some(pending) = self.requests.get(&request).filter(|pending| pending.out == out) else { return false };
        let left = pending.tried.len() <= self.config.retries.most as usize;
        left && (self.budget.spend() || self.config.has(Bug::NoRetryBudget))
    }

    /// Ends a request that has no attempt under way. Only if none can have been carried out the client may be told so;
    /// otherwise it has to wait in vain.
    fn gives_up(&mut self, ctx: &mut Context<'_, LoadBalancer>, request: RequestId) {
        let Some(pending) = self.requests.get(&request).filter(|pending| pending.out == 0) else { return };
        if pending.doubtful {
            self.settles(ctx, request, "abandoned");
        } else {
            self.settles(ctx, request, "refused");
            ctx.refuse(request);
        }
    }

    /// The end of a request. False if it had come before.
    fn settles(&mut self, ctx: &mut Context<'_, LoadBalancer>, request: RequestId, how: &'static str) -> bool {
        let known = self.requests.remove(&request).is_some();
        if known {
            ctx.record("settled", key_of(request), how);
            if self.config.hedge.is_some() {
                ctx.cancel_timer(Timer::Hedge(request));
            }
        }
        known
    }

    fn probe(&mut self, ctx: &mut Context<'_, LoadBalancer>) {
        let Some(health) = &self.config.health else { return };
        for server in &self.pool.servers {
            ctx.send(server.id, Message::Probe { remembered: server.newest, asked: ctx.now() });
            if let Some(detector) = &mut self.detector {
                detector.asked(server.id, ctx.now());
            }
        }
        ctx.set_timer(Timer::Probe, health.period);
        self.arms(ctx);
    }

    /// The detector sees a word of a backend. An answer that comes later than the time-out is no sign of life: a check
    /// that waits in a long queue fails, though answers to older ones go on coming in.
    fn watches(&mut self, ctx: &mut Context<'_, LoadBalancer>, from: NodeId, stamp: Stamp, asked: Option<LocalTime>) {
        let (Some(detector), Some(health)) = (&mut self.detector, &self.config.health) else { return };
        let now = ctx.now();
        let age = asked.map_or(Span::ZERO, |asked| now.since(asked));
        if age > health.timeout {
            return;
        }
        let change = match asked {
            Some(asked) => detector.heard_dated(from, stamp, Dated { sent: asked, age }, now),
            None => detector.heard(from, stamp, now),
        };
        if let Some(change) = change {
            self.thinks(ctx, change);
        }
        self.arms(ctx);
    }

    /// A backend has spoken about itself. Old words tell nothing.
    fn hears(&mut self, ctx: &mut Context<'_, LoadBalancer>, from: NodeId, stamp: Stamp, ready: bool) {
        let Some(index) = self.pool.index(from) else { return };
        let server = &mut self.pool.servers[index];
        if stamp <= server.newest {
            return;
        }
        let restarted = stamp.incarnation > server.newest.incarnation && server.newest != Stamp::default();
        server.newest = stamp;
        if server.ready != ready {
            server.ready = ready;
            self.returns(ctx, index, if ready { "ready" } else { "drains" });
        }
        if restarted {
            self.returns(ctx, index, "restarted");
            self.reroute(ctx, index);
        }
    }

    /// Somebody may have been silent for too long.
    fn tick(&mut self, ctx: &mut Context<'_, LoadBalancer>) {
        let now = ctx.now();
        let changes = self.detector.as_mut().map_or_else(Vec::new, |detector| detector.tick(now));
        for change in &changes {
            self.thinks(ctx, *change);
        }
        // Only now, so that nothing is sent from one that has just become suspect to the next.
        for change in &changes {
            if let Some(index) = self.pool.index(change.peer) {
                self.reroute(ctx, index);
            }
        }
        self.arms(ctx);
    }

    /// The detector has changed its mind.
    fn thinks(&mut self, ctx: &mut Context<'_, LoadBalancer>, change: Change) {
        let Some(index) = self.pool.index(change.peer) else { return };
        match change.opinion {
            Opinion::Suspects => {
                ctx.record("suspects", change.peer, change.incarnation);
                if !self.config.has(Bug::StaleMembership) {
                    self.pool.servers[index].suspected = true;
                }
                self.refresh(ctx, "silent");
            }
            Opinion::Trusts => {
                ctx.record("trusts", change.peer, change.incarnation);
                self.pool.servers[index].suspected = false;
                self.returns(ctx, index, "speaks again");
            }
        }
    }

    /// A backend comes back, or changes otherwise: its slow start begins.
    fn returns(&mut self, ctx: &mut Context<'_, LoadBalancer>, index: usize, reason: &'static str) {
        self.pool.servers[index].since = Some(ctx.now());
        self.refresh(ctx, reason);
    }

    fn refresh(&mut self, ctx: &mut Context<'_, LoadBalancer>, reason: &'static str) {
        self.pool.refresh(ctx, &self.config, reason);
    }

    /// Sets the timer of silence, if the one that is set will not do.
    fn arms(&mut self, ctx: &mut Context<'_, LoadBalancer>) {
        let deadline: Option<LocalTime> = self.detector.as_mut().and_then(Detector::wake);
        if let Some(deadline) = deadline {
            ctx.set_timer(Timer::Silence, deadline.since(ctx.now()));
        }
    }
}
