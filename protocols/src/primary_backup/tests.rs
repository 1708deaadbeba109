//! One handler at a time, on the bench, and small pieces.
