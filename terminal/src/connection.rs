//! The only way from here to a server or an engine. A person's tool needs four things of it: run a statement, cancel
//! what runs, know the names to complete, and say where it is connected.

use std::fmt;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use futures::stream::BoxStream;
use tokio::sync::watch;

/// A place that runs SQL for one signed-in person.
#[async_trait]
pub trait Connection: Send + Sync {
    /// Starts one statement. Dropping the returned [`Statement`] must end its work on the server.
    async fn execute(&self, sql: &str) -> Result<Statement, ClientError>;

    /// Cancels, on the server, whatever this connection is running; cancelling nothing is not an error.
    async fn cancel(&self) -> Result<(), ClientError>;

    /// The names this person may see: nothing hidden from them may be listed here.
    async fn names(&self) -> Result<Vec<Name>, ClientError>;

    /// Where and as whom, for example `grpc://127.0.0.1:5000 as admin`.
    fn describe(&self) -> String;
}

/// One running statement.
pub struct Statement {
    /// The shape of the rows; no fields when the statement returns none.
    pub schema: SchemaRef,
    /// The rows, in order.
    pub batches: BoxStream<'static, Result<RecordBatch, ClientError>>,
    /// Rows written, for a statement that changes data: then no result is shown.
    pub affected: Option<u64>,
    /// How far the server is, when it tells.
    pub progress: Option<watch::Receiver<QueryProgress>>,
}

/// How far a running statement is, as the server reports it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueryProgress {
    /// Between 0 and 1, when the amount of work is known.
    pub fraction: Option<f64>,
    /// Rows read so far.
    pub rows: u64,
    /// Bytes read so far.
    pub bytes: u64,
    /// What is happening now, for example `stage 2 of 5`.
    pub stage: Option<String>,
}

/// A name in the catalogue, for completion and `\d`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// A schema, and what it is in the city's words.
    Schema { name: String, comment: Option<String> },
    /// A table or view of a schema; `kind` is `table`, `view` and so on.
    Table { schema: String, name: String, kind: String, comment: Option<String> },
    /// A column of a table, in the table's order.
    Column { schema: String, table: String, name: String, data_type: String, comment: Option<String> },
    /// A function that may be called.
    Function { name: String },
}

/// What went wrong, as told to a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientError {
    /// The stable code, for example `HT0101`.
    pub code: Option<String>,
    /// What happened; further lines may hold an excerpt of the SQL with a caret.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The statement, as the server's log and history name it.
    pub query: Option<String>,
}

impl ClientError {
    /// An error with a message only.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// The same error with its stable code. The codes are the platform's; this crate knows the few it needs by number.
    pub fn with_code(self, code: &str) -> Self {
        Self { code: Some(code.to_owned()), ..self }
    }

    /// The same error with advice.
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// One line: the code and the first line of the message.
impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(self.message.lines().next().unwrap_or_default())
    }
}

impl std::error::Error for ClientError {}
