//! What is committed is applied, and told to the checkers.

use sim_core::Value;
use sim_core::digest::Digest;

use super::entry::Operation;
use super::store::{Applied, Store};
use super::{Bug, Ctx, PrimaryBackup, Role};

/// An operation that has just been applied.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) slot: u64,
    pub(super) operation: Operation,
    pub(super) applied: Applied,
}

impl PrimaryBackup {
    /// Reads back what is on disk.
    pub(super) fn recover_data(&mut self, ctx: &mut Ctx<'_>) {
        self.recover_storage(ctx);
        if self.is_replica() {
            let truncates = self.config.has(Bug::TruncatesCorruption);
            let store = self.journal.recover(ctx, truncates);
            let base = self.journal.base().slot;
            (self.applied, self.committed) = (base, base);
            self.replace_store(ctx, store);
        }
    }

    /// Applies everything that is committed and was not applied yet.
    pub(super) fn apply(&mut self, ctx: &mut Ctx<'_>) -> Vec<Slot> {
        let mut slots = Vec::new();
        while self.applied < self.committed {
            let slot = self.applied + 1;
            let Some(entry) = self.journal.get(slot) else { break };
            self.applied = slot;
            let is_known = |operation| self.store.told(operation).is_some() && !self.config.has(Bug::RetryUnrecognised);
            let Some((operation, op)) = entry.asked.as_ref().filter(|(operation, _)| !is_known(*operation)) else {
                ctx.record("committed", slot, Digest::of(&(&entry.asked, self.store.sum())));
                continue;
            };
            let applied = self.store.apply(*operation, op);
            // With what the store holds then: replicas that have diverged say so in the next slot.
            ctx.record("committed", slot, Digest::of(&(&entry.asked, self.store.sum())));
            ctx.record("applied", *operation, slot);
            if let Some((key, value)) = applied.changed {
                ctx.record("state", key, value_of(value));
            }
            slots.push(Slot { slot, operation: *operation, applied });
        }
        slots
    }

    /// A cold standby only logs.
    pub(super) fn apply_as_backup(&mut self, ctx: &mut Ctx<'_>) {
        if !self.config.is_cold() && !matches!(self.role, Role::Primary(_)) {
            self.apply(ctx);
        }
    }

    /// Takes another store, and tells what changes by that.
    pub(super) fn replace_store(&mut self, ctx: &mut Ctx<'_>, store: Store) {
        let gone: Vec<u32> = self.store.values().map(|(key, _)| key).filter(|key| store.get(*key).is_none()).collect();
        for key in gone {
            ctx.record("state", key, ());
        }
        for (key, value) in store.values().filter(|(key, value)| self.store.get(*key) != Some(*value)) {
            ctx.record("state", key, value);
        }
        self.store = store;
    }

    /// The primary's history differs from this slot on, which was not applied here. Under asynchronous replication it may
    /// have been acknowledged all the same.
    pub(super) fn cut_off(&mut self, ctx: &mut Ctx<'_>, from: u64) {
        if self.config.is_async() {
            self.record_lost(ctx, from, self.journal.end().slot);
        }
        self.journal.truncate(ctx, from - 1);
    }

    fn record_lost(&self, ctx: &mut Ctx<'_>, from: u64, upto: u64) {
        for slot in from..=upto {
            if self.journal.get(slot).is_some_and(|entry| entry.asked.is_some()) {
                ctx.record("lost", slot, 1);
            }
        }
    }

    /// The primary's history differs from what was applied here: forgets everything, to be brought up to date. Only
    /// asynchronous replication comes to this.
    pub(super) fn start_over(&mut self, ctx: &mut Ctx<'_>, from: u64) {
        self.record_lost(ctx, from, self.journal.end().slot);
        self.journal.clear(ctx);
        self.replace_store(ctx, Store::default());
        (self.applied, self.committed) = (0, 0);
        self.verified = (0, 0);
        self.own_life = ctx.rng().next_u64();
        self.ask_to_join(ctx);
    }
}

pub(super) fn value_of(value: Option<u64>) -> Value {
    value.map_or(Value::Unit, Value::from)
}
