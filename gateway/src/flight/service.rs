//! The protocol's calls, each for the principal who makes it.

use std::pin::Pin;
use std::sync::Arc;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::server::{FlightSqlService, PeekableFlightDataStream};
use arrow_flight::sql::{
    ActionBeginTransactionRequest, ActionBeginTransactionResult, ActionCancelQueryRequest, ActionCancelQueryResult,
    ActionClosePreparedStatementRequest, ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult,
    ActionEndTransactionRequest, Any, Command, CommandGetCatalogs, CommandGetCrossReference, CommandGetDbSchemas,
    CommandGetExportedKeys, CommandGetImportedKeys, CommandGetPrimaryKeys, CommandGetSqlInfo, CommandGetTableTypes,
    CommandGetTables, CommandGetXdbcTypeInfo, CommandPreparedStatementQuery, CommandPreparedStatementUpdate,
    CommandStatementIngest, CommandStatementQuery, CommandStatementUpdate, DoPutPreparedStatementResult, SqlInfo,
    TicketStatementQuery,
};
use arrow_flight::{Action, FlightDescriptor, HandshakeRequest, HandshakeResponse, Ticket};
use futures::{Stream, StreamExt, stream};
use huitong_catalog::identity::{Principal, Users};
use huitong_catalog::{Code, Error, Result as HtResult};
use huitong_engine::{Client, Door, Engine, Session};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Request, Response, Status, Streaming};

use super::door::unsupported;
use super::keys::{foreign_keys_schema, primary_keys_schema};
use super::prepared::{Rows, values};
use super::results::{DoGet, Info, empty, info_of, one};
use super::statements::{Statements, answering};
use super::{actions, ingest, keys, metadata, sql_info, xdbc_types};
use crate::auth;
use crate::certified::Certified;
use crate::peer::Peer;
use crate::sessions::Sessions;
use crate::status;

/// The header with a password or a token.
const AUTHORIZATION: &str = "authorization";

/// The service.
pub struct FlightSql {
    pub sessions: Arc<Sessions>,
    pub statements: Arc<Statements>,
}

impl FlightSql {
    pub fn new(engine: Arc<Engine>) -> Self {
        Self { sessions: Sessions::new(engine), statements: Arc::new(Statements::new()) }
    }

    /// The session of whoever makes a call.
    pub async fn session<T: Sync>(&self, request: &Request<T>) -> Result<Arc<Session>, Status> {
        self.find(Caller::of(request), Sessions::of).await.map_err(status::of)
    }

    /// The same, without beginning one: to be asked for a sign of life is no reason.
    pub async fn known_session<T: Sync>(&self, request: &Request<T>) -> Result<Arc<Session>, Status> {
        let known = |sessions: &Sessions, token: &str, principal, client| Ok(sessions.known(token, principal, client));
        self.find(Caller::of(request), known).await.map_err(status::of)
    }

    async fn find(
        &self,
        caller: Caller<'_>,
        by_token: impl Fn(&Sessions, &str, Principal, Client) -> HtResult<Arc<Session>>,
    ) -> HtResult<Arc<Session>> {
        let users = &self.sessions.engine().users().heard_from(caller.client.address.as_deref());
        if let Some(certified) = caller.certified(users) {
            let principal = certified.sign_in(users).await?;
            caller.known();
            let connection = connection(certified, &caller.client);
            return by_token(&self.sessions, &connection, principal, caller.client);
        }
        match auth::credentials(caller.metadata)? {
            auth::Credentials::Bearer(token) => {
                let principal = auth::by_token(users, &token).await?;
                caller.known();
                by_token(&self.sessions, &token, principal, caller.client)
            }
            // No token to find settings by again: every such call has a session of its own.
            auth::Credentials::Basic { user, password } => {
                let principal = users.authenticate(&user, &password).await?;
                caller.known();
                Ok(Arc::new(self.sessions.engine().session_of(principal, Door::Flight, caller.client)))
            }
        }
    }
}

/// What a call says of whoever makes it.
struct Caller<'a> {
    metadata: &'a MetadataMap,
    client: Client,
    /// Whose connection it comes over.
    peer: Option<&'a Peer>,
}

impl<'a> Caller<'a> {
    fn of<T>(request: &'a Request<T>) -> Self {
        let metadata = request.metadata();
        let peer = request.extensions().get::<Peer>();
        let address = peer.map(|peer| peer.address.to_string());
        Self { metadata, client: Client::new(agent(metadata), address), peer }
    }

    /// Whom its certificate names, for a call that brings nothing else, where certificates sign in.
    fn certified(&self, users: &Users) -> Option<&'a Certified> {
        let is_asked = users.takes_certificates() && !self.metadata.contains_key(AUTHORIZATION);
        self.peer.filter(|_| is_asked)?.certified.as_deref()
    }

    /// It has signed in.
    fn known(&self) {
        self.peer.iter().for_each(|peer| peer.place.known());
    }
}

/// What the session of a connection with a certificate is found by: nothing else tells one program with it from another.
fn connection(certified: &Certified, client: &Client) -> String {
    format!("certificate {} {}", certified.name, client.address.as_deref().unwrap_or_default())
}

/// What the session of a call is found by; none where each call has one of its own.
pub fn key<T>(request: &Request<T>, users: &Users) -> Option<String> {
    match auth::credentials(request.metadata()) {
        Ok(auth::Credentials::Bearer(token)) => Some(token),
        Ok(auth::Credentials::Basic { .. }) => None,
        Err(_) => {
            let caller = Caller::of(request);
            Some(connection(caller.certified(users)?, &caller.client))
        }
    }
}

fn no_transactions() -> Status {
    unsupported(
        "there are no transactions over Flight SQL",
        "turn autocommit on: each statement takes effect by itself",
    )
}

/// The program that makes a call, as it says.
fn agent(metadata: &MetadataMap) -> Option<&str> {
    metadata.get("user-agent").and_then(|name| name.to_str().ok())
}

#[tonic::async_trait]
impl FlightSqlService for FlightSql {
    type FlightService = FlightSql;

    async fn do_handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Pin<Box<dyn Stream<Item = Result<HandshakeResponse, Status>> + Send>>>, Status> {
        let signed_in = async {
            let caller = Caller::of(&request);
            let users = &self.sessions.engine().users().heard_from(caller.client.address.as_deref());
            let signed_in = match caller.certified(users) {
                Some(certified) => auth::sign_in_certified(users, certified).await?,
                None => auth::sign_in(users, auth::credentials(request.metadata())?).await?,
            };
            caller.known();
            Ok::<_, Error>(signed_in)
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
        let session = self.session(&request).await?;
        let info = self.statements.execute(&session, &query.query, &Arc::default()).await.map_err(status::of)?;
        Ok(Response::new(answering(info, request.into_inner())))
    }

    async fn get_flight_info_prepared_statement(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<FlightDescriptor>,
    ) -> Info {
        let session = self.session(&request).await?;
        let info = async {
            let statement = self.statements.prepared(&session, &query.prepared_statement_handle)?;
            self.statements.execute(&session, &statement.sql, &statement.bound()).await
        };
        let info = info.await.map_err(status::of)?;
        Ok(Response::new(answering(info, request.into_inner())))
    }

    async fn do_get_statement(&self, ticket: TicketStatementQuery, request: Request<Ticket>) -> DoGet {
        let session = self.session(&request).await?;
        self.statements.fetch(session, &ticket.statement_handle)
    }

    async fn do_action_create_prepared_statement(
        &self,
        query: ActionCreatePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<ActionCreatePreparedStatementResult, Status> {
        let session = self.session(&request).await?;
        self.statements.prepare(&session, query.query, agent(request.metadata())).await
    }

    async fn do_action_cancel_query(
        &self,
        query: ActionCancelQueryRequest,
        request: Request<Action>,
    ) -> Result<ActionCancelQueryResult, Status> {
        let session = self.session(&request).await?;
        let status = actions::cancel_query(&session, &self.statements, &query)?;
        // Both messages number their outcomes alike.
        Ok(ActionCancelQueryResult { result: status as i32 })
    }

    async fn do_action_close_prepared_statement(
        &self,
        query: ActionClosePreparedStatementRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        let session = self.session(&request).await?;
        // Closing twice, or closing what has expired, is no error.
        self.statements.prepared.take(&session.principal().name, &query.prepared_statement_handle).ok();
        Ok(())
    }

    async fn do_action_fallback(
        &self,
        request: Request<Action>,
    ) -> Result<Response<<Self as FlightService>::DoActionStream>, Status> {
        actions::run(self, request).await
    }

    async fn get_flight_info_fallback(&self, command: Command, request: Request<FlightDescriptor>) -> Info {
        self.session(&request).await?;
        match command.type_url() {
            "" => {
                Err(unsupported("the call names no command", "send a command of Flight SQL; a path names nothing here"))
            }
            other => Err(unsupported(&format!("the command `{other}` is not supported"), "send a statement as SQL")),
        }
    }

    async fn do_get_fallback(&self, request: Request<Ticket>, message: Any) -> DoGet {
        self.session(&request).await?;
        let error = Error::new(Code::BAD_REQUEST, format!("`{}` is no ticket", message.type_url));
        Err(status::of(error.with_hint("send the ticket of a FlightInfo as it came")))
    }

    async fn do_action_begin_transaction(
        &self,
        _query: ActionBeginTransactionRequest,
        request: Request<Action>,
    ) -> Result<ActionBeginTransactionResult, Status> {
        self.session(&request).await?;
        Err(no_transactions())
    }

    async fn do_action_end_transaction(
        &self,
        _query: ActionEndTransactionRequest,
        request: Request<Action>,
    ) -> Result<(), Status> {
        self.session(&request).await?;
        Err(no_transactions())
    }

    async fn do_put_statement_update(
        &self,
        update: CommandStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let session = self.session(&request).await?;
        self.statements.update(&session, &update.query, &Rows::new()).await.map_err(status::of)
    }

    async fn do_put_prepared_statement_query(
        &self,
        query: CommandPreparedStatementQuery,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<DoPutPreparedStatementResult, Status> {
        let session = self.session(&request).await?;
        let bound = async {
            let statement = self.statements.prepared(&session, &query.prepared_statement_handle)?;
            statement.bind(values(request.into_inner()).await?);
            Ok(())
        };
        bound.await.map_err(status::of)?;
        // The same one: older clients do not read the answer.
        Ok(DoPutPreparedStatementResult { prepared_statement_handle: Some(query.prepared_statement_handle) })
    }

    async fn do_put_prepared_statement_update(
        &self,
        update: CommandPreparedStatementUpdate,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let session = self.session(&request).await?;
        let updated = async {
            let statement = self.statements.prepared(&session, &update.prepared_statement_handle)?;
            let sent = values(request.into_inner()).await?;
            let rows = if sent.is_empty() { statement.bound() } else { Arc::new(sent) };
            self.statements.update(&session, &statement.sql, &rows).await
        };
        updated.await.map_err(status::of)
    }

    async fn do_put_statement_ingest(
        &self,
        command: CommandStatementIngest,
        request: Request<PeekableFlightDataStream>,
    ) -> Result<i64, Status> {
        let session = self.session(&request).await?;
        let written = ingest::run(&session, command, request.into_inner()).await.map_err(ingest::told)?;
        Ok(i64::try_from(written).unwrap_or(i64::MAX))
    }

    async fn get_flight_info_catalogs(&self, query: CommandGetCatalogs, request: Request<FlightDescriptor>) -> Info {
        self.session(&request).await?;
        let schema = query.into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_catalogs(&self, query: CommandGetCatalogs, request: Request<Ticket>) -> DoGet {
        self.session(&request).await?;
        one(metadata::catalogs(query).map_err(status::of)?)
    }

    async fn get_flight_info_schemas(&self, query: CommandGetDbSchemas, request: Request<FlightDescriptor>) -> Info {
        self.session(&request).await?;
        let schema = query.clone().into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_schemas(&self, query: CommandGetDbSchemas, request: Request<Ticket>) -> DoGet {
        let session = self.session(&request).await?;
        one(metadata::schemas(&session, query).map_err(status::of)?)
    }

    async fn get_flight_info_tables(&self, query: CommandGetTables, request: Request<FlightDescriptor>) -> Info {
        self.session(&request).await?;
        let schema = query.clone().into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_tables(&self, query: CommandGetTables, request: Request<Ticket>) -> DoGet {
        let session = self.session(&request).await?;
        one(metadata::tables(&session, query).await.map_err(status::of)?)
    }

    async fn get_flight_info_table_types(
        &self,
        query: CommandGetTableTypes,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(&request).await?;
        let schema = query.into_builder().schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_table_types(&self, query: CommandGetTableTypes, request: Request<Ticket>) -> DoGet {
        self.session(&request).await?;
        one(metadata::table_types(query).map_err(status::of)?)
    }

    async fn get_flight_info_sql_info(&self, query: CommandGetSqlInfo, request: Request<FlightDescriptor>) -> Info {
        self.session(&request).await?;
        let data = sql_info::all()?;
        let schema = query.clone().into_builder(data).schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_sql_info(&self, query: CommandGetSqlInfo, request: Request<Ticket>) -> DoGet {
        self.session(&request).await?;
        let data = sql_info::all()?;
        one(query.into_builder(data).build().map_err(|e| Status::internal(e.to_string()))?)
    }

    async fn get_flight_info_primary_keys(
        &self,
        query: CommandGetPrimaryKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(&request).await?;
        info_of(&query, &primary_keys_schema(), request)
    }

    async fn do_get_primary_keys(&self, query: CommandGetPrimaryKeys, request: Request<Ticket>) -> DoGet {
        let session = self.session(&request).await?;
        one(keys::primary(&session, query).await.map_err(status::of)?)
    }

    async fn get_flight_info_exported_keys(
        &self,
        query: CommandGetExportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(&request).await?;
        info_of(&query, &foreign_keys_schema(), request)
    }

    async fn do_get_exported_keys(&self, _query: CommandGetExportedKeys, request: Request<Ticket>) -> DoGet {
        self.session(&request).await?;
        empty(foreign_keys_schema())
    }

    async fn get_flight_info_imported_keys(
        &self,
        query: CommandGetImportedKeys,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(&request).await?;
        info_of(&query, &foreign_keys_schema(), request)
    }

    async fn do_get_imported_keys(&self, _query: CommandGetImportedKeys, request: Request<Ticket>) -> DoGet {
        self.session(&request).await?;
        empty(foreign_keys_schema())
    }

    async fn get_flight_info_cross_reference(
        &self,
        query: CommandGetCrossReference,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(&request).await?;
        info_of(&query, &foreign_keys_schema(), request)
    }

    async fn do_get_cross_reference(&self, _query: CommandGetCrossReference, request: Request<Ticket>) -> DoGet {
        self.session(&request).await?;
        empty(foreign_keys_schema())
    }

    async fn get_flight_info_xdbc_type_info(
        &self,
        query: CommandGetXdbcTypeInfo,
        request: Request<FlightDescriptor>,
    ) -> Info {
        self.session(&request).await?;
        let schema = xdbc_types::all()?.schema();
        info_of(&query, &schema, request)
    }

    async fn do_get_xdbc_type_info(&self, query: CommandGetXdbcTypeInfo, request: Request<Ticket>) -> DoGet {
        self.session(&request).await?;
        one(xdbc_types::all()?.record_batch(query.data_type).map_err(|e| Status::internal(e.to_string()))?)
    }

    async fn register_sql_info(&self, _id: i32, _result: &SqlInfo) {}
}
