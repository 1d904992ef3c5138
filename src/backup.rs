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
use huitong_engine::audit;

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

/// May run beside a server: all rows are as of one moment. What is taken away is in the audit, also in that of the backup.
pub async fn backup(arguments: Backup) -> Result<()> {
    let config = arguments.place.config()?;
    node::must_exist(&config)?;
    let state = State::at(&config.state).await?;
    let what = format!("huitong backup {}", arguments.file.display());
    let rows = audit::by_hand(&state, &what, &node::hand(), write(&state, &arguments.file)).await?;
    println!("{rows} rows in `{}`, which holds secrets: keep it as the database", arguments.file.display());
    Ok(())
}

/// Leaves no file behind that is not whole.
async fn write(state: &State, path: &PathBuf) -> Result<u64> {
    let file = create(path)?;
    let mut out = BufWriter::new(&file);
    let rows = state.backup(&mut out).await;
    drop(out);
    let written = rows.and_then(|rows| file.sync_all().map(|()| rows).map_err(|e| unusable(path, &e)));
    written.inspect_err(|_| drop(std::fs::remove_file(path)))
}

/// Into a state database without rows, while no server runs on it.
pub async fn restore(arguments: Restore) -> Result<()> {
    let config = arguments.place.config()?;
    let file = File::open(&arguments.file).map_err(|e| unusable(&arguments.file, &e))?;
    let held = node::Held::open(&config).await?;
    let rows = held.state.restore(&mut BufReader::new(file)).await?;
    let what = format!("huitong restore {}", arguments.file.display());
    audit::done_by_hand(&held.state, &what, &node::hand()).await?;
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
