//! The judges of histories from outside: that their ways to a verdict agree, and that a run is judged by them.

mod agreement;
mod histories;
mod store;
mod wiring;
