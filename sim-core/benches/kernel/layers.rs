//! What each layer of faults adds to an event of the mesh of 50, when its window is open all the time.

use sim_core::fault::{Fault, Links, Target, Window};
use sim_core::law::Law;
use sim_core::plan::Ordering;
use sim_core::time::{Drift, Until};
use sim_core::{NodeId, RunOptions, Simulation, Span, Time};

use crate::measure::Report;
use crate::mesh::{Mesh, mesh_plan};
use crate::plan::{one_percent, run_with};

fn faults() -> Vec<(&'static str, Fault<Target>)> {
    let node = |n| Target::Node(NodeId(n));
    let on = Links::All;
    vec![
        ("loss", Fault::Loss { rate: one_percent(), on: on.clone() }),
        ("loss on one link", Fault::Loss { rate: one_percent(), on: Links::Link(node(0), node(1)) }),
        ("duplicates", Fault::Duplicate { rate: one_percent(), on: on.clone() }),
        ("delay", Fault::Delay { by: Law::Exponential(Span::from_millis(5)), on: on.clone() }),
        ("reordering", Fault::Reorder { rate: one_percent(), by: Span::from_millis(20), on }),
        ("cut of one link", Fault::OneWay { from: vec![node(0)], to: vec![node(1)] }),
        ("clock drift", Fault::Drift(node(0), Drift(200_000))),
    ]
}

pub(crate) fn bench(report: &mut Report) {
    const TABLE: &str = "mesh of 50 with one more layer, an event";
    let plan = || mesh_plan(50, Span::from_secs(20));
    let mut simulation = Simulation::<Mesh>::new();
    let mut line = |name: &str, plan: sim_core::Plan, options: RunOptions| {
        let name = format!("layer: {name}");
        if report.wants(&name) {
            report.plain(TABLE, &name, || run_with(&mut simulation, &plan, options));
        }
    };
    line("none", plan(), RunOptions::default());
    for (name, fault) in faults() {
        let mut plan = plan();
        plan.windows.push(Window { id: 0, from: Time::ZERO, until: Until::Never, fault });
        line(name, plan, RunOptions::default());
    }
    let mut ordered = plan();
    ordered.network.ordering = Ordering::Fifo;
    line("ordered links", ordered, RunOptions::default());
    line("freezing", plan(), RunOptions { freeze: true, ..RunOptions::default() });
    line("a trace", plan(), RunOptions { trace: true, ..RunOptions::default() });
}
