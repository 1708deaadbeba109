//! Backup and restore: the primary's state on another node's disk, for the day on which every replica has lost its own.
//!
//! What was acknowledged after the last backup is lost in a restore: the recovery point.

use sim_core::NodeId;
use sim_core::disk::DiskError;
use sim_core::log;

use super::codec::{Pack, packed};
use super::message::{Message, Timer};
use super::store::Store;
use super::view::Position;
use super::{Ctx, PrimaryBackup, Role};

const FILE: &str = "backup";
const NEW_FILE: &str = "backup.new";

impl PrimaryBackup {
    /// A backup is due.
    pub(super) fn on_backup(&mut self, ctx: &mut Ctx<'_>) {
        let (Some(backup), Some(position)) = (self.config.backup, self.journal.position(self.applied)) else { return };
        let Role::Primary(lead) = &mut self.role else { return };
        if lead.is_ready && self.applied > 0 {
            lead.is_saving = true;
            ctx.send(self.cluster.keeper(self.id), Message::Save(position, self.store.clone()));
        }
        ctx.set_timer(Timer::Backup, backup.every);
    }

    /// The keeper is given a backup.
    pub(super) fn on_save(&mut self, ctx: &mut Ctx<'_>, from: NodeId, position: Position, store: &Store) {
        let newest = self.backup_on_disk(ctx).map_or(Position::default(), |(newest, _)| newest);
        if position > newest {
            if self.write_backup(ctx, position, store).is_err() {
                return;
            }
            ctx.disk().sync();
            ctx.record("saved", from, position.slot);
        }
        ctx.send(from, Message::Saved(position));
    }

    fn write_backup(&mut self, ctx: &mut Ctx<'_>, position: Position, store: &Store) -> Result<(), DiskError> {
        let mut disk = ctx.disk();
        // What is not there need not be removed.
        let _ = disk.remove(NEW_FILE);
        log::append(&mut disk, NEW_FILE, position.epoch, &packed(&(position.slot, store.clone())))?;
        disk.rename(NEW_FILE, FILE)
    }

    fn backup_on_disk(&self, ctx: &mut Ctx<'_>) -> Option<(Position, Store)> {
        let (epoch, record) = log::replay(ctx.disk().read(FILE)?).records.pop()?;
        let (slot, store) = <(u64, Store)>::unpack(&mut &record[..])?;
        Some((Position { epoch, slot }, store))
    }

    pub(super) fn on_saved(&mut self, _ctx: &mut Ctx<'_>, _position: Position) {
        if let Role::Primary(lead) = &mut self.role {
            lead.is_saving = false;
        }
    }

    /// The last member of the view has nothing left: nobody but the keeper can help.
    pub(super) fn ask_for_backup(&mut self, ctx: &mut Ctx<'_>) {
        let is_last = self.seen.epoch > 0 && self.seen.members == [self.id];
        if self.config.backup.is_some() && self.is_replica() && self.journal.is_blank && is_last {
            ctx.send(self.cluster.keeper(self.id), Message::Restore(self.own_life));
        }
    }

    pub(super) fn on_restore(&mut self, ctx: &mut Ctx<'_>, from: NodeId, nonce: u64) {
        if let Some((position, store)) = self.backup_on_disk(ctx) {
            ctx.send(from, Message::Restored(nonce, position, store));
        }
    }

    /// The keeper's answer.
    pub(super) fn on_restored(&mut self, ctx: &mut Ctx<'_>, nonce: u64, position: Position, store: Store) {
        if nonce == self.own_life && self.journal.is_blank && self.install(ctx, position, store) {
            ctx.record("restored", self.id, position.slot);
        }
    }
}
