//! The small mutable state: users, tokens, settings, names, lineage, loads, leases, jobs, models and the newest of the audit in one SQL database.
//!
//! Definitions live in files and append-only facts in tables on the object store; what is left needs uniqueness and
//! transactions and fits a small database: a SQLite file, or PostgreSQL when several coordinators share it. All SQL stays
//! within this module, and within the subset that both understand: one list of migrations, one text of each statement.
//! Rows here are plain data: what a password or a token *means* is the business of `identity`.

mod attempts;
mod audit;
mod backup;
mod change;
mod columns;
mod connect;
mod dialect;
mod directories;
mod fits;
mod jobs;
mod lease;
mod lineage;
mod loads;
mod migrations;
mod models;
mod objects;
mod runs;
mod settings;
mod tokens;
mod users;

use sqlx::AnyPool;
use sqlx::any::AnyQueryResult;

pub use attempts::{AttemptRow, COORDINATOR, Claim, End, Facts, LOG_LINES_MAX, LogRow, Next, Outcome};
pub use audit::AuditHead;
pub use change::taken_over;
pub use directories::{DirectoryRow, DirectoryState};
pub use fits::{FitInput, FitRow};
pub use jobs::{CatchUp, JobRow, NewRun};
pub use lease::Lease;
pub use lineage::{LineageKind, LineageRow};
pub use loads::{CheckResult, LoadRow};
pub use models::AppliedModel;
pub use objects::{ObjectKind, ObjectRow, SchemaRow};
pub use runs::{Cause, RunRow, RunState};
pub use tokens::TokenRow;
pub use users::UserRow;

use crate::error::{Code, Error, Result};
use dialect::Dialect;

/// A handle on the database; clones share it. A connection that broke is an error once (HT0307); the next call makes a new
/// one.
#[derive(Clone, Debug)]
pub struct State {
    pool: AnyPool,
    dialect: Dialect,
    /// The epoch of the coordinator whose changes these are; see `fenced`.
    fence: Option<i64>,
}

impl State {
    /// Finishes what is under way; a SQLite file takes up its log.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// How many rows a statement changed. A row that it read and that another process removed before it wrote was not there.
fn rows_if_there(done: sqlx::Result<AnyQueryResult>) -> Result<u64> {
    match done {
        Err(sqlx::Error::Database(error)) if error.is_foreign_key_violation() => Ok(0),
        done => Ok(done.map_err(store_error)?.rows_affected()),
    }
}

/// Details of the database stay in the source, for the log.
fn store_error(error: sqlx::Error) -> Error {
    const SQLITE_CORRUPT: &str = "11";
    const SQLITE_NOT_A_DATABASE: &str = "26";
    const SQLITE_FULL: &str = "13";
    const POSTGRES_DISK_FULL: &str = "53100";
    const POSTGRES_DATA_CORRUPTED: &str = "XX001";
    const POSTGRES_INDEX_CORRUPTED: &str = "XX002";
    let number = error.as_database_error().and_then(sqlx::error::DatabaseError::code);
    let code = match number.as_deref() {
        Some(SQLITE_FULL | POSTGRES_DISK_FULL) => {
            return Error::new(Code::DISK_FULL, "no space is left on the disk of the state database").caused_by(error);
        }
        Some(SQLITE_CORRUPT | SQLITE_NOT_A_DATABASE | POSTGRES_DATA_CORRUPTED | POSTGRES_INDEX_CORRUPTED) => {
            Code::CORRUPT_FILE
        }
        _ => Code::STORE_UNAVAILABLE,
    };
    Error::new(code, "the state database did not answer").caused_by(error)
}

#[cfg(test)]
pub(crate) mod tests;
