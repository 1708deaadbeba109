//! How well shrinking works: the engine beside published figures, storms beside reproductions made by hand.

mod challenges;
mod quality;
