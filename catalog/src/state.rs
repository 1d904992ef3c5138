//! The small mutable state of a node: users, tokens and settings in one SQL database.
//!
//! Definitions live in files and append-only facts in tables on the object store; what is left needs uniqueness and
//! transactions and fits a small database. Today that is SQLite; all SQL stays within this module and within the subset
//! that PostgreSQL shares, so that a cluster can move without its callers noticing. Rows here are plain data: what a
//! password or a token *means* is the business of `identity`.

mod migrations;
mod objects;
mod settings;
mod tokens;
mod users;

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

pub use objects::{ObjectKind, ObjectRow, SchemaRow};
pub use tokens::TokenRow;
pub use users::UserRow;

use crate::error::{Code, Error, Result};

/// How long a writer waits for another one before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// SQLite has one writer at a time; a few more connections let readers pass it.
const CONNECTIONS_MAX: u32 = 4;

/// A handle on the database; clones share it.
#[derive(Clone, Debug)]
pub struct State {
    pool: SqlitePool,
}

impl State {
    /// Opens the database file, creating it when missing (not its directory), and brings its tables up to date.
    pub async fn open(path: &Path) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(CONNECTIONS_MAX);
        let named =
            |error| Error { message: format!("the state database `{}` cannot be opened", path.display()), ..error };
        create_private(path).map_err(named)?;
        Self::connect(pool, options).await.map_err(named)
    }

    /// A database that lives as long as the handle; for tests and demonstrations.
    pub async fn in_memory() -> Result<Self> {
        // Every connection to `:memory:` is a database of its own, so there must be exactly one, kept for ever.
        let pool = SqlitePoolOptions::new().min_connections(1).max_connections(1).idle_timeout(None).max_lifetime(None);
        Self::connect(pool, SqliteConnectOptions::new().in_memory(true)).await
    }

    async fn connect(pool: SqlitePoolOptions, options: SqliteConnectOptions) -> Result<Self> {
        let options = options.foreign_keys(true).busy_timeout(BUSY_TIMEOUT);
        let pool = pool.connect_with(options).await.map_err(store_error)?;
        migrations::run(&pool).await?;
        Ok(Self { pool })
    }

    /// Finishes what is under way and writes the log back into the file.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Password hashes are nobody else's business; SQLite gives its log files the permissions of the database file.
fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path).map_err(|error| Error::new(Code::STORE_UNAVAILABLE, "").caused_by(error));
    opened.map(drop)
}

/// Details of the database stay in the source, for the log.
fn store_error(error: sqlx::Error) -> Error {
    const SQLITE_CORRUPT: &str = "11";
    const SQLITE_NOT_A_DATABASE: &str = "26";
    let number = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let code = match number.as_deref() {
        Some(SQLITE_CORRUPT | SQLITE_NOT_A_DATABASE) => Code::CORRUPT_FILE,
        _ => Code::STORE_UNAVAILABLE,
    };
    Error::new(code, "the state database did not answer").caused_by(error)
}

#[cfg(test)]
mod tests;
