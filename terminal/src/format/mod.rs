//! Output formats. All are stable for scripts: what a format writes depends on the result alone, never on the terminal,
//! except for what [`TableOptions`] asks of `table`.
//!
//! | format | NULL | several results | memory |
//! |---|---|---|---|
//! | `table` | `NULL` | blank line between | the rows it shows |
//! | `csv` | empty (an empty string is `""`) | blank line between | one batch |
//! | `json` | `null` | one array each | one batch |
//! | `ndjson` | `null` | one after the other | one batch |
//! | `markdown` | empty | blank line between | one batch |
//! | `parquet` | null | refused | one row group |
//! | `arrow` | null | refused | one batch |

mod arrow_stream;
mod csv;
mod json;
mod layout;
mod markdown;
mod parquet_file;
mod table;
mod text;
mod types;

use std::fmt;
use std::io::{self, Write};
use std::str::FromStr;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::errors::ParquetError;

use crate::connection::ClientError;

pub use table::TableOptions;
pub use types::type_name;

/// An output that a writer borrows for one result.
pub type Out<'a> = &'a mut (dyn Write + Send);

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns for a person.
    #[default]
    Table,
    /// Comma-separated values, quoted as RFC 4180 says, with a header; lines end in LF, as tools on a pipe expect.
    Csv,
    /// One JSON array of objects, one object a line.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// A table of GitHub Flavored Markdown.
    Markdown,
    /// An Apache Parquet file.
    Parquet,
    /// An Apache Arrow IPC stream.
    Arrow,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Table, Self::Csv, Self::Json, Self::Ndjson, Self::Markdown, Self::Parquet, Self::Arrow];

    /// The name a person types.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Markdown => "markdown",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// Whether the format is not text: it is refused at a terminal and holds one result.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }

    /// Whether rows are written as they arrive.
    pub(crate) fn streams(self) -> bool {
        self != Self::Table
    }

    /// What parts a result from the one before it.
    pub(crate) fn separator(self) -> &'static str {
        match self {
            Self::Table | Self::Csv | Self::Markdown => "\n",
            Self::Json | Self::Ndjson | Self::Parquet | Self::Arrow => "",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = ClientError;

    fn from_str(text: &str) -> Result<Self, ClientError> {
        let wanted = text.trim().to_ascii_lowercase();
        let found = Self::ALL.into_iter().find(|format| format.name() == wanted);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            ClientError::new(format!("no format `{}`", text.trim()))
                .with_code("HT0601")
                .with_hint(format!("one of {names}"))
        })
    }
}

/// Writes one result: [`begin`](Self::begin) once, [`batch`](Self::batch) for each batch of that schema,
/// [`finish`](Self::finish) once.
pub trait ResultWriter: Send {
    /// The header.
    fn begin(&mut self, schema: &SchemaRef) -> Result<(), WriteError>;

    /// The rows of a batch.
    fn batch(&mut self, batch: &RecordBatch) -> Result<(), WriteError>;

    /// The end; the number of rows of the whole result, also of those a table leaves out.
    fn finish(&mut self) -> Result<u64, WriteError>;
}

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output fails.
    #[error("cannot write: {0}")]
    Io(#[from] io::Error),
    /// A value cannot be rendered.
    #[error("cannot render the result: {0}")]
    Arrow(#[from] ArrowError),
    /// A value cannot be stored in Parquet.
    #[error("cannot write parquet: {0}")]
    Parquet(#[from] ParquetError),
    /// The format does not fit the output or the schema.
    #[error("{0}")]
    Refused(String),
}

impl WriteError {
    /// Whether the reader of a pipe has gone, which is not worth a word.
    pub fn is_broken_pipe(&self) -> bool {
        let error = match self {
            Self::Io(error) | Self::Arrow(ArrowError::IoError(_, error)) => Some(error),
            Self::Parquet(ParquetError::External(error)) => error.downcast_ref::<io::Error>(),
            _ => None,
        };
        error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl From<WriteError> for ClientError {
    fn from(error: WriteError) -> Self {
        Self::new(error.to_string()).with_code("HT0604")
    }
}

/// A writer of one result in `format` to `out`.
pub fn writer<'a>(format: Format, table: &TableOptions, out: Out<'a>) -> Box<dyn ResultWriter + 'a> {
    match format {
        Format::Table => Box::new(table::TableWriter::new(out, table.clone())),
        Format::Csv => Box::new(csv::CsvWriter::new(out)),
        Format::Json => Box::new(json::JsonWriter::<json::Lines>::new(out)),
        Format::Ndjson => Box::new(json::JsonWriter::<arrow::json::writer::LineDelimited>::new(out)),
        Format::Markdown => Box::new(markdown::MarkdownWriter::new(out)),
        Format::Parquet => Box::new(parquet_file::ParquetWriter::new(out)),
        Format::Arrow => Box::new(arrow_stream::StreamWriter::new(out)),
    }
}

/// The error of a caller that hands over rows before the header.
fn not_begun() -> WriteError {
    WriteError::Refused("the result has not begun".into())
}

#[cfg(test)]
mod tests;
