//! The kernel from outside: its laws as properties, and the exact meaning of each fault.

mod choices;
mod disks;
mod faults;
mod gossip;
mod laws;
