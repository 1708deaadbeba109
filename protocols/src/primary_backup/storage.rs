//! The shared storage, which checks a fencing token: the epoch of whoever writes. And the primary's orders to it.
//!
//! The storage is simple on purpose: it knows keys, values and the highest token it has seen. Whoever writes with a lower
//! one has been replaced, whatever its clock says. The first order under a token replaces everything.

use std::collections::{BTreeMap, VecDeque};

use sim_core::log;
use sim_core::{NodeId, RequestId};

use super::apply::value_of;
use super::codec::{Pack, packed};
use super::message::Message;
use super::op::Ret;
use super::store::Applied;
use super::{Bug, Ctx, PrimaryBackup, Role};

const FILE: &str = "storage";

type Values = Vec<(u32, Option<u64>)>;

/// What the storage holds.
#[derive(Debug, Default)]
pub(super) struct Storage {
    /// The highest token seen.
    token: u64,
    /// By token: the number of the last order kept.
    kept: BTreeMap<u64, u64>,
    values: BTreeMap<u32, u64>,
}

/// The primary's orders to the storage.
#[derive(Debug, Default)]
pub(super) struct Orders {
    /// Those that have not been answered, by number.
    open: BTreeMap<u64, Values>,
    /// The number of the last one.
    number: u64,
    /// Who waits for which.
    waiting: VecDeque<(u64, RequestId, Ret)>,
}

impl Orders {
    /// Whether nothing waits for the storage.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }
}

impl Storage {
    fn keep(&mut self, token: u64, number: u64, values: &Values) {
        self.token = self.token.max(token);
        self.kept.insert(token, number);
        if number == 1 {
            self.values.clear();
        }
        for (key, value) in values {
            match value {
                Some(value) => drop(self.values.insert(*key, *value)),
                None => drop(self.values.remove(key)),
            }
        }
    }
}

impl PrimaryBackup {
    pub(super) fn recover_storage(&mut self, ctx: &mut Ctx<'_>) {
        if self.cluster.storage != Some(self.id) {
            return;
        }
        let replay = log::replay(ctx.disk().read(FILE).unwrap_or_default());
        for (token, record) in &replay.records {
            if let Some((number, values)) = <(u64, Values)>::unpack(&mut &record[..]) {
                self.storage.keep(*token, number, &values);
            }
        }
        // What follows was never answered. Without a file there is nothing to cut.
        let _ = ctx.disk().truncate(FILE, replay.valid);
        for (key, value) in &self.storage.values {
            ctx.record("state", *key, *value);
        }
    }

    /// The storage is told to keep something.
    pub(super) fn on_put(&mut self, ctx: &mut Ctx<'_>, from: NodeId, token: u64, number: u64, values: &Values) {
        if token < self.storage.token && !self.config.has(Bug::TokenUnchecked) {
            ctx.send(from, Message::Outdated(self.storage.token));
            return;
        }
        let last = self.storage.kept.get(&token).copied().unwrap_or(0);
        if number == last + 1 {
            let record = packed(&(number, values.clone()));
            if log::append(&mut ctx.disk(), FILE, token, &record).is_err() {
                return;
            }
            ctx.disk().sync();
            let before: Vec<u32> = self.storage.values.keys().copied().collect();
            self.storage.keep(token, number, values);
            let gone = before.into_iter().filter(|key| !self.storage.values.contains_key(key));
            for key in gone.chain(values.iter().map(|(key, _)| *key)) {
                ctx.record("stored", key, token);
                ctx.record("state", key, value_of(self.storage.values.get(&key).copied()));
            }
        }
        let last = self.storage.kept.get(&token).copied().unwrap_or(0);
        ctx.send(from, Message::PutDone(token, last));
    }

    /// Orders the storage to keep what has been applied. Clients are answered when it has.
    pub(super) fn order(&mut self, ctx: &mut Ctx<'_>, applied: Vec<(Applied, Vec<RequestId>)>) {
        let (Some(storage), Role::Primary(lead)) = (self.cluster.storage, &mut self.role) else { return };
        let (orders, token) = (&mut lead.orders, lead.view.epoch);
        let first = orders.number + 1;
        if orders.number == 0 {
            orders.number = 1;
            orders.open.insert(1, self.store.values().map(|(key, value)| (key, Some(value))).collect());
            orders.waiting.extend(applied.into_iter().flat_map(|(applied, waiting)| {
                waiting.into_iter().map(move |request| (1, request, applied.ret.clone()))
            }));
        } else {
            for (applied, waiting) in applied {
                if let Some(changed) = applied.changed {
                    orders.number += 1;
                    orders.open.insert(orders.number, vec![changed]);
                }
                let number = orders.number;
                orders.waiting.extend(waiting.into_iter().map(|request| (number, request, applied.ret.clone())));
            }
        }
        for (number, values) in orders.open.range(first..) {
            ctx.send(storage, Message::Put { token, number: *number, values: values.clone() });
        }
        self.answer_stored(ctx, 0);
    }

    /// The storage has kept orders up to a number.
    pub(super) fn on_put_done(&mut self, ctx: &mut Ctx<'_>, token: u64, number: u64) {
        if matches!(&self.role, Role::Primary(lead) if lead.view.epoch == token) {
            self.answer_stored(ctx, number);
        }
    }

    fn answer_stored(&mut self, ctx: &mut Ctx<'_>, number: u64) {
        let Role::Primary(lead) = &mut self.role else { return };
        lead.orders.open.retain(|open, _| *open > number);
        lead.is_serving |= number > 0;
        let open = lead.orders.open.first_key_value().map_or(u64::MAX, |(open, _)| *open);
        while let Some((_, request, ret)) = lead.orders.waiting.pop_front_if(|(number, ..)| *number < open) {
            ctx.reply(request, ret);
        }
    }

    /// Once a period: orders that have not been answered were lost, perhaps.
    pub(super) fn look_after_storage(&mut self, ctx: &mut Ctx<'_>) {
        if let (Some(storage), Role::Primary(lead)) = (self.cluster.storage, &self.role) {
            let token = lead.view.epoch;
            for (number, values) in lead.orders.open.iter().take(self.config.chunk as usize) {
                ctx.send(storage, Message::Put { token, number: *number, values: values.clone() });
            }
        }
    }
}
