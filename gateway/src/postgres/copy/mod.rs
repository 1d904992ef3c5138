//! `COPY … TO STDOUT` and `COPY … FROM STDIN`, as text, as CSV or in binary. To and from files the engine copies by itself.

/// What a statement says.
mod statement;

/// Lines as they are written.
pub(super) mod write;

/// Lines as they are read.
mod read;

/// Rows in binary, both ways.
pub(super) mod binary;

/// Texts as values.
mod values;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use bytes::BufMut;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::{TryStreamExt, stream};
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::error::{into_datafusion, of_datafusion};
use huitong_engine::statement::{Ingest, IngestMode, Prepared};
use tokio::sync::mpsc;

use super::answer::complete;
use super::connection::{Client, Watch, idle, idle_too_long, stopped, unless_dismissed};
use super::encode::Encoder;
use super::extended::session_zone;
use super::input::{Broken, Input, MESSAGE_BYTES_MAX, Message};
use super::output::Output;
use super::problem::{Problem, Stop, cancelled};
use crate::flight::clients::safe_schema;
pub use statement::{Copy, Form, Into, Layout};

/// What is read of a client's lines before others get the thread.
const PIECE_BYTES: usize = 1024 * 1024;
const BATCH_ROWS: usize = 8192;
/// Wide rows fill a batch before it has that many.
const BATCH_BYTES: usize = 8 * 1024 * 1024;
/// A row that is longer is none: a quote was not closed, or a length is wrong.
const RECORD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Rows that a client sends in pieces, which may begin and end anywhere.
pub(super) trait Incoming: Send {
    /// Takes a piece; answers the batches that are full with it.
    fn feed(&mut self, data: &[u8]) -> Result<Vec<RecordBatch>>;

    /// No more comes: what is left is a batch.
    fn end(&mut self) -> Result<Vec<RecordBatch>>;
}

/// For rows of these columns; moments without a zone are of `zone`.
pub(super) fn reader(schema: SchemaRef, form: Form, zone: String) -> Box<dyn Incoming> {
    match form {
        Form::Lines(layout) => Box::new(read::Reader::new(schema, layout, zone)),
        Form::Binary => Box::new(binary::Reader::new(schema, zone)),
    }
}

/// Runs one; see [`Copy::read`].
pub async fn run(client: &mut Client, watch: &mut Watch<'_>, output: &mut Output, copy: Copy) -> Result<(), Stop> {
    client.transaction.check()?;
    let rows = match copy {
        Copy::Out { query, form } => out(client, watch, output, &query, &form).await?,
        Copy::In { into, form } => {
            client.check_change()?;
            load(client, watch, output, into, form).await?
        }
    };
    complete(output, &format!("COPY {rows}"));
    Ok(())
}

async fn out(
    client: &mut Client,
    watch: &mut Watch<'_>,
    output: &mut Output,
    query: &str,
    form: &Form,
) -> Result<u64, Stop> {
    let session = client.session.clone();
    // Places in its errors would be of the query's own text.
    let prepared = async { Ok(session.prepare(query).await.map_err(|error| Error { place: None, ..error })?) };
    let Prepared::Query(planned) = watch.during(prepared).await? else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "COPY takes a query or a table").into());
    };
    let schema = safe_schema(&planned.schema());
    let (formats, zone) = (vec![form.of_values(); schema.fields().len()], client.zone()?);
    let mut running = watch.reading(async { Ok(session.start(*planned).await?) }).await?;
    begin(output, b'H', &schema, form);
    if let Form::Lines(layout @ Layout { header: true, .. }) = form {
        let names: Vec<_> = schema.fields().iter().map(|field| Some(field.name().as_bytes().into())).collect();
        output.put(b'd', |body| write::line(&names, layout, body));
    }
    // Clients look for the first row, or the end, in the message that has this.
    let mut head = binary::head();
    let sent = async {
        let mut sent = 0;
        while let Some(batch) = running.stream.try_next().await.map_err(of_datafusion)? {
            let encoder = Encoder::new(&batch, &schema, &formats, zone)?;
            match form {
                Form::Binary => encoder.copied_into(&mut output.buffer, &mut head)?,
                Form::Lines(layout) => {
                    encoder.lines_into(&mut output.buffer, |values, body| write::line(values, layout, body))?;
                }
            }
            sent += encoder.rows() as u64;
            if output.is_full() {
                output.send().await?;
            }
        }
        if *form == Form::Binary {
            output.put(b'd', |body| {
                body.extend_from_slice(&head.split());
                binary::tail(body);
            });
        }
        output.put(b'c', |_| {});
        Ok(sent)
    };
    watch.reading(sent).await
}

/// Tells that rows are going to be copied, all of them as text or all in binary.
fn begin(output: &mut Output, kind: u8, schema: &Schema, form: &Form) {
    let count = u16::try_from(schema.fields().len()).unwrap_or(u16::MAX);
    let format = form.of_values().number();
    output.put(kind, |body| {
        body.put_u8(u8::from(format != 0));
        body.put_u16(count);
        (0..count).for_each(|_| body.put_i16(format));
    });
}

/// Writes a client's rows with one commit; what is broken or cut off leaves nothing.
async fn load(
    client: &mut Client,
    watch: &mut Watch<'_>,
    output: &mut Output,
    into: Into,
    form: Form,
) -> Result<u64, Stop> {
    let session = client.session.clone();
    let name = TableName::new(into.schema.unwrap_or_else(|| session.settings().schema), into.table)?;
    let names = session.names();
    if names.object(&name).is_none() {
        return Err(names.unknown_table(&name.to_string()).into());
    }
    let table = watch.during(async { Ok(session.table_schema(name.schema(), name.table()).await?) }).await?;
    let schema = columns(&table, &into.columns)?;
    begin(output, b'G', &schema, &form);
    output.send().await?;
    let (sender, receiver) = mpsc::channel(2);
    // A channel that closes is no end: only the client says when all has come.
    let rows = stream::unfold(receiver, |mut receiver: mpsc::Receiver<Result<Option<_>>>| async {
        match receiver.recv().await {
            Some(Ok(Some(batch))) => Some((Ok(batch), receiver)),
            Some(Ok(None)) => None,
            Some(Err(error)) => Some((Err(into_datafusion(error)), receiver)),
            None => Some((Err(into_datafusion(cancelled())), receiver)),
        }
    });
    let rows = Box::pin(RecordBatchStreamAdapter::new(schema.clone(), rows));
    let mut written = pin!(session.ingest(Ingest { table: name, mode: IngestMode::Append, rows }));
    let (process, standing) = (watch.process, watch.standing);
    let input = &mut *watch.input;
    let mut reader = reader(schema, form, session_zone(client));
    let loading = async {
        let read = tokio::select! {
            biased;
            read = read(input, reader.as_mut(), &sender, session.engine().idle_after()) => read,
            // It failed in the middle.
            written = &mut written => return written.map_err(Stop::from),
        };
        match read {
            Ok(()) => written.await.map_err(Stop::from),
            // The load ends with the reason, so that it is recorded with it.
            Err(Stop::Failed(problem)) => {
                let (_, ended) = tokio::join!(sender.send(Err(problem.error.as_ref().clone())), written);
                Err(match ended {
                    Err(told) => problem.named_as(&told).into(),
                    Ok(_) => problem.into(),
                })
            }
            Err(broken) => Err(broken),
        }
    };
    let mut loading = pin!(loading);
    tokio::select! {
        biased;
        () = process.cancel.notified() => stopped(process, loading).await,
        () = process.end.cancelled() => Err(Broken::Ended.into()),
        () = standing.ended() => Err(Broken::Dismissed.into()),
        written = &mut loading => unless_dismissed(standing, written),
    }
}

/// Hands a client's rows over until it says that all have come.
async fn read(
    input: &mut Input,
    reader: &mut dyn Incoming,
    to: &mpsc::Sender<Result<Option<RecordBatch>>>,
    idle_after: Option<Duration>,
) -> Result<(), Stop> {
    loop {
        let message = tokio::select! {
            message = input.message(MESSAGE_BYTES_MAX) => message?,
            () = idle(idle_after) => return Err(idle_too_long().into()),
        };
        let data = match message {
            Message::CopyData(data) => data,
            Message::CopyDone => {
                for batch in reader.end()? {
                    to.send(Ok(Some(batch))).await.ok();
                }
                to.send(Ok(None)).await.ok();
                return Ok(());
            }
            Message::CopyFail(why) => {
                let text = format!("the client ended its load: {why}");
                return Err(Error::new(Code::CANCELLED, text).into());
            }
            Message::Flush | Message::Sync => continue,
            _ => return Err(Broken::Protocol("a statement comes in the middle of a load".into()).into()),
        };
        for piece in data.chunks(PIECE_BYTES) {
            for batch in reader.feed(piece)? {
                // If the load has failed, it says why itself.
                to.send(Ok(Some(batch))).await.ok();
            }
            tokio::task::yield_now().await;
        }
    }
}

/// The columns that lines have, in their order.
fn columns(table: &SchemaRef, listed: &[String]) -> Result<SchemaRef, Problem> {
    if let Some(twice) = listed.iter().enumerate().find(|(at, name)| listed[..*at].contains(name)) {
        let error = Error::new(Code::AMBIGUOUS_NAME, format!("column `{}` is named twice", twice.1));
        return Err(Problem::new("42701", error));
    }
    let known = || table.fields().iter().map(|field| field.name().as_str());
    let column = |name: &String| -> Result<Field> {
        let found = table.field_with_name(name).map_err(|_| {
            Error::new(Code::UNKNOWN_COLUMN, format!("unknown column `{name}`")).with_suggestion(name, known())
        })?;
        Ok(found.clone())
    };
    match listed {
        [] => Ok(Arc::new(Schema::new(table.fields().clone()))),
        listed => Ok(Arc::new(Schema::new(listed.iter().map(column).collect::<Result<Vec<_>>>()?))),
    }
}
