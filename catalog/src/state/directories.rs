//! Rows of `directories`: those of the lake that no name refers to, from before their first file to after their last.
//!
//! A directory of the lake is named by one object or has one row here, and what changes that is one transaction. So whoever comes
//! after a coordinator that ended in the middle knows what it left, and need not guess it from a list of files.

use std::time::Duration;

use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};

use super::columns::{get, optional_time, time, word, words};
use super::{ObjectRow, State, fits, lineage, loads, store_error};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::names::TableName;

words! {
    /// Why no name refers to a directory.
    DirectoryState {
        /// Its table is being written and has no name yet.
        Making = "making",
        /// Its table was dropped; the files are kept for those who still read them.
        Dropped = "dropped",
        /// Its files are being removed.
        Leaving = "leaving",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryRow {
    /// Below the lake's root, as in the definition of a table.
    pub location: String,
    pub state: DirectoryState,
    /// Of the table that it was, or is to be.
    pub name: TableName,
    /// Empty for a user who is gone.
    pub owner: String,
    /// Of the coordinator that wrote the row.
    pub epoch: i64,
    pub since: Timestamp,
    /// Of a table that was dropped: when its files begin to leave.
    pub until: Option<Timestamp>,
}

impl State {
    /// Says that a table is being made there; before its first file. [`Self::insert_object`] ends that with the table's name.
    pub async fn begin_directory(&self, location: &str, name: &TableName, owner: &str, now: Timestamp) -> Result<()> {
        let sql = "INSERT INTO directories (location, state, schema_name, name, owner, epoch, since) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let query = sqlx::query(sql).bind(location).bind(DirectoryState::Making.as_str()).bind(name.schema());
        let query = query.bind(name.table()).bind(owner).bind(self.epoch()).bind(now.ms());
        self.change(query).await.map(drop)
    }

    /// From now on the files are removed. False when the directory is not any more what `row` says.
    pub async fn leave_directory(&self, row: &DirectoryRow, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE directories SET state = $3, since = $4 WHERE location = $1 AND state = $2 AND since = $5";
        let query = sqlx::query(sql).bind(&row.location).bind(row.state.as_str());
        let query = query.bind(DirectoryState::Leaving.as_str()).bind(now.ms());
        // One that was restored and dropped again since is another matter.
        Ok(self.change(query.bind(row.since.ms())).await? == 1)
    }

    /// Nothing is left of the directory. One that is kept stays.
    pub async fn forget_directory(&self, location: &str) -> Result<()> {
        let mut transaction = self.begin_change().await?;
        let query = sqlx::query("DELETE FROM directories WHERE location = $1 AND state <> $2");
        let query = query.bind(location).bind(DirectoryState::Dropped.as_str());
        if query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected() > 0 {
            lineage::forget(&mut transaction, location).await?;
            loads::forget(&mut transaction, location).await?;
            fits::forget(&mut transaction, location).await?;
        }
        transaction.commit().await.map_err(store_error)
    }

    /// Gives the directory of a dropped table to a new object, `object.definition`. False when it is not kept any more, or the
    /// name is taken.
    pub async fn restore_object(&self, object: &ObjectRow) -> Result<bool> {
        let mut transaction = self.begin_change().await?;
        let query = sqlx::query("DELETE FROM directories WHERE location = $1 AND state = $2");
        let query = query.bind(&object.definition).bind(DirectoryState::Dropped.as_str());
        let kept = query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected() == 1;
        let restored = kept && super::objects::insert(&mut transaction, object).await?;
        if restored {
            lineage::bring_back(&mut transaction, &object.definition, &object.name).await?;
            transaction.commit().await.map_err(store_error)?;
        }
        Ok(restored)
    }

    /// All of them, oldest first.
    pub async fn directories(&self) -> Result<Vec<DirectoryRow>> {
        let sql = "SELECT location, state, schema_name, name, owner, epoch, since, until FROM directories \
                   ORDER BY since, location";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(read).collect()
    }
}

/// The table that was being made there gets its name in the same transaction.
pub(super) async fn name(transaction: &mut Transaction<'_, Any>, location: &str) -> Result<()> {
    let query = sqlx::query("DELETE FROM directories WHERE location = $1 AND state = $2");
    let query = query.bind(location).bind(DirectoryState::Making.as_str());
    match query.execute(&mut **transaction).await.map_err(store_error)?.rows_affected() {
        1 => Ok(()),
        _ => {
            Err(Error::new(Code::INTERNAL, format!("directory `{location}` was given up before its table had a name")))
        }
    }
}

/// The table or model of that name, if it is one, loses it in the same transaction; its files are kept for a time, or leave at once.
pub(super) async fn drop_table(
    transaction: &mut Transaction<'_, Any>,
    name: &TableName,
    epoch: i64,
    now: Timestamp,
    keep: Duration,
) -> Result<()> {
    let state = if keep.is_zero() { DirectoryState::Leaving } else { DirectoryState::Dropped };
    let sql = "INSERT INTO directories (location, state, schema_name, name, owner, epoch, since, until) \
               SELECT definition, $3, schema_name, name, owner, $4, $5, $6 FROM objects \
               WHERE schema_name = $1 AND name = $2 AND kind IN ('table', 'model')";
    let query = sqlx::query(sql).bind(name.schema()).bind(name.table()).bind(state.as_str());
    let query = query.bind(epoch).bind(now.ms()).bind(now.plus(keep).ms());
    query.execute(&mut **transaction).await.map_err(store_error)?;
    lineage::set_aside(transaction, name).await
}

/// Whoever gets the name of a user who is gone must not inherit what that user has dropped.
pub(super) async fn disown(transaction: &mut Transaction<'_, Any>, owner: &str) -> Result<()> {
    let query = sqlx::query("UPDATE directories SET owner = '' WHERE owner = $1").bind(owner);
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

fn read(row: &AnyRow) -> Result<DirectoryRow> {
    Ok(DirectoryRow {
        location: get(row, "location")?,
        state: word(row, "state")?,
        name: TableName::new(get::<String>(row, "schema_name")?, get::<String>(row, "name")?)?,
        owner: get(row, "owner")?,
        epoch: get(row, "epoch")?,
        since: time(row, "since")?,
        until: optional_time(row, "until")?,
    })
}
