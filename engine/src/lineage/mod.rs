//! Which columns come from which: recorded for every write and view, asked by people and by the guard.
//!
//! What a statement does is read from its plan ([`found`]), kept in the state database, and held in memory as a [`Graph`]. Grades go along it
//! ([`grades`]), and so does a maker's right to what was made of others' data (`guard::access`).

/// What a plan tells.
mod found;

/// What is known of all objects.
mod graph;

/// How grades go along it.
mod grades;

/// Where statements say what they did.
mod record;

/// What a contract gives away.
mod release;

/// For people: a system table and two functions.
pub(crate) mod listed;

#[cfg(test)]
pub(crate) mod tests;

pub use found::{Found, Tables};
pub use grades::{Graded, grade_of, inherited, inherited_by_table};
pub use graph::{Graph, Place};
pub(crate) use record::{extend, of_plan, rows};
pub(crate) use release::unreleased;
