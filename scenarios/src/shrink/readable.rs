//! The last step of shrinking: addresses that a person can read.

use std::collections::BTreeMap;

use sim_core::plan::{Address, Chance, Exception, Plan};
use sim_core::trace::Packet;

/// Rewrites addresses of the form `Id("..")` as `Nth(from, to, kind, nth)` where the digest stays equal, one exception
/// at a time.
///
/// `packets` are those of the plan's own trace. What `same_digest` refuses stays as it is, and so does an address that
/// belongs to no packet, such as that of a copy.
pub fn readable(plan: &Plan, packets: &[Packet], same_digest: &mut dyn FnMut(&Plan) -> bool) -> Plan {
    let by_identity: BTreeMap<_, _> = packets.iter().map(|packet| (packet.identity, packet)).collect();
    let mut best = plan.clone();
    let count = if let Chance::Frozen(exceptions) = &plan.chance { exceptions.len() } else { 0 };
    for index in 0..count {
        let mut candidate = best.clone();
        let Chance::Frozen(exceptions) = &mut candidate.chance else { return best };
        let (Exception::Lost(at) | Exception::Delayed(at, _) | Exception::Corrupted(at, _) | Exception::Copies(at, _)) =
            &mut exceptions[index]
        else {
            continue;
        };
        let Address::Id(identity) = at else { continue };
        let Some(packet) = by_identity.get(identity) else { continue };
        *at = Address::Nth { from: packet.from, to: packet.to, kind: packet.kind.to_owned(), nth: packet.nth };
        if same_digest(&candidate) {
            best = candidate;
        }
    }
    best
}
