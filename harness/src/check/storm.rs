//! A storm against a protocol of one's own, without a scenario file: the same scenario, written in Rust.

use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};
use std::path::Path;
use std::{fs, io};

use scenarios::{Expect, Header, canonical};
use sim_core::chance::Purpose;
use sim_core::check::Check as Judge;
use sim_core::digest::Digest;
use sim_core::fault::Family;
use sim_core::plan::{Arrivals, Chance, Clients, DiskSettings, Limits, Load, Network, NodePlan, Plan, Supervisor};
use sim_core::{Identity, Key, Protocol, Span, Time};

use super::{Check, Subject};
use crate::out::{FOLDER, slug, write_whole};
use crate::source::Source;

/// Begins a storm against protocol `P`, for use in a test: no scenario file is needed.
///
/// ```
/// # use squall::sim_core::{Span, check::Check, fault::Family};
/// # use protocols::echo::{Config, Echo};
/// squall::storm::<Echo>(&Config { retry: Span::from_millis(100) })
///     .nodes(3)
///     .kinds(&[Family::Pause, Family::Drift])
///     .until(Span::from_secs(20))
///     .judge(Check::Never("echoed".into()))
///     .seeds(0..20)
///     .run();
/// ```
///
/// Unless it is told otherwise it has three nodes and no clients, up to six windows of every usual kind of fault for 100 ms
/// to 5 s each, a calm second half, and ends after 60 s. A failure is written as a scenario file to `squall-out/`, for the
/// command that shows it again.
pub fn storm<P: Protocol>(config: &P::Config) -> Storm<P> {
    let plan = Plan {
        protocol: P::NAME.to_owned(),
        config: canonical(config),
        nodes: Vec::new(),
        clients: Clients::none(),
        network: Network::default(),
        disk: DiskSettings::default(),
        supervisor: Supervisor::default(),
        windows: Vec::new(),
        chance: Chance::Seeded(0),
        calm: Time::ZERO,
        until: Time::ZERO + Span::from_secs(60),
        limits: Limits::default(),
        checks: vec![Judge::NoPanic],
    };
    let length = Span::from_millis(100)..=Span::from_secs(5);
    let storm = Storm { plan, expect: Expect::Pass, windows: 0..=6, kinds: None, length, calm: None, of: PhantomData };
    storm.nodes(3)
}

/// A scenario under construction; [`seeds`](Storm::seeds) makes a [`Check`] of it.
#[must_use = "a storm does nothing until its seeds are named and it is run"]
pub struct Storm<P> {
    plan: Plan,
    expect: Expect,
    windows: RangeInclusive<u32>,
    kinds: Option<Vec<Family>>,
    length: RangeInclusive<Span>,
    calm: Option<Span>,
    of: PhantomData<fn() -> P>,
}

impl<P: Protocol> Storm<P> {
    /// So many nodes, at least 1, called `a`, `b`, `c` and so on (`n0`, `n1` if there are more than 26).
    pub fn nodes(mut self, count: u16) -> Storm<P> {
        let key = Key::from_seed(0);
        let named = |index| {
            let name = scenarios::default_name(index, u64::from(count));
            let rng = key.draw(Purpose::Rng, Identity::of_name(&name));
            NodePlan { rng, ..NodePlan::named(name) }
        };
        self.plan.nodes = (0..count).map(named).collect();
        self
    }

    /// So many clients, each of which makes so many requests of the workload, one after the other, 10 ms after the last
    /// was answered.
    pub fn clients(mut self, count: u16, requests: u32, workload: &P::Workload) -> Storm<P> {
        self.plan.clients.names = (0..count).map(|index| format!("c{index}")).collect();
        let arrivals = Arrivals::Closed { think: Span::from_millis(10) };
        self.plan.clients.load = Load::Generated { workload: canonical(workload), requests, arrivals };
        self
    }

    /// So many windows of faults, drawn for each seed; `0..=0` is fair weather.
    pub fn windows(mut self, count: RangeInclusive<u32>) -> Storm<P> {
        self.windows = count;
        self
    }

    /// Only faults of these kinds.
    pub fn kinds(mut self, kinds: &[Family]) -> Storm<P> {
        self.kinds = Some(kinds.to_vec());
        self
    }

    /// How long each window is.
    pub fn length(mut self, length: RangeInclusive<Span>) -> Storm<P> {
        self.length = length;
        self
    }

    /// Every window is closed by then, and liveness is judged from there on. Half of the run unless given.
    pub fn calm(mut self, after: Span) -> Storm<P> {
        self.calm = Some(after);
        self
    }

    /// How long the run is.
    pub fn until(mut self, end: Span) -> Storm<P> {
        self.plan.until = Time::ZERO + end;
        self
    }

    /// Judges runs by this check too; that no handler panics is judged always.
    pub fn judge(mut self, check: Judge) -> Storm<P> {
        self.plan.checks.push(check);
        self
    }

    /// Expects the check of this name to fail under at least one seed, and no other: a known bug, kept as a test.
    pub fn expect_failure(mut self, check: &str) -> Storm<P> {
        self.expect = Expect::Fail(check.to_owned());
        self
    }

    /// Changes what every run begins with: the network, the supervisor, disks, faults at fixed times, limits.
    pub fn plan(mut self, change: impl FnOnce(&mut Plan)) -> Storm<P> {
        change(&mut self.plan);
        self
    }

    /// Runs under each of these seeds.
    pub fn seeds(self, seeds: Range<u64>) -> Check {
        let text = self.text();
        // Storms that differ have files that differ.
        let digest = format!("{:016x}", Digest::of(text.as_bytes()));
        let path = Path::new(FOLDER).join(format!("{}-{}.ron", slug(P::NAME), &digest[..8]));
        let source = Source { name: path.display().to_string(), bytes: text.into_bytes() };
        Check::of(Subject::Made(source)).with::<P>().seeds(seeds)
    }

    /// The scenario file that says the same.
    pub fn text(&self) -> String {
        let mut plan = self.plan.clone();
        plan.calm = match self.calm {
            Some(after) => Time::ZERO + after,
            None => Time(plan.until.0 / 2),
        };
        let about = format!("A storm against `{}`.", P::NAME);
        let header = Header { about, expect: self.expect.clone(), ..Header::default() };
        let printed = scenarios::print(&plan, &header);
        if *self.windows.end() == 0 {
            return printed;
        }
        let (windows, length) = (&self.windows, &self.length);
        let kinds = self.kinds.as_ref().map_or(String::new(), |kinds| format!("kinds: {}, ", canonical(kinds)));
        let chaos = format!(
            "    chaos: (windows: {}..{}, {kinds}length: \"{}..{}\"),\n)\n",
            windows.start(),
            windows.end(),
            length.start(),
            length.end()
        );
        let fields = printed.trim_end().strip_suffix(')').unwrap_or(&printed);
        format!("{fields}{chaos}")
    }
}

/// A scenario without a file of its own, in `squall-out/` as long as it may be needed there: a run that hangs ends the
/// process, and what it says last names a file.
pub(super) struct Draft<'a> {
    source: &'a Source,
    written: io::Result<()>,
    kept: bool,
}

impl Draft<'_> {
    pub(super) fn write(source: &Source) -> Draft<'_> {
        let written = fs::create_dir_all(FOLDER).and_then(|()| write_whole(Path::new(&source.name), &source.bytes));
        Draft { source, written, kept: false }
    }

    /// Leaves the file there, for the command that shows a failure again.
    ///
    /// # Errors
    /// If it could not be written, in words.
    pub(super) fn keep(mut self) -> Result<(), String> {
        self.kept = true;
        let written = std::mem::replace(&mut self.written, Ok(()));
        written.map_err(|error| format!("the scenario could not be written to `{}`: {error}", self.source.name))
    }
}

impl Drop for Draft<'_> {
    fn drop(&mut self) {
        if !self.kept && self.written.is_ok() {
            // Another test with the same storm may have been faster.
            let _ = fs::remove_file(&self.source.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use protocols::heartbeat::Heartbeat;

    use super::*;
    use crate::load::load_source;
    use crate::registry::Registry;

    fn heartbeat() -> Storm<Heartbeat> {
        storm(&scenarios::parse_typed(r#"(period: "100ms", timeout: "500ms")"#).unwrap())
    }

    fn loaded(storm: &Storm<Heartbeat>) -> crate::load::Loaded {
        let source = Source { name: "storm".to_owned(), bytes: storm.text().into_bytes() };
        load_source(&Registry::builtin(), source).unwrap_or_else(|refused| panic!("{refused:?}\n{}", storm.text()))
    }

    #[test]
    fn the_text_is_the_scenario() {
        let storm = heartbeat()
            .nodes(5)
            .windows(2..=4)
            .kinds(&[Family::OneWay, Family::Crash])
            .length(Span::from_millis(10)..=Span::from_secs(1))
            .calm(Span::from_secs(20))
            .until(Span::from_secs(30))
            .judge(Judge::Never("suspects".to_owned()))
            .plan(|plan| plan.network.loss = sim_core::Probability::from_ppb(1_000_000).unwrap());
        let loaded = loaded(&storm);
        for seed in 0..20 {
            let plan = loaded.scenario.expand(seed);
            assert_eq!((plan.nodes.len(), plan.checks.len(), plan.calm.0), (5, 2, 20_000_000_000));
            assert!((2..=4).contains(&plan.windows.len()), "{:?}", plan.windows);
            assert!(plan.windows.iter().all(|it| [Family::OneWay, Family::Crash].contains(&it.fault.family())));
        }
        assert_ne!(loaded.scenario.expand(1).nodes[0].rng, loaded.scenario.expand(2).nodes[0].rng, "drawn, not fixed");
    }

    #[test]
    fn fair_weather_has_no_windows_and_calm_is_half_of_the_run() {
        let loaded = loaded(&heartbeat().windows(0..=0));
        let plan = loaded.scenario.expand(7);
        assert_eq!((plan.windows.len(), plan.calm.0, plan.until.0), (0, 30_000_000_000, 60_000_000_000));
    }
}
