//! Which protocols a binary knows: a value, built in `main`, with no link-time magic.

use std::marker::PhantomData;
use std::path::Path;

use scenarios::{Protocols, Scenario, TypeError, Types};
use sim_core::check::Check;
use sim_core::{Fact, Protocol};

use crate::check::Failed;
use crate::load::load;
use crate::runner::{Runner, TypedRunner};

/// The protocols that scenario files may name.
///
/// ```
/// let registry = squall::Registry::builtin();
/// assert!(registry.names().contains(&"heartbeat"));
/// ```
#[derive(Default)]
pub struct Registry {
    entries: Vec<Box<dyn Entry>>,
}

impl Registry {
    /// A registry that knows nothing.
    pub fn empty() -> Registry {
        Registry::default()
    }

    /// Every protocol that squall ships.
    pub fn builtin() -> Registry {
        Registry::empty()
            .with::<protocols::echo::Echo>()
            .with::<protocols::heartbeat::Heartbeat>()
            .with::<protocols::load_balancer::LoadBalancer>()
            .with::<protocols::redundancy::Redundancy>()
            .with::<protocols::primary_backup::PrimaryBackup>()
            .with::<protocols::swim::Swim>()
            .with::<protocols::hash_ring::HashRing>()
    }

    /// Adds a protocol; it takes the place of one with the same name.
    #[must_use]
    pub fn with<P: Protocol>(mut self) -> Registry {
        self.entries.retain(|entry| entry.name() != P::NAME);
        self.entries.push(Box::new(Typed::<P>(PhantomData)));
        self
    }

    /// The names, in the order in which they were added.
    pub fn names(&self) -> Vec<&'static str> {
        self.entries.iter().map(|entry| entry.name()).collect()
    }

    /// What `squall list` says of a protocol; empty for one that is unknown.
    pub fn about(&self, name: &str) -> &'static str {
        self.entry(name).map_or("", |entry| entry.about())
    }

    /// A new runner for the protocol of this name.
    pub fn runner(&self, name: &str) -> Option<Box<dyn Runner>> {
        self.entry(name).map(|entry| entry.runner())
    }

    /// Loads a scenario file, for tests that make plans of it themselves.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn scenario(&self, path: impl AsRef<Path>) -> Result<Scenario, Failed> {
        load(self, path.as_ref()).map(|loaded| loaded.scenario).map_err(|refused| Failed::refused(&refused))
    }

    fn entry(&self, name: &str) -> Option<&dyn Entry> {
        self.entries.iter().find(|entry| entry.name() == name).map(|entry| &**entry)
    }
}

impl Protocols for Registry {
    fn get(&self, name: &str) -> Option<&dyn Types> {
        self.entry(name).map(|entry| entry as &dyn Types)
    }
    fn names(&self) -> Vec<&'static str> {
        Registry::names(self)
    }
}

/// One protocol with its types erased.
trait Entry: Types + Send + Sync {
    fn about(&self) -> &'static str;
    fn runner(&self) -> Box<dyn Runner>;
}

struct Typed<P>(PhantomData<fn() -> P>);

impl<P: Protocol> Entry for Typed<P> {
    fn about(&self) -> &'static str {
        P::ABOUT
    }
    fn runner(&self) -> Box<dyn Runner> {
        Box::new(TypedRunner::<P>::new())
    }
}

impl<P: Protocol> Types for Typed<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }
    fn facts(&self) -> &'static [Fact] {
        P::FACTS
    }
    fn serves(&self, check: &Check) -> Result<(), String> {
        check.served_by::<P>()
    }
    fn config(&self, text: &str, nodes: u16) -> Result<String, TypeError> {
        let config: P::Config = scenarios::parse_typed(text)?;
        P::validate(&config, nodes).map_err(|reason| TypeError::whole(text, reason))?;
        Ok(scenarios::canonical(&config))
    }
    fn workload(&self, text: &str) -> Result<String, TypeError> {
        scenarios::parse_typed::<P::Workload>(text).map(|workload| scenarios::canonical(&workload))
    }
    fn operation(&self, text: &str) -> Result<String, TypeError> {
        scenarios::parse_typed::<P::Op>(text).map(|op| scenarios::canonical(&op))
    }
}
