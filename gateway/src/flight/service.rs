//! The protocol's calls, each for the principal who makes it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::encode::FlightDataEncoderBuilder;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
    CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetImportedKeys,
    CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes, CommandGetTables, CommandPreparedStatementQuery,
    CommandPreparedStatementUpdate, CommandStatementIngest, CommandStatementQuery, CommandStatementUpdate,
    ProstMessageExt, SqlInfo, TableExistsOption, TableNotExistOption, TicketStatementQuery,
};
use arrow_flight::{
    Action, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest, HandshakeResponse, IpcMessage, SchemaAsIpc,
    Ticket,
};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt, TryStreamExt};
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error};
use huitong_engine::error::{into_datafusion, of_datafusion};
use huitong_engine::planning::CATALOG;
use huitong_engine::statement::query::Planned;
use huitong_engine::statement::{Ingest, IngestMode, Prepared};
use huitong_engine::{Done, Door, Engine, Session};
use prost::Message;
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Request, Response, Status, Streaming};

use super::clients::{fit, safe_schema};
use super::handles::Handles;
use super::metadata;
use super::sql_info::SQL_INFO;
use crate::auth;
use crate::sessions::Sessions;
use crate::status;

/// Action that tells how far a query is. Its body is the query's id, which a FlightInfo carries as `app_metadata`; the
/// answer is one JSON object, or none when the query does not run or cannot tell.
pub const PROGRESS: &str = "huitong.progress";

/// A planned query that nobody fetched is forgotten after this.
const TICKET_LIFE: Duration = Duration::from_secs(600);
/// A prepared statement that nobody used is forgotten after this.
const PREPARED_LIFE: Duration = Duration::from_secs(3600);
/// Messages stay below what clients accept by default (4 MiB).
const MESSAGE_BYTES: usize = 2 * 1024 * 1024;

type DoGet = Result<Response<<FlightSql as FlightService>::DoGetStream>, Status>;
type Info = Result<Response<FlightInfo>, Status>;

/// The service.
pub struct FlightSql {
    sessions: Sessions,
    tickets: Handles<Waiting>,
    prepared: Handles<Arc<String>>,
}

/// What a ticket stands for.
type Waiting = Box<Planned>;

/// The handle of every command that has run: its answer has no rows, so nothing waits for whoever does not fetch it.
const DONE: &str = "done";

impl FlightSql {
    pub fn new(engine: Arc<Engine>) -> Self {
        Self {
            sessions: Sessions::new(engine),
            tickets: Handles::new("result", TICKET_LIFE),
            prepared: Handles::new("prepared statement", PREPARED_LIFE),
        }
    }

    async fn session(&self, metadata: &MetadataMap) -> Result<Arc<Session>, Status> {
        let found = async {
            let users = self.sessions.engine().users();
            match auth::credentials(metadata)? {
                auth::Credentials::Bearer(token) => {
                    let principal = users.authenticate_token(&token).await?;
                    self.sessions.of(&token, principal)
                }
                // No token to find settings by again: every such call has a session of its own.
                auth::Credentials::Basic { user, password } => {
                    let principal = users.authenticate(&user, &password).await?;
                    Ok(Arc::new(self.sessions.engine().session(principal, Door::Flight)))
                }
            }
        };
        found.await.map_err(status::of)
    }

    /// Plans a query or runs a command, and tells where the answer is.
    async fn execute(&self, session: &Arc<Session>, sql: &str, descriptor: FlightDescriptor) -> Info {
        let prepared = session.prepare(sql).await.map_err(status::of)?;
        let (schema, id, handle, rows) = match prepared {
            Prepared::Query(planned) => {
                let id = planned.query_id().to_owned();
                let schema = safe_schema(&planned.schema());
                let handle = self.tickets.put(&session.principal().name, planned).map_err(status::of)?;
                (schema, id, handle, None)
            }
            Prepared::Command(command) => {
                let done = session.run(*command).await.map_err(status::of)?;
                (Arc::new(Schema::empty()), String::new(), DONE.to_owned(), written(&done))
            }
        };
        let ticket = TicketStatementQuery { statement_handle: handle.into_bytes().into() };
        let mut answer = info(&schema, Ticket::new(ticket.as_any().encode_to_vec()), descriptor)?;
        answer.get_mut().total_records = rows.unwrap_or(-1);
        answer.get_mut().app_metadata = id.into_bytes().into();
        Ok(answer)
    }

    /// Runs a statement for its effect; answers with the rows written. A command that writes none answers 0: at -1,
    /// "unknown", the Arrow JDBC driver takes it for a query and runs it a second time.
    async fn update(&self, session: &Arc<Session>, sql: &str) -> Result<i64, Status> {
        let planned = match session.prepare(sql).await.map_err(status::of)? {
            Prepared::Query(planned) => planned,
            Prepared::Command(command) => {
                return session.run(*command).await.map_err(status::of).map(|done| written(&done).unwrap_or(0));
            }
        };
        let rows = session.start(*planned).await.map_err(status::of)?;
        rows.stream.try_for_each(|_| async { Ok(()) }).await.map_err(|e| status::of(of_datafusion(e)))?;
        Ok(-1)
    }
}

/// To be awaited at the end of a client's stream, in the call's own future. A call that the client cancels looks to its
/// reader like a stream that ended well (hyper reads a reset with CANCEL as the end), but the call's future is dropped when
/// it next waits; so it waits once before what was read counts as whole.
async fn not_cut_off() {
    tokio::task::yield_now().await;
}

/// Rows that a command wrote, if it is one that writes rows.
fn written(done: &Done) -> Option<i64> {
    done.rows.map(|rows| i64::try_from(rows).unwrap_or(i64::MAX))
}

/// One endpoint without a location: the answer comes over the same connection.
fn info(schema: &Schema, ticket: Ticket, descriptor: FlightDescriptor) -> Info {
    let info = FlightInfo::new()
        .try_with_schema(schema)
        .map_err(|e| Status::internal(format!("schema cannot be sent: {e}")))?
        .with_endpoint(FlightEndpoint::new().with_ticket(ticket))
        .with_descriptor(descriptor)
        .with_total_records(-1)
        .with_total_bytes(-1)
        .with_ordered(true);
    Ok(Response::new(info))
}

/// The ticket of a metadata answer is the command itself.
fn info_of(command: &impl ProstMessageExt, schema: &Schema, request: Request<FlightDescriptor>) -> Info {
    info(schema, Ticket::new(command.as_any().encode_to_vec()), request.into_inner())
}

fn answer(schema: SchemaRef, batches: BoxStream<'static, Result<RecordBatch, FlightError>>) -> DoGet {
    let encoded = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_max_flight_data_size(MESSAGE_BYTES)
        .build(batches)
        .map_err(|error| match error {
            FlightError::Tonic(status) => *status,
            other => Status::internal(other.to_string()),
        });
    Ok(Response::new(Box::pin(encoded)))
}

fn one(batch: RecordBatch) -> DoGet {
    answer(batch.schema(), stream::once(async { Ok(batch) }).boxed())
}

fn empty(schema: SchemaRef) -> DoGet {
    answer(schema, stream::empty().boxed())
}

fn keys_schema(names: &[(&str, arrow::datatypes::DataType, bool)]) -> SchemaRef {
    let fields =
        names.iter().map(|(name, kind, nullable)| arrow::datatypes::Field::new(*name, kind.clone(), *nullable));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

fn primary_keys_schema() -> SchemaRef {
    use arrow::datatypes::DataType::{Int32, Utf8};
    keys_schema(&[
        ("catalog_name", Utf8, true),
        ("db_schema_name", Utf8, true),
        ("table_name", Utf8, false),
        ("column_name", Utf8, false),
        ("key_sequence", Int32, false),
        ("key_name", Utf8, true),
    ])
}

fn foreign_keys_schema() -> SchemaRef {
    use arrow::datatypes::DataType::{Int32, UInt8, Utf8};
    keys_schema(&[
        ("pk_catalog_name", Utf8, true),
        ("pk_db_schema_name", Utf8, true),
        ("pk_table_name", Utf8, false),
        ("pk_column_name", Utf8, false),
        ("fk_catalog_name", Utf8, true),
        ("fk_db_schema_name", Utf8, true),
        ("fk_table_name", Utf8, false),
        ("fk_column_name", Utf8, false),
        ("key_sequence", Int32, false),
        ("fk_key_name", Utf8, true),
        ("pk_key_name", Utf8, true),
        ("update_rule", UInt8, false),
        ("delete_rule", UInt8, false),
    ])
}

fn schema_bytes(schema: &Schema) -> Result<prost::bytes::Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message = IpcMessage::try_from(SchemaAsIpc::new(schema, &options));
    message.map(|message| message.0).map_err(|e| Status::internal(format!("schema cannot be sent: {e}")))
}

/// The client's stream of rows is not what Flight says it is.
fn broken(error: FlightError) -> Error {
    Error::new(Code::BAD_RECORD, format!("the stream of rows cannot be read: {error}")).caused_by(error)
}

#[tonic::async_trait]
impl FlightSqlService for FlightSql {
    type FlightService = FlightSql;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>>, Status> {
        let signed_in = async {
            let credentials = auth::credentials(request.metadata())?;
            auth::sign_in(self.sessions.engine().users(), credentials).await
        };
        let (_, token) = signed_in.await.map_err(status::of)?;
        let answer = HandshakeResponse { protocol_version: 0, payload: token.clone().into_bytes().into() };
        let mut response =
            Response::new(stream::once(async { Ok(answer) }).boxed() as Pin<Box<dyn Stream<Item = _> + Send>>);
        let header = MetadataValue::try_from(format!("Bearer {token}"));
        let header = header.map_err(|_| Status::internal("the token does not fit a header"))?;
        response.metadata_mut().insert("authorization", header);
        Ok(response)
    }

    async fn get_flight_info_statement(
        &self,
        query: CommandStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let session = self.session(request.metadata()).await?;
        self.execute(&session, &query.query, request.into_inner()).await
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let session = self.session(request.metadata()).await?;
        let owner = &session.principal().name;
        let sql = self.prepared.get(owner, &query.prepared_statement_handle).map_err(status::of)?;
        self.execute(&session, &sql, request.into_inner()).await
    }

    async fn do_get_statement(&self, ticket: TicketStatementQuery, request: Request<Ticket>) -> DoGet {
        let session = self.session(request.metadata()).await?;
        let owner = &session.principal().name;
        if ticket.statement_handle == DONE.as_bytes() {
            return empty(Arc::new(Schema::empty()));
        }
        let planned = self.tickets.take(owner, &ticket.statement_handle).map_err(status::of)?;
        let schema = safe_schema(&planned.schema());
        let rows = session.start(*planned).await.map_err(status::of)?;
        let to = schema.clone();
        let batches = rows.stream.map(move |batch| match batch {
            Ok(batch) => fit(&batch, &to).map_err(FlightError::Arrow),
            Err(error) => Err(FlightError::Tonic(Box::new(status::of(of_datafusion(error))))),
        });
        answer(schema, batches.boxed())
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let session = self.session(request.metadata()).await?;
        // A command has no columns: by an empty schema drivers know that it is no query.
        let dataset_schema = match session.prepare(&query.query).await.map_err(status::of)? {
            Prepared::Query(planned) => schema_bytes(&safe_schema(&planned.schema()))?,
            Prepared::Command(_) => prost::bytes::Bytes::new(),
        };
        let handle = self.prepared.put(&session.principal().name, Arc::new(query.query)).map_err(status::of)?;
        Ok(ActionCreatePreparedStatementResult {
            prepared_statement_handle: handle.into_bytes().into(),
            dataset_schema,
            parameter_schema: prost::bytes::Bytes::new(),
        })
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let session = self.session(request.metadata()).await?;
        // Closing twice, or closing what has expired, is no error.
        self.prepared.take(&session.principal().name, &query.prepared_statement_handle).ok();
        Ok(())
    }

    async fn do_action_fallback(
        &self,
        request: Request<Action>,
    ) -> Result<Response<<Self as FlightService>::DoActionStream>, Status> {
        match request.get_ref().r#type.as_str() {
            "CloseSession" => {
                self.session(request.metadata()).await?;
                if let Ok(auth::Credentials::Bearer(token)) = auth::credentials(request.metadata()) {
                    self.sessions.close(&token);
                }
                Ok(Response::new(stream::empty().boxed()))
            }
            PROGRESS => {
                let session = self.session(request.metadata()).await?;
                let id = String::from_utf8_lossy(&request.get_ref().body);
                let told = session.progress(&id).await.map(|progress| serde_json::to_vec(&progress));
                let body = told.transpose().map_err(|e| Status::internal(e.to_string()))?;
                let results = body.map(|body| Ok(arrow_flight::Result { body: body.into() }));
                Ok(Response::new(stream::iter(results).boxed()))
            }
            other => Err(Status::unimplemented(format!("there is no action `{other}`"))),
        }
    }

    async fn do_put_statement_update(
        &self,
        update: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let session = self.session(request.metadata()).await?;
        self.update(&session, &update.query).await
    }

    async fn do_put_prepared_statement_update(
        &self,
        update: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let session = self.session(request.metadata()).await?;
        let owner = &session.principal().name;
        let sql = self.prepared.get(owner, &update.prepared_statement_handle).map_err(status::of)?;
        self.update(&session, &sql).await
    }

    async fn do_put_statement_ingest(
        &self,
        command: CommandStatementIngest,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let session = self.session(request.metadata()).await?;
        let (table, mode) = ingest_target(&session, &command).map_err(status::of)?;
        let data = request.into_inner().map_err(|status| FlightError::Tonic(Box::new(status)));
        let mut rows = FlightRecordBatchStream::new_from_flight_data(data);
        let first = rows.try_next().await.map_err(|e| status::of(broken(e)))?;
        let no_schema = || status::of(Error::new(Code::BAD_RECORD, "the stream of rows has no schema"));
        let schema = rows.schema().cloned().ok_or_else(no_schema)?;
        let rest = rows.map_err(|e| into_datafusion(broken(e)));
        let rows =
            stream::iter(first.map(Ok)).chain(rest).chain(stream::once(not_cut_off()).filter_map(|()| async { None }));
        let rows = Box::pin(RecordBatchStreamAdapter::new(schema, rows));
        let written = session.ingest(Ingest { table, mode, rows }).await.map_err(status::of)?;
        Ok(i64::try_from(written).unwrap_or(i64::MAX))
    }

    async fn get_flight_info_catalogs(&self, query: CommandGetCatalogs, request: Request<FlightDescriptor>) -> Info {
        self.session(request.metadata()).await?;
        let schema = query.into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_catalogs(&self, query: CommandGetCatalogs, request: Request<Ticket>) -> DoGet {
        self.session(request.metadata()).await?;
        one(metadata::catalogs(query).map_err(status::of)?)
    }

    async fn get_flight_info_schemas(&self, query: CommandGetDbSchemas, request: Request<FlightDescriptor>) -> Info {
        self.session(request.metadata()).await?;
        let schema = query.clone().into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_schemas(&self, query: CommandGetDbSchemas, request: Request<Ticket>) -> DoGet {
        let session = self.session(request.metadata()).await?;
        one(metadata::schemas(&session, query).map_err(status::of)?)
    }

    async fn get_flight_info_tables(&self, query: CommandGetTables, request: Request<FlightDescriptor>) -> Info {
        self.session(request.metadata()).await?;
        let schema = query.clone().into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_tables(&self, query: CommandGetTables, request: Request<Ticket>) -> DoGet {
        let session = self.session(request.metadata()).await?;
        one(metadata::tables(&session, query).await.map_err(status::of)?)
    }

    async fn get_flight_info_table_types(
        &self,
        query: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(request.metadata()).await?;
        let schema = query.into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_table_types(&self, query: CommandGetTableTypes, request: Request<Ticket>) -> DoGet {
        self.session(request.metadata()).await?;
        one(metadata::table_types(query).map_err(status::of)?)
    }

    async fn get_flight_info_sql_info(&self, query: CommandGetSqlInfo, request: Request<FlightDescriptor>) -> Info {
        self.session(request.metadata()).await?;
        let data = SQL_INFO.as_ref().ok_or_else(|| Status::internal("SqlInfo is not there"))?;
        let schema = query.clone().into_builder(data).schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_sql_info(&self, query: CommandGetSqlInfo, request: Request<Ticket>) -> DoGet {
        self.session(request.metadata()).await?;
        let data = SQL_INFO.as_ref().ok_or_else(|| Status::internal("SqlInfo is not there"))?;
        one(query.into_builder(data).build().map_err(|e| Status::internal(e.to_string()))?)
    }

    async fn get_flight_info_primary_keys(
        &self,
        query: CommandGetPrimaryKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(request.metadata()).await?;
        info_of(&query, &primary_keys_schema(), request)
    }

    async fn do_get_primary_keys(&self, _query: CommandGetPrimaryKeys, request: Request<Ticket>) -> DoGet {
        self.session(request.metadata()).await?;
        empty(primary_keys_schema())
    }

    async fn get_flight_info_exported_keys(
        &self,
        query: CommandGetExportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(request.metadata()).await?;
        info_of(&query, &foreign_keys_schema(), request)
    }

    async fn do_get_exported_keys(&self, _query: CommandGetExportedKeys, request: Request<Ticket>) -> DoGet {
        self.session(request.metadata()).await?;
        empty(foreign_keys_schema())
    }

    async fn get_flight_info_imported_keys(
        &self,
        query: CommandGetImportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(request.metadata()).await?;
        info_of(&query, &foreign_keys_schema(), request)
    }

    async fn do_get_imported_keys(&self, _query: CommandGetImportedKeys, request: Request<Ticket>) -> DoGet {
        self.session(request.metadata()).await?;
        empty(foreign_keys_schema())
    }

    async fn get_flight_info_cross_reference(
        &self,
        query: CommandGetCrossReference,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(request.metadata()).await?;
        info_of(&query, &foreign_keys_schema(), request)
    }

    async fn do_get_cross_reference(&self, _query: CommandGetCrossReference, request: Request<Ticket>) -> DoGet {
        self.session(request.metadata()).await?;
        empty(foreign_keys_schema())
    }

    async fn register_sql_info(&self, _id: i32, _result: &SqlInfo) {}
}

/// Which table an ingest means, and what to do about it. What is not honoured is refused.
fn ingest_target(session: &Session, command: &CommandStatementIngest) -> Result<(TableName, IngestMode), Error> {
    let refuse =
        |what: &str| Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} is not supported for loads")));
    if command.temporary {
        return refuse("a temporary table");
    }
    if command.transaction_id.is_some() {
        return refuse("a transaction");
    }
    if command.catalog.as_ref().is_some_and(|catalog| !catalog.is_empty() && catalog != CATALOG) {
        return refuse("another catalogue");
    }
    let options = command.table_definition_options.unwrap_or_default();
    let missing = TableNotExistOption::try_from(options.if_not_exist).unwrap_or_default();
    let existing = TableExistsOption::try_from(options.if_exists).unwrap_or_default();
    let mode = match (missing, existing) {
        (_, TableExistsOption::Replace) => return refuse("replacing a table"),
        (TableNotExistOption::Create, TableExistsOption::Append) => IngestMode::CreateOrAppend,
        (TableNotExistOption::Create, _) => IngestMode::Create,
        _ => IngestMode::Append,
    };
    let schema =
        command.schema.clone().filter(|schema| !schema.is_empty()).unwrap_or_else(|| session.settings().schema);
    Ok((TableName::new(schema, command.table.clone())?, mode))
}
