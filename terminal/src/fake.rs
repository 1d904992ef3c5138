//! A connection for tests: answers are given beforehand, and what was asked of it can be read back.

use std::collections::HashMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::Schema;
use async_trait::async_trait;
use futures::StreamExt;
use futures::stream;

use crate::connection::{ClientError, Connection, Name, Statement};

#[derive(Clone)]
pub(crate) enum Answer {
    Batches(Vec<RecordBatch>),
    Affected(u64),
    Nothing,
    Fail(ClientError),
    /// Rows, then an error in the middle of the stream.
    Broken(RecordBatch, ClientError),
    /// One batch again and again, for ever.
    Endless(RecordBatch),
    /// Never answers.
    Hang,
}

#[derive(Default)]
pub(crate) struct Fake {
    pub(crate) answers: HashMap<String, Answer>,
    pub(crate) names: Mutex<Vec<Name>>,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) cancelled: Mutex<usize>,
    pub(crate) cancel_hangs: bool,
}

impl Fake {
    pub(crate) fn new(answers: impl IntoIterator<Item = (&'static str, Answer)>) -> Self {
        let answers = answers.into_iter().map(|(sql, answer)| (sql.to_owned(), answer)).collect();
        Self { answers, ..Self::default() }
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Connection for Fake {
    async fn execute(&self, sql: &str) -> Result<Statement, ClientError> {
        self.asked.lock().unwrap().push(sql.to_owned());
        let statement = |schema, batches, affected| Statement { schema, batches, affected, progress: None };
        let nothing = || Arc::new(Schema::empty());
        match self.answers.get(sql).cloned() {
            None => Err(ClientError::new(format!("unexpected `{sql}`"))),
            Some(Answer::Fail(error)) => Err(error),
            Some(Answer::Nothing) => Ok(statement(nothing(), stream::empty().boxed(), None)),
            Some(Answer::Affected(rows)) => Ok(statement(nothing(), stream::empty().boxed(), Some(rows))),
            Some(Answer::Batches(batches)) => {
                Ok(statement(batches[0].schema(), stream::iter(batches.into_iter().map(Ok)).boxed(), None))
            }
            Some(Answer::Broken(batch, error)) => {
                Ok(statement(batch.schema(), stream::iter([Ok(batch), Err(error)]).boxed(), None))
            }
            Some(Answer::Endless(batch)) => {
                let schema = batch.schema();
                let batches = stream::repeat_with(move || Ok(batch.clone())).then(|batch| async {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    batch
                });
                Ok(statement(schema, batches.boxed(), None))
            }
            Some(Answer::Hang) => futures::future::pending().await,
        }
    }

    async fn cancel(&self) -> Result<(), ClientError> {
        *self.cancelled.lock().unwrap() += 1;
        if self.cancel_hangs {
            futures::future::pending::<()>().await;
        }
        Ok(())
    }

    async fn names(&self) -> Result<Vec<Name>, ClientError> {
        Ok(self.names.lock().unwrap().clone())
    }

    fn describe(&self) -> String {
        "a fake".into()
    }
}

/// Two columns, `id` and `姓名`.
pub(crate) fn people(rows: &[(Option<i64>, Option<&str>)]) -> RecordBatch {
    let ids: Int64Array = rows.iter().map(|row| row.0).collect();
    let names: StringArray = rows.iter().map(|row| row.1).collect();
    let columns: [(&str, ArrayRef); 2] = [("id", Arc::new(ids)), ("姓名", Arc::new(names))];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

/// An output that a test keeps hold of.
#[derive(Clone, Default)]
pub(crate) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// What was written since the last call.
    pub(crate) fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe whose reader leaves after some bytes.
pub(crate) struct Pipe {
    pub(crate) room: usize,
    pub(crate) kind: io::ErrorKind,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.room == 0 {
            return Err(self.kind.into());
        }
        let taken = bytes.len().min(self.room);
        self.room -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
