//! A bench for handlers.
