//! Rows of `schemas` and `objects`: which tables and views exist, and where.
//!
//! A row appears after the files it names are complete and disappears before they do, so a reader never meets half an
//! object. Before and after, a table's directory has a row of `directories`.

use std::str::FromStr;
use std::time::Duration;

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row, Transaction};

use super::{LineageRow, State, directories, lineage, rows_if_there, store_error};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::names::TableName;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectKind {
    /// A Delta table of the lake; the definition is its location below the lake's root.
    Table,
    /// The same with rows that a query has fitted; it changes only as a whole.
    Model,
    /// A stored query; the definition is its text.
    View,
    /// Parquet files elsewhere; the definition is their location.
    Parquet,
    /// A Delta table elsewhere; the definition is its location.
    Delta,
}

impl ObjectKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Model => "model",
            Self::View => "view",
            Self::Parquet => "parquet",
            Self::Delta => "delta",
        }
    }
}

impl ObjectKind {
    /// Whether its rows are files in a directory of the lake.
    pub fn is_in_lake(self) -> bool {
        matches!(self, Self::Table | Self::Model)
    }
}

impl FromStr for ObjectKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        [Self::Table, Self::Model, Self::View, Self::Parquet, Self::Delta]
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| Error::new(Code::CORRUPT_FILE, format!("the state database names an object kind `{text}`")))
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectRow {
    pub name: TableName,
    pub kind: ObjectKind,
    pub definition: String,
    pub owner: String,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaRow {
    pub name: String,
    pub owner: String,
    pub created_at: Timestamp,
}

impl State {
    /// False when the name is taken.
    pub async fn insert_schema(&self, schema: &SchemaRow) -> Result<bool> {
        let sql = "INSERT INTO schemas (name, owner, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
        let query = sqlx::query(sql).bind(&schema.name).bind(&schema.owner).bind(schema.created_at.ms());
        Ok(self.change(query).await? == 1)
    }

    /// Removes schemas, all of them or none; answers with the first that is not there or not empty, if there is one.
    pub async fn delete_schemas(&self, names: &[String]) -> Result<Option<String>> {
        let sql = "DELETE FROM schemas WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM objects WHERE schema_name = $1)";
        let mut transaction = self.begin_change().await?;
        for name in names {
            let deleted = sqlx::query(sql).bind(name).execute(&mut *transaction).await;
            if rows_if_there(deleted)? == 0 {
                return Ok(Some(name.clone()));
            }
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(None)
    }

    /// By name.
    pub async fn schemas(&self) -> Result<Vec<SchemaRow>> {
        let rows = sqlx::query("SELECT name, owner, created_at FROM schemas").fetch_all(&self.pool).await;
        let mut schemas = rows.map_err(store_error)?.iter().map(schema_row).collect::<Result<Vec<_>>>()?;
        schemas.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(schemas)
    }

    /// False when the name is taken. A table's directory is one that is being made ([`Self::begin_directory`]), and is named then.
    pub async fn insert_object(&self, object: &ObjectRow) -> Result<bool> {
        self.insert_object_from(object, &[]).await
    }

    /// The same for an object that comes from others.
    pub async fn insert_object_from(&self, object: &ObjectRow, sources: &[LineageRow]) -> Result<bool> {
        let mut transaction = self.begin_change().await?;
        if !insert(&mut transaction, object).await? {
            return Ok(false);
        }
        if object.kind.is_in_lake() {
            directories::name(&mut transaction, &object.definition).await?;
        }
        lineage::replace(&mut transaction, &object.name, sources).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    /// Gives a table or view to somebody else; false when it is not that owner's any more.
    pub async fn give_object(&self, name: &TableName, from: &str, to: &str) -> Result<bool> {
        let sql = "UPDATE objects SET owner = $4 WHERE schema_name = $1 AND name = $2 AND owner = $3";
        let query = sqlx::query(sql).bind(name.schema()).bind(name.table()).bind(from).bind(to);
        Ok(self.change(query).await? == 1)
    }

    /// Puts a new definition in the place of an old one of the same kind, or adds the object; false when the name
    /// belongs to an object of another kind.
    pub async fn replace_object(&self, object: &ObjectRow) -> Result<bool> {
        self.replace_object_from(object, &[]).await
    }

    /// The same for an object that comes from others.
    pub async fn replace_object_from(&self, object: &ObjectRow, sources: &[LineageRow]) -> Result<bool> {
        let sql = "INSERT INTO objects (schema_name, name, kind, definition, owner, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (schema_name, name) DO UPDATE SET \
                   definition = excluded.definition, owner = excluded.owner, created_at = excluded.created_at \
                   WHERE objects.kind = excluded.kind";
        let mut transaction = self.begin_change().await?;
        let done = bind(sql, object).execute(&mut *transaction).await.map_err(store_error)?;
        if done.rows_affected() != 1 {
            return Ok(false);
        }
        lineage::replace(&mut transaction, &object.name, sources).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    /// Gives a table's name to a directory that is being made. The directory that had it is kept for that time, or leaves at once
    /// if that is zero. False when the name belongs to an object of another kind.
    pub async fn replace_table(&self, object: &ObjectRow, now: Timestamp, keep: Duration) -> Result<bool> {
        self.replace_table_from(object, &[], now, keep).await
    }

    /// The same for a table that comes from others.
    pub async fn replace_table_from(
        &self,
        object: &ObjectRow,
        sources: &[LineageRow],
        now: Timestamp,
        keep: Duration,
    ) -> Result<bool> {
        let mut transaction = self.begin_change().await?;
        directories::drop_table(&mut transaction, &object.name, self.epoch(), now, keep).await?;
        let query = sqlx::query("DELETE FROM objects WHERE schema_name = $1 AND name = $2 AND kind = 'table'");
        let query = query.bind(object.name.schema()).bind(object.name.table());
        query.execute(&mut *transaction).await.map_err(store_error)?;
        if !insert(&mut transaction, object).await? {
            return Ok(false);
        }
        directories::name(&mut transaction, &object.definition).await?;
        lineage::replace(&mut transaction, &object.name, sources).await?;
        transaction.commit().await.map_err(store_error)?;
        Ok(true)
    }

    /// Removes objects in one transaction and answers how many were there. Files of tables are kept for that time, or leave at
    /// once if it is zero.
    pub async fn delete_objects(&self, names: &[TableName], now: Timestamp, keep: Duration) -> Result<u64> {
        let mut transaction = self.begin_change().await?;
        let mut deleted = 0;
        for name in names {
            directories::drop_table(&mut transaction, name, self.epoch(), now, keep).await?;
            let query = sqlx::query("DELETE FROM objects WHERE schema_name = $1 AND name = $2");
            let query = query.bind(name.schema()).bind(name.table());
            deleted += query.execute(&mut *transaction).await.map_err(store_error)?.rows_affected();
            // That of a table has been set aside.
            lineage::remove(&mut transaction, name).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(deleted)
    }

    /// Names of the schemas, tables, views and jobs that a user owns, in order.
    pub async fn owned_by(&self, owner: &str) -> Result<Vec<String>> {
        let sql = "SELECT name FROM schemas WHERE owner = $1 UNION ALL \
                   SELECT schema_name || '.' || name FROM objects WHERE owner = $1 UNION ALL \
                   SELECT name FROM jobs WHERE owner = $1";
        let mut names = sqlx::query_scalar(sql).bind(owner).fetch_all(&self.pool).await.map_err(store_error)?;
        names.sort_unstable();
        Ok(names)
    }

    /// By schema and name.
    pub async fn objects(&self) -> Result<Vec<ObjectRow>> {
        let sql = "SELECT schema_name, name, kind, definition, owner, created_at FROM objects";
        let rows = sqlx::query(sql).fetch_all(&self.pool).await.map_err(store_error)?;
        let mut objects = rows.iter().map(object_row).collect::<Result<Vec<_>>>()?;
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(objects)
    }
}

/// False when the name is taken.
pub(super) async fn insert(transaction: &mut Transaction<'_, Any>, object: &ObjectRow) -> Result<bool> {
    let sql = "INSERT INTO objects (schema_name, name, kind, definition, owner, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (schema_name, name) DO NOTHING";
    let done = bind(sql, object).execute(&mut **transaction).await.map_err(store_error)?;
    Ok(done.rows_affected() == 1)
}

fn bind<'q>(sql: &'static str, object: &'q ObjectRow) -> Query<'q, Any, AnyArguments> {
    sqlx::query(sql)
        .bind(object.name.schema())
        .bind(object.name.table())
        .bind(object.kind.as_str())
        .bind(&object.definition)
        .bind(&object.owner)
        .bind(object.created_at.ms())
}

fn schema_row(row: &AnyRow) -> Result<SchemaRow> {
    let created_at = Timestamp::from_ms(row.try_get("created_at").map_err(store_error)?);
    let text = |column: &str| row.try_get::<String, _>(column).map_err(store_error);
    Ok(SchemaRow { name: text("name")?, owner: text("owner")?, created_at })
}

fn object_row(row: &AnyRow) -> Result<ObjectRow> {
    let created_at = Timestamp::from_ms(row.try_get("created_at").map_err(store_error)?);
    let text = |column: &str| row.try_get::<String, _>(column).map_err(store_error);
    Ok(ObjectRow {
        name: TableName::new(text("schema_name")?, text("name")?)?,
        kind: text("kind")?.parse()?,
        definition: text("definition")?,
        owner: text("owner")?,
        created_at,
    })
}
