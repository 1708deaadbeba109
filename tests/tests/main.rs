//! What holds across crates: laws, golden digests, the catalogue, the planted-bug matrix, canaries, style.

mod balancer;
mod bugs;
mod canary;
mod catalog;
mod common;
mod figures;
mod golden;
mod judges;
mod model;
mod plans;
mod property;
mod readme;
mod shrink;
mod sweep;
mod tidy;
mod wreck;
