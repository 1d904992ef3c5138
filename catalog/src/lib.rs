//! What every part of huitong has to agree on before any query runs: names, errors, configuration, people and small state.
//!
//! This crate is light on purpose. It knows no query engine, no Arrow and no network protocol; it reads configuration
//! files, keeps users and tokens in a small database and writes certificates. It decides who may see which data; that queries
//! show no more is seen to where they are planned.

/// Every user-visible error: stable code, kind, message, hint and place.
pub mod error;

/// Which names a schema or a table may have, so that they are safe as directory names.
pub mod names;

/// The configuration file of each role, checked to the last key.
pub mod config;

/// What a city says about its data, in files: contracts, and what is different between two states of them.
pub mod contracts;

/// Who may see what: Cedar's policies, decided for one table at a time.
pub mod policy;

/// Who is asking: users, passwords, tokens.
pub mod identity;

/// Who asked for what: records in a chain in which a later change shows.
pub mod audit;

/// The small mutable state behind `identity`: one SQL database.
pub mod state;

/// Acting alone among several processes.
pub mod lease;

/// SQL scripts that run once or by a schedule: what is due, who works on it, what became of it.
pub mod jobs;

/// A private certificate authority for a cluster.
pub mod certs;

/// Time as a parameter.
pub mod clock;

/// Randomness and ids as a parameter.
pub mod ids;

pub use error::{Code, Error, Kind, Place, Result};
