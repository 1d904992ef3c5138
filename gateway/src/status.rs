//! Errors as gRPC statuses: one line for people, and the parts in metadata for programs.

use std::borrow::Cow;

use huitong_catalog::{Error, Kind, Place};
use tonic::metadata::{MetadataMap, MetadataValue};
use tonic::{Code, Status};

/// Metadata keys; binary, because messages hold Chinese.
pub const CODE: &str = "huitong-code";
pub const MESSAGE: &str = "huitong-message-bin";
pub const HINT: &str = "huitong-hint-bin";
pub const PLACE: &str = "huitong-place";
/// The statement's id, as the log and the history have it.
pub const QUERY: &str = "huitong-query";

/// A status travels in headers, of which HTTP/2 peers take 16 KiB at all; in the plain line, each byte of Chinese becomes
/// three. A longer text would break the connection instead of telling what is wrong.
const LINE_BYTES_MAX: usize = 1500;
const MESSAGE_BYTES_MAX: usize = 4096;
const HINT_BYTES_MAX: usize = 1024;

/// Tells an error to a client. Internal ones are logged with an id and shown as that id only.
pub fn of(error: Error) -> Status {
    if error.kind() == Kind::Internal {
        let id = error.query().map_or_else(|| uuid::Uuid::new_v4().simple().to_string(), str::to_owned);
        tracing::error!(id, error = %error, source = ?error.source, "internal error");
        let text = format!("{}: internal error; the server's log has it under {id}", error.code);
        return Status::internal(text);
    }
    let mut metadata = MetadataMap::new();
    if let Ok(code) = MetadataValue::try_from(error.code.to_string()) {
        metadata.insert(CODE, code);
    }
    metadata.insert_bin(MESSAGE, MetadataValue::from_bytes(clipped(&error.message, MESSAGE_BYTES_MAX).as_bytes()));
    if let Some(hint) = &error.hint {
        metadata.insert_bin(HINT, MetadataValue::from_bytes(clipped(hint, HINT_BYTES_MAX).as_bytes()));
    }
    if let Some(Ok(place)) = error.place.map(|place| MetadataValue::try_from(place.to_string())) {
        metadata.insert(PLACE, place);
    }
    if let Some(Ok(query)) = error.query().map(MetadataValue::try_from) {
        metadata.insert(QUERY, query);
    }
    Status::with_metadata(code(error.kind()), clipped(&line(&error), LINE_BYTES_MAX), metadata)
}

/// Reads back what [`of`] wrote; none if the status is not from huitong.
pub fn read(status: &Status) -> Option<Error> {
    let metadata = status.metadata();
    let text =
        |key| metadata.get_bin(key).and_then(|v| v.to_bytes().ok()).map(|b| String::from_utf8_lossy(&b).into_owned());
    let code = metadata.get(CODE)?.to_str().ok()?.parse().ok()?;
    let mut error = Error::new(code, text(MESSAGE)?);
    error.hint = text(HINT);
    error.place = metadata.get(PLACE).and_then(|place| {
        let (line, column) = place.to_str().ok()?.split_once(':')?;
        Some(Place { line: line.parse().ok()?, column: column.parse().ok()? })
    });
    match metadata.get(QUERY).and_then(|query| query.to_str().ok()) {
        Some(query) => Some(error.of_query(query)),
        None => Some(error),
    }
}

/// `HT0103: unknown column `x` at 1:8 (did you mean `y`?) [query 0198…]`.
fn line(error: &Error) -> String {
    let place = error.place.map(|place| format!(" at {place}")).unwrap_or_default();
    let hint = error.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let query = error.query().map(|query| format!(" [query {query}]")).unwrap_or_default();
    format!("{}: {}{place}{hint}{query}", error.code, error.message)
}

/// A text within a number of bytes, its end replaced by dots if it is longer.
fn clipped(text: &str, bytes_max: usize) -> Cow<'_, str> {
    if text.len() <= bytes_max {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", &text[..text.floor_char_boundary(bytes_max - '…'.len_utf8())]))
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::InvalidRequest => Code::InvalidArgument,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::PermissionDenied => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::AlreadyExists => Code::AlreadyExists,
        Kind::Conflict => Code::Aborted,
        Kind::ResourceExhausted => Code::ResourceExhausted,
        Kind::Cancelled => Code::Cancelled,
        Kind::Timeout => Code::DeadlineExceeded,
        Kind::Unavailable => Code::Unavailable,
        Kind::CorruptData => Code::DataLoss,
        Kind::Unsupported => Code::Unimplemented,
        Kind::Internal => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huitong_catalog::Code as Ht;

    #[test]
    fn an_error_survives_the_wire() {
        let error = Error::new(Ht::UNKNOWN_COLUMN, "unknown column `姓名`").with_hint("did you mean `name`?");
        let status = of(error.at(Place { line: 2, column: 8 }).of_query("q-1"));
        assert_eq!(status.code(), Code::InvalidArgument);
        assert_eq!(status.message(), "HT0103: unknown column `姓名` at 2:8 (did you mean `name`?) [query q-1]");
        let back = read(&status).unwrap();
        assert_eq!((back.code, back.message.as_str()), (Ht::UNKNOWN_COLUMN, "unknown column `姓名`"));
        assert_eq!(back.hint.as_deref(), Some("did you mean `name`?"));
        assert_eq!(back.query(), Some("q-1"));
        assert_eq!(back.place, Some(Place { line: 2, column: 8 }));
    }

    #[test]
    fn a_long_error_fits_into_headers() {
        let status = of(Error::new(Ht::JOB_FAILED, "数".repeat(100_000)).with_hint("据".repeat(100_000)));
        let headers = status
            .clone()
            .into_http::<()>()
            .headers()
            .iter()
            .map(|(k, v)| k.as_str().len() + v.len() + 32)
            .sum::<usize>();
        assert!(headers < 16 * 1024, "{headers} bytes");
        assert!(read(&status).unwrap().message.ends_with("数…"));
    }

    #[test]
    fn internal_errors_keep_their_text_inside() {
        let status = of(Error::new(Ht::INTERNAL, "secret path /x"));
        assert!(!status.message().contains("secret"), "{}", status.message());
        assert!(read(&status).is_none());
    }
}
