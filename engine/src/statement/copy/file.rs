//! A copy in a file of the coordinator: written beside its place, then moved there.

use std::path::{Path, PathBuf};

use datafusion::logical_expr::dml::CopyTo;
use huitong_catalog::state::ObjectKind;
use huitong_catalog::{Code, Error, Result};

use super::unsupported;
use crate::session::Session;
use crate::stores::canonical;
use crate::tables::external;

/// Where the file goes, if it may.
pub fn destination(session: &Session, copy: &CopyTo) -> Result<PathBuf> {
    let path = external::local_path(&copy.output_url);
    let file = Path::new(&path);
    if path.ends_with('/') || file.is_dir() || file.file_name().is_none() {
        return Err(unsupported("COPY writes one file, not a directory").with_hint("name the file"));
    }
    let engine = session.engine();
    // The lake is a root too, but what lies there belongs to tables.
    if !file.is_absolute() || !engine.stores().allows(file) || engine.lake().holds(file) {
        return Err(external::not_allowed(&copy.output_url));
    }
    let is_external = |kind| matches!(kind, ObjectKind::Parquet | ObjectKind::Delta);
    let resolved = |path: &Path| canonical(path).unwrap_or_else(|_| path.to_owned());
    let place = resolved(file);
    let names = engine.names();
    let mut tables = names.objects().filter(|object| is_external(object.kind));
    match tables.find(|table| place.starts_with(resolved(Path::new(&external::local_path(&table.definition))))) {
        None => Ok(file.to_owned()),
        Some(table) => {
            let known = session.names().object(&table.name).is_some();
            let named = if known { format!(" `{}`", table.name) } else { String::new() };
            let text = format!("`{path}` belongs to the external table{named}");
            Err(Error::new(Code::LOCATION_NOT_ALLOWED, text)
                .with_hint("copy to another place, or drop that table first"))
        }
    }
}

/// A file that is being written; unless it is finished, it goes.
pub struct Unfinished(PathBuf);

impl Unfinished {
    pub fn beside(file: &Path, id: &str) -> Self {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let short = id.get(..8).unwrap_or(id);
        // A long name must not become too long.
        let kept: String = name.chars().take(40).collect();
        Self(file.with_file_name(format!(".{kept}.{short}.part")))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn finish(self, file: &Path) -> Result<()> {
        let moved = std::fs::rename(&self.0, file);
        moved.map_err(|e| {
            Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be written: {e}", file.display())).caused_by(e)
        })
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(file = %self.0.display(), %error, "file of an unfinished COPY is left behind");
            }
            _ => {}
        }
    }
}
