//! How well shrinking works: the engine beside published figures.

mod challenges;
