//! `huitong schema`: what a model's files may hold, as JSON Schema for editors.

use std::path::{Path, PathBuf};

use huitong_catalog::contracts::{Document, schema};
use huitong_catalog::{Code, Error, Result};
use serde_json::{Map, Value, json};

#[derive(clap::Args)]
pub struct Arguments {
    /// The directory that the schemas are written into, made if missing; `settings.json` there tells an editor which file is which.
    directory: PathBuf,
}

/// The extension of Red Hat reads it, and those that follow it.
const SETTINGS: &str = "settings.json";

pub fn run(arguments: &Arguments) -> Result<()> {
    let folder = &arguments.directory;
    std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
    let mut files = Map::new();
    for document in Document::ALL {
        let path = folder.join(format!("{}.schema.json", document.as_str()));
        write(&path, &schema(document))?;
        println!("{}", path.display());
        files.insert(path.display().to_string(), json!(document.files()));
    }
    let settings = folder.join(SETTINGS);
    let wanted = json!({ "yaml.schemas": files });
    // What somebody has set for the editor is not ours to change.
    if settings.exists() {
        println!("{} is there already; put this into it:\n{wanted:#}", settings.display());
        return Ok(());
    }
    write(&settings, &wanted)?;
    println!("{}", settings.display());
    Ok(())
}

fn write(path: &Path, document: &Value) -> Result<()> {
    std::fs::write(path, format!("{document:#}\n")).map_err(|error| unwritable(path, error))
}

fn unwritable(path: &Path, error: std::io::Error) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be written: {error}", path.display())).caused_by(error)
}
