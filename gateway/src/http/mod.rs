//! The HTTP door: a statement is posted, its rows are the answer's body (docs/guide/http.md).
//!
//! A request is on its own: it brings who asks, and settings that hold for its statement. Rows are written as the client takes them
//! and never gathered. An answer that breaks off is one that cannot be taken for a whole one.

/// Errors as answers.
mod problem;

/// Who asks, and whether they may ask like that.
mod caller;

/// How an answer is wished for.
mod accept;

/// What is asked.
mod request;

/// Values of parameters.
mod parameters;

/// Rows as bytes.
mod format;

/// Statements by their ids.
mod statements;

/// A statement from its text to its first row.
mod work;

/// Rows on their way to the client.
mod answer;

/// What is found where.
mod routes;

/// Whether the process can answer statements.
mod health;

/// One connection.
mod connection;

/// The listener.
mod server;

#[doc(hidden)]
pub mod fuzzing;

pub use server::serve;
