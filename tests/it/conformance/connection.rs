//! One connection of a file: a session in a schema of the file's own.

use std::time::Duration;

use arrow::array::RecordBatch;
use arrow_flight::sql::client::FlightSqlServiceClient;
use async_trait::async_trait;
use futures::TryStreamExt;
use sqllogictest::{AsyncDB, DBOutput};
use tonic::transport::{Channel, Endpoint};

use super::values::{self, Kind};
use crate::work::PASSWORD;

/// A statement that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(120);

/// Who is asked.
#[derive(Clone)]
pub struct Place {
    pub address: String,
    pub backend: &'static str,
}

/// What a server told instead of an answer, or that it told nothing.
#[derive(Debug)]
pub struct Told(pub String);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Told {}

/// What [`Told`] says of a statement that was given up.
pub const HUNG: &str = "no answer in time";

/// What a plan ends with that cannot be spread over executors.
const NOT_SPREAD: &str = "HT0401";

pub struct Door(FlightSqlServiceClient<Channel>);

impl Door {
    pub async fn open(place: Place, schema: String) -> Result<Self, Told> {
        let endpoint = Endpoint::from_shared(format!("http://{}", place.address)).map_err(told)?;
        let mut client = FlightSqlServiceClient::new(endpoint.connect().await.map_err(told)?);
        client.handshake("admin", PASSWORD).await.map_err(told)?;
        let mut door = Self(client);
        for statement in [
            format!("CREATE SCHEMA IF NOT EXISTS {schema}"),
            format!("USE {schema}"),
            format!("SET huitong.backend = '{}'", place.backend),
        ] {
            door.answer(&statement).await?;
        }
        Ok(door)
    }

    /// The answer; of a plan that cannot be spread, the coordinator's own, which `auto` would give.
    async fn answer_anywhere(&mut self, sql: &str) -> Result<DBOutput<Kind>, Told> {
        match self.answer(sql).await {
            Err(told) if told.0.contains(NOT_SPREAD) => {
                self.answer("SET huitong.backend = 'local'").await?;
                let answer = self.answer(sql).await;
                self.answer("SET huitong.backend = 'staged'").await?;
                answer
            }
            answer => answer,
        }
    }

    async fn answer(&mut self, sql: &str) -> Result<DBOutput<Kind>, Told> {
        let info = self.0.execute(sql.to_owned(), None).await.map_err(told)?;
        let rows = u64::try_from(info.total_records).unwrap_or_default();
        let schema = info.clone().try_decode_schema().map_err(told)?;
        if schema.fields().is_empty() {
            return Ok(DBOutput::StatementComplete(rows));
        }
        let mut batches = Vec::<RecordBatch>::new();
        for endpoint in info.endpoint {
            let ticket = endpoint.ticket.ok_or_else(|| Told("an endpoint without a ticket".to_owned()))?;
            let stream = self.0.do_get(ticket).await.map_err(told)?;
            batches.extend(stream.try_collect::<Vec<_>>().await.map_err(told)?);
        }
        Ok(DBOutput::Rows { types: values::kinds(&schema), rows: values::rows(&batches).map_err(told)? })
    }
}

/// The files' catalogue is called otherwise, and each file has a schema of its own; the session's zone is a setting of huitong's.
fn spelled(sql: &str) -> String {
    if let Some(zone) = sql.trim().strip_prefix("RESET datafusion.execution.time_zone") {
        return format!("SET timezone = 'UTC'{zone}");
    }
    sql.replace("datafusion.public.", "").replace("datafusion.execution.time_zone", "timezone")
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn told(error: impl ToString) -> Told {
    Told(error.to_string())
}

#[async_trait]
impl AsyncDB for Door {
    type Error = Told;
    type ColumnType = Kind;

    async fn run(&mut self, sql: &str) -> Result<DBOutput<Kind>, Told> {
        match tokio::time::timeout(LIMIT, self.answer_anywhere(&spelled(sql))).await {
            Ok(answer) => answer,
            Err(_) => Err(Told(HUNG.to_owned())),
        }
    }

    async fn shutdown(&mut self) {}

    fn engine_name(&self) -> &'static str {
        "DataFusion"
    }
}
