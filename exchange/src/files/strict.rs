//! Refuses text that a decoder had to patch.

use std::io::{Error, ErrorKind, Read, Result};

/// U+FFFD, by which the decoder replaces what it cannot decode.
const REPLACEMENT: [u8; 3] = [0xEF, 0xBF, 0xBD];

/// A reader of UTF-8 that fails at the first replacement character, wherever the reads are cut.
pub struct Strict<R> {
    inner: R,
    encoding: &'static str,
    /// How many bytes of a replacement character the last read ended with.
    begun: usize,
}

impl<R> Strict<R> {
    pub fn new(inner: R, encoding: &'static str) -> Self {
        Self { inner, encoding, begun: 0 }
    }
}

impl<R: Read> Read for Strict<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.inner.read(buffer)?;
        for byte in &buffer[..count] {
            // The three bytes differ, so a mismatch can only begin anew at the first.
            self.begun =
                if *byte == REPLACEMENT[self.begun] { self.begun + 1 } else { usize::from(*byte == REPLACEMENT[0]) };
            if self.begun == REPLACEMENT.len() {
                let text = format!(
                    "it has bytes that are not {}; name its encoding, such as --encoding gb18030",
                    self.encoding
                );
                return Err(Error::new(ErrorKind::InvalidData, text));
            }
        }
        Ok(count)
    }
}
