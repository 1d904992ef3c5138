//! A statement from its text to its first row.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::error::of_datafusion;
use huitong_engine::statement::query::Planned;
use huitong_engine::statement::{Parsed, Prepared};
use huitong_engine::{Done, Session};

use super::request::Asked;
use crate::flight::clients::safe_schema;

/// A statement that is ready to run.
pub enum Work {
    Query(Box<Planned>),
    Command(Box<Parsed>),
}

/// What comes of it.
pub enum Outcome {
    Rows(Rows),
    Done(Done),
}

/// Rows of a query that has begun to answer; dropping them ends it.
pub struct Rows {
    pub schema: SchemaRef,
    first: Option<RecordBatch>,
    rest: BoxStream<'static, Result<RecordBatch>>,
}

impl Rows {
    /// Waits for the first rows, so that an error before them is the answer's and not one in its middle.
    async fn begun(schema: SchemaRef, mut rest: BoxStream<'static, Result<RecordBatch>>) -> Result<Self> {
        Ok(Self { schema, first: rest.try_next().await?, rest })
    }

    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        match self.first.take() {
            Some(first) => Ok(Some(first)),
            None => self.rest.try_next().await,
        }
    }
}

impl Work {
    /// Plans a query, or reads a command.
    pub async fn prepare(session: &Session, asked: &Asked) -> Result<Self> {
        match session.prepare_with(&asked.sql, &asked.parameters).await? {
            Prepared::Query(planned) => Ok(Self::Query(planned)),
            // It would hold for nothing: a request is a session of its own.
            Prepared::Command(parsed) if parsed.is_setting() => {
                let text = "a setting that is changed by a statement of its own would hold for no other one";
                Err(Error::new(Code::UNSUPPORTED_STATEMENT, text)
                    .with_hint("send it with the statement that it is for, as {\"sql\": …, \"settings\": {…}}"))
            }
            Prepared::Command(parsed) => Ok(Self::Command(parsed)),
        }
    }

    /// The id that the statement is known by, here, in the log and in `huitong.queries`.
    pub fn id(&self) -> Result<String> {
        match self {
            Self::Query(planned) => Ok(planned.query_id().to_owned()),
            Self::Command(parsed) => {
                let id = parsed.query_id().map(str::to_owned);
                id.ok_or_else(|| Error::new(Code::INTERNAL, "a prepared command has no id"))
            }
        }
    }

    /// Runs it to its first rows, or to its effect.
    pub async fn run(self, session: &Session) -> Result<Outcome> {
        match self {
            Self::Query(planned) => {
                let schema = safe_schema(&planned.schema());
                let rows = session.start(*planned).await?.stream.map_err(of_datafusion).boxed();
                Rows::begun(schema, rows).await.map(Outcome::Rows)
            }
            Self::Command(parsed) => session.run(*parsed).await.map(Outcome::Done),
        }
    }
}
