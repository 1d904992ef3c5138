//! The whole state as a file, and back: whatever kind of database it is in.
//!
//! JSON, a line for each row, between a line that says what it is and one with the number of rows and a hash over all lines before. The
//! file holds hashes of passwords, keys and the audit's tail: it deserves the secrecy of the database.

use std::io::{BufRead, Write};

use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::any::{AnyRow, AnyTypeInfoKind};
use sqlx::{AssertSqlSafe, Column, Row, ValueRef};

use super::{State, migrations, store_error};
use crate::error::{Code, Error, Result};
use crate::ids::hex;

/// All tables; one comes after those that it refers to.
pub(super) const TABLES: [&str; 20] = [
    "users",
    "tokens",
    "settings",
    "schemas",
    "objects",
    "directories",
    "lineage",
    "loads",
    "check_results",
    "fits",
    "leases",
    "jobs",
    "runs",
    "attempts",
    "run_log",
    "models",
    "applied_models",
    "audit_tail",
    "audit_segments",
    "audit_head",
];

const KIND: &str = "huitong state";
/// Goes up when the lines mean something else.
const FORMAT: u64 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    kind: String,
    format: u64,
    /// Of the tables: the last migration.
    version: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    table: String,
    row: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Foot {
    rows: u64,
    sha256: String,
}

impl State {
    /// Writes all rows as of one moment, and answers with their number.
    pub async fn backup(&self, to: &mut (dyn Write + Send)) -> Result<u64> {
        let mut out = Hashed { to, digest: Context::new(&SHA256) };
        out.line(&Head { kind: KIND.to_owned(), format: FORMAT, version: migrations::newest() })?;
        let mut transaction = self.pool.begin_with(self.dialect.begin_backup()).await.map_err(store_error)?;
        let mut rows = 0;
        for table in TABLES {
            let sql = AssertSqlSafe(format!("SELECT * FROM {table}"));
            for row in sqlx::query(sql).fetch_all(&mut *transaction).await.map_err(store_error)? {
                out.line(&Line { table: table.to_owned(), row: read(&row)? })?;
                rows += 1;
            }
        }
        transaction.rollback().await.map_err(store_error)?;
        let sha256 = out.hash();
        out.line(&Foot { rows, sha256 })?;
        out.to.flush().map_err(unwritable)?;
        Ok(rows)
    }

    /// Fills an empty database with what [`State::backup`] wrote: all of it, or nothing. HT0111 if the database is not empty, HT0302 if the
    /// file is not what was written.
    pub async fn restore(&self, from: &mut (dyn BufRead + Send)) -> Result<u64> {
        let mut lines = Lines::new(from);
        let head: Head = lines.next()?.ok_or_else(|| damaged("is empty"))?;
        if head.kind != KIND || head.format != FORMAT {
            return Err(damaged("is no backup of a state, or of another release"));
        }
        if head.version != migrations::newest() {
            return Err(damaged(&format!("has tables of version {}, not {}", head.version, migrations::newest()))
                .with_hint("restore it with the release that wrote it, and start this one on the result"));
        }
        let mut transaction = self.pool.begin_with(self.dialect.begin_change()).await.map_err(store_error)?;
        // The one table that a new database has a row in.
        let begun = "DELETE FROM audit_head WHERE seq = 0";
        sqlx::query(begun).execute(&mut *transaction).await.map_err(store_error)?;
        for table in TABLES {
            let sql = AssertSqlSafe(format!("SELECT 1 FROM {table} LIMIT 1"));
            if sqlx::query(sql).fetch_optional(&mut *transaction).await.map_err(store_error)?.is_some() {
                return Err(Error::new(
                    Code::TABLE_EXISTS,
                    format!("the state database is not empty: `{table}` has rows"),
                )
                .with_hint("restore into a new one"));
            }
        }
        let mut rows = 0;
        let foot = loop {
            match lines.next()?.ok_or_else(|| damaged("ends before its last line"))? {
                Part::Line(line) => insert(&mut transaction, line).await?,
                Part::Foot(foot) => break foot,
            }
            rows += 1;
        };
        if foot.rows != rows || foot.sha256 != lines.hash_before_last() || lines.next::<Value>()?.is_some() {
            return Err(damaged("is not what was written"));
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(rows)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Part {
    Line(Line),
    Foot(Foot),
}

async fn insert(transaction: &mut sqlx::Transaction<'static, sqlx::Any>, line: Line) -> Result<()> {
    let is_name = |name: &String| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if !TABLES.contains(&line.table.as_str()) || !line.row.keys().all(is_name) {
        return Err(damaged("names a table or a column that there is none"));
    }
    let columns: Vec<&str> = line.row.keys().map(String::as_str).collect();
    // A null has no type that both databases take, so it stands in the text.
    let mut number = 0;
    let mut place = |value: &Value| match value {
        Value::Null => "NULL".to_owned(),
        _ => {
            number += 1;
            format!("${number}")
        }
    };
    let values: Vec<String> = line.row.values().map(&mut place).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", line.table, columns.join(", "), values.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for value in line.row.values() {
        query = match value {
            Value::Null => query,
            Value::Number(number) => query.bind(number.as_i64().ok_or_else(|| damaged("has a number out of range"))?),
            Value::String(text) => query.bind(text.clone()),
            _ => return Err(damaged("has a value that no column holds")),
        };
    }
    query.execute(&mut **transaction).await.map_err(store_error).map(drop)
}

fn read(row: &AnyRow) -> Result<Map<String, Value>> {
    let value = |index: usize| -> sqlx::Result<Value> {
        let raw = row.try_get_raw(index)?;
        if raw.is_null() {
            return Ok(Value::Null);
        }
        let kind = raw.type_info().kind();
        match kind {
            AnyTypeInfoKind::SmallInt | AnyTypeInfoKind::Integer | AnyTypeInfoKind::BigInt => {
                row.try_get::<i64, _>(index).map(Value::from)
            }
            _ => row.try_get::<String, _>(index).map(Value::from),
        }
    };
    let columns = row.columns().iter().enumerate();
    columns.map(|(index, column)| Ok((column.name().to_owned(), value(index).map_err(store_error)?))).collect()
}

/// Writes lines, and knows the hash of those so far.
struct Hashed<'a> {
    to: &'a mut (dyn Write + Send),
    digest: Context,
}

impl Hashed<'_> {
    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_string(line)
            .map_err(|e| Error::new(Code::INTERNAL, "a row has no form in JSON").caused_by(e))?;
        text.push('\n');
        self.digest.update(text.as_bytes());
        self.to.write_all(text.as_bytes()).map_err(unwritable)
    }

    fn hash(&self) -> String {
        hex(self.digest.clone().finish().as_ref())
    }
}

/// Reads lines, and knows the hash of those before the last one.
struct Lines<'a> {
    from: &'a mut (dyn BufRead + Send),
    digest: Context,
    before_last: String,
}

impl<'a> Lines<'a> {
    fn new(from: &'a mut (dyn BufRead + Send)) -> Self {
        Self { from, digest: Context::new(&SHA256), before_last: String::new() }
    }

    fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>> {
        self.before_last = hex(self.digest.clone().finish().as_ref());
        let mut text = String::new();
        let unreadable = |e| damaged("cannot be read").caused_by(e);
        if self.from.read_line(&mut text).map_err(unreadable)? == 0 {
            return Ok(None);
        }
        self.digest.update(text.as_bytes());
        serde_json::from_str(&text).map(Some).map_err(|e| damaged("has a line that is none").caused_by(e))
    }

    fn hash_before_last(&self) -> String {
        self.before_last.clone()
    }
}

fn damaged(what: &str) -> Error {
    Error::new(Code::CORRUPT_FILE, format!("the backup {what}")).with_hint("nothing was restored")
}

fn unwritable(error: std::io::Error) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("the backup cannot be written: {error}")).caused_by(error)
}
