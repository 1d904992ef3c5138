//! Errors as answers: a status, and a document that says more.

use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use huitong_catalog::{Code, Error, Kind};
use serde_json::{Map, Value, json};

use super::statements::QUERY_ID;
use crate::http_status;

/// The two ways to sign in (RFC 7617, RFC 6750).
const WAYS: [&str; 2] = ["Basic realm=\"huitong\", charset=\"UTF-8\"", "Bearer realm=\"huitong\""];

/// An error, the status that it is told with, and the query that it happened to.
#[derive(Debug)]
pub struct Problem {
    error: Box<Error>,
    status: StatusCode,
    query_id: Option<String>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::new(http_status::of(error.kind()), error)
    }
}

impl Problem {
    /// Where HTTP has a status of its own for what happened.
    pub fn new(status: StatusCode, error: Error) -> Self {
        let query_id = error.query().map(str::to_owned);
        Self { error: Box::new(error), status, query_id }
    }

    /// That a request is not one that is understood.
    pub fn request(status: StatusCode, message: impl Into<String>, hint: &str) -> Self {
        Self::new(status, Error::new(Code::BAD_REQUEST, message).with_hint(hint))
    }

    pub fn of_query(self, id: &str) -> Self {
        Self { query_id: Some(id.to_owned()), ..self }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = json!({ "error": told(&self.error, self.query_id.as_deref()) });
        let mut response = (self.status, json_type(), format!("{document}\n")).into_response();
        let headers = response.headers_mut();
        if let Some(Ok(id)) = self.query_id.map(HeaderValue::try_from) {
            headers.insert(QUERY_ID, id);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            for way in WAYS {
                headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(way));
            }
        }
        response
    }
}

/// The header of every document here.
pub fn json_type() -> [(axum::http::HeaderName, &'static str); 1] {
    [(CONTENT_TYPE, "application/json")]
}

/// An error as a document has it, with what is known of it. Internal ones are logged with an id and shown as that id only.
pub fn told(error: &Error, query_id: Option<&str>) -> Value {
    let mut document = Map::new();
    document.insert("code".into(), error.code.to_string().into());
    if error.kind() == Kind::Internal {
        let id = query_id.map_or_else(|| uuid::Uuid::new_v4().simple().to_string(), str::to_owned);
        tracing::error!(id, query_id, error = %error, source = ?error.source, "internal error");
        document.insert("message".into(), format!("internal error; the server's log has it under {id}").into());
    } else {
        document.insert("message".into(), error.message.clone().into());
        if let Some(hint) = &error.hint {
            document.insert("hint".into(), hint.clone().into());
        }
        if let Some(place) = error.place {
            document.insert("line".into(), place.line.into());
            document.insert("column".into(), place.column.into());
        }
    }
    if let Some(id) = query_id {
        document.insert("query_id".into(), id.into());
    }
    document.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use huitong_catalog::Place;

    #[test]
    fn an_error_is_told_with_what_is_known() {
        let error = Error::new(Code::UNKNOWN_COLUMN, "unknown column `姓名`").with_hint("did you mean `name`?");
        let shown = told(&error.at(Place { line: 2, column: 8 }), Some("q"));
        let expected = json!({
            "code": "HT0103", "message": "unknown column `姓名`", "hint": "did you mean `name`?", "line": 2, "column": 8, "query_id": "q",
        });
        assert_eq!(shown, expected);
        assert_eq!(told(&Error::new(Code::QUEUE_FULL, "x"), None), json!({ "code": "HT0407", "message": "x" }));
    }

    #[test]
    fn internal_errors_keep_their_text_inside() {
        let shown = told(&Error::new(Code::INTERNAL, "secret path /x").with_hint("secret"), None).to_string();
        assert!(!shown.contains("secret") && shown.contains("HT0001"), "{shown}");
    }

    #[test]
    fn who_has_not_signed_in_is_told_how() {
        let response = Problem::from(Error::new(Code::NOT_SIGNED_IN, "x")).into_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers().get_all(WWW_AUTHENTICATE).iter().count(), 2);
        let response = Problem::from(Error::new(Code::QUEUE_FULL, "x")).of_query("q").into_response();
        assert_eq!((response.status().as_u16(), &response.headers()[QUERY_ID]), (429, &HeaderValue::from_static("q")));
    }
}
