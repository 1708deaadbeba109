//! Crash images: every state in which a power failure can leave a disk, as plans.
//!
//! Between two syncs a disk may have kept any subset of what was written since, and torn what crosses a sector. For small
//! runs all of it can be tried, as Pillai and others did ("All File Systems Are Not Created Equal", OSDI 2014): just
//! before a sync is done, when most is at stake, and just after, when the disk has it and nobody else knows. Each image
//! is a frozen plan: the run as it was, one crash, and the fate of each write.

use sim_core::fault::{Fault, Target, Window};
use sim_core::plan::{Address, Chance, Exception, Place, Plan};
use sim_core::time::Until;
use sim_core::trace::{Trace, TraceKind, Unsynced};
use sim_core::{NodeId, Probability, Span, Time};

/// Where a crash may be put into a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct CrashPoint {
    /// When.
    pub at: Time,
    /// Whose power fails.
    pub node: NodeId,
}

/// Just before and just after each sync that a traced run has done before it ends.
pub fn crash_points(plan: &Plan, trace: &Trace) -> Vec<CrashPoint> {
    let mut points = Vec::new();
    for entry in trace.entries.iter().filter(|entry| entry.kind == TraceKind::Disk) {
        if let Some(Place::Node(node)) = entry.place {
            points.extend([entry.at, entry.at + INSTANT].map(|at| CrashPoint { at, node }));
        }
    }
    points.retain(|point| point.at + INSTANT < plan.until);
    points.sort_unstable();
    points.dedup();
    points
}

/// A moment: the shortest that a window can last.
const INSTANT: Span = Span(1);

impl CrashPoint {
    /// The plan with a crash at this point, which loses all that is unsynced. A traced run of it tells what that was.
    ///
    /// # Panics
    /// If the plan is not frozen.
    pub fn crash(&self, frozen: &Plan) -> Plan {
        assert!(matches!(frozen.chance, Chance::Frozen(_)), "a crash may not change what was drawn before it");
        let mut plan = frozen.clone();
        let next = plan.windows.iter().map(|window| window.id + 1).max().unwrap_or(0);
        let node = Target::Node(self.node);
        // In a frozen plan the window draws nothing, it only lets exceptions speak.
        let unsynced = Fault::Unsynced { node: node.clone(), keep: Probability::ONE, tear: Probability::ONE };
        let close = self.at + INSTANT;
        let opens = Time(self.at.0.saturating_sub(1));
        plan.windows.push(Window { id: next, from: opens, until: Until::At(close), fault: unsynced });
        plan.windows.push(Window { id: next + 1, from: self.at, until: Until::At(close), fault: Fault::Crash(node) });
        plan.calm = plan.calm.max(close);
        plan
    }

    /// What a traced run of the plan with the crash found unsynced at this point; nothing, if there is none.
    pub fn found<'t>(&self, trace: &'t Trace) -> Option<&'t Unsynced> {
        trace.unsynced.iter().find(|unsynced| (unsynced.at, unsynced.node) == (self.at, self.node))
    }
}

/// In how many ways a crash may leave these writes; the greatest number if there are more.
pub fn count_images(unsynced: &Unsynced) -> u64 {
    unsynced.writes.iter().fold(1, |count: u64, (_, sectors)| count.saturating_mul(fates(*sectors)))
}

/// Lost, kept, or torn after each sector but the last.
fn fates(sectors: u32) -> u64 {
    u64::from(sectors) + 1
}

/// Image `number` of a plan with a crash, below [`count_images`]. The first loses everything.
///
/// # Panics
/// If the plan is not frozen.
pub fn crash_image(crashed: &Plan, unsynced: &Unsynced, mut number: u64) -> Plan {
    let mut plan = crashed.clone();
    let Chance::Frozen(exceptions) = &mut plan.chance else { panic!("only a frozen plan has images") };
    for (address, sectors) in &unsynced.writes {
        let fate = number % fates(*sectors);
        number /= fates(*sectors);
        if fate > 0 {
            exceptions.push(Exception::Chosen(Address::Id(*address), fate));
        }
    }
    plan
}
