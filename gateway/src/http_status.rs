//! Errors as HTTP statuses (RFC 9110, section 15), by what the caller can do about them.

use axum::http::StatusCode;
use huitong_catalog::Kind;

/// nginx's number for "the client did not wait for the answer"; RFC 9110 has none for work that somebody ended.
const ENDED: u16 = 499;

/// The status of a kind of errors. Those that are nobody's fault here are below 500, so that whoever watches a server by its
/// statuses is not woken by a statement that it does not understand.
pub fn of(kind: Kind) -> StatusCode {
    match kind {
        Kind::InvalidRequest => StatusCode::BAD_REQUEST,
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::PermissionDenied => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::AlreadyExists | Kind::Conflict => StatusCode::CONFLICT,
        Kind::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Kind::Cancelled => StatusCode::from_u16(ENDED).unwrap_or(StatusCode::BAD_REQUEST),
        Kind::Timeout => StatusCode::GATEWAY_TIMEOUT,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Unsupported => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::CorruptData | Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use huitong_catalog::Code;

    #[test]
    fn every_kind_has_the_status_that_is_documented() {
        let documented = [
            ("invalid request", 400),
            ("unauthenticated", 401),
            ("permission denied", 403),
            ("not found", 404),
            ("already exists", 409),
            ("conflict", 409),
            ("resource exhausted", 429),
            ("cancelled", 499),
            ("timeout", 504),
            ("unavailable", 503),
            ("corrupt data", 500),
            ("unsupported", 422),
            ("internal", 500),
        ];
        let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/http.md")).unwrap();
        for code in Code::ALL {
            let kind = code.kind().to_string();
            let (_, status) = documented.iter().find(|(known, _)| *known == kind).unwrap();
            assert_eq!(of(code.kind()).as_u16(), *status, "{code}");
        }
        for (kind, status) in documented {
            let row = guide.lines().find(|line| line.contains(&format!("| {status} |")));
            assert!(row.is_some_and(|row| row.contains(kind)), "{status} {kind}: {row:?}");
        }
    }
}
