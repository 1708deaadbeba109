//! Layers of chance: what each open window of loss, delay, duplication and damage does to a packet.
//!
//! They add up by or, sum and max. Each is drawn under its own window's address, so they commute.

use super::Network;
use crate::chance::{Identity, Key, Probability, Purpose, below};
use crate::fault::{Family, Fired};
use crate::law::Law;
use crate::link::{Bursts, End, Match};
use crate::time::{Span, Time};

/// A window of chance.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) window: usize,
    /// The window's address under a packet's identity.
    pub(super) id: u64,
    pub(super) effect: LayerEffect,
    pub(super) links: Match,
}

/// What a layer does, and how much.
#[derive(Debug)]
pub(super) enum LayerEffect {
    Loss(Probability),
    Burst { good: Span, bad: Span, rate: Probability, opened: Time, bursts: Bursts },
    Corrupt(Probability),
    Duplicate(Probability),
    Delay(Law),
    Reorder(Probability, Span),
}

impl Network {
    /// Whether the packet is lost, by the network's own loss or by a layer.
    pub(super) fn lost(
        &mut self,
        key: &Key,
        fired: &mut Fired,
        now: Time,
        ends: (End, End),
        identity: Identity,
    ) -> bool {
        let mut family = None;
        if self.loss != Probability::ZERO && self.loss.hits(key.draw(Purpose::Loss, identity)) {
            family = Some(Family::Loss);
        }
        let (from, to) = ends;
        for layer in self.layers.iter_mut().filter(|layer| layer.links.hits(from, to)) {
            let own = identity.child(Purpose::Window, layer.id);
            match &mut layer.effect {
                LayerEffect::Loss(rate) if rate.hits(key.draw(Purpose::Loss, own)) => family = Some(Family::Loss),
                LayerEffect::Burst { good, bad, rate, opened, bursts } => {
                    let link = self.names[from as usize].child(Purpose::Window, layer.id);
                    let link = link.child(Purpose::Loss, self.names[to as usize].0);
                    if bursts.bad(now, *opened, ends, link, key, (*good, *bad))
                        && rate.hits(key.draw(Purpose::Loss, own))
                    {
                        family = family.or(Some(Family::Burst));
                    }
                }
                _ => {}
            }
        }
        family.inspect(|family| fired.count(*family)).is_some()
    }

    /// The delay of all layers together, on top of the latency.
    pub(super) fn delay(&self, key: &Key, fired: &mut Fired, (from, to): (End, End), identity: Identity) -> Span {
        let mut delay = self.latency.sample(key.draw(Purpose::Delay, identity));
        for layer in &self.layers {
            let (family, extra) = match layer.effect {
                LayerEffect::Delay(law) if layer.links.hits(from, to) => {
                    let own = identity.child(Purpose::Window, layer.id);
                    (Family::Delay, law.sample(key.draw(Purpose::Delay, own)))
                }
                LayerEffect::Reorder(rate, by) if layer.links.hits(from, to) => {
                    let own = identity.child(Purpose::Window, layer.id);
                    if !rate.hits(key.draw(Purpose::Reorder, own)) {
                        continue;
                    }
                    (Family::Reorder, Span(below(key.draw(Purpose::Delay, own), by.0.saturating_add(1))))
                }
                _ => continue,
            };
            if extra > Span::ZERO {
                fired.count(family);
                delay = delay.saturating_add(extra);
            }
        }
        delay
    }

    /// How many copies are made.
    pub(super) fn copies(&self, key: &Key, fired: &mut Fired, (from, to): (End, End), identity: Identity) -> u8 {
        let duplicates = self.layers.iter().any(|layer| {
            matches!(layer.effect, LayerEffect::Duplicate(rate) if layer.links.hits(from, to)
                && rate.hits(key.draw(Purpose::Duplicate, identity.child(Purpose::Window, layer.id))))
        });
        if duplicates {
            fired.count(Family::Duplicate);
        }
        u8::from(duplicates)
    }

    /// The bits of the damage of all layers together.
    pub(super) fn damage(
        &self,
        key: &Key,
        fired: &mut Fired,
        (from, to): (End, End),
        identity: Identity,
    ) -> Option<u64> {
        let mut damage = None;
        for layer in &self.layers {
            let LayerEffect::Corrupt(rate) = layer.effect else { continue };
            let own = identity.child(Purpose::Window, layer.id);
            if layer.links.hits(from, to) && rate.hits(key.draw(Purpose::Corrupt, own)) {
                let bits = key.draw(Purpose::Corrupt, own.child(Purpose::Corrupt, 0));
                damage = Some(damage.unwrap_or(0) ^ bits);
            }
        }
        damage.inspect(|_| fired.count(Family::Corrupt))
    }
}
