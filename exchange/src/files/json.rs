//! NDJSON files: one object per line.
//!
//! The types of a new table are guessed from the first rows. A later row of another type is refused with its line, never
//! turned into what was guessed: the reader below would cut the fraction of 1.5 off and make 7 of `"007"`.

use std::io::{BufRead, BufReader};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::{Decoder, infer_json_schema};
use huitong_catalog::{Code, Error, Result};

use super::{BATCH_ROWS, DECLARE, SAMPLE_ROWS, Source, TextOptions, exact, text, unreadable};

pub fn open(path: &Path, options: &TextOptions, wanted: Option<&SchemaRef>) -> Result<Source> {
    let reader = BufReader::new(text(path, options)?);
    let guess = infer_json_schema(reader, Some(SAMPLE_ROWS));
    let (guess, _) = guess.or_else(|e| Err(first_broken(path, options)?.unwrap_or_else(|| unreadable(path, e))))?;
    let fields = guess.fields().iter().map(|field| {
        let wanted = wanted.and_then(|schema| schema.field_with_name(field.name()).ok());
        let kind = wanted.map_or_else(|| field.data_type(), |wanted| wanted.data_type());
        let kind = if kind == &DataType::Null { DataType::Utf8 } else { kind.clone() };
        Field::new(field.name(), kind, true)
    });
    let schema: SchemaRef = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let rules = Rules { path: path.to_owned(), schema: schema.clone(), guessed: wanted.is_none() };
    let decoder = rules.decoder(BATCH_ROWS).map_err(|e| unreadable(path, e))?;
    let lines = Lines { reader: BufReader::new(text(path, options)?), line: 0, rows: 0 };
    let batches = Batches { lines, rules, decoder, ended: false };
    Ok(Source { schema, rows: None, batches: Box::new(batches) })
}

/// The first line that is no object of JSON; whoever guesses types cannot name it.
fn first_broken(path: &Path, options: &TextOptions) -> Result<Option<Error>> {
    let mut lines = Lines { reader: BufReader::new(text(path, options)?), line: 0, rows: 0 };
    while lines.rows < SAMPLE_ROWS {
        let chunk = lines.next().map_err(|e| unreadable(path, e))?;
        if chunk.rows.is_empty() {
            break;
        }
        let broken = |(line, place): &(u64, Range<usize>)| {
            let error = infer_json_schema(&chunk.text[place.clone()], None).err()?;
            // Each line is looked at alone, so it is always the first.
            let told = plain(&error).replace(" at line 1 column ", " at character ");
            let told = format!("`{}`, line {line}: {told}", path.display());
            Some(Error::new(Code::BAD_RECORD, told).caused_by(error))
        };
        if let Some(error) = chunk.rows.iter().find_map(broken) {
            return Ok(Some(error));
        }
    }
    Ok(None)
}

/// What every row has to keep to.
struct Rules {
    path: PathBuf,
    schema: SchemaRef,
    /// From the first rows, not from a table.
    guessed: bool,
}

/// Rows as they stand in the file.
#[derive(Default)]
struct Chunk {
    text: Vec<u8>,
    /// Line number and place in the text of each row.
    rows: Vec<(u64, Range<usize>)>,
    /// Whether all of it was looked at when the types were guessed.
    sampled: bool,
}

impl Rules {
    fn decoder(&self, rows: usize) -> Result<Decoder, ArrowError> {
        let read = |field: &Arc<Field>| match self.guessed {
            true => field.as_ref().clone(),
            false => field.as_ref().clone().with_data_type(exact::wide(field.data_type())),
        };
        let read = Schema::new(self.schema.fields().iter().map(read).collect::<Vec<_>>());
        // Numbers and truth values are text where a table says so.
        let builder = ReaderBuilder::new(Arc::new(read)).with_coerce_primitive(!self.guessed);
        builder.with_batch_size(rows).with_strict_mode(true).build_decoder()
    }

    /// The rows of some text, which must hold as many as `decoder` takes at most.
    fn decode(&self, decoder: &mut Decoder, text: &[u8], sampled: bool) -> Result<Option<RecordBatch>> {
        // The decoder says better what is wrong with text that is no JSON.
        let odd = match self.guessed && !sampled {
            true => self.check(text)?,
            false => None,
        };
        let told = |e: ArrowError| {
            let misfit = !decoder_says_syntax(&e) && self.guessed;
            let error = Error::new(Code::BAD_RECORD, plain(&e)).caused_by(e);
            if misfit { error.with_hint(DECLARE) } else { error }
        };
        let taken = decoder.decode(text).map_err(told)?;
        if !text[taken..].trim_ascii().is_empty() {
            return Err(Error::new(Code::BAD_RECORD, "there is more than one object on the line"));
        }
        let Some(batch) = decoder.flush().map_err(told)? else { return Ok(None) };
        let columns = self.schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
            exact::narrow(column, field.data_type()).map_err(|_| {
                let text = format!("column `{}` does not fit {}", field.name(), exact::name(field.data_type()));
                Error::new(Code::SCHEMA_MISMATCH, text)
                    .with_hint("a number is too large or would lose its fraction; round it first, or widen the column")
            })
        });
        let batch = RecordBatch::try_new(self.schema.clone(), columns.collect::<Result<_>>()?);
        let batch = batch.map_err(|e| Error::new(Code::BAD_RECORD, plain(&e)).caused_by(e))?;
        odd.map_or(Ok(Some(batch)), Err)
    }

    /// Whether rows that were not looked at have the types that were guessed; an error as a value when they have none.
    fn check(&self, text: &[u8]) -> Result<Option<Error>> {
        let found = match infer_json_schema(text, None) {
            Ok((found, _)) => found,
            Err(e) => {
                let text = "the values of a column are of kinds that do not go together";
                return Ok(Some(Error::new(Code::BAD_RECORD, text).with_hint(DECLARE).caused_by(e)));
            }
        };
        for field in found.fields() {
            let told = |text| Err(Error::new(Code::SCHEMA_MISMATCH, text).with_hint(DECLARE));
            match self.schema.field_with_name(field.name()) {
                Err(_) => {
                    return told(format!("column `{}` is not in the first {SAMPLE_ROWS} rows", field.name()));
                }
                Ok(guessed) if fits(field.data_type(), guessed.data_type()) => {}
                Ok(guessed) => {
                    let (found, guessed) = (exact::name(field.data_type()), exact::name(guessed.data_type()));
                    return told(format!(
                        "column `{}` is {found} here, and by the first {SAMPLE_ROWS} rows {guessed}",
                        field.name()
                    ));
                }
            }
        }
        Ok(None)
    }

    /// The first row that breaks a rule, with its line; `error` is told when no row does so alone.
    fn locate(&self, chunk: &Chunk, error: Error) -> Error {
        let broken = chunk.rows.iter().find_map(|(line, place)| {
            let mut decoder = self.decoder(1).ok()?;
            let told = self.decode(&mut decoder, &chunk.text[place.clone()], chunk.sampled).err()?;
            Some((told, format!(", line {line}")))
        });
        let (told, place) = broken.unwrap_or((error, String::new()));
        let message = format!("`{}`{place}: {}", self.path.display(), told.message);
        Error { message, ..told }
    }
}

/// Whether values of a type may stand in a column of another without a change.
fn fits(found: &DataType, guessed: &DataType) -> bool {
    match (found, guessed) {
        (DataType::Null, _) | (DataType::Int64, DataType::Float64) => true,
        (DataType::List(found), DataType::List(guessed)) => fits(found.data_type(), guessed.data_type()),
        (DataType::Struct(found), DataType::Struct(guessed)) => found.iter().all(|field| {
            guessed.find(field.name()).is_some_and(|(_, guessed)| fits(field.data_type(), guessed.data_type()))
        }),
        (found, guessed) => found == guessed,
    }
}

/// Whether it is the text that is broken, and not a value that has another type.
fn decoder_says_syntax(error: &ArrowError) -> bool {
    let text = error.to_string();
    !(text.contains("whilst decoding") || text.contains("missing from schema"))
}

/// Without the library's name for the kind of error.
fn plain(error: &ArrowError) -> String {
    match error {
        ArrowError::JsonError(text) | ArrowError::ParseError(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A file by rows.
struct Lines<R> {
    reader: R,
    line: u64,
    rows: usize,
}

impl<R: BufRead> Lines<R> {
    /// The next rows; none at the end.
    fn next(&mut self) -> std::io::Result<Chunk> {
        let mut chunk = Chunk::default();
        while chunk.rows.len() < BATCH_ROWS {
            let start = chunk.text.len();
            if self.reader.read_until(b'\n', &mut chunk.text)? == 0 {
                break;
            }
            self.line += 1;
            if !chunk.text[start..].trim_ascii().is_empty() {
                chunk.rows.push((self.line, start..chunk.text.len()));
            }
        }
        self.rows += chunk.rows.len();
        chunk.sampled = self.rows <= SAMPLE_ROWS;
        Ok(chunk)
    }
}

struct Batches<R> {
    lines: Lines<R>,
    rules: Rules,
    decoder: Decoder,
    ended: bool,
}

impl<R: BufRead> Batches<R> {
    fn read(&mut self) -> Result<Option<RecordBatch>> {
        let chunk = self.lines.next().map_err(|e| unreadable(&self.rules.path, e))?;
        if chunk.rows.is_empty() {
            return Ok(None);
        }
        let decoded = self.rules.decode(&mut self.decoder, &chunk.text, chunk.sampled);
        decoded.map_err(|error| self.rules.locate(&chunk, error))
    }
}

impl<R: BufRead> Iterator for Batches<R> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let batch = self.read().transpose();
        // After an error the decoder holds half a row.
        self.ended = !matches!(batch, Some(Ok(_)));
        batch
    }
}
