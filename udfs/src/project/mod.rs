//! Filings of industrial projects: what of them can be compared, which are worth a comparison, and what two of them are to each other.
//!
//! A park must not bring in twice what the city already has; the same project comes back with another title, under another firm, in
//! another park. What decides are codes, firms, amounts, places and phases; words only say that two projects are alike. Plain functions
//! on one filing or a pair; [`sql`] makes them functions of columns. Pairs are weighed by the model `cn_project` of
//! [`crate::linkage::defaults`].

pub mod features;
pub mod keys;
pub mod phase;
pub mod reasons;
pub mod relation;
pub mod sql;
mod words;
