//! What the server sends. Messages are put together in a buffer; a full one is sent before more is put in, so a client that reads
//! slowly slows its query down.

use bytes::{BufMut, BytesMut};
use tokio::io::{AsyncWriteExt, WriteHalf};

use super::Socket;
use super::input::Broken;

/// The buffer is sent once it holds this.
const BUFFER_BYTES: usize = 64 * 1024;

/// The half of a connection that is written.
pub struct Output {
    half: WriteHalf<Socket>,
    pub buffer: BytesMut,
}

impl Output {
    pub fn new(half: WriteHalf<Socket>) -> Self {
        Self { half, buffer: BytesMut::new() }
    }

    /// Puts a message into the buffer.
    pub fn put(&mut self, kind: u8, body: impl FnOnce(&mut BytesMut)) {
        message(&mut self.buffer, kind, body);
    }

    pub fn is_full(&self) -> bool {
        self.buffer.len() >= BUFFER_BYTES
    }

    /// Sends what is in the buffer. When this is dropped half-way, the rest is still there.
    pub async fn send(&mut self) -> Result<(), Broken> {
        while !self.buffer.is_empty() {
            if self.half.write_buf(&mut self.buffer).await? == 0 {
                return Err(Broken::Gone);
            }
        }
        self.half.flush().await?;
        // After a wide row the buffer would stay as wide.
        if self.buffer.capacity() > 4 * BUFFER_BYTES {
            self.buffer = BytesMut::new();
        }
        Ok(())
    }

    /// Sends one byte that is no message: the answer to a request for TLS.
    pub async fn send_byte(&mut self, byte: u8) -> Result<(), Broken> {
        self.buffer.put_u8(byte);
        self.send().await
    }

    pub async fn close(&mut self) {
        self.half.shutdown().await.ok();
    }

    pub fn into_half(self) -> WriteHalf<Socket> {
        self.half
    }
}

/// Puts a message with its length into a buffer.
pub fn message(buffer: &mut BytesMut, kind: u8, body: impl FnOnce(&mut BytesMut)) {
    buffer.put_u8(kind);
    sized(buffer, 4, body);
}

/// Puts a length, which counts `own` bytes of its own, and what it is the length of.
pub fn sized(buffer: &mut BytesMut, own: usize, body: impl FnOnce(&mut BytesMut)) {
    let at = buffer.len();
    buffer.put_i32(0);
    body(buffer);
    let length = buffer.len() - at - 4 + own;
    buffer[at..at + 4].copy_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
}

/// Puts a text that ends with a zero; one inside would end it early.
pub fn text(buffer: &mut BytesMut, text: &str) {
    buffer.extend(text.bytes().filter(|byte| *byte != 0));
    buffer.put_u8(0);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{duplex, split};

    use super::*;
    use crate::patient::Patient;

    #[tokio::test]
    async fn a_client_that_takes_nothing_is_gone() {
        let (ours, _theirs) = duplex(1024);
        let socket: Socket = Box::new(Patient::new(ours, Duration::from_millis(50)));
        let mut output = Output::new(split(socket).1);
        output.put(b'D', |body| body.put_bytes(0, 4096));
        assert!(matches!(output.send().await, Err(Broken::Gone)));
    }

    #[test]
    fn lengths_count_themselves() {
        let mut buffer = BytesMut::new();
        message(&mut buffer, b'S', |body| {
            text(body, "a");
            text(body, "b\0c");
        });
        message(&mut buffer, b'D', |body| sized(body, 0, |value| value.put_slice(b"xyz")));
        assert_eq!(&buffer[..], b"S\0\0\0\x09a\0bc\0D\0\0\0\x0b\0\0\0\x03xyz");
    }
}
