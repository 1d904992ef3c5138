//! What a city says about its data, in files: elements, code tables, departments, datasets; and what it comes to.
//!
//! A directory of YAML, CSV and one file of policies ([`Files`]) is compiled on top of the national standards
//! ([`compile`]) to a [`Snapshot`], which is immutable and known by its hash; or it is refused with every [`Mistake`] that
//! it has. Two snapshots have a [`difference`](changes), and a contract has one from a table that exists already
//! ([`compare`]). Who may see what, and what becomes of the tables, is decided by those who use it.

/// Mistakes and their places.
mod mistake;

/// The files of a model, from a directory, from the program, from memory.
mod files;

/// Closed lists of words.
mod vocabulary;

/// Texts of a fixed form: types, masks, formats.
mod forms;

/// What a compiled model consists of.
mod entries;

/// A compiled model, its hash and its stored form.
mod snapshot;

/// YAML and CSV with the place of every value.
mod table;
mod yaml;

/// Every key of every file, for the reader and for editors.
mod keys;
mod schema;
mod shape;

/// From files to a snapshot.
mod compile;

/// What is different between two snapshots.
mod changes;

/// What is different between a contract and a table.
mod columns;

/// Finding what a model says by a word that somebody types.
mod search;

pub use changes::{Change, What, changes};
pub use columns::{Column, ColumnType, Difference, compare};
pub use compile::{Model, compile};
pub use entries::{
    Approver, Check, CodeRow, CodeTable, Dataset, Department, Element, Field, Labelled, Labels, Open, Range, Role,
    Rule, Share, Thing,
};
pub use files::{FILE_BYTES_MAX, FILES_MAX, Files, TOTAL_BYTES_MAX};
pub use forms::{Format, Mask, Period, Tolerance, Type};
pub use mistake::{Location, Mistake, Mistakes, Refusal};
pub use schema::{Document, schema};
pub use search::{By, HITS_MAX, Hit, Index, Kind, Match, Part, Place, TYPED_CHARS_MAX, WORDS_MAX};
pub use snapshot::{Hash, Snapshot};
pub use vocabulary::{Comparator, Cycle, Dimension, Grade, Origin, Severity, Sharing, Tag};

#[cfg(test)]
mod tests;
