//! Rows on their way to the client: a batch is asked for when the one before it was sent.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{Schema, SchemaRef};
use bytes::BufMut;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Done;
use huitong_engine::error::of_datafusion;
use huitong_engine::session::Rows as Running;

use super::encode::{Encoder, Format, Zone};
use super::output::{Output, text};
use super::problem::Stop;
use super::types::{Shape, modifier};
use crate::flight::clients::safe_schema;

/// What is put into the buffer before it is looked at again.
const BUFFER_BYTES: usize = 64 * 1024;

/// Rows of a statement, and how far they are sent. Dropping them stops their query.
pub struct Rows {
    schema: SchemaRef,
    formats: Vec<Format>,
    zone: Zone,
    stream: BoxStream<'static, Result<RecordBatch>>,
    current: Option<(Encoder, usize)>,
    /// Rows sent.
    pub sent: u64,
    /// The id of the query, if they are of one.
    pub query: String,
}

/// Whether there may be more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Complete,
    Suspended,
}

impl Rows {
    pub fn of_query(rows: Running, formats: Vec<Format>, zone: Zone) -> Self {
        let schema = safe_schema(&rows.schema);
        let stream = rows.stream.map_err(of_datafusion).boxed();
        Self { schema, formats, zone, stream, current: None, sent: 0, query: rows.query_id }
    }

    pub fn of_batch(batch: RecordBatch, formats: Vec<Format>, zone: Zone) -> Self {
        let schema = batch.schema();
        let stream = stream::iter([Ok(batch)]).boxed();
        Self { schema, formats, zone, stream, current: None, sent: 0, query: String::new() }
    }

    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    pub fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// Sends up to `rows_max` rows in other formats than before, and answers with their number.
    pub async fn send_as(
        &mut self,
        output: &mut Output,
        formats: Vec<Format>,
        rows_max: usize,
    ) -> Result<(usize, Ended), Stop> {
        let (before, own) = (self.sent, self.formats.clone());
        self.set_formats(formats);
        let ended = self.send(output, rows_max).await;
        self.set_formats(own);
        Ok(((self.sent - before) as usize, ended?))
    }

    fn set_formats(&mut self, formats: Vec<Format>) {
        if let Some((encoder, _)) = &mut self.current {
            encoder.set_formats(&formats);
        }
        self.formats = formats;
    }

    /// Passes over up to `rows_max` rows, and answers with their number.
    pub async fn skip(&mut self, rows_max: usize) -> Result<(usize, Ended), Stop> {
        let mut left = rows_max;
        loop {
            let Some((encoder, at)) = self.next().await? else { return Ok((rows_max - left, Ended::Complete)) };
            let next = at.saturating_add(left).min(encoder.rows());
            left -= next - at;
            if next < encoder.rows() {
                self.current = Some((encoder, next));
            }
            if left == 0 {
                return Ok((rows_max, Ended::Suspended));
            }
        }
    }

    /// Sends up to `rows_max` rows; 0 is all. What is left of the buffer is sent with what comes next.
    pub async fn send(&mut self, output: &mut Output, rows_max: usize) -> Result<Ended, Stop> {
        let mut left = if rows_max == 0 { usize::MAX } else { rows_max };
        loop {
            let Some((encoder, at)) = self.next().await? else { return Ok(Ended::Complete) };
            let end = at.saturating_add(left).min(encoder.rows());
            let next = encoder.rows_into(&mut output.buffer, at, end, BUFFER_BYTES)?;
            left -= next - at;
            self.sent += (next - at) as u64;
            if next < encoder.rows() {
                self.current = Some((encoder, next));
            }
            if output.is_full() {
                output.send().await?;
            }
            if left == 0 {
                return Ok(Ended::Suspended);
            }
        }
    }

    /// The batch that is being sent, or the next one.
    async fn next(&mut self) -> Result<Option<(Encoder, usize)>> {
        if let Some(current) = self.current.take() {
            return Ok(Some(current));
        }
        match self.stream.try_next().await? {
            Some(batch) => Ok(Some((Encoder::new(&batch, &self.schema, &self.formats, self.zone)?, 0))),
            None => {
                // Whoever asks once more gets nothing once more, from no query.
                self.stream = stream::empty().boxed();
                Ok(None)
            }
        }
    }
}

/// Tells the columns of an answer.
pub fn describe(output: &mut Output, schema: &Schema, formats: &[Format]) -> Result<()> {
    let count = u16::try_from(schema.fields().len()).ok().filter(|count| *count <= 1664);
    let count = count.ok_or_else(|| {
        Error::new(Code::UNSUPPORTED_STATEMENT, "the answer has more columns than the protocol can tell of (1664)")
    })?;
    output.put(b'T', |body| {
        body.put_u16(count);
        for (field, format) in schema.fields().iter().zip(formats) {
            let shape = Shape::of(field.data_type());
            text(body, field.name());
            // No table and no column of one.
            body.put_i32(0);
            body.put_i16(0);
            body.put_u32(shape.oid());
            body.put_i16(shape.size());
            body.put_i32(modifier(field));
            body.put_i16(format.number());
        }
    });
    Ok(())
}

/// Tells that a statement is done, and how many rows it was about.
pub fn complete(output: &mut Output, tag: &str) {
    output.put(b'C', |body| text(body, tag));
}

/// How the protocol calls an effect.
pub fn tag(done: &Done) -> String {
    match (done.command, done.rows) {
        ("INSERT", Some(rows)) => format!("INSERT 0 {rows}"),
        (command @ ("UPDATE" | "DELETE" | "MERGE" | "COPY"), Some(rows)) => format!("{command} {rows}"),
        (command, _) => command.to_owned(),
    }
}

/// Rows of texts, for what this door answers itself.
pub fn texts(columns: &[&str], rows: &[Vec<String>]) -> Result<RecordBatch> {
    let column = |at: usize| -> ArrayRef {
        Arc::new(rows.iter().map(|row| row.get(at).map(String::as_str)).collect::<StringArray>())
    };
    let named = columns.iter().enumerate().map(|(at, name)| (*name, column(at), true));
    RecordBatch::try_from_iter_with_nullable(named)
        .map_err(|error| Error::new(Code::INTERNAL, "an answer could not be built").caused_by(error))
}
