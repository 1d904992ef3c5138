//! Who asks, and whether they may ask like that.

use axum::http::header::{AUTHORIZATION, HOST, ORIGIN, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use huitong_catalog::identity::{Principal, Users};
use huitong_catalog::{Code, Error};
use huitong_engine::Client;

use super::problem::Problem;
use crate::auth;
use crate::peer::Peer;

/// What a request says of the program that sends it.
pub fn client(parts: &Parts) -> Client {
    let name = parts.headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
    Client::new(name, parts.extensions.get::<Peer>().map(|peer| peer.address.to_string()))
}

/// Signs in by the request's own credentials, or those of its connection.
pub async fn sign_in(users: &Users, parts: &Parts) -> Result<Principal, Problem> {
    let header = parts.headers.get(AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let peer = parts.extensions.get::<Peer>();
    let users = users.heard_from(peer.map(|peer| peer.address.to_string()).as_deref());
    let certified = peer.and_then(|peer| peer.certified.as_deref());
    let principal = auth::caller(&users, header, certified).await?;
    peer.iter().for_each(|peer| peer.place.known());
    Ok(principal)
}

/// Refuses what a page of another site makes a browser send: browsers add the password that somebody has typed for this server once,
/// whoever the page is from.
pub fn refuse_other_sites(headers: &HeaderMap) -> Result<(), Problem> {
    let text = |name| headers.get(name).map(|value: &axum::http::HeaderValue| value.to_str().unwrap_or_default());
    let is_own = match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => ["same-origin", "none"].contains(&site),
        (None, Some(origin)) => {
            let (_, place) = origin.split_once("://").unwrap_or_default();
            !place.is_empty() && text(HOST.as_str()) == Some(place)
        }
        (None, None) => true,
    };
    let refused = || Error::new(Code::PERMISSION_DENIED, "the request was sent by a page of another site");
    if is_own { Ok(()) } else { Err(Problem::new(StatusCode::FORBIDDEN, refused())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_other_sites_may_not_ask() {
        let cases: [(&[(&str, &str)], bool); 8] = [
            (&[], true),
            (&[("host", "h:1"), ("origin", "https://h:1")], true),
            (&[("host", "h:1"), ("origin", "https://evil.example")], false),
            (&[("host", "h:1"), ("origin", "null")], false),
            (&[("host", "h"), ("origin", "https://h:444")], false),
            (&[("origin", "https://h"), ("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("host", "h"), ("origin", "https://h"), ("sec-fetch-site", "cross-site")], false),
        ];
        for (lines, may) in cases {
            let headers = lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!(refuse_other_sites(&headers).is_ok(), may, "{lines:?}");
        }
    }
}
