//! Identification numbers that are valid by their standards and belong to nobody: every division code in them begins
//! with 99, which GB/T 2260 has never assigned.

pub(crate) mod citizen;
pub(crate) mod credit;
pub(crate) mod issuer;
