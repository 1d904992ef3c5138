//! The city's contracts: which of them are in force, what others would change, and how these come into force.
//!
//! What the files mean is the business of `huitong_catalog::contracts`. Here they meet the tables that exist.

/// What is in force.
mod current;

/// Files on their way from whoever has them to the engine.
mod packed;

/// What a contract asks of the rows of its table, as SQL.
mod rules;

/// What rows answer to it.
pub(crate) mod asked;

/// What becomes of the table of a dataset.
mod tables;

/// What policies ask of the rows of a table.
mod row_rules;

/// What applying a model would change.
pub(crate) mod plan;

/// The contracts as system tables.
pub(crate) mod lists;

/// Who may see what of them, as system tables.
pub(crate) mod rights;

/// Finding something in them.
pub(crate) mod search;

/// Applying it.
mod apply;

pub use apply::apply;
pub use current::Current;
pub use packed::{pack, unpack};
pub use plan::{Line, Part, Plan, plan};
