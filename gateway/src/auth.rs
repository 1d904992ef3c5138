//! From a request's credentials to a principal.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use huitong_catalog::identity::{Principal, Users};
use huitong_catalog::{Code, Error, Result};
use tonic::metadata::MetadataMap;

use crate::certified::Certified;

/// Some drivers (ADBC among them) leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a client sent in the `authorization` header.
#[derive(PartialEq, Eq)]
pub enum Credentials {
    Basic { user: String, password: String },
    Bearer(String),
}

/// Reads a call's header.
pub fn credentials(metadata: &MetadataMap) -> Result<Credentials> {
    of_header(metadata.get("authorization").and_then(|value| value.to_str().ok()))
}

/// Reads the header; the scheme's name is case-blind (RFC 9110, section 11.1).
pub fn of_header(header: Option<&str>) -> Result<Credentials> {
    let header = header.ok_or_else(missing)?;
    let (scheme, rest) = header.split_once(' ').ok_or_else(missing)?;
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Ok(Credentials::Bearer(rest.trim().to_owned())),
        "basic" => {
            let decoded =
                LENIENT.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(missing)?;
            let (user, password) = decoded.split_once(':').ok_or_else(missing)?;
            Ok(Credentials::Basic { user: user.to_owned(), password: password.to_owned() })
        }
        _ => Err(missing()),
    }
}

/// Signs in with user and password and answers with a token for the calls that follow; a bearer that is already valid
/// is answered with itself.
pub async fn sign_in(users: &Users, credentials: Credentials) -> Result<(Principal, String)> {
    match credentials {
        Credentials::Bearer(token) => Ok((by_token(users, &token).await?, token)),
        Credentials::Basic { user, password } => {
            let principal = users.authenticate(&user, &password).await?;
            let token = users.issue_session_token(&principal.name).await?;
            Ok((principal, token.reveal().to_owned()))
        }
    }
}

/// The same by the certificate of a connection.
pub async fn sign_in_certified(users: &Users, certified: &Certified) -> Result<(Principal, String)> {
    let principal = certified.sign_in(users).await?;
    let token = users.issue_session_token(&principal.name).await?;
    Ok((principal, token.reveal().to_owned()))
}

/// Whoever makes a call: by what it brings, and where it brings nothing by the certificate of its connection.
pub async fn caller(users: &Users, header: Option<&str>, certified: Option<&Certified>) -> Result<Principal> {
    match (header, certified.filter(|_| users.takes_certificates())) {
        (None, Some(certified)) => certified.sign_in(users).await,
        (header, _) => authenticate(users, of_header(header)?).await,
    }
}

/// Whoever the credentials are of. No token is made: a call that brings them is on its own.
pub async fn authenticate(users: &Users, credentials: Credentials) -> Result<Principal> {
    match credentials {
        Credentials::Bearer(token) => by_token(users, &token).await,
        Credentials::Basic { user, password } => users.authenticate(&user, &password).await,
    }
}

/// Whoever the token is of. Why it is refused is told to the log alone.
pub async fn by_token(users: &Users, token: &str) -> Result<Principal> {
    let authenticated = users.authenticate_token(token).await;
    if let Err(Error { code, source: Some(reason), .. }) = &authenticated {
        tracing::debug!(%code, %reason, "a token was refused");
    }
    authenticated
}

fn missing() -> Error {
    Error::new(Code::NOT_SIGNED_IN, "the call carries no user and password and no token")
        .with_hint("connect with a user name and a password, or with a bearer token")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(header: &str) -> Result<Credentials> {
        let mut metadata = MetadataMap::new();
        metadata.insert("authorization", header.parse().unwrap());
        credentials(&metadata)
    }

    #[test]
    fn both_schemes_are_read() {
        assert!(read("Bearer abc").unwrap() == Credentials::Bearer("abc".into()));
        let basic = format!("basic {}", LENIENT.encode("李雷:密:码"));
        assert!(read(&basic).unwrap() == Credentials::Basic { user: "李雷".into(), password: "密:码".into() });
    }

    #[test]
    fn padding_may_be_left_out() {
        let padded = LENIENT.encode("admin:secret-1");
        let bare = padded.trim_end_matches('=');
        assert_ne!(padded, bare);
        for basic in [padded.as_str(), bare] {
            let expected = Credentials::Basic { user: "admin".into(), password: "secret-1".into() };
            assert!(read(&format!("Basic {basic}")).unwrap() == expected, "{basic}");
        }
    }

    #[test]
    fn garbage_is_not_signed_in() {
        for header in ["", "Basic", "Basic !!!", "Basic YWJj", "Digest x", "Bearer"] {
            assert!(read(header).is_err_and(|e| e.code == Code::NOT_SIGNED_IN), "{header}");
        }
        assert!(credentials(&MetadataMap::new()).is_err());
    }
}
