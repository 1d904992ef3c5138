//! Prepared statements: a text, and the values that a client has bound to it.

use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow_flight::FlightData;
use arrow_flight::error::FlightError;
use datafusion::common::ScalarValue;
use futures::{Stream, StreamExt, TryStreamExt};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::error::of_datafusion;
use tonic::Status;

use super::batches::Batches;

/// Rows of values that one call may bind: they become part of a statement, which is planned.
pub const ROWS_MAX: usize = 10_000;
/// Values in all of them.
pub const VALUES_MAX: usize = 200_000;

/// Rows of values, each for one run of the statement.
pub type Rows = Vec<Vec<ScalarValue>>;

/// A statement and its values; clones share them.
#[derive(Debug, Clone)]
pub struct Statement {
    pub sql: Arc<str>,
    bound: Arc<Mutex<Arc<Rows>>>,
}

impl Statement {
    pub fn new(sql: String) -> Self {
        Self { sql: sql.into(), bound: Arc::default() }
    }

    /// Binds values for the runs that follow.
    pub fn bind(&self, rows: Rows) {
        *self.bound.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(rows);
    }

    /// The values that are bound.
    pub fn bound(&self) -> Arc<Rows> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Parameters as they are announced to a client, whose values the engine casts as they come. Drivers on grpc-java are the Arrow JDBC
/// driver: it writes milliseconds into whatever vector of moments was announced, and lets a number that does not fit lose its upper
/// bits.
pub fn announced(parameters: &[DataType], agent: Option<&str>) -> Vec<DataType> {
    let is_jdbc = agent.is_some_and(|agent| agent.contains("grpc-java"));
    parameters.iter().map(|kind| if is_jdbc { for_jdbc(kind) } else { kind.clone() }).collect()
}

fn for_jdbc(kind: &DataType) -> DataType {
    use DataType::*;
    match kind {
        Timestamp(_, zone) => Timestamp(TimeUnit::Millisecond, zone.clone()),
        Time32(_) | Time64(_) => Time32(TimeUnit::Millisecond),
        Int8 | Int16 | Int32 | UInt8 | UInt16 | UInt32 => Int64,
        other => other.clone(),
    }
}

/// Parameters as a schema: `$1`, `$2`, …
pub fn parameter_schema(parameters: &[DataType]) -> Schema {
    let field = |(number, kind): (usize, &DataType)| Field::new(format!("${number}"), kind.clone(), true);
    Schema::new((1..).zip(parameters).map(field).collect::<Vec<_>>())
}

/// The values that a client sends with a call; none if it sends no columns.
pub async fn values(
    data: impl Stream<Item = std::result::Result<FlightData, Status>> + Send + 'static,
) -> Result<Rows> {
    let mut data = Box::pin(data.peekable());
    let is_bare = match data.as_mut().peek().await {
        None => true,
        Some(first) => first.as_ref().is_ok_and(|first| first.data_header.is_empty()),
    };
    if is_bare {
        return Ok(Rows::new());
    }
    let mut batches = Batches::of(data);
    let mut rows = Rows::new();
    while let Some(batch) = batches.try_next().await.map_err(broken)? {
        if batch.num_columns() == 0 {
            continue;
        }
        let count = rows.len() + batch.num_rows();
        if count > ROWS_MAX || count * batch.num_columns() > VALUES_MAX {
            let text = format!("a call binds {ROWS_MAX} rows and {VALUES_MAX} values at most");
            return Err(Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("use a bulk load for so many rows"));
        }
        for row in 0..batch.num_rows() {
            rows.push(row_of(&batch, row)?);
        }
    }
    Ok(rows)
}

fn row_of(batch: &RecordBatch, row: usize) -> Result<Vec<ScalarValue>> {
    batch.columns().iter().map(|column| ScalarValue::try_from_array(column, row).map_err(of_datafusion)).collect()
}

fn broken(error: FlightError) -> Error {
    Error::new(Code::BAD_RECORD, format!("the values cannot be read: {error}")).caused_by(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jdbc_is_announced_what_it_can_write() {
        let told = [
            DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            DataType::Timestamp(TimeUnit::Second, None),
            DataType::Time64(TimeUnit::Microsecond),
            DataType::Int16,
            DataType::Utf8,
        ];
        let fit = [
            DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
            DataType::Timestamp(TimeUnit::Millisecond, None),
            DataType::Time32(TimeUnit::Millisecond),
            DataType::Int64,
            DataType::Utf8,
        ];
        assert_eq!(announced(&told, Some("JDBC Flight SQL Driver 19.0.0 grpc-java-netty/1.76.0")), fit);
        for other in [None, Some("ADBC Flight SQL Driver 1.13.0 grpc-go/1.79.0")] {
            assert_eq!(announced(&told, other), told);
        }
    }
}
