//! Rows of `loads` and `check_results`: what wrote rows into tables, and what checks of their rows found last.

use sqlx::any::AnyRow;
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::columns::{get, time};
use super::{State, store_error};
use crate::clock::Timestamp;
use crate::error::Result;

/// Directories that one query asks for: databases bind so many values and no more.
const LOCATIONS_MAX: usize = 500;

/// A statement that wrote rows into a table, or was to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadRow {
    pub query_id: String,
    /// The directory of the table.
    pub location: String,
    /// Such as `INSERT`.
    pub command: String,
    pub door: String,
    pub loaded_by: String,
    pub started_at: Timestamp,
    pub ended_at: Timestamp,
    /// None if it failed.
    pub rows: Option<i64>,
    /// The code of its error.
    pub error_code: Option<String>,
}

/// What a check of a contract found in the rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// The directory of the table.
    pub location: String,
    /// Of the check.
    pub name: String,
    pub checked_at: Timestamp,
    pub checked_by: String,
    /// Rows that do not pass; none if it could not be asked.
    pub violations: Option<i64>,
}

impl State {
    pub async fn add_load(&self, load: &LoadRow) -> Result<()> {
        let sql = "INSERT INTO loads (query_id, location, command, door, loaded_by, started_at, ended_at, row_count, \
                   error_code) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        let query = sqlx::query(sql).bind(&load.query_id).bind(&load.location).bind(&load.command).bind(&load.door);
        let query = query.bind(&load.loaded_by).bind(load.started_at.ms()).bind(load.ended_at.ms());
        let query = query.bind(load.rows).bind(load.error_code.as_deref());
        query.execute(&self.pool).await.map(drop).map_err(store_error)
    }

    /// Those into one of these directories, and those by a user; at most `newest` of each of them, the newest first.
    pub async fn loads(&self, locations: &[&str], by: &str, newest: u32) -> Result<Vec<LoadRow>> {
        let newest_of = |condition: &str| {
            format!(
                "SELECT query_id, location, command, door, loaded_by, started_at, ended_at, row_count, error_code \
                 FROM loads WHERE {condition} ORDER BY ended_at DESC, query_id LIMIT $1"
            )
        };
        let own = AssertSqlSafe(newest_of("loaded_by = $2"));
        let mut found =
            sqlx::query(own).bind(i64::from(newest)).bind(by).fetch_all(&self.pool).await.map_err(store_error)?;
        for some in locations.chunks(LOCATIONS_MAX) {
            let places: Vec<String> = (2..some.len() + 2).map(|place| format!("${place}")).collect();
            let of_some = AssertSqlSafe(newest_of(&format!("location IN ({})", places.join(", "))));
            let query =
                some.iter().fold(sqlx::query(of_some).bind(i64::from(newest)), |query, place| query.bind(*place));
            found.extend(query.fetch_all(&self.pool).await.map_err(store_error)?);
        }
        let mut loads = found.iter().map(load).collect::<Result<Vec<_>>>()?;
        loads.sort_by(|one, other| (other.ended_at, &one.query_id).cmp(&(one.ended_at, &other.query_id)));
        loads.dedup_by(|one, other| one.query_id == other.query_id);
        Ok(loads)
    }

    /// Forgets loads that ended before.
    pub async fn forget_loads(&self, before: Timestamp) -> Result<()> {
        let query = sqlx::query("DELETE FROM loads WHERE ended_at < $1").bind(before.ms());
        query.execute(&self.pool).await.map(drop).map_err(store_error)
    }

    /// What checks of a table found is this from now on.
    pub async fn replace_check_results(&self, location: &str, results: &[CheckResult]) -> Result<()> {
        let mut transaction = self.begin_change().await?;
        forget_checks(&mut transaction, location).await?;
        let sql = "INSERT INTO check_results (location, name, checked_at, checked_by, violations) \
                   VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
        for result in results {
            let query = sqlx::query(sql).bind(&result.location).bind(&result.name).bind(result.checked_at.ms());
            let query = query.bind(&result.checked_by).bind(result.violations);
            query.execute(&mut *transaction).await.map_err(store_error)?;
        }
        transaction.commit().await.map_err(store_error)
    }

    pub async fn check_results(&self) -> Result<Vec<CheckResult>> {
        let sql =
            "SELECT location, name, checked_at, checked_by, violations FROM check_results ORDER BY location, name";
        let read = |row: &AnyRow| {
            Ok(CheckResult {
                location: get(row, "location")?,
                name: get(row, "name")?,
                checked_at: time(row, "checked_at")?,
                checked_by: get(row, "checked_by")?,
                violations: get(row, "violations")?,
            })
        };
        sqlx::query(sql).fetch_all(&self.pool).await.map_err(store_error)?.iter().map(read).collect()
    }
}

/// Nothing is left of a directory.
pub(super) async fn forget(transaction: &mut Transaction<'_, Any>, location: &str) -> Result<()> {
    forget_checks(transaction, location).await?;
    let query = sqlx::query("DELETE FROM loads WHERE location = $1").bind(location);
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

async fn forget_checks(transaction: &mut Transaction<'_, Any>, location: &str) -> Result<()> {
    let query = sqlx::query("DELETE FROM check_results WHERE location = $1").bind(location);
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

fn load(row: &AnyRow) -> Result<LoadRow> {
    Ok(LoadRow {
        query_id: get(row, "query_id")?,
        location: get(row, "location")?,
        command: get(row, "command")?,
        door: get(row, "door")?,
        loaded_by: get(row, "loaded_by")?,
        started_at: time(row, "started_at")?,
        ended_at: time(row, "ended_at")?,
        rows: get(row, "row_count")?,
        error_code: get(row, "error_code")?,
    })
}
