//! An issuer within the tests: it has keys, and signs what it is told.

use std::sync::{Arc, Mutex, OnceLock};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::{Fetched, KeySet, KeySource};
use crate::error::{Code, Error, Result};

pub struct Signer {
    name: String,
    secret: Secret,
}

enum Secret {
    Rsa(&'static RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    /// Of one key for all tests: making one takes long.
    pub fn rsa(name: &str) -> Self {
        static PAIR: OnceLock<RsaKeyPair> = OnceLock::new();
        let pair = PAIR.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap());
        Self { name: name.to_owned(), secret: Secret::Rsa(pair) }
    }

    pub fn p256(name: &str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        Self { name: name.to_owned(), secret: Secret::P256(pair) }
    }

    pub fn ed25519(name: &str) -> Self {
        Self { name: name.to_owned(), secret: Secret::Ed25519(Ed25519KeyPair::generate().unwrap()) }
    }

    pub fn public_bytes(&self) -> Vec<u8> {
        match &self.secret {
            Secret::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Secret::P256(pair) => pair.public_key().as_ref().to_vec(),
            Secret::Ed25519(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    pub fn jwk(&self) -> Value {
        let (kid, public) = (&self.name, self.public_bytes());
        match &self.secret {
            // RSAPublicKey in DER (RFC 8017, appendix A.1.1): for 2048 bits its parts are always in these places.
            Secret::Rsa(_) => json!({
                "kty": "RSA", "kid": kid, "use": "sig", "alg": "RS256", "n": base64(&public[9..265]), "e": base64(&public[267..]),
            }),
            Secret::P256(_) => {
                json!({"kty": "EC", "kid": kid, "crv": "P-256", "x": base64(&public[1..33]), "y": base64(&public[33..])})
            }
            Secret::Ed25519(_) => json!({"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": base64(&public)}),
        }
    }

    pub fn keys(&self) -> KeySet {
        KeySet::read(&jwks(&[self])).unwrap()
    }

    pub fn token(&self, claims: &Value) -> String {
        let alg = match &self.secret {
            Secret::Rsa(_) => "RS256",
            Secret::P256(_) => "ES256",
            Secret::Ed25519(_) => "EdDSA",
        };
        self.sign(&json!({"alg": alg, "kid": self.name, "typ": "JWT"}), claims)
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encoded(header), encoded(claims));
        let (message, random) = (signed.as_bytes(), SystemRandom::new());
        let signature = match &self.secret {
            Secret::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).unwrap();
                signature
            }
            Secret::P256(pair) => pair.sign(&random, message).unwrap().as_ref().to_vec(),
            Secret::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        };
        compact(&signed, &signature)
    }
}

pub fn jwks(signers: &[&Signer]) -> String {
    json!({"keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>()}).to_string()
}

pub fn compact(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", base64(signature))
}

pub fn encoded(value: &Value) -> String {
    base64(value.to_string().as_bytes())
}

pub fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What the issuer answers, and how often it was asked; no answer is a failure.
#[derive(Debug, Default)]
pub struct Answers {
    state: Mutex<(Option<String>, usize)>,
}

impl Answers {
    pub fn of(signers: &[&Signer]) -> Arc<Self> {
        let answers = Arc::new(Self::default());
        answers.set(Some(jwks(signers)));
        answers
    }

    pub fn set(&self, answer: Option<String>) {
        self.state.lock().unwrap().0 = answer;
    }

    pub fn asked(&self) -> usize {
        self.state.lock().unwrap().1
    }

    fn answer(&self) -> Result<String> {
        let mut state = self.state.lock().unwrap();
        state.1 += 1;
        state.0.clone().ok_or_else(|| Error::new(Code::ISSUER_UNAVAILABLE, "the issuer does not answer"))
    }
}

impl KeySource for Answers {
    fn fetch(&self) -> Fetched<'_> {
        Box::pin(async {
            tokio::task::yield_now().await;
            self.answer()
        })
    }
}
