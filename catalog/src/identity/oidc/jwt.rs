//! The compact form of a signed JWT (RFC 7515, section 3.1), taken apart and not believed yet.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refusal::Refusal;

/// Issuers put groups into tokens, and proxies bound headers; what is longer than this is no token of a person.
const JWT_BYTES_MAX: usize = 16 * 1024;

/// The algorithms that are taken: with public keys only. With a symmetric one, whoever checks could also issue, and a public key
/// could pass for the secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub fn read(text: &str) -> Option<Self> {
        match text {
            "RS256" => Some(Self::Rs256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

#[derive(Debug)]
pub struct Jwt<'a> {
    pub algorithm: Algorithm,
    /// The name of the key, if it has one.
    pub key: Option<String>,
    /// What the signature is over.
    pub signed: &'a str,
    /// Still in Base64.
    pub payload: &'a str,
    pub signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<IgnoredAny>,
}

impl<'a> Jwt<'a> {
    pub fn read(token: &'a str) -> Result<Self, Refusal> {
        if token.len() > JWT_BYTES_MAX {
            return Err(Refusal::Garbled);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Garbled)?;
        let (header, payload) = signed.split_once('.').ok_or(Refusal::Garbled)?;
        let header = BASE64.decode(header).map_err(|_| Refusal::Garbled)?;
        let header: Header = serde_json::from_slice(&header).map_err(|_| Refusal::Garbled)?;
        if header.crit.is_some() {
            return Err(Refusal::Critical);
        }
        let algorithm = Algorithm::read(&header.alg).ok_or(Refusal::Algorithm)?;
        if !header.typ.is_none_or(|typ| is_sign_in(&typ)) {
            return Err(Refusal::Kind);
        }
        let signature = BASE64.decode(signature).map_err(|_| Refusal::Garbled)?;
        Ok(Self { algorithm, key: header.kid, signed, payload, signature })
    }
}

/// Tokens of one issuer for other ends (to log out, to prove possession) say so here (RFC 8725, section 3.11); RFC 9068 names
/// those for access.
fn is_sign_in(typ: &str) -> bool {
    let typ = typ.to_ascii_lowercase();
    matches!(typ.strip_prefix("application/").unwrap_or(&typ), "jwt" | "at+jwt")
}

/// The payload as JSON, once the signature is known to be right.
pub fn decode_payload(payload: &str) -> Result<serde_json::Map<String, serde_json::Value>, Refusal> {
    let bytes = BASE64.decode(payload).map_err(|_| Refusal::Garbled)?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Garbled)
}
