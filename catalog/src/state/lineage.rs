//! Rows of `lineage`: which columns of tables and views come from which columns of which others.
//!
//! They change in the transaction in which an object gets or loses its name. What is written into a table that has its name already is
//! said before it is committed there: lineage may name a source from which nothing came, and never lacks one.

use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};

use super::columns::{get, time, word, words};
use super::{State, store_error};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::names::TableName;

words! {
    /// How something comes from its source; of several ways the first of these is kept.
    LineageKind {
        /// The value as it is.
        Identity = "identity",
        /// A value that is made of it.
        Transformation = "transformation",
        /// A value that is made of several rows of it.
        Aggregation = "aggregation",
        /// It says which rows there are.
        Filter = "filter",
        /// It says which rows belong together.
        Join = "join",
        /// It says which rows are summed up.
        GroupBy = "group_by",
        /// It says which rows come first.
        Sort = "sort",
        /// It says over which rows a window goes.
        Window = "window",
        /// Rows were read, perhaps of no column.
        Rows = "rows",
        /// In a way that is not known; so everything of the target comes from everything of the source.
        Unresolved = "unresolved",
        /// Through another table, as that was when rows were written.
        Inherited = "inherited",
    }
}

/// That one column comes from another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineageRow {
    pub target: TableName,
    /// Empty for the rows of the target, and with them all of its columns.
    pub target_column: String,
    pub source: TableName,
    /// Empty for the rows of the source.
    pub source_column: String,
    pub kind: LineageKind,
    pub query_id: String,
    pub written_at: Timestamp,
    pub written_by: String,
}

impl State {
    /// The lineage of all objects that have a name, in the order of their names.
    pub async fn lineage(&self) -> Result<Vec<LineageRow>> {
        let sql = "SELECT target_schema, target_name, target_column, source_schema, source_name, source_column, \
                   kind, query_id, written_at, written_by FROM lineage WHERE target_schema <> '' \
                   ORDER BY target_schema, target_name, target_column, source_schema, source_name, source_column";
        sqlx::query(sql).fetch_all(&self.pool).await.map_err(store_error)?.iter().map(read).collect()
    }

    /// Adds what is not known yet.
    pub async fn extend_lineage(&self, rows: &[LineageRow]) -> Result<()> {
        let mut transaction = self.begin_change().await?;
        add(&mut transaction, rows).await?;
        transaction.commit().await.map_err(store_error)
    }
}

/// An object's lineage is this from now on.
pub(super) async fn replace(
    transaction: &mut Transaction<'_, Any>,
    target: &TableName,
    rows: &[LineageRow],
) -> Result<()> {
    remove(transaction, target).await?;
    add(transaction, rows).await
}

pub(super) async fn remove(transaction: &mut Transaction<'_, Any>, target: &TableName) -> Result<()> {
    let query = sqlx::query("DELETE FROM lineage WHERE target_schema = $1 AND target_name = $2");
    let query = query.bind(target.schema()).bind(target.table());
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

async fn add(transaction: &mut Transaction<'_, Any>, rows: &[LineageRow]) -> Result<()> {
    let sql = "INSERT INTO lineage (target_schema, target_name, target_column, source_schema, source_name, \
               source_column, kind, query_id, written_at, written_by) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
    for row in rows {
        let query = sqlx::query(sql).bind(row.target.schema()).bind(row.target.table()).bind(&row.target_column);
        let query = query.bind(row.source.schema()).bind(row.source.table()).bind(&row.source_column);
        let query = query.bind(row.kind.as_str()).bind(&row.query_id).bind(row.written_at.ms()).bind(&row.written_by);
        query.execute(&mut **transaction).await.map_err(store_error)?;
    }
    Ok(())
}

/// The lineage of the table of that name, if it is one, is that of its directory from now on; the table still has its row.
pub(super) async fn set_aside(transaction: &mut Transaction<'_, Any>, name: &TableName) -> Result<()> {
    let sql = "UPDATE lineage SET target_schema = '', target_name = (SELECT definition FROM objects \
               WHERE schema_name = $1 AND name = $2 AND kind IN ('table', 'model')) \
               WHERE target_schema = $1 AND target_name = $2 AND EXISTS (SELECT 1 FROM objects \
               WHERE schema_name = $1 AND name = $2 AND kind IN ('table', 'model'))";
    let query = sqlx::query(sql).bind(name.schema()).bind(name.table());
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

/// A directory that was set aside has a name again.
pub(super) async fn bring_back(transaction: &mut Transaction<'_, Any>, location: &str, name: &TableName) -> Result<()> {
    let sql = "UPDATE lineage SET target_schema = $1, target_name = $2 WHERE target_schema = '' AND target_name = $3";
    let query = sqlx::query(sql).bind(name.schema()).bind(name.table()).bind(location);
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

/// Nothing is left of a directory that was set aside.
pub(super) async fn forget(transaction: &mut Transaction<'_, Any>, location: &str) -> Result<()> {
    let query = sqlx::query("DELETE FROM lineage WHERE target_schema = '' AND target_name = $1").bind(location);
    query.execute(&mut **transaction).await.map(drop).map_err(store_error)
}

fn read(row: &AnyRow) -> Result<LineageRow> {
    let name = |schema: &str, table: &str| TableName::new(get::<String>(row, schema)?, get::<String>(row, table)?);
    Ok(LineageRow {
        target: name("target_schema", "target_name")?,
        target_column: get(row, "target_column")?,
        source: name("source_schema", "source_name")?,
        source_column: get(row, "source_column")?,
        kind: word(row, "kind")?,
        query_id: get(row, "query_id")?,
        written_at: time(row, "written_at")?,
        written_by: get(row, "written_by")?,
    })
}
