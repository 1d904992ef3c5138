//! A client that looks at every byte.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::PATIENCE;
use crate::work::PASSWORD;

/// An answer as it came.
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
    /// Whether its end came, too.
    pub whole: bool,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text()))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Somebody who asks.
#[derive(Clone)]
pub struct Client {
    address: String,
    headers: Vec<(String, String)>,
}

impl Client {
    pub fn new(address: &str) -> Self {
        Self { address: address.to_owned(), headers: Vec::new() }.signed_in("admin", PASSWORD)
    }

    pub fn stranger(address: &str) -> Self {
        Self { address: address.to_owned(), headers: Vec::new() }
    }

    pub fn signed_in(self, user: &str, password: &str) -> Self {
        self.with("authorization", &format!("Basic {}", BASE64.encode(format!("{user}:{password}"))))
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn open(&self, method: &str, path: &str, body: &[u8]) -> TcpStream {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").expect("a text");
        }
        write!(head, "content-length: {}\r\n\r\n", body.len()).expect("a text");
        let mut socket = TcpStream::connect(&self.address).expect("connected");
        socket.set_read_timeout(Some(PATIENCE)).expect("set");
        socket.write_all(head.as_bytes()).expect("sent");
        // A server that has answered already may not take all of it.
        socket.write_all(body).ok();
        socket
    }

    pub fn send(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        received(self.open(method, path, body))
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, b"")
    }

    /// Posts a document.
    pub fn ask(&self, document: &Value) -> Answer {
        self.clone().with("content-type", "application/json").send(
            "POST",
            "/api/v1/query",
            document.to_string().as_bytes(),
        )
    }

    pub fn sql(&self, sql: &str) -> Answer {
        self.ask(&json!({ "sql": sql }))
    }

    /// Posts a statement whose answer is fetched later, and tells where it is.
    pub fn later(&self, sql: &str) -> String {
        let answer = self.clone().with("prefer", "respond-async").sql(sql);
        assert_eq!(answer.status, 202, "{}", answer.text());
        assert_eq!(answer.header("preference-applied"), Some("respond-async"));
        let place = answer.header("location").expect("a place").to_owned();
        assert_eq!(answer.header("huitong-query-id"), place.rsplit('/').next());
        place
    }

    /// Waits for a state of a statement.
    pub fn until(&self, place: &str, state: &str) -> Value {
        let begun = Instant::now();
        loop {
            let news = self.get(place).json();
            if news["state"] == state {
                return news;
            }
            assert!(begun.elapsed() < PATIENCE, "{state}: not after {PATIENCE:?}: {news}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Reads to the end of a connection.
fn received(mut socket: TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // Reset is an end, too.
    socket.read_to_end(&mut bytes).ok();
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let at = at.unwrap_or_else(|| panic!("no answer: {}", String::from_utf8_lossy(&bytes)));
    let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    let mut answer = Answer { status, head, body: bytes[at + 4..].to_vec(), whole: true };
    if answer.header("transfer-encoding") == Some("chunked") {
        (answer.body, answer.whole) = unchunked(&answer.body);
    } else if let Some(length) = answer.header("content-length").and_then(|length| length.parse::<usize>().ok()) {
        answer.whole = answer.body.len() == length;
    }
    answer
}

/// The content of chunks (RFC 9112, section 7.1), and whether the last one was there.
fn unchunked(mut bytes: &[u8]) -> (Vec<u8>, bool) {
    let mut content = Vec::new();
    loop {
        let Some(at) = bytes.windows(2).position(|two| two == b"\r\n") else { return (content, false) };
        let size = std::str::from_utf8(&bytes[..at]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let size = size.expect("the size of a chunk");
        bytes = &bytes[at + 2..];
        if size == 0 {
            return (content, bytes == b"\r\n");
        }
        content.extend_from_slice(&bytes[..size.min(bytes.len())]);
        if bytes.len() < size + 2 {
            return (content, false);
        }
        bytes = &bytes[size + 2..];
    }
}
