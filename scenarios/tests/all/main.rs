//! The loader, the expansion, the printer and the shrinker, from outside.

mod chaos;
mod files;
mod laws;
mod mutated;
mod register;
mod shrink;
mod stories;
mod wrong;
