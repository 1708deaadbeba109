//! The exact meaning of each fault, on a protocol that makes it visible.
