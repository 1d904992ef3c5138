//! Messages, statements, parameters and lines of `COPY`, as anybody may send them.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use bytes::{Buf, BufMut, Bytes, BytesMut};
use datafusion::common::ScalarValue;
use futures::executor::block_on;
use huitong_engine::{script, statement};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::catalog::{self, Known};
use super::command::Command;
use super::copy::{self, Copy, Form, write};
use super::cursor::Cursor;
use super::encode::{Encoder, Format, Zone};
use super::input::{Broken, Input, MESSAGE_BYTES_MAX, Message, Target};
use super::output::{self, sized, text};
use super::scram::{First, Last};
use super::startup::{self, Opened};
use super::types::Shape;
use super::{parameters, variables};
use crate::flight::clients::safe_schema;

/// All that a client sends, from its first message on. What comes in pieces is read as what comes at once.
pub fn connection(mut data: &[u8]) {
    block_on(conversation(data, usize::MAX));
    // What comes with a request for encryption must not come before its answer, so it is read for itself.
    while let Some(rest) = ENCRYPTION.iter().find_map(|request| data.strip_prefix(request.as_slice())) {
        data = rest;
    }
    let read = |piece: usize| block_on(conversation(data, piece));
    let at_once = read(usize::MAX);
    for piece in [1, 7] {
        // Byte by byte, long texts would take long and show nothing new.
        if data.len() < 4096 {
            assert_eq!(read(piece), at_once, "in pieces of {piece} bytes");
        }
    }
}

/// Requests for TLS and for GSSAPI.
const ENCRYPTION: [[u8; 8]; 2] = [[0, 0, 0, 8, 4, 210, 22, 47], [0, 0, 0, 8, 4, 210, 22, 48]];

async fn conversation(data: &[u8], piece: usize) -> Vec<String> {
    let socket = Sent { data: data.to_vec(), at: 0, piece };
    let mut wanted = match startup::open(Box::new(socket), None).await {
        Err((_, stop)) => return vec![format!("{stop:?}")],
        Ok(Opened::Cancel { process, secret }) => return vec![format!("cancel {process} {secret}")],
        Ok(Opened::Client(wanted)) => wanted,
    };
    let mut told = vec![format!("{:?}", startup::user(&wanted.parameters))];
    match startup::settings(&wanted.parameters) {
        Err(error) => told.push(error.message),
        Ok(settings) => told.extend(settings.iter().map(|(name, value)| setting(name, value))),
    }
    loop {
        let message = match messages(&mut wanted.input).await {
            Ok(message) => message,
            Err(broken) => {
                told.push(format!("{broken:?}"));
                return told;
            }
        };
        told.push(format!("{message:?}"));
    }
}

fn setting(name: &str, value: &str) -> String {
    format!("{:?} {} {}", variables::read(name, value), variables::schema_of(value), variables::zone_of(value))
}

async fn messages(input: &mut Input) -> Result<Message, Broken> {
    let message = input.message(MESSAGE_BYTES_MAX).await?;
    if let Message::Password(body) = &message {
        proof(body);
    }
    if let Some(bytes) = encoded(&message) {
        let again = Sent { data: bytes.to_vec(), at: 0, piece: usize::MAX };
        let again = Input::new(tokio::io::split(Box::new(again) as super::Socket).0).message(MESSAGE_BYTES_MAX).await;
        assert_eq!(again.ok().as_ref(), Some(&message), "a message is read as it was written");
    }
    Ok(message)
}

/// Both messages of a client that proves its password.
fn proof(body: &[u8]) {
    let Ok(text) = std::str::from_utf8(body) else { return };
    assert!(First::read(text).is_none_or(|first| text.ends_with(first.bare)));
    assert!(Last::read(text).is_none_or(|last| text.starts_with(last.without_proof)));
}

/// A message as a client sends it; none of those without a content of their own.
fn encoded(message: &Message) -> Option<BytesMut> {
    let mut out = BytesMut::new();
    let target = |body: &mut BytesMut, target: &Target| {
        let (kind, name) = match target {
            Target::Statement(name) => (b'S', name),
            Target::Portal(name) => (b'P', name),
        };
        body.put_u8(kind);
        text(body, name);
    };
    let numbers = |body: &mut BytesMut, numbers: &[i16]| {
        body.put_u16(numbers.len() as u16);
        numbers.iter().for_each(|number| body.put_i16(*number));
    };
    match message {
        Message::Query(sql) => output::message(&mut out, b'Q', |body| text(body, sql)),
        Message::Parse { name, sql, types } => output::message(&mut out, b'P', |body| {
            text(body, name);
            text(body, sql);
            body.put_u16(types.len() as u16);
            types.iter().for_each(|oid| body.put_u32(*oid));
        }),
        Message::Bind(bind) => output::message(&mut out, b'B', |body| {
            text(body, &bind.portal);
            text(body, &bind.statement);
            numbers(body, &bind.parameter_formats);
            body.put_u16(bind.parameters.len() as u16);
            for value in &bind.parameters {
                match value {
                    None => body.put_i32(-1),
                    Some(value) => sized(body, 0, |body| body.put_slice(value)),
                }
            }
            numbers(body, &bind.result_formats);
        }),
        Message::Describe(what) => output::message(&mut out, b'D', |body| target(body, what)),
        Message::Close(what) => output::message(&mut out, b'C', |body| target(body, what)),
        Message::Execute { portal, rows_max } => output::message(&mut out, b'E', |body| {
            text(body, portal);
            body.put_i32(i32::try_from(*rows_max).unwrap_or(i32::MAX));
        }),
        Message::CopyData(data) => output::message(&mut out, b'd', |body| body.put_slice(data)),
        Message::CopyFail(why) => output::message(&mut out, b'f', |body| text(body, why)),
        Message::Password(data) => output::message(&mut out, b'p', |body| body.put_slice(data)),
        Message::Sync | Message::Flush | Message::Terminate | Message::CopyDone | Message::FunctionCall => return None,
    }
    Some(out)
}

/// What a client sends in pieces, before it hangs up; it reads nothing.
struct Sent {
    data: Vec<u8>,
    at: usize,
    piece: usize,
}

impl AsyncRead for Sent {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let count = (self.data.len() - self.at).min(self.piece).min(buffer.remaining());
        buffer.put_slice(&self.data[self.at..self.at + count]);
        self.at += count;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Sent {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, sent: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(sent.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A text of statements: each is the door's own, a copy, or the engine's in words of PostgreSQL's catalogue.
pub fn statements(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for bytes in script::cut(&text).unwrap_or_default() {
        let sql = &text[bytes];
        Command::read(sql).ok();
        Copy::read(sql).ok();
        if let Ok(Some(Cursor::Declare(_, query))) = Cursor::read(sql) {
            assert_eq!(query.chars().count(), sql.chars().count(), "places stay where they are");
            assert!(sql.ends_with(query.trim_start_matches([' ', '\n'])), "nothing of the query is lost");
        }
        if let Ok(mut parsed) = statement::parse(sql) {
            catalog::adapt(&mut parsed.statement, &OfNobody);
            assert!(parsed.statement.to_string().len() <= 64 * sql.len() + 4096, "the statement grows");
        }
    }
}

/// A session with one table of its own.
struct OfNobody;

impl Known for OfNobody {
    fn is_table(&self, name: &str) -> bool {
        name == "t"
    }

    fn is_list(&self, name: &str) -> bool {
        catalog::is_list(name)
    }

    fn is_empty(&self, name: &str) -> bool {
        catalog::is_empty(name)
    }
}

const ZONES: [&str; 4] = ["UTC", "+08:00", "-03:30", "Asia/Shanghai"];

/// The value of a parameter: a byte for its format, one for the zone of the session, four for its type, and its bytes. What is read of it is read
/// again from what the server writes.
pub fn parameter(data: &[u8]) {
    let [format, zone, a, b, c, d, value @ ..] = data else { return };
    let format = if format % 2 == 0 { Format::Text } else { Format::Binary };
    let zone = ZONES[usize::from(*zone) % ZONES.len()];
    let read = |oid, value: Bytes| parameters::read(1, oid, format, Some(value), zone).ok();
    let Some(value) = read(u32::from_be_bytes([*a, *b, *c, *d]), Bytes::copy_from_slice(value)) else { return };
    huitong_engine::fuzzing::values(std::slice::from_ref(&value));
    let Some(sent) = written(&value, format, zone) else { return };
    let again = read(Shape::of(&value.data_type()).oid(), sent.clone().freeze());
    let again = again.as_ref().and_then(|again| written(again, format, zone));
    assert_eq!(again.as_deref(), Some(&sent[..]), "{value:?}");
}

/// A value as a column of an answer is written; none if it is null.
fn written(value: &ScalarValue, format: Format, zone: &str) -> Option<BytesMut> {
    let zone = Zone::parse(zone).ok()?;
    let batch = RecordBatch::try_from_iter_with_nullable([("c", value.to_array().ok()?, true)]).ok()?;
    let lines =
        lines(&batch, format, zone, |values, out| values.iter().flatten().for_each(|value| out.put_slice(value)));
    lines.filter(|_| !value.is_null())
}

fn lines(
    batch: &RecordBatch,
    format: Format,
    zone: Zone,
    line: impl Fn(&[Option<BytesMut>], &mut BytesMut),
) -> Option<BytesMut> {
    let schema = safe_schema(&batch.schema());
    let encoder = Encoder::new(batch, &schema, &vec![format; schema.fields().len()], zone).ok()?;
    let lines = RefCell::new(BytesMut::new());
    encoder.lines_into(&mut BytesMut::new(), |values, _| line(values, &mut lines.borrow_mut())).ok()?;
    Some(lines.into_inner())
}

/// The first line is a `COPY … FROM STDIN`, the rest is what is copied, into columns whose names say their types. Rows in pieces are rows at once, and
/// rows that are written are read as the same rows.
pub fn copy(data: &[u8]) {
    let Some(at) = data.iter().position(|byte| *byte == b'\n') else { return };
    let sql = String::from_utf8_lossy(&data[..at]);
    let Ok(Some(Copy::In { into, form })) = Copy::read(&sql) else { return };
    let schema = schema(&into.columns);
    let sent = &data[at + 1..];
    let rows = read_copied(&schema, &form, sent, usize::MAX);
    if sent.len() < 4096 {
        assert_eq!(read_copied(&schema, &form, sent, 1), rows, "in pieces of a byte");
    }
    let (Ok(rows), Ok(zone)) = (rows, Zone::parse("UTC")) else { return };
    let Some(again) = copied(&rows, &form, zone) else { return };
    assert_eq!(read_copied(&schema, &form, &again, usize::MAX), Ok(rows), "{}", again.escape_ascii());
}

/// Rows as `COPY … TO STDOUT` sends them.
fn copied(rows: &RecordBatch, form: &Form, zone: Zone) -> Option<Vec<u8>> {
    match form {
        Form::Lines(layout) => {
            let lines = lines(rows, Format::Text, zone, |values, out| write::line(values, layout, out))?;
            let header = if layout.header { &b"header\n"[..] } else { b"" };
            Some([header, &lines].concat())
        }
        Form::Binary => {
            let schema = safe_schema(&rows.schema());
            let encoder = Encoder::new(rows, &schema, &vec![Format::Binary; schema.fields().len()], zone).ok()?;
            let (mut messages, mut out) = (BytesMut::new(), BytesMut::new());
            let mut head = copy::binary::head();
            encoder.copied_into(&mut messages, &mut head).ok()?;
            while let Some(length) = messages.get(1..5).map(|mut length| length.get_u32() as usize) {
                out.put_slice(&messages.split_to(1 + length)[5..]);
            }
            out.extend_from_slice(&head);
            copy::binary::tail(&mut out);
            Some(out.to_vec())
        }
    }
}

fn read_copied(schema: &SchemaRef, form: &Form, data: &[u8], piece: usize) -> Result<RecordBatch, String> {
    let mut reader = copy::reader(schema.clone(), form.clone(), "UTC".to_owned());
    let mut batches = Vec::new();
    for piece in data.chunks(piece) {
        batches.extend(reader.feed(piece).map_err(|error| error.message)?);
    }
    batches.extend(reader.end().map_err(|error| error.message)?);
    concat_batches(schema, &batches).map_err(|error| error.to_string())
}

fn schema(columns: &[String]) -> SchemaRef {
    let kind = |name: &str| match name.as_bytes().first() {
        Some(b'b') => DataType::Boolean,
        Some(b'd') => DataType::Date32,
        Some(b'f') => DataType::Float64,
        Some(b'm') => DataType::Decimal128(12, 2),
        Some(b'n') => DataType::Int32,
        Some(b't') => DataType::Timestamp(TimeUnit::Microsecond, None),
        Some(b'x') => DataType::Binary,
        Some(b'z') => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        _ => DataType::Utf8,
    };
    let names = if columns.is_empty() { vec!["n".to_owned(), "s".to_owned()] } else { columns.to_vec() };
    Arc::new(Schema::new(names.iter().map(|name| Field::new(name, kind(name), true)).collect::<Vec<_>>()))
}
