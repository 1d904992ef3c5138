//! Bodies and headers of requests, as anybody may send them.

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::IntoResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use super::accept::{Format, Preferences};
use super::caller;
use super::problem::Problem;
use super::request::Asked;
use crate::auth::{self, Credentials};

/// The first line is the type of the body, which is the rest.
pub fn body(data: &[u8]) {
    let (kind, body) =
        data.iter().position(|byte| *byte == b'\n').map_or((data, &[][..]), |at| (&data[..at], &data[at + 1..]));
    let Ok(kind) = HeaderValue::from_bytes(kind) else { return };
    let Some(asked) = read(kind, body.to_vec()) else { return };
    huitong_engine::fuzzing::values(&asked.parameters);
    let again =
        read(HeaderValue::from_static("application/json"), json!({ "sql": asked.sql }).to_string().into_bytes());
    assert_eq!(again.map(|again| again.sql), Some(asked.sql), "a statement is read as it was written");
}

fn read(kind: HeaderValue, body: Vec<u8>) -> Option<Asked> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, kind);
    // For the time that a body may take.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().ok()?;
    match runtime.block_on(Asked::read(&headers, Body::from(body))) {
        Ok(asked) => Some(asked),
        Err(problem) => {
            refused(problem);
            None
        }
    }
}

fn refused(problem: Problem) {
    let status = problem.into_response().status();
    assert!(status.is_client_error(), "{status}");
}

/// Lines of headers: who asks, and what for.
pub fn headers(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Some(at) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (HeaderName::from_bytes(&line[..at]), HeaderValue::from_bytes(line[at + 1..].trim_ascii()));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    Format::accepted(&headers).map_err(refused).ok();
    Preferences::of(&headers);
    caller::refuse_other_sites(&headers).map_err(refused).ok();
    let sent = headers.get("authorization").and_then(|value| value.to_str().ok());
    let again = match auth::of_header(sent) {
        Ok(Credentials::Basic { user, password }) => {
            assert!(!user.contains(':'), "a user's name has no colon");
            format!("Basic {}", BASE64.encode(format!("{user}:{password}")))
        }
        Ok(Credentials::Bearer(token)) => format!("Bearer {token}"),
        Err(error) => return refused(error.into()),
    };
    assert!(auth::of_header(Some(&again)).ok() == auth::of_header(sent).ok(), "who asks is read as it was written");
}
