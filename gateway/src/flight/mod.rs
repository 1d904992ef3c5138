//! The Flight SQL door: our own service, so that every call knows its principal.

/// Column types and batches that every client reads.
mod clients;

/// What waits on the server between two calls.
mod handles;

/// Answers about catalogues, schemas and tables.
mod metadata;

/// The protocol's calls.
mod service;

/// Facts about the server that drivers ask for.
mod sql_info;

/// The listener.
mod server;

pub use server::serve;
pub use service::PROGRESS;
