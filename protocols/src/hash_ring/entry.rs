//! What is stored under a key, and which of two is the newer.

use sim_core::{RequestId, Value};

/// The age of a value. Versions are unique: no write is carried out twice, and each carries its request.
///
/// The default is older than every write.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Version {
    /// The epoch of the range in which the write was begun.
    pub epoch: u32,
    /// One more than the greatest that its coordinator had found.
    pub sequence: u64,
    /// Of the writer, to tell apart writes that found the same.
    pub client: u16,
    /// Of the writer.
    pub operation: u32,
}

impl Version {
    /// The version of a write that has found `newest`.
    pub fn after(newest: Version, epoch: u32, request: RequestId) -> Version {
        let Version { epoch: before, sequence, .. } = newest;
        let epoch = epoch.max(before);
        Version { epoch, sequence: sequence + 1, client: request.client, operation: request.operation }
    }
}

impl From<Version> for Value {
    fn from(version: Version) -> Value {
        let Version { epoch, sequence, client, operation } = version;
        ((epoch, sequence), client, operation).into()
    }
}

/// A value with its version. A deleted key keeps a tombstone: `None`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Entry {
    /// How new it is.
    pub version: Version,
    /// What the key holds.
    pub value: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_newer_than_what_it_found_also_in_a_later_epoch() {
        let request = RequestId { client: 0, operation: 0, attempt: 0 };
        let first = Version::after(Version::default(), 1, request);
        assert!(first > Version::default());
        let later = Version::after(first, 2, request);
        assert!(later > first);
        assert!(Version::after(later, 1, request) > later, "a coordinator that is behind finds a newer epoch");
    }
}
