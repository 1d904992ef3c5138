//! The list of migrations. A file that was released is never edited: its checksum is recorded in every database.

use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::{AnyPool, SqlSafeStr};

use super::dialect::Dialect;
use super::store_error;
use crate::error::{Code, Error, Result};

const MIGRATIONS: [(i64, &str, &str); 13] = [
    (1, "identity", include_str!("../../migrations/0001_identity.sql")),
    (2, "objects", include_str!("../../migrations/0002_objects.sql")),
    (3, "leases", include_str!("../../migrations/0003_leases.sql")),
    (4, "jobs", include_str!("../../migrations/0004_jobs.sql")),
    (5, "directories", include_str!("../../migrations/0005_directories.sql")),
    (6, "models", include_str!("../../migrations/0006_models.sql")),
    (7, "offices", include_str!("../../migrations/0007_offices.sql")),
    (8, "audit", include_str!("../../migrations/0008_audit.sql")),
    (9, "token scopes", include_str!("../../migrations/0009_token_scopes.sql")),
    (10, "lineage", include_str!("../../migrations/0010_lineage.sql")),
    (11, "loads", include_str!("../../migrations/0011_loads.sql")),
    (12, "fits", include_str!("../../migrations/0012_fits.sql")),
    (13, "audit times", include_str!("../../migrations/0013_audit_times.sql")),
];

/// The last one.
pub(super) fn newest() -> i64 {
    MIGRATIONS.iter().map(|(version, ..)| *version).max().unwrap_or_default()
}

/// Processes that start at the same time wait for each other: on PostgreSQL in the migrator, which takes an advisory lock,
/// on SQLite here, where it takes none.
pub(super) async fn run(pool: &AnyPool, dialect: Dialect) -> Result<()> {
    let list = MIGRATIONS.map(|(version, name, sql)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let migrator = Migrator::with_migrations(list.into());
    match dialect {
        Dialect::Sqlite => {
            let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await.map_err(store_error)?;
            // What `run` calls; its own bound on the connection makes futures that cannot move between threads.
            migrator.run_direct(None, &mut *transaction, false).await.map_err(failed)?;
            transaction.commit().await.map_err(store_error)
        }
        Dialect::Postgres => migrator.run(pool).await.map_err(failed),
    }
}

/// A database that does not answer is one thing, a database that answers with tables we do not know another.
fn failed(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => store_error(error),
        other => Error::new(Code::STORE_UNAVAILABLE, "the tables of the state database cannot be brought up to date")
            .with_hint("it may have been written by a newer release; run that one, or restore a backup")
            .caused_by(other),
    }
}
