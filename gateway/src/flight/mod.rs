//! The Flight SQL door: our own service, so that every call knows its principal.

/// Sessions, progress, cancelling.
mod actions;

/// Column types and batches that every client reads.
pub(crate) mod clients;

/// What drivers want to know of columns.
mod columns;

/// What calls come over.
mod connections;

/// The whole protocol, for the listener.
mod door;

/// What waits on the server between two calls.
mod handles;

/// A query for each of several rows of values.
mod each;

/// One answer over several endpoints.
mod endpoints;

/// Rows on their way here.
mod batches;

/// Bulk loads.
mod ingest;

/// Answers about keys.
mod keys;

/// Signs of life while rows are long in coming.
mod life;

/// Messages that arrow-flight lacks.
mod messages;

/// Answers about catalogues, schemas and tables.
mod metadata;

/// Queries that run while their clients ask how far they are.
mod poll;

/// Prepared statements and their values.
mod prepared;

/// How answers are announced and sent.
mod results;

/// Clients' statements between their calls.
mod statements;

/// The protocol's calls.
mod service;

/// Facts about the server that drivers ask for.
mod sql_info;

/// The listener.
mod server;

#[doc(hidden)]
pub mod fuzzing;

pub use actions::PROGRESS;
pub use server::serve;

/// The types that columns can have.
mod xdbc_types;
