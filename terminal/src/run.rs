//! Runs one statement and hands its rows to a sink: the step that a script and the interactive client share.

use futures::StreamExt;

use crate::connection::{ClientError, Connection, Statement};
use crate::format::WriteError;
use crate::meter::Meter;
use crate::sink::Sink;

/// What a statement did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finished {
    /// It returned rows.
    Rows(u64),
    /// It changed rows.
    Affected(u64),
    /// It did something else, such as creating a table.
    Done,
}

/// Why a statement did not finish.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server, or the way to it, says no.
    Client(ClientError),
    /// The result could not be written.
    Write(WriteError),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        Self::Client(error)
    }
}

impl<E: Into<WriteError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Write(error.into())
    }
}

impl Failure {
    /// The reader of the output has gone, which is its right.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Write(error) if error.is_broken_pipe())
    }

    /// As told to a person.
    pub(crate) fn into_client(self) -> ClientError {
        match self {
            Self::Client(error) => error,
            Self::Write(error) => error.into(),
        }
    }
}

/// Runs `sql`; rows go to `sink` as they arrive.
pub(crate) async fn run(
    conn: &dyn Connection,
    sql: &str,
    sink: &mut Sink<'_>,
    meter: &mut Meter,
) -> Result<Finished, Failure> {
    let mut statement = meter.wait(conn.execute(sql)).await?;
    meter.follow(statement.progress.take());
    let finished = match statement.affected {
        Some(affected) => drain(&mut statement, meter).await.map(|()| Finished::Affected(affected)),
        None if statement.schema.fields().is_empty() => drain(&mut statement, meter).await.map(|()| Finished::Done),
        None => rows(&mut statement, sink, meter).await.map(Finished::Rows),
    };
    meter.clear();
    finished
}

/// A statement without a result still ends, or fails, at the end of its stream.
async fn drain(statement: &mut Statement, meter: &mut Meter) -> Result<(), Failure> {
    while let Some(batch) = meter.wait(statement.batches.next()).await {
        batch?;
    }
    Ok(())
}

async fn rows(statement: &mut Statement, sink: &mut Sink<'_>, meter: &mut Meter) -> Result<u64, Failure> {
    let shares_screen = sink.output.terminal && sink.output.format.streams();
    let mut writer = sink.next()?;
    let mut begun = false;
    while let Some(batch) = meter.wait(statement.batches.next()).await {
        let batch = batch?;
        if shares_screen {
            meter.hush();
        }
        // The header waits for the first rows, so that a statement that fails at once leaves the output clean.
        if !begun {
            writer.begin(&statement.schema)?;
            begun = true;
        }
        meter.rows(batch.num_rows());
        writer.batch(&batch)?;
    }
    meter.clear();
    if !begun {
        writer.begin(&statement.schema)?;
    }
    let rows = writer.finish()?;
    drop(writer);
    sink.flush()?;
    Ok(rows)
}
