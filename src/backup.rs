//! `huitong backup` and `huitong restore`: users, names, jobs, the city's models and all else that the state database holds, as a file.
//!
//! Tables and audit segments lie in the lake, which has backups of its own; both are taken together (see the guide).

use std::fs::File;
use std::io::{BufReader, BufWriter};
use std::path::PathBuf;

use clap::Args;
use huitong_catalog::config::{Document, Serve};
use huitong_catalog::state::State;
use huitong_catalog::{Code, Error, Result};

use crate::node;

#[derive(Args)]
struct Place {
    /// The data directory.
    #[arg(long, conflicts_with = "config", required_unless_present = "config")]
    dir: Option<PathBuf>,
    /// The configuration file of the server.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Args)]
pub struct Backup {
    /// The file to write; it must not be there yet.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

#[derive(Args)]
pub struct Restore {
    /// The file that a backup wrote.
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// May run beside a server: all rows are as of one moment.
pub async fn backup(arguments: Backup) -> Result<()> {
    let config = arguments.place.config()?;
    node::must_exist(&config)?;
    let state = State::at(&config.state).await?;
    let file = create(&arguments.file)?;
    let mut out = BufWriter::new(&file);
    let rows = state.backup(&mut out).await;
    drop(out);
    let written = rows.and_then(|rows| file.sync_all().map(|()| rows).map_err(|e| unusable(&arguments.file, &e)));
    match written {
        Ok(rows) => {
            println!("{rows} rows in `{}`, which holds secrets: keep it as the database", arguments.file.display());
            Ok(())
        }
        Err(error) => {
            std::fs::remove_file(&arguments.file).ok();
            Err(error)
        }
    }
}

/// Into a state database without rows, while no server runs on it.
pub async fn restore(arguments: Restore) -> Result<()> {
    let config = arguments.place.config()?;
    let file = File::open(&arguments.file).map_err(|e| unusable(&arguments.file, &e))?;
    let held = node::Held::open(&config).await?;
    let rows = held.state.restore(&mut BufReader::new(file)).await?;
    println!("{rows} rows restored");
    Ok(())
}

/// For its owner alone.
fn create(path: &PathBuf) -> Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|e| unusable(path, &e))
}

fn unusable(path: &std::path::Path, error: &std::io::Error) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be used: {error}", path.display()))
}

impl Place {
    fn config(&self) -> Result<Serve> {
        let document = match (&self.config, &self.dir) {
            (Some(file), _) => Document::read(file)?,
            (None, dir) => node::document_at(dir.as_deref().unwrap_or_else(|| std::path::Path::new(".")))?,
        };
        Serve::from_document(&document)
    }
}
