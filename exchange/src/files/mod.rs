//! A file as a schema and batches, whatever its format.

mod csv;
mod exact;
mod json;
mod parquet;
mod strict;

use std::path::Path;
use std::str::FromStr;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use huitong_catalog::{Code, Error, Result};

/// Rows of one batch.
const BATCH_ROWS: usize = 8192;
/// Rows looked at to find the types of a text file.
const SAMPLE_ROWS: usize = 10_000;

/// What to do when types were guessed wrong.
const DECLARE: &str = "make the table first, with types that hold every value; then its types are used";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Parquet,
    Csv,
    Ndjson,
}

impl Format {
    /// By the file's ending.
    pub fn of(path: &Path) -> Result<Self> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        ending.parse().map_err(|_: Error| {
            Error::new(Code::UNKNOWN_FORMAT, format!("the format of `{}` is not known", path.display()))
                .with_hint("files end in .parquet, .csv, .ndjson or .jsonl; or name the format with --format")
        })
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "parquet" => Ok(Self::Parquet),
            "csv" => Ok(Self::Csv),
            "ndjson" | "jsonl" => Ok(Self::Ndjson),
            other => Err(Error::new(Code::UNKNOWN_FORMAT, format!("unknown file format `{other}`"))
                .with_hint("parquet, csv or ndjson")),
        }
    }
}

/// How a text file is read.
#[derive(Debug, Clone)]
pub struct TextOptions {
    /// A label such as `utf-8` or `gb18030` (WHATWG Encoding Standard); a byte order mark wins over it.
    pub encoding: String,
    pub delimiter: u8,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { encoding: "utf-8".into(), delimiter: b',' }
    }
}

/// An open file.
pub struct Source {
    pub schema: SchemaRef,
    /// Known for formats that say so.
    pub rows: Option<u64>,
    pub batches: Box<dyn Iterator<Item = Result<RecordBatch>> + Send>,
}

/// Opens a file. With `wanted`, columns of text formats are read as the types given there; otherwise their types are
/// found from the first rows.
pub fn open(path: &Path, format: Format, options: &TextOptions, wanted: Option<&SchemaRef>) -> Result<Source> {
    match format {
        Format::Parquet => parquet::open(path),
        Format::Csv => csv::open(path, options, wanted),
        Format::Ndjson => json::open(path, options, wanted),
    }
}

fn unreadable(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::BAD_RECORD, format!("`{}` cannot be read: {error}", path.display())).caused_by(error)
}

fn missing(path: &Path, error: std::io::Error) -> Error {
    let code = if error.kind() == std::io::ErrorKind::NotFound { Code::FILE_MISSING } else { Code::BAD_RECORD };
    Error::new(code, format!("`{}` cannot be opened: {error}", path.display())).caused_by(error)
}

/// A reader that yields UTF-8 whatever the file's encoding. Bytes that the encoding does not have are an error: a file
/// read in the wrong encoding would load as rubbish without a word.
fn text(path: &Path, options: &TextOptions) -> Result<impl std::io::Read + Send + use<>> {
    let file = std::fs::File::open(path).map_err(|e| missing(path, e))?;
    let encoding = encoding_rs::Encoding::for_label(options.encoding.as_bytes()).ok_or_else(|| {
        Error::new(Code::BAD_VALUE, format!("unknown encoding `{}`", options.encoding))
            .with_hint("utf-8, gb18030, gbk, big5, …")
    })?;
    let decoded =
        encoding_rs_io::DecodeReaderBytesBuilder::new().encoding(Some(encoding)).bom_override(true).build(file);
    Ok(strict::Strict::new(decoded, encoding.name()))
}

#[cfg(test)]
mod tests;
