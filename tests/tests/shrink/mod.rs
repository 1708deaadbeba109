//! How well shrinking works: the engine beside published figures, storms beside reproductions made by hand.

mod ablation;
mod bench;
mod challenges;
mod choices;
mod laws;
mod quality;
mod regressions;
