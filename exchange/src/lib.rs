//! Brings data in: files of other systems as batches of rows.
//!
//! It knows formats and their faults, not tables and not the network: whoever loads decides where the rows go.

/// Files: Parquet, CSV, NDJSON.
pub mod files;
