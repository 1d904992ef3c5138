//! What is asked: a document with a statement, or the bare statement.

use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use datafusion::common::ScalarValue;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use huitong_catalog::Error;
use huitong_engine::Session;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::accept::Format;
use super::parameters;
use super::problem::Problem;

/// A statement may have 1 MiB, of which JSON may write each byte as six; the rest is for parameters.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long all of it may take to come.
const BODY_TIME_MAX: Duration = Duration::from_secs(60);

/// Hits of a search that does not say how many.
const HITS: u32 = 20;
const HITS_MAX: u32 = 1_000;

const TYPES: &str = "send application/json, or the bare statement as application/sql or text/plain, in UTF-8";

/// A statement and how it is to be run.
#[derive(Debug, Default)]
pub struct Asked {
    pub sql: String,
    pub parameters: Vec<ScalarValue>,
    settings: Vec<(String, String)>,
    /// What the document says; it goes before what the `Accept` header says.
    pub format: Option<Format>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    sql: String,
    #[serde(default)]
    parameters: Vec<Box<RawValue>>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    format: Option<String>,
}

#[derive(Clone, Copy)]
enum Kind {
    Document,
    Bare,
}

impl Asked {
    pub async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Problem> {
        let kind = kind(headers)?;
        let bytes = tokio::time::timeout(BODY_TIME_MAX, collect(headers, body)).await;
        let bytes = bytes.map_err(|_| {
            let text = format!("the body did not come within {BODY_TIME_MAX:?}");
            Problem::request(StatusCode::REQUEST_TIMEOUT, text, "send it at once")
        })??;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            bad(format!("the body is not UTF-8 from its byte {at} on"), TYPES)
        })?;
        match kind {
            Kind::Bare => Ok(Self { sql: text, ..Self::default() }),
            Kind::Document => Self::of_document(&text),
        }
    }

    fn of_document(text: &str) -> Result<Self, Problem> {
        let hint = "write {\"sql\": \"…\", \"parameters\": […], \"settings\": {…}, \"format\": \"…\"}; all but sql may be left out";
        let read: serde_json::Result<Document> = serde_json::from_str(text);
        let document =
            read.map_err(|error| bad(format!("the body is not the document that is expected: {error}"), hint))?;
        let format = match &document.format {
            None => None,
            Some(name) => Some(Format::named(name).ok_or_else(|| {
                bad(format!("there is no format `{name}`"), "formats are json, ndjson, csv and arrow")
            })?),
        };
        let settings = document.settings.into_iter().map(|(name, value)| match value {
            Value::String(value) => Ok((name, value)),
            Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
            _ => {
                Err(bad(format!("the setting `{name}` is no text, number, true or false"), "leave out what shall stay"))
            }
        });
        Ok(Self {
            settings: settings.collect::<Result<_, _>>()?,
            parameters: parameters::read(&document.parameters)?,
            sql: document.sql,
            format,
        })
    }

    /// The search that an address asks for: `q` is the words, `limit` how many hits at most.
    pub fn of_search(query: &str) -> Result<Self, Problem> {
        let hint = "write /api/v1/search?q=words&limit=20, in UTF-8 with percent signs";
        let (mut words, mut limit) = (None, HITS);
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "q" if words.is_none() => words = Some(value.replace('\'', "''")),
                "limit" => {
                    let read = value.parse().ok().filter(|limit| (1..=HITS_MAX).contains(limit));
                    limit =
                        read.ok_or_else(|| bad(format!("the limit is from 1 to {HITS_MAX}, not `{value}`"), hint))?;
                }
                _ => return Err(bad(format!("a search has no other `{name}`"), hint)),
            }
        }
        let words = words.ok_or_else(|| bad("the search has no words".to_owned(), hint))?;
        Ok(Self { sql: format!("SELECT * FROM search('{words}', {limit}) ORDER BY rank"), ..Self::default() })
    }

    /// Changes the settings of a session that is for this statement alone.
    pub fn apply(&self, session: &Session) -> Result<(), Error> {
        self.settings.iter().try_for_each(|(name, value)| session.set(name, value))
    }
}

fn bad(text: String, hint: &str) -> Problem {
    Problem::request(StatusCode::BAD_REQUEST, text, hint)
}

fn kind(headers: &HeaderMap) -> Result<Kind, Problem> {
    let unsupported = |text: String| Problem::request(StatusCode::UNSUPPORTED_MEDIA_TYPE, text, TYPES);
    if let Some(encoding) = headers.get(CONTENT_ENCODING).filter(|encoding| *encoding != "identity") {
        let encoding = String::from_utf8_lossy(encoding.as_bytes());
        return Err(unsupported(format!("a body that is encoded as `{encoding}` is not read")));
    }
    let Some(sent) = headers.get(CONTENT_TYPE) else {
        return Err(unsupported("the request does not say what type its body has".to_owned()));
    };
    let sent = String::from_utf8_lossy(sent.as_bytes()).to_ascii_lowercase();
    let mut parts = sent.split(';').map(str::trim);
    let kind = match parts.next() {
        Some("application/json") => Kind::Document,
        Some("application/sql" | "text/plain") => Kind::Bare,
        _ => return Err(unsupported(format!("a body of the type `{sent}` is not read"))),
    };
    let charset = parts.find_map(|part| part.strip_prefix("charset=")).map(|name| name.trim_matches('"'));
    match charset {
        None | Some("utf-8" | "utf8" | "us-ascii") => Ok(kind),
        Some(other) => Err(unsupported(format!("a body in `{other}` is not read"))),
    }
}

async fn collect(headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let too_large = || {
        let text = format!("the body is longer than {BODY_BYTES_MAX} bytes");
        Problem::request(StatusCode::PAYLOAD_TOO_LARGE, text, "load long lists of values as a file")
    };
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX as u64) {
        return Err(too_large());
    }
    match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(collected) => Ok(collected.to_bytes().to_vec()),
        Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
        Err(error) => Err(bad(format!("the body broke off: {error}"), "send it again")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    async fn read(kind: &str, body: impl Into<Body>) -> Result<Asked, u16> {
        let mut headers = HeaderMap::new();
        if !kind.is_empty() {
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        Asked::read(&headers, body.into()).await.map_err(|problem| problem.into_response().status().as_u16())
    }

    #[tokio::test]
    async fn documents_and_bare_statements_are_read() {
        let text = r#"{"sql": "SELECT $1", "parameters": [1, "甲"], "settings": {"schema": "s", "statement_timeout": 5000}, "format": "csv"}"#;
        let asked = read("application/json; charset=UTF-8", text).await.unwrap();
        assert_eq!((asked.sql.as_str(), asked.format), ("SELECT $1", Some(Format::Csv)));
        assert_eq!(asked.parameters, [ScalarValue::from(1_i64), ScalarValue::from("甲")]);
        let settings = [("schema".to_owned(), "s".to_owned()), ("statement_timeout".to_owned(), "5000".to_owned())];
        assert_eq!(asked.settings, settings);
        for kind in ["text/plain", "Application/SQL;charset=\"utf-8\""] {
            assert_eq!(read(kind, "SELECT '人口'").await.unwrap().sql, "SELECT '人口'");
        }
    }

    #[tokio::test]
    async fn what_is_not_understood_is_refused() {
        let long = vec![b' '; BODY_BYTES_MAX + 1];
        let cases: [(&str, Vec<u8>, u16); 16] = [
            ("", b"SELECT 1".to_vec(), 415),
            ("application/x-www-form-urlencoded", b"sql=SELECT+1".to_vec(), 415),
            ("multipart/form-data; boundary=x", b"".to_vec(), 415),
            ("text/plain; charset=gbk", b"SELECT 1".to_vec(), 415),
            ("application/jsonx", b"{}".to_vec(), 415),
            ("text/plain", b"SELECT '\xff'".to_vec(), 400),
            ("application/json", b"{\"sql\": \"\xff\"}".to_vec(), 400),
            ("application/json", b"".to_vec(), 400),
            ("application/json", b"{".to_vec(), 400),
            ("application/json", b"[]".to_vec(), 400),
            ("application/json", b"{\"sql\": 1}".to_vec(), 400),
            ("application/json", b"{\"sql\": \"a\", \"sqls\": 1}".to_vec(), 400),
            ("application/json", b"{\"sql\": \"a\", \"sql\": \"b\"}".to_vec(), 400),
            ("application/json", b"{\"sql\": \"a\", \"settings\": {\"schema\": null}}".to_vec(), 400),
            ("application/json", b"{\"sql\": \"a\", \"format\": \"xml\"}".to_vec(), 400),
            ("text/plain", long, 413),
        ];
        for (kind, body, status) in cases {
            let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
            assert_eq!(read(kind, body).await.unwrap_err(), status, "{kind}: {shown}");
        }
        let deep = format!("{{\"sql\": \"a\", \"settings\": {}", "[".repeat(100_000));
        assert_eq!(read("application/json", deep).await.unwrap_err(), 400);
    }

    #[tokio::test]
    async fn what_is_encoded_is_not_read() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, "text/plain".parse().unwrap());
        headers.insert(CONTENT_ENCODING, "gzip".parse().unwrap());
        let refused = Asked::read(&headers, Body::from("x")).await.unwrap_err();
        assert_eq!(refused.into_response().status().as_u16(), 415);
    }
}
