//! Linkage as functions of SQL: `link_levels`, `link_score`, `link_explain` of a pair, `link_fit` of counts, and
//! `link_import_splink`.
//!
//! The specification or model is a text that all rows share; it is read once and kept for the batches after. Rows come as structs,
//! whose fields are found by name; where the text is known when a query is planned, a missing field is an error then.

mod cache;
mod call;
mod explain;
mod fit;
mod import;
mod levels;
mod score;
#[cfg(test)]
mod tests;

pub use explain::LinkExplain;
pub use fit::LinkFit;
pub use import::LinkImportSplink;
pub use levels::LinkLevels;
pub use score::LinkScore;
