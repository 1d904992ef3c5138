//! The public keys of an issuer (JWKS, RFC 7517), and what they vouch for.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::jwt::{Algorithm, Jwt, decode_payload};
use super::refusal::Refusal;
use crate::error::{Code, Error, Result};

/// More is no set of keys that somebody keeps.
const KEYS_MAX: usize = 100;

/// RSA with 8192 bits.
const MODULUS_BYTES_MAX: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet(Vec<Key>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    name: Option<String>,
    public: Public,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Public {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// The uncompressed point.
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    key_ops: Option<Vec<String>>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Keys for other ends or of unknown kinds are left out (RFC 7517, section 5). HT0212 if none remains.
    pub fn read(json: &str) -> Result<Self> {
        let unreadable = |what: &str| Error::new(Code::ISSUER_UNAVAILABLE, format!("the issuer's keys {what}"));
        let document: Document =
            serde_json::from_str(json).map_err(|error| unreadable("are no JWKS").caused_by(error))?;
        if document.keys.len() > KEYS_MAX {
            return Err(unreadable("are too many"));
        }
        let keys: Vec<Key> = document.keys.into_iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err(unreadable("are none for RS256, ES256 or EdDSA"));
        }
        Ok(Self(keys))
    }

    /// What the token says, if one of these keys has signed it.
    pub(super) fn payload(&self, jwt: &Jwt<'_>) -> Result<Map<String, Value>, Refusal> {
        let named = |key: &&Key| jwt.key.is_none() || key.name == jwt.key;
        let mut suiting = self.0.iter().filter(|key| key.public.algorithm() == jwt.algorithm).filter(named);
        let key = suiting.next().ok_or(Refusal::UnknownKey)?;
        if suiting.next().is_some() {
            // Which of them is meant cannot be known; trying them all would multiply the work of whoever sends nonsense.
            return Err(Refusal::UnknownKey);
        }
        if !key.public.verifies(jwt.signed.as_bytes(), &jwt.signature) {
            // Without a name it may be of a key that is not here yet.
            return Err(if jwt.key.is_some() { Refusal::Signature } else { Refusal::UnknownKey });
        }
        decode_payload(jwt.payload)
    }
}

impl Key {
    fn read(value: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let is_for_signatures = jwk.usage.as_deref().is_none_or(|usage| usage == "sig")
            && jwk.key_ops.as_ref().is_none_or(|operations| operations.iter().any(|one| one == "verify"));
        if !is_for_signatures {
            return None;
        }
        let bytes = |field: &Option<String>| BASE64.decode(field.as_deref()?).ok();
        let public = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", _) => Public::rsa(&bytes(&jwk.n)?, &bytes(&jwk.e)?)?,
            ("EC", Some("P-256")) => Public::p256(&bytes(&jwk.x)?, &bytes(&jwk.y)?)?,
            ("OKP", Some("Ed25519")) => bytes(&jwk.x).filter(|x| x.len() == 32).map(Public::Ed25519)?,
            _ => return None,
        };
        let suits = |alg: &String| Algorithm::read(alg) == Some(public.algorithm());
        jwk.alg.as_ref().is_none_or(suits).then_some(Self { name: jwk.kid, public })
    }
}

impl Public {
    fn rsa(n: &[u8], e: &[u8]) -> Option<Self> {
        let strip = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<u8>>();
        let (n, e) = (strip(n), strip(e));
        (!e.is_empty() && e.len() <= 8 && !n.is_empty() && n.len() <= MODULUS_BYTES_MAX).then_some(Self::Rsa { n, e })
    }

    fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        (x.len() == 32 && y.len() == 32).then(|| Self::P256([&[4], x, y].concat()))
    }

    fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    /// A key that is none (too short, not on its curve) verifies nothing.
    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match self {
            Self::Rsa { n, e } => {
                let key = RsaPublicKeyComponents { n: n.as_slice(), e: e.as_slice() };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::P256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature),
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        verified.is_ok()
    }
}
