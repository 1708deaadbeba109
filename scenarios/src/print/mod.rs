//! A plan as a file that a person could have written: a window, an operation or an exception a line, defaults left out.

mod entries;
mod layout;

use sim_core::chance::Purpose;
use sim_core::check::Check;
use sim_core::plan::{
    Chance, Clients, DiskSettings, Limits, Load, Network, NodePlan, Place, Plan, Regions, Route, Supervisor,
};
use sim_core::time::{Drift, SignedSpan};
use sim_core::{Identity, Key, Probability};

use crate::header::{Expect, Header};
use crate::load::{ARRIVALS, VERSION, default_name};
use crate::types::canonical;
use entries::{exception, name, operations, windows};
use layout::{Group, lines, list, thousands};

/// A valid scenario file that expands to `plan`: under any seed if the plan is frozen, else under the plan's own, which
/// the file names.
pub fn print(plan: &Plan, header: &Header) -> String {
    let mut file = Group::default();
    file.add("version", VERSION);
    file.add_unless("about", canonical(&header.about), header.about.is_empty());
    file.add_unless("expect", canonical(&header.expect), header.expect == Expect::Pass);
    if let Chance::Seeded(seed) = plan.chance {
        file.add_unless("seed", seed, seed == 0);
    }
    file.add("protocol", canonical(&plan.protocol));
    file.add_unless("config", &plan.config, plan.config == "()");
    file.add("nodes", nodes(plan));
    file.add_group("clients", &clients(plan));
    if let Load::Generated { workload, .. } = &plan.clients.load {
        file.add("workload", workload);
    }
    file.add_group("network", &network(&plan.network));
    file.add_group("disk", &disk(&plan.disk));
    file.add_group("supervisor", &supervisor(&plan.supervisor));
    if let Load::Listed(listed) = &plan.clients.load {
        file.add_unless("operations", lines(&operations(plan, listed)), listed.is_empty());
    }
    file.add_unless("faults", lines(&windows(plan)), plan.windows.is_empty());
    if let Chance::Frozen(exceptions) = &plan.chance {
        let exceptions: Vec<_> = exceptions.iter().map(|one| exception(plan, one)).collect();
        file.add("exceptions", lines(&exceptions));
    }
    file.add("calm", canonical(&plan.calm));
    file.add("until", canonical(&plan.until));
    file.add_group("limits", &limits(&plan.limits));
    let checks: Vec<_> = plan.checks.iter().map(canonical).collect();
    file.add_unless("checks", list(&checks), plan.checks == [Check::NoPanic]);
    if let Some(reproduces) = &header.reproduces {
        file.add("reproduces", canonical(reproduces));
    }
    let comments = header.comments.iter().flat_map(|comment| comment.lines());
    let comments: String = comments.map(|line| format!("// {line}\n")).collect();
    let fields: String = file.fields.iter().map(|field| format!("    {field},\n")).collect();
    format!("{comments}(\n{fields})\n")
}

fn nodes(plan: &Plan) -> String {
    let usual_rng = |node: &NodePlan| match plan.chance {
        Chance::Seeded(seed) => Key::from_seed(seed).draw(Purpose::Rng, Identity::of_name(&node.name)),
        Chance::Frozen(_) => 0,
    };
    let is_plain =
        |node: &NodePlan| node.offset == SignedSpan(0) && node.drift == Drift(0) && node.rng == usual_rng(node);
    let count = plan.nodes.len();
    let usual_names = plan.nodes.iter().zip(0..).all(|(node, i)| node.name == default_name(i, count as u64));
    if usual_names && plan.nodes.iter().all(is_plain) {
        return count.to_string();
    }
    let items = plan.nodes.iter().map(|node| {
        if is_plain(node) {
            return canonical(&node.name);
        }
        let mut group = Group::default();
        group.add("name", canonical(&node.name));
        group.add_unless("offset", canonical(&node.offset), node.offset == SignedSpan(0));
        group.add_unless("drift", canonical(&node.drift), node.drift == Drift(0));
        group.add_unless("rng", node.rng, node.rng == usual_rng(node));
        group.to_string()
    });
    let items: Vec<_> = items.collect();
    if plan.nodes.iter().all(is_plain) { list(&items) } else { lines(&items) }
}

fn clients(plan: &Plan) -> Group {
    let (clients, usual) = (&plan.clients, Clients::none());
    let mut group = Group::default();
    if clients.names.iter().enumerate().all(|(i, name)| *name == format!("c{i}")) {
        group.add_unless("count", clients.names.len(), clients.names.is_empty());
    } else {
        group.add("names", canonical(&clients.names));
    }
    if let Load::Generated { requests, arrivals, .. } = &clients.load {
        group.add("requests", requests);
        group.add_unless("arrivals", canonical(arrivals), *arrivals == ARRIVALS);
    }
    group.add_unless("timeout", canonical(&clients.timeout), clients.timeout == usual.timeout);
    group.add_unless("attempts", clients.attempts, clients.attempts == usual.attempts);
    group.add_unless("backoff", canonical(&clients.backoff), clients.backoff == usual.backoff);
    let route = match clients.route {
        Route::Node(id) => format!("Node({})", name(plan, Place::Node(sim_core::NodeId(id)))),
        route => canonical(&route),
    };
    group.add_unless("route", route, clients.route == usual.route);
    group
}

fn network(network: &Network) -> Group {
    let usual = Network::default();
    let mut group = Group::default();
    group.add_unless("latency", canonical(&network.latency), network.latency == usual.latency);
    group.add_unless("loss", canonical(&network.loss), network.loss == Probability::ZERO);
    group.add_unless("ordering", canonical(&network.ordering), network.ordering == usual.ordering);
    if let Some(regions) = &network.regions {
        group.add("regions", self::regions(regions));
    }
    group
}

fn regions(regions: &Regions) -> Group {
    let name = |index: &u16| regions.names.get(usize::from(*index)).map_or("?", String::as_str);
    let links: Vec<_> = regions.links.iter().map(|(from, to, span)| (name(from), name(to), span)).collect();
    let homes = |of: &[u16]| canonical(&of.iter().map(name).collect::<Vec<_>>());
    let mut group = Group::default();
    group.add("names", canonical(&regions.names));
    group.add_unless("links", canonical(&links), links.is_empty());
    group.add("nodes", homes(&regions.nodes));
    group.add_unless("clients", homes(&regions.clients), regions.clients.is_empty());
    group
}

fn disk(disk: &DiskSettings) -> Group {
    let mut group = Group::default();
    group.add_unless("sync", canonical(&disk.sync), *disk == DiskSettings::default());
    group
}

fn supervisor(supervisor: &Supervisor) -> Group {
    let usual = Supervisor::default();
    let mut group = Group::default();
    group.add_unless("restart", canonical(&supervisor.restart), supervisor.restart == usual.restart);
    if let Some(backoff) = &supervisor.backoff {
        group.add("backoff", canonical(backoff));
    }
    group.add_unless("give_up", canonical(&supervisor.give_up), supervisor.give_up == usual.give_up);
    group
}

fn limits(limits: &Limits) -> Group {
    let usual = Limits::default();
    let mut group = Group::default();
    group.add_unless("events", thousands(limits.events), limits.events == usual.events);
    group.add_unless("instant", thousands(limits.instant), limits.instant == usual.instant);
    group.add_unless("in_flight", thousands(limits.in_flight), limits.in_flight == usual.in_flight);
    group.add_unless("search", thousands(limits.search), limits.search == usual.search);
    group
}
