//! One slot of the replicated log.

use sim_core::RequestId;
use sim_core::check::model::key_value::{Ask, Told};

use super::codec::Pack;
use super::op::{Op, Ret};

/// A client's operation, whatever the attempt: retries share it.
pub type Operation = (u16, u32);

/// What a slot of the log holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    /// The epoch whose primary wrote it.
    pub epoch: u64,
    /// Who asked what. `None`: nobody; the first slot of an epoch, by which a primary commits what it has found.
    pub asked: Option<(Operation, Op)>,
}

/// The operation of a request.
pub(super) const fn operation(request: RequestId) -> Operation {
    (request.client, request.operation)
}

impl Pack for Op {
    fn pack(&self, bytes: &mut Vec<u8>) {
        match self {
            Ask::Get(key) => (0u8, *key).pack(bytes),
            Ask::Put(key, value) => (1u8, (*key, *value)).pack(bytes),
            Ask::CompareAndSet(key, old, new) => (2u8, (*key, (*old, *new))).pack(bytes),
            Ask::Append(key, value) => (3u8, (*key, *value)).pack(bytes),
            Ask::Delete(key) => (4u8, *key).pack(bytes),
        }
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(match u8::unpack(bytes)? {
            0 => Ask::Get(u32::unpack(bytes)?),
            1 => Ask::Put(u32::unpack(bytes)?, u64::unpack(bytes)?),
            2 => Ask::CompareAndSet(u32::unpack(bytes)?, <_>::unpack(bytes)?, u64::unpack(bytes)?),
            3 => Ask::Append(u32::unpack(bytes)?, u64::unpack(bytes)?),
            4 => Ask::Delete(u32::unpack(bytes)?),
            _ => return None,
        })
    }
}

impl Pack for Ret {
    fn pack(&self, bytes: &mut Vec<u8>) {
        match self {
            Told::Done => 0u8.pack(bytes),
            Told::Value(value) => (1u8, *value).pack(bytes),
            Told::Swapped(swapped) => (2u8, *swapped).pack(bytes),
        }
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(match u8::unpack(bytes)? {
            0 => Told::Done,
            1 => Told::Value(<_>::unpack(bytes)?),
            2 => Told::Swapped(<_>::unpack(bytes)?),
            _ => return None,
        })
    }
}

impl Pack for Entry {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.epoch.pack(bytes);
        self.asked.pack(bytes);
    }

    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(Entry { epoch: u64::unpack(bytes)?, asked: <_>::unpack(bytes)? })
    }
}
