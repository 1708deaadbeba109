//! A snapshot on its way to a replica that the log alone cannot bring up to date: frozen when the transfer begins, sent
//! piece by piece, installed as a whole.

use sim_core::NodeId;

use super::message::Message;
use super::store::Store;
use super::view::Position;
use super::{Bug, Ctx, PrimaryBackup, Role};

/// A transfer, as the primary sees it.
#[derive(Debug)]
pub(super) struct Transfer {
    life: u64,
    base: Position,
    store: Store,
    piece: u32,
}

/// The pieces that have arrived, as the receiver sees it.
#[derive(Debug)]
pub(super) struct Incoming {
    /// The epoch of the primary, and the receiver's life.
    of: (u64, u64),
    /// How many have arrived.
    pieces: u32,
    store: Store,
}

impl PrimaryBackup {
    /// Begins to send snapshots to those who need one and are members no longer.
    pub(super) fn begin_transfers(&mut self, ctx: &mut Ctx<'_>) {
        let Some(base) = self.journal.position(self.applied) else { return };
        let Role::Primary(lead) = &mut self.role else { return };
        // Nothing of this epoch applied yet: the snapshot might lack what its receiver has applied of the epochs before.
        if !lead.is_ready || base.epoch < lead.view.epoch {
            return;
        }
        let views: Vec<_> = lead.views().cloned().collect();
        let mut begun = Vec::new();
        for (id, follower) in &mut lead.followers {
            let is_member = views.iter().any(|view| view.has(*id));
            let Some(life) = follower.life.filter(|_| follower.joins && follower.needs_snapshot && !is_member) else {
                continue;
            };
            if follower.transfer.as_ref().is_none_or(|transfer| transfer.life != life) {
                follower.transfer = Some(Transfer { life, base, store: self.store.clone(), piece: 0 });
                begun.push(*id);
            }
        }
        for id in begun {
            self.send_piece(ctx, id);
        }
    }

    /// Sends the pieces again that have not been answered.
    pub(super) fn continue_transfers(&mut self, ctx: &mut Ctx<'_>) {
        let Role::Primary(lead) = &self.role else { return };
        let under_way = lead.followers.iter().filter(|(_, follower)| follower.transfer.is_some());
        for id in under_way.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.send_piece(ctx, id);
        }
    }

    fn send_piece(&mut self, ctx: &mut Ctx<'_>, to: NodeId) {
        let live = self.journal.position(self.applied);
        let is_torn = self.config.has(Bug::TornTransfer);
        let Role::Primary(lead) = &mut self.role else { return };
        let epoch = lead.view.epoch;
        let Some(transfer) = lead.followers.get_mut(&to).and_then(|follower| follower.transfer.as_mut()) else {
            return;
        };
        let items = self.config.chunk as usize;
        let (source, base) = if is_torn { (&self.store, live) } else { (&transfer.store, Some(transfer.base)) };
        let (store, is_last) = source.piece(transfer.piece as usize, items);
        let Transfer { life, piece, .. } = *transfer;
        ctx.send(to, Message::Install { epoch, life, piece, store, base: base.filter(|_| is_last) });
    }

    /// A piece of a snapshot arrives.
    pub(super) fn on_install(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (epoch, life, piece): (u64, u64, u32),
        store: Store,
        base: Option<Position>,
    ) {
        if life != self.own_life || !self.follow(ctx, from, epoch) {
            return;
        }
        if let Some((_, slot)) = self.installed.filter(|(installed, _)| *installed == (epoch, life)) {
            // A late copy: the log has gone on since.
            ctx.send(from, Message::Installed { epoch, life, piece, stands: Some(slot) });
            return;
        }
        if self.incoming.as_ref().is_none_or(|incoming| incoming.of != (epoch, life)) {
            self.incoming = Some(Incoming { of: (epoch, life), pieces: 0, store: Store::default() });
        }
        let Some(incoming) = &mut self.incoming else { return };
        if piece > incoming.pieces {
            // A gap. What is missing will be sent again: the primary goes on only when it is told to.
            return;
        }
        let mut stands = None;
        if piece == incoming.pieces {
            incoming.pieces += 1;
            incoming.store.extend(store);
            if let Some(base) = base {
                let store = self.incoming.take().map(|incoming| incoming.store).unwrap_or_default();
                if !self.install(ctx, base, store) {
                    return;
                }
                stands = Some(base.slot);
                self.installed = Some(((epoch, life), base.slot));
            }
        }
        ctx.send(from, Message::Installed { epoch, life, piece, stands });
    }

    /// Takes over a snapshot as a whole. False if the disk has no room for it.
    pub(super) fn install(&mut self, ctx: &mut Ctx<'_>, base: Position, store: Store) -> bool {
        if self.journal.install(ctx, base, &store).is_err() {
            return false;
        }
        self.journal.sync(ctx);
        self.replace_store(ctx, store);
        (self.applied, self.committed) = (base.slot, base.slot);
        self.verified = (0, 0);
        true
    }

    pub(super) fn on_installed(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: NodeId,
        (epoch, life, piece): (u64, u64, u32),
        stands: Option<u64>,
    ) {
        let now = ctx.now();
        let Role::Primary(lead) = &mut self.role else { return };
        let Some(follower) = lead.followers.get_mut(&from).filter(|_| lead.view.epoch == epoch) else { return };
        let Some(transfer) = follower.transfer.as_mut().filter(|transfer| transfer.life == life) else { return };
        follower.heard = Some(now);
        if transfer.piece != piece {
            return;
        }
        let Some(slot) = stands else {
            transfer.piece += 1;
            self.send_piece(ctx, from);
            return;
        };
        follower.transfer = None;
        (follower.needs_snapshot, follower.matched, follower.next) = (false, slot, slot + 1);
        self.replicate_to_all(ctx);
        self.reconsider_members(ctx);
    }
}
