//! Signing in by SCRAM-SHA-256 (RFC 5802, RFC 7677): the client proves that it knows the password, and the server that it knows the
//! verifier. Nothing that is sent can be used again.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::BufMut;
use huitong_catalog::identity::{Principal, Users};
use huitong_catalog::ids::{SystemRandomness, random};
use huitong_catalog::{Code, Error};

use super::input::{Broken, Fields, Input, Message, STARTUP_BYTES_MAX};
use super::output::{Output, text};
use super::problem::Stop;

const MECHANISM: &str = "SCRAM-SHA-256";

/// The exchange. An unknown user, a wrong password and a proof that cannot be read are one error.
pub async fn sign_in(input: &mut Input, output: &mut Output, users: &Users, user: &str) -> Result<Principal, Stop> {
    authentication(output, 10, |body| {
        text(body, MECHANISM);
        body.put_u8(0);
    });
    output.send().await?;
    let mut fields = Fields(password(input, STARTUP_BYTES_MAX).await?);
    let (mechanism, length) = fields.text().zip(fields.i32()).ok_or_else(unreadable)?;
    if mechanism != MECHANISM {
        return Err(Error::new(Code::NOT_SIGNED_IN, format!("there is no way to sign in called `{mechanism}`"))
            .with_hint(format!("the only one is {MECHANISM}"))
            .into());
    }
    let first = usize::try_from(length).ok().and_then(|length| fields.bytes(length)).ok_or_else(unreadable)?;
    let first = std::str::from_utf8(&first).ok().and_then(First::read).ok_or_else(unreadable)?;
    let attempt = users.scram_start(user).await?;
    let nonce = format!("{}{}", first.nonce, BASE64.encode(random::<18>(&SystemRandomness)?));
    let (salt, iterations) = (BASE64.encode(attempt.verifier.salt()), attempt.verifier.iterations());
    let answer = format!("r={nonce},s={salt},i={iterations}");
    authentication(output, 11, |body| body.put_slice(answer.as_bytes()));
    output.send().await?;
    let last = password(input, STARTUP_BYTES_MAX).await?;
    let last = std::str::from_utf8(&last).ok().and_then(Last::read).ok_or_else(unreadable)?;
    if last.nonce != nonce || last.binding != BASE64.encode(first.header) {
        return Err(unreadable().into());
    }
    let exchange = format!("{},{answer},{}", first.bare, last.without_proof);
    let (principal, signature) = users.scram_finish(attempt, exchange.as_bytes(), &last.proof)?;
    let signature = format!("v={}", BASE64.encode(signature));
    authentication(output, 12, |body| body.put_slice(signature.as_bytes()));
    authentication(output, 0, |_| {});
    Ok(principal)
}

/// What the client is asked for, or that it is in.
pub fn authentication(output: &mut Output, kind: i32, body: impl FnOnce(&mut bytes::BytesMut)) {
    output.put(b'R', |message| {
        message.put_i32(kind);
        body(message);
    });
}

/// What the client answers.
pub async fn password(input: &mut Input, bytes_max: usize) -> Result<bytes::Bytes, Broken> {
    match input.message(bytes_max).await? {
        Message::Password(body) => Ok(body),
        Message::Terminate => Err(Broken::Gone),
        _ => Err(Broken::Protocol("the client does not sign in".into())),
    }
}

fn unreadable() -> Error {
    Error::new(Code::WRONG_PASSWORD, "wrong user or password")
}

/// `n,,n=user,r=nonce`; the name in it is not used, since the one at the start of the connection is.
pub struct First<'a> {
    /// Whether the channel is bound: never, since no such mechanism is offered.
    header: &'a str,
    pub bare: &'a str,
    nonce: &'a str,
}

impl<'a> First<'a> {
    pub fn read(text: &'a str) -> Option<Self> {
        let bare = text.strip_prefix("n,,").or_else(|| text.strip_prefix("y,,"))?;
        let nonce = bare.split(',').nth(1)?.strip_prefix("r=")?;
        (bare.starts_with("n=") && !nonce.is_empty()).then_some(Self { header: &text[..3], bare, nonce })
    }
}

/// `c=…,r=nonce,p=proof`.
pub struct Last<'a> {
    binding: &'a str,
    nonce: &'a str,
    pub without_proof: &'a str,
    proof: Vec<u8>,
}

impl<'a> Last<'a> {
    pub fn read(text: &'a str) -> Option<Self> {
        let (without_proof, proof) = text.rsplit_once(",p=")?;
        let mut parts = without_proof.split(',');
        let binding = parts.next()?.strip_prefix("c=")?;
        let nonce = parts.next()?.strip_prefix("r=")?;
        Some(Self { binding, nonce, without_proof, proof: BASE64.decode(proof).ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of RFC 7677, section 3.
    #[test]
    fn messages_are_read() {
        let first = First::read("n,,n=user,r=rOprNGfwEbeRWgbNEkqO").unwrap();
        assert_eq!((first.header, first.bare), ("n,,", "n=user,r=rOprNGfwEbeRWgbNEkqO"));
        let last = Last::read("c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").unwrap();
        assert_eq!((last.binding, last.nonce, last.without_proof), ("biws", "abc", "c=biws,r=abc"));
        assert_eq!(last.proof.len(), 32);
        for text in ["", "n,,", "p=tls-unique,,n=u,r=a", "n,,n=u,r=", "n,,r=a"] {
            assert!(First::read(text).is_none(), "{text}");
        }
        for text in ["", "c=biws,r=a", "c=biws,p=AA==", "c=biws,r=a,p=!"] {
            assert!(Last::read(text).is_none(), "{text}");
        }
    }
}
