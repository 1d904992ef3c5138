//! What clients send: messages of a type, a length and a body (protocol 3.0, PostgreSQL's documentation, chapter 54).
//!
//! A body is read within its own bytes and nothing else, and whatever does not fit is an error of the connection. The codec is
//! written here because those at hand stop the process on a body that is shorter than it says.

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::{AsyncReadExt, ReadHalf};

use super::Socket;

/// Until a client has signed in it may send little.
pub const STARTUP_BYTES_MAX: usize = 10_000;
/// Parameters and rows of a load come in messages up to this; statements have a limit of their own.
pub const MESSAGE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// What is read ahead while a statement runs.
const AHEAD_BYTES_MAX: usize = 64 * 1024;

/// Why a connection ends.
#[derive(Debug)]
pub enum Broken {
    /// The client is gone.
    Gone,
    /// It does not speak the protocol.
    Protocol(String),
    /// What its sign-in granted does not hold any more.
    Dismissed,
    /// Somebody who may has ended it.
    Ended,
}

impl From<std::io::Error> for Broken {
    fn from(_: std::io::Error) -> Self {
        Self::Gone
    }
}

/// One message.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    Query(String),
    Parse {
        name: String,
        sql: String,
        types: Vec<u32>,
    },
    Bind(Bind),
    Describe(Target),
    Execute {
        portal: String,
        rows_max: usize,
    },
    Close(Target),
    Sync,
    Flush,
    Terminate,
    CopyData(Bytes),
    CopyDone,
    CopyFail(String),
    /// A function by its number; which, nobody asks.
    FunctionCall,
    /// A step of signing in.
    Password(Bytes),
}

#[derive(Debug, PartialEq, Eq)]
pub struct Bind {
    pub portal: String,
    pub statement: String,
    pub parameter_formats: Vec<i16>,
    pub parameters: Vec<Option<Bytes>>,
    pub result_formats: Vec<i16>,
}

/// What a message is about, with its name.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    Statement(String),
    Portal(String),
}

/// The half of a connection that is read.
pub struct Input {
    half: ReadHalf<Socket>,
    buffer: BytesMut,
    gone: bool,
}

impl Input {
    pub fn new(half: ReadHalf<Socket>) -> Self {
        Self { half, buffer: BytesMut::with_capacity(1024), gone: false }
    }

    /// The next message. One whose body is longer than `bytes_max` is refused before it is read.
    pub async fn message(&mut self, bytes_max: usize) -> Result<Message, Broken> {
        self.fill(5).await?;
        let (kind, length) = (self.buffer[0], self.length(1, bytes_max)?);
        self.fill(1 + length).await?;
        let body = self.buffer.split_to(1 + length).freeze().slice(5..);
        if length > AHEAD_BYTES_MAX {
            // What comes next needs no room of that size.
            self.buffer = BytesMut::from(&self.buffer[..]);
        }
        read(kind, body)
    }

    /// Whether the next message is there as a whole.
    pub fn has_message(&self) -> bool {
        let length = self.buffer.get(1..5).map(|mut length| length.get_u32());
        length.is_some_and(|length| self.buffer.len() as u64 > u64::from(length))
    }

    /// The first message of a connection, which has no type.
    pub async fn first(&mut self) -> Result<Bytes, Broken> {
        self.fill(4).await?;
        let length = self.length(0, STARTUP_BYTES_MAX)?;
        self.fill(length).await?;
        Ok(self.buffer.split_to(length).freeze().slice(4..))
    }

    /// Whether the client has sent more than was read: before TLS begins it must not have.
    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    /// Waits until the client is gone. What it sends meanwhile is kept, up to a bound.
    pub async fn gone(&mut self) {
        while !self.gone {
            if self.buffer.len() >= AHEAD_BYTES_MAX {
                return std::future::pending().await;
            }
            self.gone = !matches!(self.half.read_buf(&mut self.buffer).await, Ok(read) if read > 0);
        }
    }

    pub fn into_half(self) -> ReadHalf<Socket> {
        self.half
    }

    fn length(&self, at: usize, bytes_max: usize) -> Result<usize, Broken> {
        let length = (&self.buffer[at..at + 4]).get_i32();
        match usize::try_from(length) {
            Ok(length) if (4..=bytes_max).contains(&length) => Ok(length),
            _ => Err(Broken::Protocol(format!("a message of {length} bytes, and {bytes_max} are allowed"))),
        }
    }

    async fn fill(&mut self, bytes: usize) -> Result<(), Broken> {
        while self.buffer.len() < bytes {
            if self.gone || self.half.read_buf(&mut self.buffer).await? == 0 {
                return Err(Broken::Gone);
            }
        }
        Ok(())
    }
}

fn read(kind: u8, body: Bytes) -> Result<Message, Broken> {
    let wrong = |why: &str| Broken::Protocol(format!("message `{}` {why}", char::from(kind).escape_default()));
    let mut fields = Fields(body);
    let message = fields.message(kind).ok_or_else(|| wrong("cannot be read"))?;
    match fields.0.is_empty() {
        true => Ok(message),
        false => Err(wrong("is longer than what it holds")),
    }
}

/// Reads fields; none if the rest is too short or is no text.
pub struct Fields(pub Bytes);

impl Fields {
    fn message(&mut self, kind: u8) -> Option<Message> {
        Some(match kind {
            b'Q' => Message::Query(self.text()?),
            b'P' => Message::Parse { name: self.text()?, sql: self.text()?, types: self.list(Self::u32)? },
            b'B' => Message::Bind(Bind {
                portal: self.text()?,
                statement: self.text()?,
                parameter_formats: self.list(Self::i16)?,
                parameters: self.list(Self::value)?,
                result_formats: self.list(Self::i16)?,
            }),
            b'D' => Message::Describe(self.target()?),
            b'E' => {
                let (portal, rows_max) = (self.text()?, self.i32()?);
                Message::Execute { portal, rows_max: usize::try_from(rows_max).unwrap_or(0) }
            }
            b'C' => Message::Close(self.target()?),
            b'S' => Message::Sync,
            b'H' => Message::Flush,
            b'X' => Message::Terminate,
            b'd' => Message::CopyData(std::mem::take(&mut self.0)),
            b'c' => Message::CopyDone,
            b'f' => Message::CopyFail(self.text()?),
            b'F' => {
                self.0.clear();
                Message::FunctionCall
            }
            b'p' => Message::Password(std::mem::take(&mut self.0)),
            _ => return None,
        })
    }

    fn target(&mut self) -> Option<Target> {
        match self.u8()? {
            b'S' => self.text().map(Target::Statement),
            b'P' => self.text().map(Target::Portal),
            _ => None,
        }
    }

    fn list<T>(&mut self, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = usize::from(self.i16()?.cast_unsigned());
        (0..count).map(|_| item(self)).collect()
    }

    /// A value with its length; -1 is null.
    fn value(&mut self) -> Option<Option<Bytes>> {
        match self.i32()? {
            -1 => Some(None),
            length => self.bytes(usize::try_from(length).ok()?).map(Some),
        }
    }

    pub fn bytes(&mut self, count: usize) -> Option<Bytes> {
        (count <= self.0.len()).then(|| self.0.split_to(count))
    }

    /// A text that ends with a zero.
    pub fn text(&mut self) -> Option<String> {
        let end = self.0.iter().position(|byte| *byte == 0)?;
        let text = String::from_utf8(self.0.split_to(end).to_vec()).ok()?;
        self.0.advance(1);
        Some(text)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.0.try_get_u8().ok()
    }

    pub fn i16(&mut self) -> Option<i16> {
        self.0.try_get_i16().ok()
    }

    pub fn i32(&mut self) -> Option<i32> {
        self.0.try_get_i32().ok()
    }

    fn u32(&mut self) -> Option<u32> {
        self.0.try_get_u32().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read() {
        let read = |kind, body: &'static [u8]| read(kind, Bytes::from_static(body)).ok();
        assert_eq!(read(b'Q', "SELECT '甲'\0".as_bytes()), Some(Message::Query("SELECT '甲'".into())));
        assert_eq!(
            read(b'P', b"s\0SELECT 1\0\0\x01\0\0\0\x17"),
            Some(Message::Parse { name: "s".into(), sql: "SELECT 1".into(), types: vec![23] })
        );
        let bind = Bind {
            portal: String::new(),
            statement: "s".into(),
            parameter_formats: vec![1],
            parameters: vec![None, Some(Bytes::from_static(b"ab"))],
            result_formats: vec![],
        };
        assert_eq!(read(b'B', b"\0s\0\0\x01\0\x01\0\x02\xff\xff\xff\xff\0\0\0\x02ab\0\0"), Some(Message::Bind(bind)));
        assert_eq!(read(b'D', b"Px\0"), Some(Message::Describe(Target::Portal("x".into()))));
        assert_eq!(read(b'E', b"\0\0\0\0\x05"), Some(Message::Execute { portal: String::new(), rows_max: 5 }));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let cases: [(u8, &[u8]); 12] = [
            (b'Q', b"SELECT 1"),
            (b'Q', b"a\0b\0"),
            (b'Q', b"\xff\0"),
            (b'P', b"s\0SELECT 1\0\0\x02\0\0\0\x17"),
            (b'P', b"s\0"),
            (b'B', b"\0\0\0\0\0\x01\0\0\0\x09ab\0\0"),
            (b'B', b"\0\0\0\0\0\x01\xff\xff\xff\xfe\0\0"),
            (b'B', b"\0\0\xff\xff"),
            (b'D', b"Qx\0"),
            (b'E', b"\0\0\0"),
            (b'S', b"\0"),
            (b'?', b""),
        ];
        for (kind, body) in cases {
            let read = read(kind, Bytes::from_static(body));
            assert!(matches!(read, Err(Broken::Protocol(_))), "{kind} {body:?}: {read:?}");
        }
    }
}
