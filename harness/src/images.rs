//! Tries every crash image of a run: at each sync of each node, every state in which the disk can be left.

use std::collections::BTreeMap;

use scenarios::{CrashPoint, Expect, count_images, crash_image, crash_points};
use sim_core::trace::Unsynced;
use sim_core::{NodeId, Plan, RunOptions};

use crate::judge::{Judgement, Overall};
use crate::runner::Runner;

/// What is tried.
pub(crate) struct Images<'a> {
    /// The run without the crash.
    pub(crate) plan: &'a Plan,
    /// Whose power fails; everybody's, one after the other, if nobody is named.
    pub(crate) node: Option<NodeId>,
    /// At most so many images of one crash.
    pub(crate) most: u64,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Tried {
    /// Moments at which the power failed.
    pub(crate) points: u64,
    /// Images run.
    pub(crate) images: u64,
    /// Images left out, because a crash has more than `most`.
    pub(crate) left_out: u64,
    /// Images of which a check could not tell.
    pub(crate) undecided: u64,
    /// The failures by fingerprint.
    pub(crate) failures: BTreeMap<String, Group>,
    /// It was told to stop before everything was tried.
    pub(crate) stopped: bool,
}

/// Images that fail alike.
pub(crate) struct Group {
    /// How many.
    pub(crate) count: u64,
    /// The check that failed.
    pub(crate) check: String,
    /// The first: where, what the disk made of each write, and the plan.
    pub(crate) first: (CrashPoint, Vec<Fate>, Plan),
}

/// What became of an unsynced write.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It is gone.
    Lost,
    /// It is there.
    Kept,
    /// Its first sectors are there, so many.
    Torn(u64),
}

/// Why nothing was tried.
pub(crate) enum Refused {
    /// The run fails without any crash, too: the judgement of it.
    FailsAnyway(Box<Judgement>),
    /// The runner did not freeze or trace it.
    Internal,
}

impl Images<'_> {
    /// Tries them all, in order. `stop` is told how many have been tried and may end it.
    ///
    /// # Errors
    /// If the run does not pass as it is.
    pub(crate) fn try_all(&self, runner: &mut dyn Runner, stop: &mut dyn FnMut(u64) -> bool) -> Result<Tried, Refused> {
        let ran = runner.run(self.plan, RunOptions { trace: true, freeze: true, ..RunOptions::default() });
        let judgement = Judgement::of(self.plan, &ran.outcome, &Expect::Pass);
        if judgement.overall == Overall::Fail {
            return Err(Refused::FailsAnyway(Box::new(judgement)));
        }
        let (Some(frozen), Some(trace)) = (ran.frozen, ran.outcome.trace) else { return Err(Refused::Internal) };
        let mut tried = Tried::default();
        for point in crash_points(&frozen, &trace) {
            if self.node.is_some_and(|node| node != point.node) {
                continue;
            }
            let crashed = point.crash(&frozen);
            let traced = runner.run(&crashed, RunOptions { trace: true, ..RunOptions::default() }).outcome.trace;
            let nothing = Unsynced { at: point.at, node: point.node, writes: Vec::new() };
            let unsynced = traced.as_ref().and_then(|trace| point.found(trace)).unwrap_or(&nothing);
            let count = count_images(unsynced);
            tried.points += 1;
            tried.left_out = tried.left_out.saturating_add(count.saturating_sub(self.most));
            for number in 0..count.min(self.most) {
                if stop(tried.images) {
                    tried.stopped = true;
                    return Ok(tried);
                }
                tried.images += 1;
                let image = crash_image(&crashed, unsynced, number);
                tried.judge(runner, point, unsynced, number, image);
            }
        }
        Ok(tried)
    }
}

impl Tried {
    fn judge(&mut self, runner: &mut dyn Runner, point: CrashPoint, unsynced: &Unsynced, number: u64, image: Plan) {
        let outcome = runner.run(&image, RunOptions::default()).outcome;
        let judgement = Judgement::of(&image, &outcome, &Expect::Pass);
        self.undecided += u64::from(judgement.overall == Overall::Undecided);
        let Some((check, violation)) = judgement.violation(&Expect::Pass) else { return };
        let first = || Group { count: 0, check: check.to_owned(), first: (point, fates(unsynced, number), image) };
        self.failures.entry(violation.fingerprint.clone()).or_insert_with(first).count += 1;
    }
}

/// What image `number` makes of each write, in the order of writing.
fn fates(unsynced: &Unsynced, mut number: u64) -> Vec<Fate> {
    let of = |(_, sectors): &(_, u32)| {
        let ways = u64::from(*sectors) + 1;
        let fate = number % ways;
        number /= ways;
        match fate {
            0 => Fate::Lost,
            1 => Fate::Kept,
            torn => Fate::Torn(torn - 1),
        }
    };
    unsynced.writes.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use sim_core::{Context, Fact, Never, NodeId, Protocol};

    use super::*;
    use crate::registry::Registry;

    /// Writes two files, one of them across a sector, and says what it finds of them when it starts again.
    struct Pair;

    const LONG: [u8; 600] = [7; 600];

    impl Protocol for Pair {
        const NAME: &'static str = "pair";
        const FACTS: &'static [Fact] =
            &[Fact::new("synced", "pair", "1"), Fact::new("half", "pair", "bytes"), Fact::new("lone", "pair", "bytes")];
        type Config = ();
        type Workload = ();
        type Message = ();
        type Timer = ();
        type Op = Never;
        type Ret = Never;

        fn boot((): &(), _: NodeId, _: u16) -> Pair {
            Pair
        }
        fn on_start(&mut self, ctx: &mut Context<'_, Self>) {
            let [long, short] = ["long", "short"].map(|file| ctx.disk().length(file));
            if long > 0 && long < LONG.len() as u64 {
                ctx.record("half", "pair", long);
            }
            if long == 0 && short > 0 {
                ctx.record("lone", "pair", short);
            }
            if ctx.disk().write_at("long", 0, &LONG).and(ctx.disk().write_at("short", 0, b"x")).is_ok() {
                ctx.disk().sync();
                ctx.record("synced", "pair", 1);
            }
        }
        fn on_message(&mut self, _: &mut Context<'_, Self>, _: NodeId, (): ()) {}
        fn kind((): &()) -> &'static str {
            "unit"
        }
    }

    fn tried(checks: &str, most: u64) -> Tried {
        let registry = Registry::builtin().with::<Pair>();
        let text = format!(
            "(version: 1, protocol: \"pair\", nodes: 1, disk: (sync: Constant(\"1ms\")), until: \"1s\", checks: {checks})"
        );
        let scenario = scenarios::load(text.as_bytes(), &registry).unwrap_or_else(|refused| panic!("{refused:#?}"));
        let mut runner = registry.runner("pair").expect("it is registered");
        let images = Images { plan: &scenario.expand(0), node: None, most };
        images.try_all(&mut *runner, &mut |_| false).unwrap_or_else(|_| panic!("the run passes without a crash"))
    }

    #[test]
    fn every_subset_and_every_tear_is_tried() {
        // Before the sync is done: the long write lost, kept or torn, the short one lost or kept. After it: one image.
        let tried = tried("[Never(\"half\"), Never(\"lone\")]", 100);
        assert_eq!((tried.points, tried.images, tried.left_out), (2, 7, 0));
        let seen: Vec<_> = tried.failures.values().map(|group| (&*group.check, group.count)).collect();
        assert_eq!(seen, [("never(half)", 2), ("never(lone)", 1)]);
        let first =
            |check| tried.failures.values().find(|group| group.check == check).expect("it failed").first.1.clone();
        assert_eq!(first("never(half)"), [Fate::Torn(1), Fate::Lost]);
        assert_eq!(first("never(lone)"), [Fate::Lost, Fate::Kept]);
    }

    #[test]
    fn an_image_is_a_scenario_that_fails_alike() {
        let registry = Registry::builtin().with::<Pair>();
        for group in tried("[Never(\"half\"), Never(\"lone\")]", 100).failures.values() {
            let header =
                scenarios::Header { expect: Expect::Fail(group.check.clone()), ..scenarios::Header::default() };
            let text = scenarios::print(&group.first.2, &header);
            let scenario = scenarios::load(text.as_bytes(), &registry).unwrap_or_else(|why| panic!("{why:#?}\n{text}"));
            let mut runner = registry.runner("pair").expect("it is registered");
            let plan = scenario.expand(5);
            let outcome = runner.run(&plan, RunOptions::default()).outcome;
            assert_eq!(Judgement::of(&plan, &outcome, scenario.expect()).exit, crate::exit::Exit::Met, "{text}");
        }
    }

    #[test]
    fn what_is_left_out_is_counted() {
        let tried = tried("[Never(\"half\")]", 2);
        assert_eq!((tried.images, tried.left_out, tried.failures.len()), (3, 4, 0));
    }
}
