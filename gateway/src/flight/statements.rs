//! Clients' statements between their calls: prepared ones, planned queries, and queries that run while a client asks for them.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use arrow_flight::sql::{ActionCreatePreparedStatementResult, ProstMessageExt, TicketStatementQuery};
use arrow_flight::{FlightDescriptor, FlightInfo, Ticket};
use datafusion::execution::SendableRecordBatchStream;
use futures::{StreamExt, TryStreamExt, stream};
use huitong_catalog::{Error, Result};
use huitong_engine::error::of_datafusion;
use huitong_engine::statement::query::Planned;
use huitong_engine::statement::{Described, Prepared};
use huitong_engine::{Done, Session};
use prost::Message;
use prost::bytes::Bytes;
use tonic::Status;

use super::endpoints::Shared;
use super::handles::Handles;
use super::poll::Poll;
use super::prepared::{Rows, Statement, announced, parameter_schema};
use super::results::{self, DoGet};
use super::{clients, each};
use crate::status;

/// A query that nobody fetched is forgotten after this.
pub const TICKET_LIFE: Duration = Duration::from_secs(600);
/// A prepared statement that nobody used is forgotten after this.
const PREPARED_LIFE: Duration = Duration::from_secs(3600);
/// The handle of every command that has run: its answer has no rows, so nothing waits for whoever does not fetch it.
const DONE: &str = "done";

/// What a ticket stands for.
pub enum Waiting {
    Planned(Box<Planned>),
    /// Rows that are coming already, with the schema that was announced.
    Started(SchemaRef, SendableRecordBatchStream),
    /// One of several endpoints of an answer.
    Part(SchemaRef, Arc<Shared>),
}

/// All of them.
pub struct Statements {
    pub tickets: Handles<Waiting>,
    pub prepared: Handles<Statement>,
    pub polls: Handles<Arc<Poll>>,
}

impl Statements {
    pub fn new() -> Self {
        Self {
            tickets: Handles::new("result", TICKET_LIFE),
            prepared: Handles::new("prepared statement", PREPARED_LIFE),
            polls: Handles::new("query", TICKET_LIFE),
        }
    }

    /// Plans a query or runs a command, and tells where the answer is.
    pub async fn execute(&self, session: &Arc<Session>, sql: &str, rows: &Arc<Rows>) -> Result<FlightInfo> {
        let planned = match begin(session, sql, rows).await? {
            Begun::Done(done) => return done_info(&done),
            Begun::Query(planned) => planned,
        };
        let (id, schema) = (planned.query_id().to_owned(), clients::announced(&planned.certain_schema()));
        let endpoints = session.settings().result_endpoints;
        let waiting = if rows.len() > 1 {
            vec![Waiting::Started(schema.clone(), each::run(session, planned, sql, rows.clone(), schema.clone()))]
        } else if endpoints > 1 && !planned.is_ordered() {
            let shared = Shared::new(planned);
            (0..endpoints).map(|_| Waiting::Part(schema.clone(), shared.clone())).collect()
        } else {
            vec![Waiting::Planned(planned)]
        };
        let handles = waiting.into_iter().map(|waiting| self.tickets.put(&session.principal().name, waiting));
        info(&schema, handles.collect::<Result<_>>()?, id)
    }

    /// Runs a statement for its effect; answers with the rows written. A command that writes none answers 0: at -1,
    /// "unknown", the Arrow JDBC driver takes it for a query and runs it a second time.
    pub async fn update(&self, session: &Session, sql: &str, rows: &Rows) -> Result<i64> {
        match begin(session, sql, rows).await? {
            Begun::Done(done) => Ok(written(&done).unwrap_or(0)),
            Begun::Query(planned) => {
                each::at_most_one(rows)?;
                let rows = started(session, planned).await?;
                rows.try_for_each(|_| async { Ok(()) }).await.map_err(of_datafusion)?;
                Ok(-1)
            }
        }
    }

    /// The rows behind a ticket, which is used up. The query starts within the answer, which can so say that it is alive.
    pub fn fetch(&self, session: Arc<Session>, handle: &[u8]) -> DoGet {
        if handle == DONE.as_bytes() {
            return results::empty(Arc::new(Schema::empty()));
        }
        let waiting = self.tickets.take(&session.principal().name, handle).map_err(status::of)?;
        let (schema, batches) = match waiting {
            Waiting::Started(schema, rows) => (schema, rows.map_err(of_datafusion).boxed()),
            Waiting::Part(schema, shared) => (schema, shared.part(session.clone())),
            Waiting::Planned(planned) => {
                let (schema, starting) = (clients::announced(&planned.certain_schema()), session.clone());
                let rows = async move { Ok::<_, Error>(started(&starting, planned).await?.map_err(of_datafusion)) };
                (schema, stream::once(rows).try_flatten().boxed())
            }
        };
        results::rows(&session, schema, batches)
    }

    /// Keeps a statement for later, and tells its columns and parameters as the client of that name can bind them.
    pub async fn prepare(
        &self,
        session: &Session,
        sql: String,
        agent: Option<&str>,
    ) -> std::result::Result<ActionCreatePreparedStatementResult, Status> {
        let described = described(session, &sql, agent).await.map_err(status::of)?;
        // A command has no columns: by an empty schema drivers know that it is no query.
        let dataset_schema = match &described.schema {
            Some(schema) => results::schema_bytes(&clients::announced(schema))?,
            None => Bytes::new(),
        };
        let parameter_schema = match described.parameters.as_slice() {
            [] => Bytes::new(),
            parameters => results::schema_bytes(&parameter_schema(parameters))?,
        };
        let handle = self.prepared.put(&session.principal().name, Statement::new(sql)).map_err(status::of)?;
        let prepared_statement_handle = handle.into_bytes().into();
        Ok(ActionCreatePreparedStatementResult { prepared_statement_handle, dataset_schema, parameter_schema })
    }

    /// A prepared statement of one's own.
    pub fn prepared(&self, session: &Session, handle: &[u8]) -> Result<Statement> {
        self.prepared.get(&session.principal().name, handle)
    }
}

/// A statement's columns and parameters, both for values of the types that the client is told.
async fn described(session: &Session, sql: &str, agent: Option<&str>) -> Result<Described> {
    let described = session.describe(sql).await?;
    let announced = announced(&described.parameters, agent);
    if announced == described.parameters {
        return Ok(described);
    }
    session.describe_as(sql, &announced.into_iter().map(Some).collect::<Vec<_>>()).await
}

/// A query that is ready to run, or a command that has run.
pub enum Begun {
    Query(Box<Planned>),
    Done(Done),
}

/// Plans a query for the first row of values, or runs a command for each.
pub async fn begin(session: &Session, sql: &str, rows: &Rows) -> Result<Begun> {
    let prepared = match rows.as_slice() {
        [] => session.prepare(sql).await?,
        [first, ..] => session.prepare_with(sql, first).await?,
    };
    match (prepared, rows.len()) {
        (Prepared::Query(planned), _) => Ok(Begun::Query(planned)),
        (Prepared::Command(command), 0 | 1) => session.run(*command).await.map(Begun::Done),
        (Prepared::Command(_), _) => session.run_rows(sql, rows).await.map(Begun::Done),
    }
}

/// Starts a planned query.
pub async fn started(session: &Session, planned: Box<Planned>) -> Result<SendableRecordBatchStream> {
    Ok(session.start(*planned).await?.stream)
}

/// Where the rows of a query are.
pub fn info(schema: &Schema, handles: Vec<String>, query_id: String) -> Result<FlightInfo> {
    let ticket = |handle: String| TicketStatementQuery { statement_handle: handle.into_bytes().into() };
    let tickets = handles.into_iter().map(|handle| Ticket::new(ticket(handle).as_any().encode_to_vec())).collect();
    let mut info = results::flight_info(schema, tickets)?;
    info.app_metadata = query_id.into_bytes().into();
    Ok(info)
}

/// The answer of a command, which has no rows.
pub fn done_info(done: &Done) -> Result<FlightInfo> {
    let mut info = info(&Schema::empty(), vec![DONE.to_owned()], String::new())?;
    info.total_records = written(done).unwrap_or(-1);
    Ok(info)
}

/// With the descriptor that it answers.
pub fn answering(info: FlightInfo, descriptor: FlightDescriptor) -> FlightInfo {
    FlightInfo { flight_descriptor: Some(descriptor), ..info }
}

/// Rows that a command wrote, if it is one that writes rows.
fn written(done: &Done) -> Option<i64> {
    done.rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX))
}
