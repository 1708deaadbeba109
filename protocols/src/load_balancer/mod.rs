//! Load balancer: requests spread over backends that slow down and die.
//!
//! The first nodes are balancers, the others backends. A client asks a balancer for some [`Work`]; the balancer chooses a
//! backend by its [`Policy`], sends the job and passes the answer on. A backend has one queue and does one job at a time.
//! Backends know nothing of one another, and balancers share nothing: each sees only its own requests under way.
//!
//! **What guards it.** Active health checks ([`config::Health`]: probes, judged by the heartbeat protocol's
//! [`Detector`](crate::heartbeat::Detector)), and passive ones: [`outlier`] ejection and the circuit [`breaker`]. What is
//! under way to a backend that becomes suspect, or turns out to have restarted, is sent to another. A backend that comes
//! back gets its share by and by (slow start). Retries and hedges spend one budget ([`config::Retries`]). If fewer
//! backends pass their checks than [`config::Health::panic_below`] says, the checks themselves are doubted and all are
//! used.
//!
//! **Windows of its own.** `Custom(backend, "drain")`: the backend finishes what it has and wants no more.
//! `Custom(backend, "errors")`: it rejects every job at once, as quick as a backend can fail.
//!
//! **What is recorded.** By balancers: `admits` and `expels` (a backend is in or out of the table; `Turns` judges fairness
//! between them), `suspects` and `trusts` (what the detector thinks), `routed` (a job is sent to a backend that is
//! believed to be healthy; `Avoids` judges that) and `gambled` (to one that is not), `accepted` and `settled` (the life of a
//! request), `nobody` (there was no backend to choose). By a backend that is stopped: `dropped`, for each job it had.
//!
//! **The contract.** Let [`Health::timeout`](config::Health::timeout) exceed a period and the longest time on the way both
//! ways together. Then no job is *routed* to a backend that has been dead for longer than that; no backend that is in
//! is passed over for good; a request is settled within `attempt_timeout` times the attempts, answered if some backend
//! answers in time; with shallow probes nobody who is up stays suspected in a calm network; and while what clients ask
//! and the budget of retries together stay below what the backends can do, an overload ends with its trigger. A job may
//! be done twice, since retries and hedges cannot know: the work must bear it.
//!
//! **Planted bugs** ([`Bug`]) and what finds them is listed there.

mod backend;
mod balancer;
pub mod breaker;
mod budget;
mod bug;
pub mod config;
mod message;
pub mod outlier;
mod policy;
mod pool;
mod server;
#[cfg(test)]
mod tests;
mod workload;

use sim_core::{Context, Draws, Fact, NodeId, Protocol, RequestId};

use backend::Backend;
use balancer::Balancer;

pub use bug::Bug;
pub use config::Config;
pub use message::{Message, Reason, Served, Ticket, Timer, Work};
pub use policy::Policy;
pub use workload::Workload;

/// One node: a balancer or a backend.
#[derive(Debug)]
pub struct LoadBalancer {
    role: Role,
    balancers: u16,
}

#[derive(Debug)]
enum Role {
    Balancer(Box<Balancer>),
    Backend(Box<Backend>),
}

impl Protocol for LoadBalancer {
    const NAME: &'static str = "load-balancer";
    const ABOUT: &'static str =
        "requests spread over backends that slow down and die, and what keeps that from spreading";
    const FACTS: &'static [Fact] = &[
        Fact::new("admits", "backend", "reason"),
        Fact::new("expels", "backend", "reason"),
        Fact::new("suspects", "backend", "incarnation"),
        Fact::new("trusts", "backend", "incarnation"),
        Fact::new("routed", "backend", "attempt"),
        Fact::new("gambled", "backend", "attempt"),
        Fact::new("accepted", "(client, operation, attempt)", "source"),
        Fact::new("settled", "(client, operation, attempt)", "how"),
        Fact::new("nobody", "(client, operation, attempt)", "()"),
        Fact::new("dropped", "(client, operation)", "()"),
    ];

    type Config = Config;
    type Workload = Workload;
    type Message = Message;
    type Timer = Timer;
    type Op = Work;
    type Ret = Served;

    fn boot(config: &Config, id: NodeId, nodes: u16) -> LoadBalancer {
        let role = if id.0 < config.balancers {
            Role::Balancer(Box::new(Balancer::new(config, nodes)))
        } else {
            Role::Backend(Box::new(Backend::new(config, id)))
        };
        LoadBalancer { role, balancers: config.balancers }
    }

    fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
        if let Role::Balancer(balancer) = &mut self.role {
            balancer.on_start(ctx);
        }
    }

    fn on_message(&mut self, ctx: &mut Context<'_, Self>, from: NodeId, message: Message) {
        match &mut self.role {
            Role::Balancer(balancer) => balancer.on_message(ctx, from, message),
            Role::Backend(backend) => backend.on_message(ctx, from, message),
        }
    }

    fn on_timer(&mut self, ctx: &mut Context<'_, Self>, timer: Timer) {
        match &mut self.role {
            Role::Balancer(balancer) => balancer.on_timer(ctx, timer),
            Role::Backend(backend) => backend.finish(ctx),
        }
    }

    fn on_request(&mut self, ctx: &mut Context<'_, Self>, request: RequestId, work: Work) {
        match &mut self.role {
            Role::Balancer(balancer) => balancer.on_request(ctx, request, work),
            Role::Backend(_) => ctx.redirect(request, NodeId(request.client % self.balancers)),
        }
    }

    fn on_stop(&mut self, ctx: &mut Context<'_, Self>) {
        if let Role::Backend(backend) = &mut self.role {
            backend.on_stop(ctx);
        }
    }

    fn on_fault(&mut self, ctx: &mut Context<'_, Self>, name: &str, begins: bool) {
        if let Role::Backend(backend) = &mut self.role {
            backend.on_fault(ctx, name, begins);
        }
    }

    fn kind(message: &Message) -> &'static str {
        match message {
            Message::Probe(_) => "Probe",
            Message::Alive { .. } => "Alive",
            Message::Job(..) => "Job",
            Message::Done(_) => "Done",
            Message::Rejected(..) => "Rejected",
        }
    }

    fn generate(workload: &Workload, draws: &mut Draws, _client: u16, _nth: u32) -> Option<Work> {
        Some(workload.draw(draws))
    }

    fn validate(config: &Config, nodes: u16) -> Result<(), String> {
        config.validate(nodes)
    }
}
