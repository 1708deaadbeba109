//! Who is there: heartbeats to everybody, and the heartbeat protocol's detector over what comes back.

use sim_core::{NodeId, Span};

use super::config::Detection;
use super::message::{Message, Timer};
use super::node::{Ctx, Node};
use crate::heartbeat::{AnyRule, Change, Detector, Opinion, Stamp};

/// One node's watch over all others.
#[derive(Debug)]
pub(super) struct Watch {
    period: Span,
    detector: Detector<AnyRule>,
    beats: u64,
}

impl Watch {
    pub(super) fn new(detection: Detection, me: NodeId, nodes: u16) -> Watch {
        let peers = (0..nodes).map(NodeId).filter(|peer| *peer != me);
        Watch {
            period: detection.period,
            detector: Detector::new(detection.method.rule(detection.period), peers),
            beats: 0,
        }
    }

    pub(super) fn suspects(&self, node: NodeId) -> bool {
        self.detector.suspects(node)
    }
}

impl Node {
    pub(super) fn start_watch(&mut self, ctx: &mut Ctx<'_>) {
        if let Some(watch) = &mut self.watch {
            watch.detector.start(ctx.now());
            set_timer(watch, ctx);
            self.beat(ctx);
        }
    }

    /// Says that this node is alive. Its lives are counted on the disk, so the stamp needs nobody's memory.
    pub(super) fn beat(&mut self, ctx: &mut Ctx<'_>) {
        let Some(watch) = &mut self.watch else { return };
        watch.beats += 1;
        let incarnation = u32::try_from(self.life).unwrap_or(u32::MAX);
        ctx.broadcast(Message::Beat(Stamp { incarnation, sequence: watch.beats }));
        ctx.set_timer(Timer::Beat, watch.period);
    }

    pub(super) fn on_beat(&mut self, ctx: &mut Ctx<'_>, from: NodeId, stamp: Stamp) {
        let Some(watch) = &mut self.watch else { return };
        if let Some(change) = watch.detector.heard(from, stamp, ctx.now()) {
            record(ctx, change);
        }
        set_timer(watch, ctx);
    }

    pub(super) fn on_silence(&mut self, ctx: &mut Ctx<'_>) {
        let Some(watch) = &mut self.watch else { return };
        for change in watch.detector.tick(ctx.now()) {
            record(ctx, change);
        }
        set_timer(watch, ctx);
    }
}

fn set_timer(watch: &mut Watch, ctx: &mut Ctx<'_>) {
    if let Some(at) = watch.detector.wake() {
        ctx.set_timer(Timer::Silence, at.since(ctx.now()));
    }
}

fn record(ctx: &mut Ctx<'_>, change: Change) {
    let fact = match change.opinion {
        Opinion::Suspects => "suspects",
        Opinion::Trusts => "trusts",
    };
    ctx.record(fact, change.peer, change.incarnation);
}
