//! Runs plans of one protocol: where types are erased, once a run.
//!
//! A plan carries what the protocol types as text. A runner parses each text once and keeps its simulation's buffers,
//! so that thousands of candidates of a shrinker cost little more than their events.

use std::collections::HashMap;

use sim_core::plan::Load;
use sim_core::{Input, Outcome, Plan, Progress, Protocol, RunOptions, Simulation};

use crate::guard::InRun;

/// What a run gives back.
pub struct Ran {
    /// The outcome.
    pub outcome: Outcome,
    /// With [`RunOptions::freeze`]: the plan with every decision listed; its run has the identical digest.
    pub frozen: Option<Plan>,
}

/// Runs plans of one protocol, one at a time.
pub trait Runner {
    /// Whether the plan's texts parse and its config fits its nodes.
    ///
    /// # Errors
    /// What is wrong, in words.
    fn accept(&mut self, plan: &Plan) -> Result<(), String>;

    /// Runs a plan.
    ///
    /// # Panics
    /// If [`accept`](Runner::accept) refuses the plan. Plans that come from a loaded scenario are accepted.
    fn run(&mut self, plan: &Plan, options: RunOptions) -> Ran;

    /// Has `progress` told before every handler of later runs.
    fn watch(&mut self, progress: Option<Progress>);
}

/// The runner of protocol `P`.
pub(crate) struct TypedRunner<P: Protocol> {
    simulation: Simulation<P>,
    config: Option<(String, P::Config)>,
    /// The node count for which the config was last found valid.
    valid_for: Option<u16>,
    workload: Option<(String, P::Workload)>,
    known: HashMap<String, P::Op>,
    operations: Vec<P::Op>,
}

impl<P: Protocol> TypedRunner<P> {
    pub(crate) fn new() -> TypedRunner<P> {
        TypedRunner {
            simulation: Simulation::new(),
            config: None,
            valid_for: None,
            workload: None,
            known: HashMap::new(),
            operations: Vec::new(),
        }
    }

    fn accept_config(&mut self, plan: &Plan) -> Result<(), String> {
        if self.config.as_ref().is_none_or(|(text, _)| *text != plan.config) {
            let config = scenarios::parse_typed(&plan.config).map_err(|error| error.message)?;
            self.config = Some((plan.config.clone(), config));
            self.valid_for = None;
        }
        let nodes = u16::try_from(plan.nodes.len()).map_err(|_| "too many nodes".to_owned())?;
        if let (Some((_, config)), true) = (&self.config, self.valid_for != Some(nodes)) {
            P::validate(config, nodes)?;
            self.valid_for = Some(nodes);
        }
        Ok(())
    }

    fn accept_load(&mut self, load: &Load) -> Result<(), String> {
        self.operations.clear();
        match load {
            Load::Generated { workload, .. } => {
                if self.workload.as_ref().is_none_or(|(text, _)| text != workload) {
                    let parsed = scenarios::parse_typed(workload).map_err(|error| error.message)?;
                    self.workload = Some((workload.clone(), parsed));
                }
            }
            Load::Listed(operations) => {
                self.workload = None;
                for operation in operations {
                    let op = match self.known.get(&operation.op) {
                        Some(op) => op.clone(),
                        None => {
                            let op: P::Op = scenarios::parse_typed(&operation.op).map_err(|error| error.message)?;
                            self.known.insert(operation.op.clone(), op.clone());
                            op
                        }
                    };
                    self.operations.push(op);
                }
            }
        }
        Ok(())
    }
}

impl<P: Protocol> Runner for TypedRunner<P> {
    fn accept(&mut self, plan: &Plan) -> Result<(), String> {
        self.accept_config(plan)?;
        self.accept_load(&plan.clients.load)
    }

    fn run(&mut self, plan: &Plan, options: RunOptions) -> Ran {
        let accepted = self.accept(plan);
        let (Ok(()), Some((_, config))) = (&accepted, &self.config) else {
            panic!("the plan is not valid for protocol `{}`: {accepted:?}", P::NAME);
        };
        let workload = self.workload.as_ref().map(|(_, workload)| workload);
        let input = Input { plan, config, workload, operations: &self.operations };
        let in_run = InRun::enter();
        let run = self.simulation.run(input, options);
        drop(in_run);
        let frozen = options.freeze.then(|| {
            let operations = run.operations.iter().map(scenarios::canonical).collect();
            plan.freeze(&run.outcome, operations)
        });
        Ran { outcome: run.outcome, frozen }
    }

    fn watch(&mut self, progress: Option<Progress>) {
        self.simulation.set_progress(progress);
    }
}
