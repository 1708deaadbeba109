//! Figures that theory knows, measured. Each is accepted within 4 standard errors, and the same test refuses a model that
//! is a tenth off.

mod hash_ring;
mod primary_backup;
