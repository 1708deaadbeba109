//! A backend: a queue, one job at work, and honest answers about itself.

use std::collections::VecDeque;

use sim_core::{Context, LocalTime, NodeId, Span};

use super::LoadBalancer;
use super::config::{Config, Probe};
use super::message::{Message, Reason, Ticket, Timer, Work};
use crate::heartbeat::Life;

/// What waits in a backend's queue. The job at the front is at work.
#[derive(Debug)]
enum Item {
    Job { from: NodeId, ticket: Ticket, length: Span },
    Probe { from: NodeId, asked: LocalTime },
}

/// One backend.
#[derive(Debug)]
pub(super) struct Backend {
    balancers: u16,
    deep: bool,
    speed: u32,
    limit: usize,
    life: Life,
    queue: VecDeque<Item>,
    jobs: usize,
    draining: bool,
    failing: bool,
}

impl Backend {
    pub(super) fn new(config: &Config, id: NodeId) -> Backend {
        let index = id.index() - usize::from(config.balancers);
        Backend {
            balancers: config.balancers,
            deep: config.health.as_ref().is_some_and(|health| health.probe == Probe::Deep),
            speed: config.speeds.get(index).copied().unwrap_or(100),
            limit: config.queue as usize,
            life: Life::default(),
            queue: VecDeque::new(),
            jobs: 0,
            draining: false,
            failing: false,
        }
    }

    pub(super) fn on_message(&mut self, ctx: &mut Context<'_, LoadBalancer>, from: NodeId, message: Message) {
        match message {
            Message::Probe { remembered, asked } => {
                self.life.supersede(remembered);
                if self.deep && self.jobs > 0 {
                    self.queue.push_back(Item::Probe { from, asked });
                } else {
                    self.says(ctx, from, Some(asked));
                }
            }
            Message::Job(ticket, work) => self.job(ctx, from, ticket, work),
            // Nothing else is meant for backends.
            Message::Alive { .. } | Message::Done(_) | Message::Rejected(..) => {}
        }
    }

    fn says(&mut self, ctx: &mut Context<'_, LoadBalancer>, to: NodeId, asked: Option<LocalTime>) {
        ctx.send(to, Message::Alive { stamp: self.life.next_stamp(), asked, ready: !self.draining });
    }

    fn job(&mut self, ctx: &mut Context<'_, LoadBalancer>, from: NodeId, ticket: Ticket, work: Work) {
        if self.failing {
            return ctx.send(from, Message::Rejected(ticket, Reason::Error));
        }
        if self.jobs >= self.limit {
            return ctx.send(from, Message::Rejected(ticket, Reason::Busy));
        }
        self.queue.push_back(Item::Job { from, ticket, length: work.length });
        self.jobs += 1;
        if self.jobs == 1 {
            self.work(ctx);
        }
    }

    /// Answers the probes whose turn has come, and begins with the job behind them.
    fn work(&mut self, ctx: &mut Context<'_, LoadBalancer>) {
        while let Some(&Item::Probe { from, asked }) = self.queue.front() {
            self.queue.pop_front();
            self.says(ctx, from, Some(asked));
        }
        if let Some(Item::Job { length, .. }) = self.queue.front() {
            let length = Span(length.0.saturating_mul(100) / u64::from(self.speed));
            ctx.set_timer(Timer::Finish, length);
        }
    }

    /// The job at work is done.
    pub(super) fn finish(&mut self, ctx: &mut Context<'_, LoadBalancer>) {
        if let Some(Item::Job { from, ticket, .. }) = self.queue.pop_front() {
            self.jobs -= 1;
            ctx.send(from, Message::Done(ticket));
        }
        self.work(ctx);
    }

    /// Last words: what is lost with this process.
    pub(super) fn on_stop(&mut self, ctx: &mut Context<'_, LoadBalancer>) {
        for item in &self.queue {
            if let Item::Job { ticket, .. } = item {
                ctx.record("dropped", (ticket.request.client, ticket.request.operation), ());
            }
        }
    }

    pub(super) fn on_fault(&mut self, ctx: &mut Context<'_, LoadBalancer>, name: &str, begins: bool) {
        match name {
            "drain" => {
                self.draining = begins;
                for balancer in 0..self.balancers {
                    self.says(ctx, NodeId(balancer), None);
                }
            }
            "errors" => self.failing = begins,
            _ => {}
        }
    }
}
