//! Actions that are not statements: sessions, progress, cancelling.

use arrow_flight::sql::{ActionCancelQueryRequest, Any, Command, TicketStatementQuery};
use arrow_flight::{
    Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo,
    RenewFlightEndpointRequest,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use huitong_catalog::{Code, Error};
use huitong_engine::Session;
use huitong_engine::planning::CATALOG;
use prost::Message;
use tonic::{Request, Response, Status};

use super::door::unsupported;
use super::messages::{
    CloseSessionResult, CloseStatus, GetSessionOptionsResult, SessionOptionValue, SetError, SetErrorValue,
    SetSessionOptionsRequest, SetSessionOptionsResult,
};
use super::service::{FlightSql, key};
use super::statements::Statements;
use crate::status;

/// Action that tells how far a query is. Its body is the query's id, which a FlightInfo carries as `app_metadata`; the
/// answer is one JSON object, or none when the query does not run or cannot tell.
pub const PROGRESS: &str = "huitong.progress";

const CLOSE_SESSION: &str = "CloseSession";
const SET_OPTIONS: &str = "SetSessionOptions";
const GET_OPTIONS: &str = "GetSessionOptions";
const CANCEL: &str = "CancelFlightInfo";
const RENEW: &str = "RenewFlightEndpoint";

type Results = Response<BoxStream<'static, Result<arrow_flight::Result, Status>>>;

/// Every action with what it does.
pub fn list() -> Vec<ActionType> {
    let all = [
        ("CreatePreparedStatement", "Keeps a statement; answers with its columns and parameters"),
        ("ClosePreparedStatement", "Forgets a prepared statement"),
        ("CancelQuery", "Ends a query by its FlightInfo; CancelFlightInfo is the newer way"),
        (CANCEL, "Ends a query by its FlightInfo"),
        (RENEW, "Keeps a result that was not fetched for longer"),
        (SET_OPTIONS, "Changes settings of the session"),
        (GET_OPTIONS, "Tells the settings of the session"),
        (CLOSE_SESSION, "Ends the session, and the token of its sign-in"),
        (PROGRESS, "Tells how far a query is, by its id"),
    ];
    let action = |(name, text): (&str, &str)| ActionType { r#type: name.to_owned(), description: text.to_owned() };
    all.into_iter().map(action).collect()
}

/// Does what arrow-flight leaves to the server.
pub async fn run(door: &FlightSql, request: Request<Action>) -> Result<Results, Status> {
    let Action { r#type, body } = request.get_ref().clone();
    let session = || door.session(&request);
    match r#type.as_str() {
        CLOSE_SESSION => {
            // Without beginning one, only to end it.
            door.known_session(&request).await?;
            if let Some(key) = key(&request, door.sessions.engine().users()) {
                door.sessions.close(&key).await.map_err(status::of)?;
            }
            one(CloseSessionResult { status: CloseStatus::Closed as i32 }.encode_to_vec())
        }
        SET_OPTIONS => one(set_options(session().await?.as_ref(), &read(&body)?).encode_to_vec()),
        GET_OPTIONS => one(options(door.known_session(&request).await?.as_ref()).encode_to_vec()),
        CANCEL => {
            let CancelFlightInfoRequest { info } = read(&body)?;
            let status = cancel(session().await?.as_ref(), &door.statements, &info.unwrap_or_default());
            one(CancelFlightInfoResult { status: status as i32 }.encode_to_vec())
        }
        RENEW => {
            let RenewFlightEndpointRequest { endpoint } = read(&body)?;
            let endpoint = endpoint.unwrap_or_default();
            let handle = ticket(endpoint.ticket.as_ref().map(|ticket| ticket.ticket.as_ref()).unwrap_or_default());
            door.statements.tickets.renew(&session().await?.principal().name, &handle).map_err(status::of)?;
            one(endpoint.encode_to_vec())
        }
        PROGRESS => {
            let told = session().await?.progress(&String::from_utf8_lossy(&body)).await;
            let told = told.map(|progress| serde_json::to_vec(&progress)).transpose();
            match told.map_err(|e| Status::internal(e.to_string()))? {
                None => Ok(Response::new(stream::empty().boxed())),
                Some(body) => one(body),
            }
        }
        other => Err(unsupported(&format!("there is no action `{other}`"), "ListActions names all of them")),
    }
}

/// Ends a query that the older action names.
pub fn cancel_query(
    session: &Session,
    statements: &Statements,
    request: &ActionCancelQueryRequest,
) -> Result<CancelStatus, Status> {
    Ok(cancel(session, statements, &read(&request.info)?))
}

/// Ends a query that runs, or takes the ticket of one that does not run yet. Idempotent.
fn cancel(session: &Session, statements: &Statements, info: &FlightInfo) -> CancelStatus {
    let owner = &session.principal().name;
    let tickets = info.endpoint.iter().filter_map(|endpoint| endpoint.ticket.as_ref());
    let waited = tickets.filter(|waiting| statements.tickets.take(owner, &ticket(&waiting.ticket)).is_ok()).count() > 0;
    let polled = info.flight_descriptor.as_ref().and_then(Statements::polled);
    let polled = polled.is_some_and(|handle| statements.polls.take(owner, handle).is_ok());
    let ran = session.end(&String::from_utf8_lossy(&info.app_metadata));
    match waited || polled || ran {
        true => CancelStatus::Cancelled,
        // It has ended, or was never there.
        false => CancelStatus::NotCancellable,
    }
}

/// The handle in a ticket; empty if it is none of a statement.
pub fn ticket(bytes: &[u8]) -> Vec<u8> {
    let command = Any::decode(bytes).ok().and_then(|any| Command::try_from(any).ok());
    match command {
        Some(Command::TicketStatementQuery(TicketStatementQuery { statement_handle })) => statement_handle.to_vec(),
        _ => Vec::new(),
    }
}

fn set_options(session: &Session, request: &SetSessionOptionsRequest) -> SetSessionOptionsResult {
    let set = |(name, value): (&String, &SessionOptionValue)| {
        let told = match (name.as_str(), value.to_text()) {
            (_, None) => Err(SetErrorValue::InvalidValue),
            ("catalog", Some(catalog)) => {
                if catalog == CATALOG {
                    Ok(())
                } else {
                    Err(SetErrorValue::InvalidValue)
                }
            }
            (_, Some(text)) => session.set(option(name), &text).map_err(|error| wrong(&error)),
        };
        told.err().map(|value| (name.clone(), SetError { value: value as i32 }))
    };
    SetSessionOptionsResult { errors: request.session_options.iter().filter_map(set).collect() }
}

/// The setting that a client's option means.
fn option(name: &str) -> &str {
    match name {
        "schema" => "search_path",
        name => name,
    }
}

fn wrong(error: &Error) -> SetErrorValue {
    match error.code {
        code if code == Code::SETTING_NOT_ALLOWED => SetErrorValue::InvalidName,
        _ => SetErrorValue::InvalidValue,
    }
}

fn options(session: &Session) -> GetSessionOptionsResult {
    let named = [("catalog", CATALOG.to_owned()), ("schema", session.settings().schema)];
    let all = named.into_iter().chain(session.options());
    let session_options = all.map(|(name, value)| (name.to_owned(), SessionOptionValue::text(value))).collect();
    GetSessionOptionsResult { session_options }
}

pub fn read<T: Message + Default>(body: &[u8]) -> Result<T, Status> {
    let unreadable = |error| Error::new(Code::BAD_REQUEST, format!("the action's body cannot be read: {error}"));
    T::decode(body).map_err(|error| status::of(unreadable(error)))
}

fn one(body: Vec<u8>) -> Result<Results, Status> {
    let result = arrow_flight::Result { body: body.into() };
    Ok(Response::new(stream::once(async { Ok(result) }).boxed()))
}
