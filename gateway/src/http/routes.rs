//! What is found where.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, Version};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures::FutureExt;
use huitong_catalog::identity::Principal;
use huitong_catalog::{Code, Error};
use huitong_engine::{Door, Engine, Session};
use serde_json::{Value, json};

use super::accept::{Format, Preferences};
use super::answer;
use super::caller;
use super::health::Probe;
use super::problem::{Problem, json_type, told};
use super::request::Asked;
use super::statements::{Stage, Statement, Statements, unknown};
use super::work::{Outcome, Work};

/// How long news of a statement are waited for at most.
const WAIT_MAX: Duration = Duration::from_secs(60);

type Answer = Result<Response, Problem>;

/// What requests are answered with.
#[derive(Clone)]
struct Desk {
    engine: Arc<Engine>,
    statements: Statements,
    probes: Arc<[Probe; 2]>,
}

/// All addresses of this door.
pub fn all(engine: Arc<Engine>, statements: Statements) -> Router {
    let (of_state, of_storage) = (engine.clone(), engine.clone());
    let check_state = move || {
        let engine = of_state.clone();
        async move { engine.check_state().await }.boxed()
    };
    let check_storage = move || {
        let engine = of_storage.clone();
        async move { engine.check_storage().await }.boxed()
    };
    let probes = [Probe::new("the state database", check_state), Probe::new("the storage", check_storage)];
    let desk = Desk { engine, statements, probes: Arc::new(probes) };
    Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/api/v1/query", post(ask))
        .route("/api/v1/search", get(search).head(not_so))
        .route("/api/v1/query/{id}", get(tell).delete(end))
        // Not for HEAD, which would use the rows up.
        .route("/api/v1/query/{id}/result", get(fetch).head(not_so))
        .fallback(nothing)
        .method_not_allowed_fallback(not_so)
        .with_state(desk)
        .layer(middleware::from_fn(around))
}

/// What holds for every request and every answer.
async fn around(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let refused = match is_api {
        true => may_ask(&request).err(),
        false => None,
    };
    let mut response = match refused {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn may_ask(request: &Request) -> Result<(), Problem> {
    if request.version() < Version::HTTP_11 {
        let text = "HTTP/1.0 does not tell an answer that broke off from a whole one";
        return Err(Problem::request(StatusCode::HTTP_VERSION_NOT_SUPPORTED, text, "use HTTP/1.1"));
    }
    caller::refuse_other_sites(request.headers())
}

async fn alive() -> Response {
    (json_type(), "{\"status\":\"alive\"}\n").into_response()
}

async fn ready(State(desk): State<Desk>) -> Response {
    let [state, storage] = &*desk.probes;
    let (state, storage) = tokio::join!(state.complaint(), storage.complaint());
    let reasons: Vec<String> = state.into_iter().chain(storage).collect();
    match reasons.is_empty() {
        true => (json_type(), "{\"status\":\"ready\"}\n").into_response(),
        false => {
            let document = json!({ "status": "not ready", "reasons": reasons });
            (StatusCode::SERVICE_UNAVAILABLE, json_type(), format!("{document}\n")).into_response()
        }
    }
}

/// Runs a statement.
async fn ask(State(desk): State<Desk>, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    // Before the body: strangers are not listened to.
    let principal = caller::sign_in(desk.engine.users(), &parts).await?;
    let accepted = Format::accepted(&parts.headers);
    let asked = Asked::read(&parts.headers, body).await?;
    answered(desk, principal, &parts, asked, accepted).await
}

/// Finds datasets, fields, elements and code tables by words: `?q=…`, and `&limit=…` for how many at most.
async fn search(State(desk): State<Desk>, parts: Parts) -> Answer {
    let principal = caller::sign_in(desk.engine.users(), &parts).await?;
    let asked = Asked::of_search(parts.uri.query().unwrap_or_default())?;
    let accepted = Format::accepted(&parts.headers);
    answered(desk, principal, &parts, asked, accepted).await
}

async fn answered(
    desk: Desk,
    principal: Principal,
    parts: &Parts,
    asked: Asked,
    accepted: Result<Format, Problem>,
) -> Answer {
    let format = asked.format.map_or(accepted, Ok)?;
    let owner = principal.name.clone();
    let session = Arc::new(desk.engine.session_of(principal, Door::Http, caller::client(parts)));
    asked.apply(&session)?;
    let work = Work::prepare(&session, &asked).await?;
    let (id, is_query) = (work.id()?, matches!(work, Work::Query(_)));
    if Preferences::of(&parts.headers).respond_async {
        desk.statements.make_room(&owner)?;
        let listed = desk.statements.enter(&id, is_query, &owner, asked.format);
        let statement = listed.statement.clone();
        desk.statements.spawn(listed, session.clone(), work);
        return Ok(accepted_for_later(&statement, &session).await);
    }
    let listed = desk.statements.enter(&id, is_query, &owner, asked.format);
    let statement = listed.statement.clone();
    let answered = async {
        match statement.run(&session, work).await? {
            Outcome::Done(done) => Ok(answer::of_done(&id, &done)),
            Outcome::Rows(rows) => answer::of_rows(Some(listed), statement.clone(), rows, format).await,
        }
    };
    answered.await.map_err(|error: Error| Problem::from(error).of_query(&id))
}

async fn accepted_for_later(statement: &Statement, session: &Session) -> Response {
    let document = news(statement, session).await;
    let mut response = (StatusCode::ACCEPTED, json_type(), format!("{document}\n")).into_response();
    if let Ok(place) = HeaderValue::try_from(format!("/api/v1/query/{}", statement.id)) {
        response.headers_mut().insert(LOCATION, place);
    }
    response.headers_mut().insert("preference-applied", HeaderValue::from_static("respond-async"));
    answer::named(&statement.id, response)
}

/// A statement as its owner asks for it.
struct Own {
    statement: Arc<Statement>,
    session: Session,
}

impl Desk {
    async fn own(&self, parts: &Parts, id: &str) -> Result<Own, Problem> {
        let principal = caller::sign_in(self.engine.users(), parts).await?;
        let statement = self.statements.own(id, &principal.name)?;
        Ok(Own { statement, session: self.session(principal) })
    }

    fn session(&self, principal: Principal) -> Session {
        self.engine.session(principal, Door::Http)
    }
}

type Id = Result<Path<String>, PathRejection>;

/// An id that cannot be read is that of no query.
fn read(id: Id) -> Result<String, Problem> {
    Ok(id.map(|Path(id)| id).map_err(|_| unknown("…"))?)
}

/// Tells how far a statement is; on wish it waits for news.
async fn tell(State(desk): State<Desk>, id: Id, parts: Parts) -> Answer {
    let own = desk.own(&parts, &read(id)?).await?;
    if let Some(wait) = Preferences::of(&parts.headers).wait {
        tokio::time::timeout(wait.min(WAIT_MAX), own.statement.settled()).await.ok();
    }
    let document = news(&own.statement, &own.session).await;
    Ok(answer::named(&own.statement.id, (json_type(), format!("{document}\n")).into_response()))
}

/// How far a statement is.
async fn news(statement: &Statement, session: &Session) -> Value {
    let stage = statement.stage();
    let (state, progress) = match &stage {
        Stage::Running => match session.is_running(&statement.id) {
            true => ("running", session.progress(&statement.id).await.map(|progress| progress.fraction)),
            // What a command has to wait for is not known by its id.
            false => (if statement.is_query { "queued" } else { "running" }, None),
        },
        Stage::Ready | Stage::Sending | Stage::Finished(_) => (stage.name(), Some(1.0)),
        Stage::Failed(_) => (stage.name(), None),
    };
    let mut document = json!({
        "query_id": statement.id,
        "state": state,
        "progress": progress,
        "rows": statement.rows.load(Ordering::Relaxed),
    });
    match stage {
        Stage::Finished(Some(done)) => {
            document["command"] = done.command.into();
            document["rows_affected"] = done.rows.into();
        }
        Stage::Failed(error) => document["error"] = told(&error, Some(&statement.id)),
        _ => {}
    }
    document
}

/// The rows of a statement, once; waits until they are there.
async fn fetch(State(desk): State<Desk>, id: Id, parts: Parts) -> Answer {
    let statement = desk.own(&parts, &read(id)?).await?.statement;
    let format = statement.format.map_or_else(|| Format::accepted(&parts.headers), Ok)?;
    let of_query = |error: Error| Problem::from(error).of_query(&statement.id);
    match statement.settled().await {
        Stage::Failed(error) => Err(of_query(error)),
        Stage::Finished(Some(done)) => Ok(answer::of_done(&statement.id, &done)),
        _ => match statement.take() {
            Some(rows) => answer::of_rows(None, statement.clone(), rows, format).await.map_err(of_query),
            None => {
                let error = Error::new(
                    Code::NOTHING_THERE,
                    "the rows of the query were fetched before, or their client waits for them",
                );
                Err(of_query(error.with_hint("run the statement again")))
            }
        },
    }
}

/// Ends a statement of one's own, whichever way it came; an administrator ends anybody's.
async fn end(State(desk): State<Desk>, id: Id, parts: Parts) -> Answer {
    let id = read(id)?;
    let principal = caller::sign_in(desk.engine.users(), &parts).await?;
    match desk.statements.own(&id, &principal.name) {
        Ok(statement) => statement.end(),
        Err(unknown) => {
            if !desk.session(principal).end(&id) {
                return Err(unknown.into());
            }
        }
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn nothing(request: Request) -> Problem {
    let path: String = request.uri().path().chars().take(60).collect();
    let error = Error::new(Code::NOTHING_THERE, format!("there is nothing at `{path}`"));
    error.with_hint("statements are posted to /api/v1/query").into()
}

async fn not_so(method: Method) -> Problem {
    let text = format!("`{method}` is not understood there");
    Problem::request(StatusCode::METHOD_NOT_ALLOWED, text, "the header `allow` says what is")
}
