//! The corpus over the PostgreSQL door, by a client that others wrote (sqlx). A query is asked as a simple query, whose values come as
//! text, and as a prepared statement, whose values come in binary: both tell the same types and the same values.

use std::sync::Arc;

use arrow::array::{Array, Float32Array, Float64Array};
use arrow::util::display::array_value_to_string;
use futures::TryStreamExt;
use serde_json::Value;
use sqllogictest::{DB, DBOutput, DefaultColumnType};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgDatabaseError, PgRow, PgSslMode};
use sqlx::{AssertSqlSafe, Column, Connection, Executor, Row, TypeInfo, ValueRef};
use tokio::runtime::{Builder, Runtime};

use super::{Failed, is_query};
use crate::work::PASSWORD;

/// A connection, which has one session for a whole file.
pub struct Door {
    connection: PgConnection,
    runtime: Arc<Runtime>,
}

impl Door {
    pub fn open(address: &str, backend: &str) -> Result<Self, Failed> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(|error| Failed(error.to_string()))?;
        let (host, port) = address.rsplit_once(':').ok_or_else(|| Failed(format!("`{address}` has no port")))?;
        let port = port.parse().map_err(|_| Failed(format!("`{address}` has no port")))?;
        let options = PgConnectOptions::new_without_pgpass().host(host).port(port).ssl_mode(PgSslMode::Disable);
        let options = options.username("admin").password(PASSWORD).database("city");
        let connection = runtime.block_on(async {
            let mut connection = PgConnection::connect_with(&options).await.map_err(told)?;
            rows(&mut connection, &format!("SET huitong.backend = '{backend}'"), false).await?;
            Ok(connection)
        })?;
        Ok(Self { connection, runtime: runtime.into() })
    }
}

impl DB for Door {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, statement: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        let runtime = self.runtime.clone();
        let simple = runtime.block_on(rows(&mut self.connection, statement, false))?;
        if !is_query(statement) {
            return Ok(DBOutput::StatementComplete(0));
        }
        let prepared = runtime.block_on(rows(&mut self.connection, statement, true))?;
        alike(statement, &simple, &prepared)?;
        let types = simple.first().map_or(1, |row| row.columns().len());
        let shown = simple.iter().map(|row| (0..row.columns().len()).map(|at| cell(row, at)).collect());
        Ok(DBOutput::Rows { types: vec![DefaultColumnType::Any; types], rows: shown.collect::<Result<_, _>>()? })
    }

    fn engine_name(&self) -> &'static str {
        "huitong"
    }
}

async fn rows(connection: &mut PgConnection, statement: &str, prepared: bool) -> Result<Vec<PgRow>, Failed> {
    let sql = AssertSqlSafe(statement.to_owned());
    match prepared {
        true => connection.fetch(sqlx::query(sql).persistent(false)).try_collect().await.map_err(told),
        false => connection.fetch(sqlx::raw_sql(sql)).try_collect().await.map_err(told),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn told(error: sqlx::Error) -> Failed {
    let Some(told) = error.as_database_error() else { return Failed(error.to_string()) };
    let told = told.downcast_ref::<PgDatabaseError>();
    Failed(format!("{} {}", told.message(), told.hint().unwrap_or_default()))
}

fn kind(row: &PgRow, at: usize) -> &str {
    row.column(at).type_info().name()
}

/// Whether both ways of asking tell the same; of types that this client has no values for, that both are null or neither.
fn alike(statement: &str, simple: &[PgRow], prepared: &[PgRow]) -> Result<(), Failed> {
    let described = |rows: &[PgRow]| -> Vec<Vec<String>> {
        let value = |row: &PgRow, at: usize| format!("{} {} {}", row.column(at).name(), kind(row, at), value(row, at));
        let mut rows: Vec<_> =
            rows.iter().map(|row| (0..row.columns().len()).map(|at| value(row, at)).collect::<Vec<_>>()).collect();
        // The order of rows is not always told.
        rows.sort();
        rows
    };
    let (simple, prepared) = (described(simple), described(prepared));
    match simple == prepared {
        true => Ok(()),
        false => Err(Failed(format!("{statement}: {simple:?} as a simple query, {prepared:?} prepared"))),
    }
}

fn value(row: &PgRow, at: usize) -> String {
    if row.try_get_raw(at).is_ok_and(|value| value.is_null()) {
        return "NULL".to_owned();
    }
    match kind(row, at) {
        "BOOL" => row.get::<bool, _>(at).to_string(),
        "INT2" => row.get::<i16, _>(at).to_string(),
        "INT4" => row.get::<i32, _>(at).to_string(),
        "INT8" => row.get::<i64, _>(at).to_string(),
        "FLOAT4" => row.get::<f32, _>(at).to_string(),
        "FLOAT8" => row.get::<f64, _>(at).to_string(),
        "TEXT" => row.get::<String, _>(at),
        "INT4[]" => format!("{:?}", row.get::<Vec<Option<i32>>, _>(at)),
        "INT8[]" => format!("{:?}", row.get::<Vec<Option<i64>>, _>(at)),
        "TEXT[]" => format!("{:?}", row.get::<Vec<Option<String>>, _>(at)),
        _ => "a value".to_owned(),
    }
}

/// A value as the files write it.
fn cell(row: &PgRow, at: usize) -> Result<String, Failed> {
    let value = row.try_get_raw(at).map_err(told)?;
    if value.is_null() {
        return Ok("NULL".to_owned());
    }
    let text = value.as_str().map_err(|error| Failed(error.to_string()))?;
    Ok(match shown(kind(row, at), text)? {
        text if text.is_empty() => "(empty)".to_owned(),
        text => text.replace(' ', "␠"),
    })
}

/// PostgreSQL's text of a value in the words of the other doors.
fn shown(kind: &str, text: &str) -> Result<String, Failed> {
    let wrong = || Failed(format!("`{text}` is no {kind}"));
    if let Some(item) = kind.strip_suffix("[]") {
        return Ok(format!(
            "[{}]",
            items(text)
                .ok_or_else(wrong)?
                .iter()
                .map(|one| match one {
                    Some(one) => shown(item, one),
                    None => Ok("NULL".to_owned()),
                })
                .collect::<Result<Vec<_>, _>>()?
                .join(", ")
        ));
    }
    Ok(match kind {
        "BOOL" if text == "t" => "true".to_owned(),
        "BOOL" if text == "f" => "false".to_owned(),
        "BOOL" => return Err(wrong()),
        "FLOAT4" => float(&Float32Array::from(vec![text.parse::<f32>().map_err(|_| wrong())?]))?,
        "FLOAT8" => float(&Float64Array::from(vec![text.parse::<f64>().map_err(|_| wrong())?]))?,
        "TIMESTAMP" => text.replacen(' ', "T", 1),
        "TIMESTAMPTZ" => text.strip_suffix("+00").ok_or_else(wrong)?.replacen(' ', "T", 1) + "Z",
        "BYTEA" => text.strip_prefix("\\x").ok_or_else(wrong)?.to_owned(),
        "JSON" => structure(&serde_json::from_str(text).map_err(|_| wrong())?),
        _ => text.to_owned(),
    })
}

fn float(one: &dyn Array) -> Result<String, Failed> {
    array_value_to_string(one, 0).map_err(|error| Failed(error.to_string()))
}

fn structure(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(structure).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", structure(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

/// The items of `{1,NULL,"a b"}`.
fn items(text: &str) -> Option<Vec<Option<String>>> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let (mut items, mut item, mut quoted, mut was_quoted) = (Vec::new(), String::new(), false, false);
    if inner.is_empty() {
        return Some(items);
    }
    let mut chars = inner.chars();
    loop {
        match chars.next() {
            Some('\\') => item.extend(chars.next()),
            Some('"') => (quoted, was_quoted) = (!quoted, true),
            Some(c) if quoted || c != ',' => item.push(c),
            end => {
                let one = std::mem::take(&mut item);
                items.push((was_quoted || one != "NULL").then_some(one));
                was_quoted = false;
                if end.is_none() {
                    return Some(items);
                }
            }
        }
    }
}
