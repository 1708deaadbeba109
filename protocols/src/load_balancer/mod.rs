//! Load balancer: requests spread over backends that slow down and die.
//!
//! The first nodes are balancers, the others backends. A client asks a balancer for some [`Work`]; the balancer chooses a
//! backend by its [`Policy`], sends the job and passes the answer on. A backend has one queue and does one job at a time.
//! Backends know nothing of one another, and balancers share nothing: each sees only its own requests under way.
//!
//! **What guards it.** Active health checks ([`config::Health`]: probes, judged by the heartbeat protocol's
//! [`Detector`](crate::heartbeat::Detector) under any [`Method`](crate::heartbeat::Method)), and passive ones: [`outlier`]
//! ejection and the circuit [`breaker`]. What is under way to a backend that becomes suspect, or turns out to have
//! restarted, is sent to another. A backend that comes back gets its share by and by (slow start). Retries and hedges spend
//! one budget ([`config::Retries`]). If fewer backends pass their checks than [`config::Health::panic_below`] says, the
//! checks themselves are doubted and all are used.
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
//! **Which policy, how many retries?** `squall run scenarios/catalog/load_balancer/compare_*.ron` measures these; here are
//! the means of seeds 0 to 9. In the first group one backend of four works at a quarter of the speed; in the second two
//! requests of five come from one source; in the third one packet in a hundred is lost and the balancer stands still
//! for a second. Latencies are of what was answered in time, and turns are the attempts sent to one backend.
//!
//! | `compare_` | answered | mean latency | p99 latency | fewest turns | most turns |
//! |---|---|---|---|---|---|
//! | `slow_round_robin` | 76.2 % | 16.6 ms | 59 ms | 979 | 979 |
//! | `slow_random` | 76.5 % | 21.7 ms | 238 ms | 947 | 1020 |
//! | `slow_weighted` | 100 % | 19.9 ms | 109 ms | 301 | 1205 |
//! | `slow_least_connections` | 100 % | 20.1 ms | 140 ms | 504 | 1153 |
//! | `slow_best_of_two` | 100 % | 27.7 ms | 233 ms | 546 | 1144 |
//! | `skew_source_hash` | 98.2 % | 581 ms | 1735 ms | 639 | 2593 |
//! | `skew_round_robin` | 100 % | 17.0 ms | 66 ms | 1195 | 1196 |
//! | `skew_best_of_two` | 100 % | 17.2 ms | 66 ms | 1170 | 1222 |
//! | `retries_none` | 96.6 % | 15.3 ms | 30 ms | 1332 | 1395 |
//! | `retries_budget` | 98.2 % | 19.5 ms | 215 ms | 1369 | 1438 |
//! | `retries_unbounded` | 0 % | | | 4293 | 4333 |
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
            Message::Probe { .. } => "Probe",
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
