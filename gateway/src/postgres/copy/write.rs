//! Lines as they are written.

use bytes::{BufMut, BytesMut};

use super::Layout;

/// Appends a line; no value is a null.
pub fn line(values: &[Option<BytesMut>], layout: &Layout, out: &mut BytesMut) {
    for (nth, value) in values.iter().enumerate() {
        if nth > 0 {
            out.put_u8(layout.delimiter);
        }
        match value {
            None => out.extend_from_slice(layout.null.as_bytes()),
            Some(value) if layout.csv => quoted(value, layout, out),
            Some(value) => escaped(value, layout, out),
        }
    }
    out.put_u8(b'\n');
}

fn quoted(value: &[u8], layout: &Layout, out: &mut BytesMut) {
    let special = [layout.delimiter, layout.quote, b'\n', b'\r'];
    // A text that looks like a null, or like the end of all lines, is not one.
    let plain = value != layout.null.as_bytes() && value != b"\\." && !value.iter().any(|byte| special.contains(byte));
    if plain {
        out.extend_from_slice(value);
        return;
    }
    out.put_u8(layout.quote);
    for byte in value {
        if *byte == layout.quote || *byte == layout.escape {
            out.put_u8(layout.escape);
        }
        out.put_u8(*byte);
    }
    out.put_u8(layout.quote);
}

fn escaped(value: &[u8], layout: &Layout, out: &mut BytesMut) {
    for byte in value {
        let letter = match byte {
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x0b => b'v',
            b'\\' => b'\\',
            other if *other == layout.delimiter => *other,
            other => {
                out.put_u8(*other);
                continue;
            }
        };
        out.extend_from_slice(&[b'\\', letter]);
    }
}
