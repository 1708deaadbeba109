//! What a node must not forget about epochs: what it has promised, whom it has voted for, and the newest view it has
//! taken note of. On disk before anybody is told.

use sim_core::NodeId;
use sim_core::disk::DiskError;
use sim_core::log::{self, Seal, Tail};

use super::Ctx;
use super::codec::{Pack, packed};
use super::view::View;

const FILE: &str = "ballot";

/// A node's promises.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Ballot {
    /// Nothing of an earlier epoch is listened to.
    pub(super) promised: u64,
    /// Who has this node's vote in the promised epoch.
    pub(super) voted: Option<NodeId>,
    /// The newest view that it has taken note of.
    pub(super) view: View,
}

impl Ballot {
    /// Of a node that has never promised anything.
    pub(super) fn none() -> Ballot {
        Ballot { promised: 0, voted: None, view: View::genesis() }
    }

    /// Reads the promises back: the newest record that is valid. One that was not synced was told to nobody, so it does
    /// no harm to keep it, nor to have lost it.
    pub(super) fn recover(ctx: &mut Ctx<'_>) -> Ballot {
        let disk = ctx.disk();
        let content = disk.read(FILE).unwrap_or_default();
        let replay = log::replay(content);
        let behind = log::behind(content, replay.valid as usize, Seal::Addressed)
            .map(|(epoch, record)| (epoch, record.to_vec()));
        let ballots = replay.records.iter().cloned().chain(behind).filter_map(|(promised, record)| {
            let (voted, view) = <(Option<NodeId>, View)>::unpack(&mut &record[..])?;
            Some(Ballot { promised, voted, view })
        });
        let newest = ballots.max_by_key(|ballot| (ballot.promised, ballot.view.order()));
        let ballot = newest.unwrap_or(Ballot::none());
        if replay.tail != Tail::Clean {
            // There is a file, so cutting it cannot fail; a full disk will refuse later promises, too.
            let _ = ctx.disk().truncate(FILE, replay.valid);
            let _ = ballot.write(ctx);
        }
        ballot
    }

    /// Writes the promises down. They must be synced before they are told.
    pub(super) fn write(&self, ctx: &mut Ctx<'_>) -> Result<(), DiskError> {
        let record = packed(&(self.voted, self.view.clone()));
        log::append(&mut ctx.disk(), FILE, self.promised, &record).map(drop)
    }
}

impl Pack for View {
    fn pack(&self, bytes: &mut Vec<u8>) {
        (self.epoch, self.version).pack(bytes);
        (self.primary, (self.members.clone(), self.joining.clone())).pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let (epoch, version) = <_>::unpack(bytes)?;
        let (primary, (members, joining)) = <_>::unpack(bytes)?;
        Some(View { epoch, version, primary, members, joining })
    }
}
