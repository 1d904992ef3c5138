//! Rows of `leases`: which process may act alone, such as the one coordinator of several.
//!
//! Times are those of the database's clock, the one that all processes share. A process's own clock has no part in it, so
//! one that goes wrong takes nothing from anybody. [`crate::lease::HeldLease`] keeps a lease.

use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row};

use super::{State, store_error};
use crate::clock::{Timestamp, span_ms};
use crate::error::Result;

/// What a holder has, or who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    pub name: String,
    /// Names one process for as long as it runs, such as a random id.
    pub holder: String,
    /// Grows with each taking, so that whoever is asked can tell a former holder from the present one.
    pub epoch: i64,
    /// When it ends unless it is renewed, by the clock of the database.
    pub until: Timestamp,
}

impl State {
    /// Takes the lease if it is free, has expired, or is the holder's own already: then what the holder had before ends, as
    /// for any other. Nothing when another process holds it.
    pub async fn take_lease(&self, name: &str, holder: &str, span: Duration) -> Result<Option<Lease>> {
        let now = self.dialect.now_ms();
        let sql = format!(
            "INSERT INTO leases (name, holder, epoch, until) VALUES ($1, $2, 1, {now} + $3) ON CONFLICT (name) DO UPDATE \
             SET holder = excluded.holder, epoch = leases.epoch + 1, until = {now} + $3 \
             WHERE leases.until < {now} OR leases.holder = excluded.holder RETURNING name, holder, epoch, until"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(name).bind(holder).bind(span_ms(span));
        // All rows, not the first: SQLite ends a statement that was left early without telling whether it was written.
        let rows = query.fetch_all(&self.pool).await.map_err(store_error)?;
        rows.first().map(read).transpose()
    }

    /// Moves the end to `span` from now. False when the lease was taken or released since: it never comes back. One that has run
    /// out is renewed as long as nobody took it, so a clock that jumps ends nothing.
    pub async fn renew_lease(&self, lease: &Lease, span: Duration) -> Result<bool> {
        let now = self.dialect.now_ms();
        let sql = format!(
            "UPDATE leases SET until = {now} + $4 WHERE name = $1 AND holder = $2 AND epoch = $3 AND until > 0"
        );
        let query = sqlx::query(AssertSqlSafe(sql)).bind(&lease.name).bind(&lease.holder).bind(lease.epoch);
        let done = query.bind(span_ms(span)).execute(&self.pool).await.map_err(store_error)?;
        Ok(done.rows_affected() == 1)
    }

    /// Lets the next process take it at once. False when it was not held any more.
    pub async fn release_lease(&self, lease: &Lease) -> Result<bool> {
        let now = self.dialect.now_ms();
        let sql =
            format!("UPDATE leases SET until = 0 WHERE name = $1 AND holder = $2 AND epoch = $3 AND until >= {now}");
        let query = sqlx::query(AssertSqlSafe(sql)).bind(&lease.name).bind(&lease.holder).bind(lease.epoch);
        Ok(query.execute(&self.pool).await.map_err(store_error)?.rows_affected() == 1)
    }

    /// Who holds it now, if anybody does.
    pub async fn lease(&self, name: &str) -> Result<Option<Lease>> {
        let now = self.dialect.now_ms();
        let sql = format!("SELECT name, holder, epoch, until FROM leases WHERE name = $1 AND until >= {now}");
        let row = sqlx::query(AssertSqlSafe(sql)).bind(name).fetch_optional(&self.pool).await.map_err(store_error)?;
        row.as_ref().map(read).transpose()
    }
}

fn read(row: &AnyRow) -> Result<Lease> {
    let fields = || -> sqlx::Result<Lease> {
        Ok(Lease {
            name: row.try_get("name")?,
            holder: row.try_get("holder")?,
            epoch: row.try_get("epoch")?,
            until: Timestamp::from_ms(row.try_get("until")?),
        })
    };
    fields().map_err(store_error)
}
