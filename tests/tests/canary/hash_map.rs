//! The order in which a hash map is iterated: another for every map.

use std::collections::HashMap;

use sim_core::NodeId;

use crate::protocol::Source;

pub(crate) struct HashMapOrder;

impl Source for HashMapOrder {
    const NAME: &'static str = "hash-map";
    fn number(_id: NodeId) -> u64 {
        let map: HashMap<u64, ()> = (0..16).map(|key| (key, ())).collect();
        map.keys().fold(0, |number, key| (number << 4) | key)
    }
}
