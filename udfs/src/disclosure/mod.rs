//! What is shown in place of a value to those who may not see it as it is.
//!
//! A mask never fails and never tells more for an odd value than for a plain one: a text that is shorter than what would stay of it
//! is hidden whole.

pub mod masks;
pub mod periods;

/// The functions of SQL, over columns.
mod sql;

pub use sql::{Hash, MASK_HASH, MASK_KEEP, MASK_PERIOD, MASK_REGION, Part, Period};
