//! What is shown in place of a value to those who may not see it as it is, and tables that tell nothing of single persons.
//!
//! A mask never fails and never tells more for an odd value than for a plain one: a text that is shorter than what would stay of it
//! is hidden whole. A table is protected whole or not at all.

pub mod masks;
pub mod periods;

/// The functions of SQL, over columns.
mod sql;

/// Tables with totals, and which of their cells must not be known.
pub mod primary;
pub mod table;

/// Three ways to protect them.
pub mod cell_key;
pub mod rounding;
pub mod secondary;

/// Their functions of SQL.
pub mod k_anonymity;
pub mod protect;
pub mod record_key;

pub use sql::{Hash, MASK_HASH, MASK_KEEP, MASK_PERIOD, MASK_REGION, Part, Period};
