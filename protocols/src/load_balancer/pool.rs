//! The table that requests are routed by: who is in, who may be chosen, and whether the health checks are believed.

use sim_core::{Context, NodeId, RequestId};

use super::LoadBalancer;
use super::bug::Bug;
use super::config::Config;
use super::message::Timer;
use super::policy::{Occasion, Picker, index_of};
use super::server::Server;

/// The backends of one balancer.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) servers: Vec<Server>,
    balancers: u16,
    picker: Picker,
    /// Indexes of those that may be chosen now.
    candidates: Vec<usize>,
}

impl Pool {
    pub(super) fn new(config: &Config, nodes: u16) -> Pool {
        let ids = (config.balancers..nodes).map(NodeId);
        let weight = |index: usize| u64::from(config.weights.get(index).copied().unwrap_or(1));
        Pool {
            servers: ids.enumerate().map(|(index, id)| Server::new(id, weight(index))).collect(),
            balancers: config.balancers,
            picker: Picker::new(config.policy, config.slow_start),
            candidates: Vec::new(),
        }
    }

    pub(super) fn index(&self, backend: NodeId) -> Option<usize> {
        index_of(backend, self.balancers).filter(|index| *index < self.servers.len())
    }

    /// Draws the consequences of what has become known, and records who came in and who went out, with the reason.
    pub(super) fn refresh(&mut self, ctx: &mut Context<'_, LoadBalancer>, config: &Config, reason: &'static str) {
        for server in &mut self.servers {
            let member = server.healthy() && server.ready && server.breaker.admits(u32::MAX);
            if member != server.member {
                server.member = member;
                ctx.record(if member { "admits" } else { "expels" }, server.id, reason);
            }
        }
        let healthy = self.servers.iter().filter(|server| server.healthy()).count();
        let all_in = config.health.as_ref().is_some_and(|health| {
            let needed = self.servers.len() as u128 * u128::from(health.panic_below.ppb());
            (healthy as u128) * 1_000_000_000 < needed && !config.has(Bug::NoPanicThreshold)
        });
        self.candidates.clear();
        self.candidates.extend((0..self.servers.len()).filter(|index| {
            let server = &self.servers[*index];
            (all_in || server.healthy()) && server.ready && server.breaker.admits(server.open)
        }));
    }

    /// Chooses a backend for a request, if possible one that it has not tried. It then has one more under way.
    pub(super) fn take(&mut self, ctx: &mut Context<'_, LoadBalancer>, source: u32, tried: &[NodeId]) -> Option<usize> {
        let occasion = Occasion { now: ctx.now(), source };
        let mut choose = |n| ctx.choose(n);
        let untried = |index: &usize| !tried.contains(&self.servers[*index].id);
        let picked = if tried.is_empty() || !self.candidates.iter().any(untried) {
            self.picker.pick(&mut self.servers, &self.candidates, occasion, &mut choose)
        } else {
            let fresh: Vec<usize> = self.candidates.iter().copied().filter(untried).collect();
            self.picker.pick(&mut self.servers, &fresh, occasion, &mut choose)
        }?;
        self.servers[picked].open += 1;
        Some(picked)
    }

    /// Takes the result of an attempt into account; at the next refresh it counts. Sets the timer that ends a measure.
    pub(super) fn result(&mut self, ctx: &mut Context<'_, LoadBalancer>, config: &Config, index: usize, failure: bool) {
        let (out, all) = (self.servers.iter().filter(|server| server.outlier.ejected).count(), self.servers.len());
        let server = &mut self.servers[index];
        if let Some(rule) = &config.ejection {
            if !failure {
                server.outlier.succeeded();
            } else if server.outlier.failed(rule) && rule.allows(out, all) {
                let span = server.outlier.eject(rule);
                ctx.set_timer(Timer::Readmit(server.id), span);
            }
        }
        if let Some(rule) = &config.breaker
            && server.breaker.result(failure, rule)
        {
            ctx.set_timer(Timer::Trial(server.id), rule.open);
        }
    }
}

/// A request as facts name it.
pub(super) fn key_of(request: RequestId) -> (u16, u32, u32) {
    (request.client, request.operation, request.attempt)
}
