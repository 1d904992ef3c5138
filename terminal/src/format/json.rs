//! `json` and `ndjson`: Arrow's JSON encoders, with every NULL written so that each object has all its keys. What they
//! cannot encode (unions, maps whose keys are not text) becomes its text, and a dictionary's keys are looked up here,
//! because Arrow's encoder does not see that a key can stand for NULL.

use std::collections::HashSet;
use std::fmt;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::writer::{
    Encoder, EncoderFactory, EncoderOptions, JsonFormat, NullableEncoder, Writer, WriterBuilder, make_encoder,
};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::{Out, ResultWriter, WriteError, not_begun};

pub(super) struct JsonWriter<'a, F: JsonFormat> {
    writer: Writer<Out<'a>, F>,
    schema: Option<SchemaRef>,
    rows: u64,
}

impl<'a, F: JsonFormat> JsonWriter<'a, F> {
    pub(super) fn new(out: Out<'a>) -> Self {
        let builder = WriterBuilder::new().with_explicit_nulls(true).with_encoder_factory(Arc::new(TextForTheRest));
        Self { writer: builder.build(out), schema: None, rows: 0 }
    }
}

impl<F: JsonFormat + Send> ResultWriter for JsonWriter<'_, F> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), WriteError> {
        self.schema = Some(with_unique_names(schema));
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        let schema = self.schema.as_ref().ok_or_else(not_begun)?;
        let fields = schema.fields().iter().zip(batch.columns());
        // Types and nullability are the batch's own: a server may be looser than its schema says.
        let fields: Vec<Field> =
            fields.map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true)).collect();
        self.writer.write(&RecordBatch::try_new(Arc::new(Schema::new(fields)), batch.columns().to_vec())?)?;
        self.rows += batch.num_rows() as u64;
        Ok(self.writer.get_mut().flush()?)
    }

    fn finish(&mut self) -> Result<u64, WriteError> {
        self.writer.finish()?;
        Ok(self.rows)
    }
}

/// An array with one object a line, so that it is valid JSON and line tools can still read it.
#[derive(Debug, Default)]
pub(super) struct Lines;

impl JsonFormat for Lines {
    fn start_stream<W: Write>(&self, writer: &mut W) -> Result<(), ArrowError> {
        Ok(writer.write_all(b"[")?)
    }

    fn start_row<W: Write>(&self, writer: &mut W, is_first_row: bool) -> Result<(), ArrowError> {
        Ok(writer.write_all(if is_first_row { b"\n" } else { b",\n" })?)
    }

    fn end_stream<W: Write>(&self, writer: &mut W) -> Result<(), ArrowError> {
        Ok(writer.write_all(b"\n]\n")?)
    }
}

/// Two columns of one name would be one key: the second becomes `name_2`.
fn with_unique_names(schema: &SchemaRef) -> SchemaRef {
    let mut taken: HashSet<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    if taken.len() == schema.fields().len() {
        return Arc::clone(schema);
    }
    let mut seen = HashSet::new();
    let fields = schema.fields().iter().map(|field| {
        let name = field.name();
        if seen.insert(name.clone()) {
            return field.as_ref().clone();
        }
        let mut count = 2_usize;
        while !taken.insert(format!("{name}_{count}")) {
            count += 1;
        }
        field.as_ref().clone().with_name(format!("{name}_{count}"))
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

#[derive(Debug)]
struct TextForTheRest;

impl EncoderFactory for TextForTheRest {
    fn make_default_encoder<'a>(
        &self,
        field: &'a FieldRef,
        array: &'a dyn Array,
        options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        if let Some(dictionary) = array.as_any_dictionary_opt() {
            let values = make_encoder(field, dictionary.values().as_ref(), options)?;
            // Without values every key is NULL, and normalizing keys needs a value.
            let keys = if dictionary.values().is_empty() { Vec::new() } else { dictionary.normalized_keys() };
            let encoder = Box::new(DictionaryEncoder { keys, values });
            return Ok(Some(NullableEncoder::new(encoder, array.logical_nulls())));
        }
        if !lacks_encoder(array.data_type()) {
            return Ok(None);
        }
        let formatter = ArrayFormatter::try_new(array, &FormatOptions::new().with_null("null"))?;
        let encoder = TextEncoder { formatter, text: String::new() };
        Ok(Some(NullableEncoder::new(Box::new(encoder), array.logical_nulls())))
    }
}

fn lacks_encoder(data_type: &DataType) -> bool {
    match data_type {
        DataType::Union(_, _) => true,
        DataType::Map(entries, _) => match entries.data_type() {
            DataType::Struct(fields) => !fields.first().is_some_and(|key| {
                matches!(key.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
            }),
            _ => true,
        },
        _ => false,
    }
}

struct DictionaryEncoder<'a> {
    keys: Vec<usize>,
    values: NullableEncoder<'a>,
}

impl Encoder for DictionaryEncoder<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        self.values.encode(self.keys[row], out);
    }
}

struct TextEncoder<'a> {
    formatter: ArrayFormatter<'a>,
    text: String,
}

impl Encoder for TextEncoder<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        self.text.clear();
        let _ = fmt::Write::write_fmt(&mut self.text, format_args!("{}", self.formatter.value(row)));
        push_string(&self.text, out);
    }
}

/// A JSON string (RFC 8259, section 7).
fn push_string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0..0x20 => out.extend(format!("\\u{byte:04x}").bytes()),
            byte => out.push(byte),
        }
    }
    out.push(b'"');
}
