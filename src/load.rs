//! `huitong load`: files of the client into a table, with one commit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use clap::Args;
use futures::StreamExt;
use futures::stream::BoxStream;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use huitong_exchange::files::{self, Format, TextOptions};
use huitong_terminal::{Connection, Progress};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::client::{Load, Target, told};

/// Batches that wait between the reading and the sending side.
const AHEAD: usize = 8;

#[derive(Args)]
pub struct Arguments {
    #[command(flatten)]
    target: Target,
    /// The table, as SCHEMA.TABLE; made when it is new.
    table: String,
    /// Parquet, CSV or NDJSON files of the same columns.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The files' format, when their names do not tell: parquet, csv or ndjson.
    #[arg(long)]
    format: Option<String>,
    /// Encoding of text files, such as utf-8 or gb18030.
    #[arg(long, default_value = "utf-8")]
    encoding: String,
    /// What separates the values of a CSV file; `\t` for a tabulator.
    #[arg(long, default_value = ",")]
    delimiter: String,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let table = TableName::parse(&arguments.table, "public")?;
    let options = TextOptions { encoding: arguments.encoding.clone(), delimiter: delimiter(&arguments.delimiter)? };
    let format = arguments.format.as_deref().map(str::parse).transpose()?;
    let opened = arguments.target.open().await?;
    let wanted = existing(opened.client.as_ref(), &table).await?;
    let (schema, total) = look(&arguments.files, format, &options, wanted.as_ref())?;
    let progress = Arc::new(Progress::new(table.to_string(), total));
    let reading = Reading { files: arguments.files, format, options, wanted, schema: schema.clone() };
    let rows = reading.start(progress.clone());
    let written = opened.client.load(Load { table: table.clone(), schema, rows }).await;
    if let Some(progress) = Arc::into_inner(progress) {
        progress.finish();
    }
    let closed = opened.close().await;
    println!("{} rows loaded into {table}", written?);
    closed
}

/// The columns of the table, if it is there.
async fn existing(connection: &dyn Connection, table: &TableName) -> Result<Option<SchemaRef>> {
    let sql = format!("SELECT * FROM \"{}\".\"{}\" LIMIT 0", table.schema(), table.table());
    match connection.execute(&sql).await {
        Ok(statement) => Ok(Some(statement.schema)),
        Err(error) if error.code.as_deref() == Some(Code::UNKNOWN_TABLE.to_string().as_str()) => Ok(None),
        Err(error) => Err(told(&error)),
    }
}

/// Opens every file once, so that a wrong one is told before anything is sent.
fn look(
    paths: &[PathBuf],
    format: Option<Format>,
    options: &TextOptions,
    wanted: Option<&SchemaRef>,
) -> Result<(SchemaRef, Option<u64>)> {
    let mut first: Option<(SchemaRef, &Path)> = None;
    let mut total = Some(0);
    for path in paths {
        let source = files::open(path, format.map_or_else(|| Format::of(path), Ok)?, options, wanted)?;
        total = total.zip(source.rows).map(|(total, rows)| total + rows);
        match &first {
            None => first = Some((source.schema, path)),
            Some((schema, _)) if same_columns(schema, &source.schema) => {}
            Some((_, other)) => {
                let text = format!("`{}` has other columns or types than `{}`", path.display(), other.display());
                return Err(
                    Error::new(Code::SCHEMA_MISMATCH, text).with_hint("load them one by one into tables of their own")
                );
            }
        }
    }
    let (schema, _) = first.ok_or_else(|| Error::new(Code::FILE_MISSING, "there is no file to load"))?;
    Ok((schema, total))
}

fn same_columns(a: &SchemaRef, b: &SchemaRef) -> bool {
    a.fields().len() == b.fields().len()
        && a.fields().iter().zip(b.fields()).all(|(a, b)| a.name() == b.name() && a.data_type() == b.data_type())
}

/// What the reading thread needs.
struct Reading {
    files: Vec<PathBuf>,
    format: Option<Format>,
    options: TextOptions,
    wanted: Option<SchemaRef>,
    schema: SchemaRef,
}

impl Reading {
    /// Reads on a thread of its own; the channel holds it back when the receiver is slow.
    fn start(self, progress: Arc<Progress>) -> BoxStream<'static, Result<RecordBatch>> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            if let Err(error) = self.read(&sender, &progress) {
                sender.blocking_send(Err(error)).ok();
            }
        });
        ReceiverStream::new(receiver).boxed()
    }

    fn read(&self, sender: &mpsc::Sender<Result<RecordBatch>>, progress: &Progress) -> Result<()> {
        for path in &self.files {
            let format = self.format.map_or_else(|| Format::of(path), Ok)?;
            for batch in files::open(path, format, &self.options, self.wanted.as_ref())?.batches {
                let batch = batch?;
                progress.advance(batch.num_rows() as u64);
                let batch = batch.with_schema(self.schema.clone()).map_err(|e| {
                    Error::new(Code::SCHEMA_MISMATCH, format!("`{}` changed while it was read", path.display()))
                        .caused_by(e)
                })?;
                // Nobody receives any more: the load has failed elsewhere.
                if sender.blocking_send(Ok(batch)).is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn delimiter(text: &str) -> Result<u8> {
    match text.as_bytes() {
        b"\\t" => Ok(b'\t'),
        [one] => Ok(*one),
        _ => {
            Err(Error::new(Code::BAD_VALUE, format!("`{text}` is no delimiter"))
                .with_hint("one ASCII character, or \\t"))
        }
    }
}
