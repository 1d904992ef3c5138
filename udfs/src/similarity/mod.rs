//! How alike two texts, sets, days or numbers are: pure functions on slices, and the same as functions of SQL.
//!
//! Texts are sequences of Unicode scalar values ("characters"), not of bytes and not of grapheme clusters; nothing is folded or
//! normalised here. Every measure is symmetric in its two arguments and its work is bounded: Jaro is linear in the lengths, edit
//! distances are linear times the largest distance asked for, and where the exact answer would be quadratic there is a limit with
//! an error that names it. A [`Scratch`] is reused from pair to pair, so that a column of pairs allocates once.

pub mod characters;
pub mod edits;
pub mod jaccard;
pub mod jaro;
pub mod lcs;
pub mod moments;
pub mod numbers;

/// The functions of SQL, over columns.
mod sql;
#[cfg(test)]
mod tests;

pub use characters::Scratch;
pub use sql::{Apart, Jaccard, Texts};

/// Two texts for which an exact answer would take too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("texts of {left} and {right} characters are too long to compare; {mend}")]
pub struct TooLong {
    pub left: usize,
    pub right: usize,
    /// What the caller can do.
    pub mend: &'static str,
}
