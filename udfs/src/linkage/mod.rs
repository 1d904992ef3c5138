//! Record linkage: which rows of two tables (or of one) speak of the same thing.
//!
//! The model is that of I. P. Fellegi and A. B. Sunter, "A theory for record linkage", JASA 64 (1969): each comparison of a pair
//! falls into one of some levels; `m` is how often matches fall into a level, `u` how often other pairs do; log₂(m/u) of all
//! comparisons and the prior add up to the weight of the pair. Here, in reading order: what is compared ([`spec`]), how a column of
//! pairs becomes levels ([`levels`]), what a level weighs ([`model`]), how the parameters are learned from counts of patterns
//! ([`em`]), settings of Splink ([`splink`]), and the functions of SQL ([`sql`]).
//!
//! Pairs are made by joins of the engine and reach this crate as two structs, one of each row; nothing here sees a table.

pub mod assignment;
pub mod clusters;
pub mod components;
pub mod defaults;
pub mod em;
pub mod levels;
pub mod model;
pub mod spec;
pub mod splink;
pub mod sql;

/// What is wrong with a specification or a model, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("linkage specification, {place}: {what}; {mend}")]
pub struct Error {
    /// A path such as `comparisons[2].levels[0]`.
    pub place: String,
    pub what: String,
    pub mend: String,
}

impl Error {
    pub(crate) fn new(place: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Error { place: place.into(), what: what.into(), mend: mend.into() }
    }
}
