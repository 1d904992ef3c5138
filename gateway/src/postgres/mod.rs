//! The PostgreSQL door: the wire protocol 3.0, as psql, pgJDBC, psycopg and what is built on them speak it.
//!
//! Each connection has a session of its own. What belongs to the protocol is answered here: transactions, which are of reads only,
//! settings that only clients know, and the lists of `pg_catalog`. Everything else is a statement of the engine.

/// Values and rows as they are sent.
mod encode;

/// Types by number.
mod types;

/// What clients send.
mod input;

/// What they are sent.
mod output;

/// Errors as messages.
mod problem;

/// Values of parameters.
mod parameters;

/// Settings of a connection.
mod variables;

/// Statements that the door answers itself.
mod command;

/// Statements as words.
mod words;

/// Statements with their values.
mod portal;

/// Rows of a query under a name.
mod cursor;

/// Whether a transaction is open.
mod transaction;

/// Who may stop which statement.
mod processes;

/// TLS, and who connects to what.
mod startup;

/// Proof of a password that is never sent.
mod scram;

/// A password that is sent, or a token.
mod plain;

/// One client from its first statement to its last.
mod connection;

/// A text in its statements.
mod text;

/// Statements as one text.
mod simple;

/// Statements in steps.
mod extended;

/// Rows on their way to the client.
mod answer;

/// Rows as lines, to the client and from it.
mod copy;

/// The lists that clients ask for what there is.
mod catalog;

/// The listener.
mod server;

#[doc(hidden)]
pub mod fuzzing;

pub use server::serve;

/// A connection, encrypted or not.
trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Stream for S {}

type Socket = Box<dyn Stream>;
