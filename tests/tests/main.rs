//! x

mod canary;
