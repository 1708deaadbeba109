//! Values as bytes, for the disk: little-endian, in order, with lengths before what repeats.

use std::collections::BTreeMap;

use sim_core::NodeId;

/// Something that can be written down and read back.
pub(super) trait Pack: Sized {
    fn pack(&self, bytes: &mut Vec<u8>);
    /// Takes the value from the front. `None`: this is not one.
    fn unpack(bytes: &mut &[u8]) -> Option<Self>;
}

macro_rules! pack_integers {
    ($($type:ty),*) => {$(
        impl Pack for $type {
            fn pack(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
            fn unpack(bytes: &mut &[u8]) -> Option<Self> {
                let (value, rest) = bytes.split_first_chunk()?;
                *bytes = rest;
                Some(<$type>::from_le_bytes(*value))
            }
        }
    )*};
}
pack_integers!(u8, u16, u32, u64);

impl Pack for bool {
    fn pack(&self, bytes: &mut Vec<u8>) {
        u8::from(*self).pack(bytes);
    }
    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(u8::unpack(bytes)? != 0)
    }
}

impl Pack for NodeId {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.0.pack(bytes);
    }
    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(NodeId(u16::unpack(bytes)?))
    }
}

impl<A: Pack, B: Pack> Pack for (A, B) {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.0.pack(bytes);
        self.1.pack(bytes);
    }
    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::unpack(bytes)?, B::unpack(bytes)?))
    }
}

impl<T: Pack> Pack for Option<T> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        self.is_some().pack(bytes);
        self.iter().for_each(|value| value.pack(bytes));
    }
    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        Some(if bool::unpack(bytes)? { Some(T::unpack(bytes)?) } else { None })
    }
}

fn pack_all<T: Pack>(values: impl ExactSizeIterator<Item = T>, bytes: &mut Vec<u8>) {
    u32::try_from(values.len()).unwrap_or(u32::MAX).pack(bytes);
    values.for_each(|value| value.pack(bytes));
}

impl<T: Pack + Clone> Pack for Vec<T> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        pack_all(self.iter().cloned(), bytes);
    }
    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        (0..u32::unpack(bytes)?).map(|_| T::unpack(bytes)).collect()
    }
}

impl<K: Pack + Ord + Clone, V: Pack + Clone> Pack for BTreeMap<K, V> {
    fn pack(&self, bytes: &mut Vec<u8>) {
        pack_all(self.iter().map(|(key, value)| (key.clone(), value.clone())), bytes);
    }
    fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        (0..u32::unpack(bytes)?).map(|_| <(K, V)>::unpack(bytes)).collect()
    }
}

/// A value as bytes.
pub(super) fn packed(value: &impl Pack) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.pack(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked_and_what_is_cut_is_not() {
        let value = (vec![Some(7u64), None], (BTreeMap::from([(1u32, true)]), (NodeId(3), 9u8)));
        let bytes = packed(&value);
        assert_eq!(<_>::unpack(&mut &bytes[..]), Some(value));
        type Value = (Vec<Option<u64>>, (BTreeMap<u32, bool>, (NodeId, u8)));
        for length in 0..bytes.len() {
            assert_eq!(Value::unpack(&mut &bytes[..length]), None, "{length}");
        }
    }
}
