//! The generic client.
