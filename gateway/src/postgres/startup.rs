//! The beginning of a connection: encryption, what the client wants, who it is.

use std::collections::BTreeMap;

use bytes::BufMut;
use huitong_catalog::{Code, Error};
use huitong_engine::planning::CATALOG;
use tokio::io::{ReadHalf, split};
use tokio_rustls::TlsAcceptor;

use super::Socket;
use super::input::{Broken, Fields, Input};
use super::output::{Output, text};
use super::problem::Stop;
use crate::certified::Certified;

const SSL_REQUEST: i32 = 80_877_103;
const GSS_REQUEST: i32 = 80_877_104;
const CANCEL_REQUEST: i32 = 80_877_102;
/// The protocol's major version; of minor ones only 0 is spoken.
const MAJOR: i32 = 3;

/// Another name for the database that clients may connect to.
const ALIAS: &str = "huitong";

/// What a connection turned out to be.
pub enum Opened {
    Client(Box<Wanted>),
    Cancel { process: i32, secret: i32 },
}

/// A client that has said what it wants.
pub struct Wanted {
    pub input: Input,
    pub output: Output,
    /// Names and values as sent.
    pub parameters: BTreeMap<String, String>,
    /// The certificate that it has shown.
    pub certified: Option<Certified>,
}

/// Both halves of a connection.
pub struct Halves {
    pub input: Input,
    pub output: Output,
}

impl Halves {
    pub fn of(socket: Socket) -> Self {
        let (read, write) = split(socket);
        Self { input: Input::new(read), output: Output::new(write) }
    }

    fn joined(self) -> Socket {
        let read: ReadHalf<Socket> = self.input.into_half();
        read.unsplit(self.output.into_half())
    }
}

/// Reads until it is clear what the client wants. A connection that is not encrypted goes no further where there is a certificate.
pub async fn open(socket: Socket, tls: Option<&TlsAcceptor>) -> Result<Opened, (Option<Box<Halves>>, Stop)> {
    let mut halves = Halves::of(socket);
    let mut encrypted = false;
    let mut certified = None;
    loop {
        match step(&mut halves, tls, encrypted).await {
            Ok(Step::Encrypt(acceptor)) => {
                let secured = acceptor.accept(halves.joined()).await.map_err(|_| (None, Broken::Gone.into()))?;
                certified = secured.get_ref().1.peer_certificates().and_then(Certified::of);
                halves = Halves::of(Box::new(secured));
                encrypted = true;
            }
            Ok(Step::Again) => {}
            Ok(Step::Cancel { process, secret }) => return Ok(Opened::Cancel { process, secret }),
            Ok(Step::Start(parameters)) => {
                let Halves { input, output } = halves;
                return Ok(Opened::Client(Box::new(Wanted { input, output, parameters, certified })));
            }
            Err(stop) => return Err((Some(Box::new(halves)), stop)),
        }
    }
}

enum Step<'a> {
    Encrypt(&'a TlsAcceptor),
    Again,
    Cancel { process: i32, secret: i32 },
    Start(BTreeMap<String, String>),
}

async fn step<'a>(halves: &mut Halves, tls: Option<&'a TlsAcceptor>, encrypted: bool) -> Result<Step<'a>, Stop> {
    let mut fields = Fields(halves.input.first().await?);
    match fields.i32().ok_or_else(garbled)? {
        // Nothing follows their number.
        SSL_REQUEST | GSS_REQUEST if !fields.0.is_empty() => Err(garbled().into()),
        SSL_REQUEST if !encrypted => {
            // What came with the request was not encrypted and must not pass for what is.
            if !halves.input.is_empty() {
                return Err(garbled().into());
            }
            halves.output.send_byte(if tls.is_some() { b'S' } else { b'N' }).await?;
            Ok(tls.map_or(Step::Again, Step::Encrypt))
        }
        GSS_REQUEST => {
            halves.output.send_byte(b'N').await?;
            Ok(Step::Again)
        }
        CANCEL_REQUEST => {
            let (process, secret) =
                fields.i32().zip(fields.i32()).filter(|_| fields.0.is_empty()).ok_or_else(garbled)?;
            Ok(Step::Cancel { process, secret })
        }
        version if version >> 16 == MAJOR => {
            if tls.is_some() && !encrypted {
                return Err(Error::new(Code::NOT_SIGNED_IN, "the connection is not encrypted")
                    .with_hint("connect with sslmode=require or stricter")
                    .into());
            }
            let parameters = parameters(&mut fields).ok_or_else(garbled)?;
            negotiate(&mut halves.output, version, &parameters);
            Ok(Step::Start(parameters))
        }
        _ => Err(garbled().into()),
    }
}

fn garbled() -> Broken {
    Broken::Protocol("the client does not speak PostgreSQL's protocol 3".into())
}

fn parameters(fields: &mut Fields) -> Option<BTreeMap<String, String>> {
    let mut parameters = BTreeMap::new();
    loop {
        let name = fields.text()?;
        if name.is_empty() {
            return Some(parameters);
        }
        parameters.insert(name, fields.text()?);
    }
}

/// Tells a client of a newer minor version, or one that asks for extensions, what it gets instead.
fn negotiate(output: &mut Output, version: i32, parameters: &BTreeMap<String, String>) {
    let unknown: Vec<&String> = parameters.keys().filter(|name| name.starts_with("_pq_.")).collect();
    if version & 0xffff == 0 && unknown.is_empty() {
        return;
    }
    output.put(b'v', |body| {
        body.put_i32(MAJOR << 16);
        body.put_i32(i32::try_from(unknown.len()).unwrap_or(0));
        unknown.iter().for_each(|name| text(body, name));
    });
}

/// The user that the client names; refuses what it wants and cannot have.
pub fn user(parameters: &BTreeMap<String, String>) -> Result<&str, Error> {
    let given = |name: &str| parameters.get(name).map(String::as_str).filter(|value| !value.is_empty());
    if given("replication").is_some_and(|value| !["false", "off", "no", "0"].contains(&value)) {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "replication is not supported"));
    }
    let user = given("user").ok_or_else(|| Error::new(Code::NOT_SIGNED_IN, "the connection names no user"))?;
    // Clients that are told no database take the user's name for one.
    match given("database") {
        Some(database) if ![CATALOG, ALIAS, user].contains(&database) => {
            Err(Error::new(Code::UNKNOWN_SCHEMA, format!("there is no database `{database}`"))
                .with_hint(format!("connect to `{CATALOG}`")))
        }
        _ => Ok(user),
    }
}

/// Settings that a client asks for at the start: by name, and as `-c name=value` among its options.
pub fn settings(parameters: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, Error> {
    const NO_SETTINGS: [&str; 4] = ["user", "database", "options", "replication"];
    let named =
        parameters.iter().filter(|(name, _)| !NO_SETTINGS.contains(&name.as_str()) && !name.starts_with("_pq_."));
    let mut settings: Vec<_> = named.map(|(name, value)| (name.clone(), value.clone())).collect();
    let words = words(parameters.get("options").map_or("", String::as_str));
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        let setting = match word.as_str() {
            "-c" => words.next().unwrap_or_default(),
            other => match other.strip_prefix("--").or_else(|| other.strip_prefix("-c")) {
                Some(setting) => setting.to_owned(),
                None => return Err(bad_option(other)),
            },
        };
        let (name, value) = setting.split_once('=').ok_or_else(|| bad_option(&setting))?;
        settings.push((name.replace('-', "_"), value.to_owned()));
    }
    Ok(settings)
}

fn bad_option(word: &str) -> Error {
    Error::new(Code::SETTING_VALUE, format!("`{word}` is no option of a connection")).with_hint("write `-c name=value`")
}

/// Words between spaces; `\` stands before a character that is meant as itself.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut escaped) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '\\' if !escaped => escaped = true,
            c if c.is_whitespace() && !escaped => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => {
                word.push(c);
                escaped = false;
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// A first message as a client sends it, for tests.
#[cfg(test)]
fn sent(pairs: &[(&str, &str)]) -> bytes::Bytes {
    let mut body = bytes::BytesMut::new();
    pairs.iter().flat_map(|(name, value)| [name, value]).for_each(|part| text(&mut body, part));
    body.put_u8(0);
    body.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_wants_is_read() {
        let pairs =
            [("user", "李雷"), ("database", "city"), ("options", "-c a=1 --b-c=x\\ y -cd=2"), ("TimeZone", "UTC")];
        let parameters = parameters(&mut Fields(sent(&pairs))).unwrap();
        assert_eq!(user(&parameters).unwrap(), "李雷");
        let expected = [("TimeZone", "UTC"), ("a", "1"), ("b_c", "x y"), ("d", "2")];
        assert_eq!(settings(&parameters).unwrap(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert!(super::parameters(&mut Fields(bytes::Bytes::from_static(b"user\0a"))).is_none());
    }

    #[test]
    fn what_cannot_be_had_is_refused() {
        for (pairs, code) in [
            (vec![], Code::NOT_SIGNED_IN),
            (vec![("user", "a"), ("database", "postgres")], Code::UNKNOWN_SCHEMA),
            (vec![("user", "a"), ("replication", "database")], Code::UNSUPPORTED_STATEMENT),
        ] {
            let parameters = parameters(&mut Fields(sent(&pairs))).unwrap();
            assert_eq!(user(&parameters).unwrap_err().code, code, "{pairs:?}");
        }
        for database in ["city", "huitong", "a", ""] {
            let parameters = parameters(&mut Fields(sent(&[("user", "a"), ("database", database)]))).unwrap();
            assert_eq!(user(&parameters).unwrap(), "a", "{database}");
        }
    }
}
