//! Makes the city and loads it through the cluster: the generator's rows go into staging files, and the executors write
//! the tables from them, one commit each.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::identity::Principal;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::{Answer, Door, Session};
use huitong_sample::{Options, Table};
use huitong_terminal::Progress;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::node::Node;

/// Remembers which city a directory holds.
const SETTING: &str = "sample.city";
/// Rows of one staging file, so that executors share the work.
const STAGING_ROWS: u64 = 500_000;
const STAGING_TABLE: &str = "sample_staging";
/// How often a running write is asked how far it is.
const ASK_EVERY: Duration = Duration::from_millis(200);

/// A city to be there.
pub struct City<'a> {
    pub node: &'a Node,
    pub staging: &'a Path,
    pub options: Options,
}

impl City<'_> {
    /// Makes what is missing. Each table appears whole, so a build that was cut off goes on where it stopped.
    pub async fn ensure(&self) -> Result<()> {
        let wanted = format!("{:?}", self.options);
        let held = self.node.state.setting_or_insert(SETTING, &wanted).await?;
        if held != wanted {
            return Err(Error::new(Code::TABLE_EXISTS, format!("the directory holds another city: {held}"))
                .with_hint("ask for that city again, or name another directory with --dir"));
        }
        let city = huitong_sample::City::new(self.options).map_err(|e| Error::new(Code::BAD_VALUE, e.to_string()))?;
        let session = self.node.engine.session(Principal::operator(), Door::Direct);
        run(&session, "SET huitong.backend = 'staged'").await?;
        for table in city.tables() {
            let name = TableName::new(table.schema, table.name)?;
            if session.names().object(&name).is_none() {
                self.make(&session, table, &name).await?;
            }
        }
        Ok(())
    }

    async fn make(&self, session: &Session, table: Table, name: &TableName) -> Result<()> {
        let directory = self.staging.join(name.to_string());
        clear(&directory)?;
        std::fs::create_dir_all(&directory).map_err(|e| unwritable(&directory, e))?;
        let rows = self.stage(table, name, &directory).await?;
        run(session, &format!("CREATE SCHEMA IF NOT EXISTS {}", name.schema())).await?;
        run(session, &format!("DROP TABLE IF EXISTS {STAGING_TABLE}")).await?;
        let place = std::path::absolute(&directory).map_err(|e| unwritable(&directory, e))?;
        let place = place.display().to_string().replace('\'', "''");
        run(session, &format!("CREATE EXTERNAL TABLE {STAGING_TABLE} STORED AS PARQUET LOCATION '{place}/'")).await?;
        write_table(session, name, rows).await?;
        run(session, &format!("DROP TABLE {STAGING_TABLE}")).await?;
        clear(&directory)
    }

    /// Writes the generator's rows into files, on a thread of its own, and says how many there were.
    async fn stage(&self, table: Table, name: &TableName, directory: &Path) -> Result<u64> {
        let progress = Progress::new(name.to_string(), Some(table.expected_rows));
        let directory = directory.to_owned();
        let written = tokio::task::spawn_blocking(move || {
            let written = write(&table, &directory, &progress);
            progress.finish();
            written
        });
        written.await.map_err(|e| Error::new(Code::INTERNAL, "the generator broke").caused_by(e))?
    }
}

/// Writes a table from its staging files, with a bar for the rows that the executors, all in this process, have written.
async fn write_table(session: &Session, name: &TableName, rows: u64) -> Result<()> {
    let progress = Progress::at_terminal(format!("{name}, written"), Some(rows));
    let sql = format!("CREATE TABLE {name} AS SELECT * FROM {STAGING_TABLE}");
    let mut writing = pin!(run(session, &sql));
    loop {
        tokio::select! {
            written = &mut writing => {
                written?;
                progress.reach(rows);
                progress.finish();
                return Ok(());
            }
            () = tokio::time::sleep(ASK_EVERY) => progress.reach(session.rows_written(name).unwrap_or_default()),
        }
    }
}

/// Answers with the number of rows.
fn write(table: &Table, directory: &Path, progress: &Progress) -> Result<u64> {
    let failed = |e: parquet::errors::ParquetError| unwritable(directory, e);
    let (mut files, mut all_rows) = (0, 0);
    let mut open: Option<(ArrowWriter<File>, u64)> = None;
    for batch in table.batches() {
        let (mut writer, rows) = match open.take() {
            Some(open) => open,
            None => {
                files += 1;
                (begin(table, &directory.join(format!("{files:04}.parquet")))?, 0)
            }
        };
        writer.write(&batch).map_err(failed)?;
        progress.advance(batch.num_rows() as u64);
        all_rows += batch.num_rows() as u64;
        let rows = rows + batch.num_rows() as u64;
        if rows >= STAGING_ROWS {
            writer.close().map_err(failed)?;
        } else {
            open = Some((writer, rows));
        }
    }
    match open {
        Some((writer, _)) => drop(writer.close().map_err(failed)?),
        // A table without rows still has columns.
        None if files == 0 => drop(begin(table, &directory.join("0001.parquet"))?.close().map_err(failed)?),
        None => {}
    }
    Ok(all_rows)
}

fn begin(table: &Table, path: &PathBuf) -> Result<ArrowWriter<File>> {
    let file = File::create(path).map_err(|e| unwritable(path, e))?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    ArrowWriter::try_new(file, Arc::clone(&table.arrow_schema), Some(properties)).map_err(|e| unwritable(path, e))
}

async fn run(session: &Session, sql: &str) -> Result<()> {
    match session.execute(sql).await? {
        Answer::Done(_) => Ok(()),
        Answer::Rows(_) => Err(Error::new(Code::INTERNAL, "a command answered with rows")),
    }
}

fn clear(directory: &Path) -> Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unwritable(directory, error)),
        _ => Ok(()),
    }
}

fn unwritable(path: &Path, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be written: {error}", path.display())).caused_by(error)
}
