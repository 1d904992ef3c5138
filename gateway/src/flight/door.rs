//! The whole protocol: Flight SQL as arrow-flight splits it into calls, and the calls that it leaves out.

use std::sync::Arc;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{Any, Command};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, PollInfo,
    SchemaResult, Ticket,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use huitong_catalog::{Code, Error};
use prost::Message;
use tonic::{Request, Response, Status, Streaming};

use super::clients::announced;
use super::prepared::Rows;
use super::results::schema_bytes;
use super::service::FlightSql;
use super::statements::{Statements, answering};
use super::{actions, poll};
use crate::status;

/// The service that listens.
pub struct Door(pub FlightSql);

type Answer<T> = Result<Response<T>, Status>;

/// The statement that a descriptor asks for, with its values.
enum Asked {
    Statement {
        sql: Arc<str>,
        rows: Arc<Rows>,
    },
    /// A question about names, or something unknown.
    Other,
}

impl Door {
    fn asked(&self, session: &huitong_engine::Session, descriptor: &FlightDescriptor) -> Result<Asked, Status> {
        Ok(match command(&descriptor.cmd)? {
            Command::CommandStatementQuery(query) => Asked::Statement { sql: query.query.into(), rows: Arc::default() },
            Command::CommandPreparedStatementQuery(query) => {
                let statements = &self.0.statements;
                let statement = statements.prepared(session, &query.prepared_statement_handle).map_err(status::of)?;
                Asked::Statement { sql: statement.sql.clone(), rows: statement.bound() }
            }
            _ => Asked::Other,
        })
    }
}

/// The command in a descriptor.
pub fn command(bytes: &[u8]) -> Result<Command, Status> {
    let unreadable = |error: &dyn std::fmt::Display| {
        status::of(Error::new(Code::BAD_REQUEST, format!("the command cannot be read: {error}")))
    };
    let any = Any::decode(bytes).map_err(|error| unreadable(&error))?;
    Command::try_from(any).map_err(|error| unreadable(&error))
}

/// A refusal of arrow-flight's own, with a code of ours; what has one stays as it is.
fn coded(refusal: Status) -> Status {
    let (code, what) = match refusal.code() {
        _ if status::read(&refusal).is_some() => return refusal,
        tonic::Code::InvalidArgument => (Code::BAD_REQUEST, "the call cannot be read"),
        tonic::Code::Unimplemented => (Code::UNSUPPORTED_STATEMENT, "the call is not supported"),
        _ => return refusal,
    };
    status::of(Error::new(code, format!("{what}: {}", refusal.message())))
}

/// That there is no such call here.
pub fn unsupported(what: &str, hint: &str) -> Status {
    status::of(Error::new(Code::UNSUPPORTED_STATEMENT, what).with_hint(hint))
}

#[tonic::async_trait]
impl FlightService for Door {
    type HandshakeStream = <FlightSql as FlightService>::HandshakeStream;
    type ListFlightsStream = <FlightSql as FlightService>::ListFlightsStream;
    type DoGetStream = <FlightSql as FlightService>::DoGetStream;
    type DoPutStream = <FlightSql as FlightService>::DoPutStream;
    type DoExchangeStream = <FlightSql as FlightService>::DoExchangeStream;
    type DoActionStream = <FlightSql as FlightService>::DoActionStream;
    type ListActionsStream = BoxStream<'static, Result<ActionType, Status>>;

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<PollInfo> {
        let session = self.0.session(&request).await?;
        if let Some(handle) = Statements::polled(request.get_ref()) {
            return self.0.statements.poll(&session, handle).await.map(Response::new).map_err(status::of);
        }
        match self.asked(&session, request.get_ref())? {
            Asked::Other => Ok(Response::new(poll::complete(self.get_flight_info(request).await?.into_inner()))),
            Asked::Statement { sql, rows } => {
                let mut told = self.0.statements.start_polled(&session, &sql, &rows).await.map_err(status::of)?;
                if told.flight_descriptor.is_none() {
                    told.info = told.info.map(|info| answering(info, request.into_inner()));
                }
                Ok(Response::new(told))
            }
        }
    }

    /// The columns that a statement answers with; it does not run.
    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Answer<SchemaResult> {
        let session = self.0.session(&request).await?;
        let schema = match self.asked(&session, request.get_ref())? {
            Asked::Other => self.get_flight_info(request).await?.into_inner().schema,
            Asked::Statement { sql, .. } => {
                let described = session.describe(&sql).await.map_err(status::of)?;
                let columns = described.schema.unwrap_or_else(|| Arc::new(arrow::datatypes::Schema::empty()));
                schema_bytes(&announced(&columns))?
            }
        };
        Ok(Response::new(SchemaResult { schema }))
    }

    async fn list_actions(&self, request: Request<Empty>) -> Answer<Self::ListActionsStream> {
        self.0.session(&request).await?;
        Ok(Response::new(stream::iter(actions::list().into_iter().map(Ok)).boxed()))
    }

    async fn handshake(&self, request: Request<Streaming<HandshakeRequest>>) -> Answer<Self::HandshakeStream> {
        self.0.handshake(request).await.map_err(coded)
    }

    async fn list_flights(&self, request: Request<Criteria>) -> Answer<Self::ListFlightsStream> {
        self.0.session(&request).await?;
        Err(unsupported("results are not listed over Flight SQL", "ask for tables with CommandGetTables"))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Answer<FlightInfo> {
        self.0.get_flight_info(request).await.map_err(coded)
    }

    async fn do_get(&self, request: Request<Ticket>) -> Answer<Self::DoGetStream> {
        self.0.do_get(request).await.map_err(coded)
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Answer<Self::DoPutStream> {
        self.0.do_put(request).await.map_err(coded)
    }

    async fn do_action(&self, request: Request<Action>) -> Answer<Self::DoActionStream> {
        self.0.do_action(request).await.map_err(coded)
    }

    async fn do_exchange(&self, request: Request<Streaming<FlightData>>) -> Answer<Self::DoExchangeStream> {
        self.0.do_exchange(request).await.map_err(coded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_has_a_code() {
        let code = |refusal: Status| status::read(&coded(refusal)).map(|error| error.code);
        assert_eq!(code(Status::invalid_argument("failed to decode")), Some(Code::BAD_REQUEST));
        assert_eq!(code(Status::unimplemented("Not yet implemented")), Some(Code::UNSUPPORTED_STATEMENT));
        let ours = status::of(Error::new(Code::UNKNOWN_COLUMN, "unknown column `x`"));
        assert_eq!(coded(ours.clone()).message(), ours.message());
        assert_eq!(command(b"\xff\xfe").map_err(code).map(drop), Err(Some(Code::BAD_REQUEST)));
    }
}
