//! The protocols that squall ships, each with a stated contract and with planted bugs behind its config.
//!
//! A protocol here reaches the world only through [`sim_core::Context`]: it does no I/O, reads no clock of the host,
//! iterates no hash map, holds no statics, and knows nothing of scenario files. Variants without a planted bug must
//! survive every seed. Begin with [`echo`], which shows the whole [`Protocol`](sim_core::Protocol) trait on a page.

#![deny(clippy::float_arithmetic)]

pub mod echo;
pub mod hash_ring;
pub mod heartbeat;
pub mod load_balancer;
pub mod primary_backup;
pub mod redundancy;
pub mod swim;
