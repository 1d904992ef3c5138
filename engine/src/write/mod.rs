//! Distributed writes.
//!
//! Tasks write Parquet files and answer with one row per file: path, size, rows, statistics. The coordinator puts those
//! rows into one Delta commit. A task that is run again leaves an orphan file behind (which no table names and `VACUUM` removes), but
//! only the files that the successful attempt named are committed, so rows are never doubled.

mod check;
pub mod checks;
pub mod columns;
pub mod commit;
pub mod definition;
mod encoding;
pub mod exec;
pub mod file;
pub mod node;
mod partition;
pub mod spelling;
pub mod tally;
