//! Rows on their way to the client: a piece of them is written when the one before it was taken.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arrow::array::RecordBatch;
use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures::stream;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Done;
use serde_json::json;

use super::accept::Format;
use super::format::Writer;
use super::problem::{json_type, told};
use super::statements::{Listed, QUERY_ID, Stage, Statement};
use super::work::Rows;
use crate::flight::clients::fit;

/// What is written at a time, as far as rows are smaller than that.
const PIECE_BYTES: usize = 256 * 1024;
/// How long what was written before an answer breaks off has for its way out.
const LAST_WORDS: Duration = Duration::from_millis(250);

/// The answer of a command, whatever format is wished for: it has no rows.
pub fn of_done(id: &str, done: &Done) -> Response {
    let document = json!({ "query_id": id, "command": done.command, "rows_affected": done.rows });
    named(id, (json_type(), format!("{document}\n")).into_response())
}

/// The answer of a query. An error before its first bytes is an error of the whole.
pub async fn of_rows(
    listed: Option<Listed>,
    statement: Arc<Statement>,
    rows: Rows,
    format: Format,
) -> Result<Response> {
    statement.go(Stage::Sending);
    let writer = Writer::new(format, &statement.id, &rows.schema);
    let mut sending =
        Sending { statement: statement.clone(), _listed: listed, rows, writer, part: Part::Head, rest: None };
    let first = match sending.piece().await {
        Ok(piece) => piece.unwrap_or_default(),
        Err(error) => {
            statement.go(Stage::Failed(error.clone()));
            return Err(error);
        }
    };
    let mut response = Response::new(body(first, sending));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    Ok(named(&statement.id, response))
}

/// With the header that names the statement.
pub fn named(id: &str, mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(QUERY_ID, id);
    }
    response
}

/// Rows that are being sent. When the client goes away this is dropped, and the query with it.
struct Sending {
    statement: Arc<Statement>,
    _listed: Option<Listed>,
    rows: Rows,
    writer: Writer,
    part: Part,
    /// What is left of a batch, from a row on, and how many of its rows make a piece.
    rest: Option<(RecordBatch, usize, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Head,
    Rows,
    Over,
}

impl Sending {
    /// The next bytes; none at the end.
    async fn piece(&mut self) -> Result<Option<Bytes>> {
        let mut out = Vec::new();
        if self.part == Part::Head {
            self.writer.begin(&mut out)?;
            self.part = Part::Rows;
        }
        while self.part == Part::Rows {
            let next = {
                let statement = self.statement.clone();
                tokio::select! {
                    biased;
                    error = statement.ended() => return Err(error),
                    next = self.next_rows() => next?,
                }
            };
            match next {
                Some(rows) => {
                    self.writer.rows(&rows, &mut out)?;
                    self.statement.count(rows.num_rows());
                }
                None => {
                    self.writer.end(self.statement.rows.load(Ordering::Relaxed), &mut out)?;
                    self.part = Part::Over;
                    self.statement.go(Stage::Finished(None));
                }
            }
            if !out.is_empty() {
                return Ok(Some(out.into()));
            }
        }
        Ok(None)
    }

    async fn next_rows(&mut self) -> Result<Option<RecordBatch>> {
        let (batch, at, step) = match self.rest.take() {
            Some(rest) => rest,
            None => {
                let Some(batch) = self.rows.next().await? else { return Ok(None) };
                let misfit =
                    |e| Error::new(Code::RESULT_NOT_WRITTEN, "rows do not fit what was announced").caused_by(e);
                let batch = fit(&batch, &self.rows.schema).map_err(misfit)?;
                let pieces = batch.get_array_memory_size() / PIECE_BYTES + 1;
                let step = batch.num_rows().div_ceil(pieces).max(1);
                (batch, 0, step)
            }
        };
        let count = step.min(batch.num_rows() - at);
        let piece = batch.slice(at, count);
        if at + count < batch.num_rows() {
            self.rest = Some((batch, at + count, step));
        }
        Ok(Some(piece))
    }

    /// What can still be said when an error comes in the middle.
    fn last_words(&mut self, error: Error) -> Bytes {
        let mut out = Vec::new();
        let document = told(&error, Some(&self.statement.id));
        self.writer.broken(&document, self.statement.rows.load(Ordering::Relaxed), &mut out);
        self.statement.go(Stage::Failed(error));
        out.into()
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        let left = || Error::new(Code::CANCELLED, "the client went away before it had all rows");
        self.statement.go(Stage::Failed(left()));
    }
}

/// How far a body is.
enum Sent {
    First(Bytes, Box<Sending>),
    Rest(Box<Sending>),
    /// The last words are said.
    Broken,
    Over,
}

/// The body: a first piece, and what follows. After an error it breaks off, so that its end is missing in the connection: a body that
/// ends as it should would be taken for a whole answer.
fn body(first: Bytes, sending: Sending) -> Body {
    let begin = Sent::First(first, Box::new(sending));
    Body::from_stream(stream::unfold(begin, |body| async {
        let mut sending = match body {
            Sent::First(first, sending) => return Some((Ok(first), Sent::Rest(sending))),
            Sent::Rest(sending) => sending,
            Sent::Broken => {
                // hyper closes the connection at once, with whatever has not left it.
                tokio::time::sleep(LAST_WORDS).await;
                return Some((Err(std::io::Error::other("the answer breaks off")), Sent::Over));
            }
            Sent::Over => return None,
        };
        match sending.piece().await {
            Ok(Some(piece)) => Some((Ok(piece), Sent::Rest(sending))),
            Ok(None) => None,
            Err(error) => Some((Ok(sending.last_words(error)), Sent::Broken)),
        }
    }))
}
