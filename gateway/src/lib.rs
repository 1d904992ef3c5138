//! Speaks to clients: Flight SQL, the protocol of PostgreSQL, and HTTP.
//!
//! A door finds out who asks, hands the statement to a session of the engine, and turns what comes back into what the
//! client understands. It decides nothing about data and keeps no result: a result is a stream from the engine.

/// Errors as gRPC statuses.
pub mod status;

/// Errors as SQLSTATEs.
pub mod sqlstate;

/// Errors as HTTP statuses.
pub mod http_status;

/// Names of types, as SQL reads them.
mod type_names;

/// TLS of the doors.
pub mod tls;

/// Places for connections, those of all doors together.
pub mod places;

/// How connections come in.
mod peer;
mod socket;

/// From credentials to a session.
mod auth;
mod certified;

/// Keys of an issuer of tokens.
pub mod issuer;

/// A socket whose other side may stand still.
mod patient;

/// Sessions by token, bounded and expiring.
mod sessions;

/// The Flight SQL door.
pub mod flight;

/// The PostgreSQL door.
pub mod postgres;

/// The HTTP door.
pub mod http;

#[doc(hidden)]
pub mod fuzzing;
