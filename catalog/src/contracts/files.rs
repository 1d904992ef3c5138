//! The files of a model, wherever they come from: a directory, the program itself, a test.

mod directory;
mod text;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::mistake::{Location, Mistakes};
use crate::error::Result;

pub use directory::{FILE_BYTES_MAX, FILES_MAX, TOTAL_BYTES_MAX};

/// Named texts: paths with `/` below the root of a model, and what stands in them.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// What messages put before a path.
    origin: String,
    texts: BTreeMap<String, Vec<u8>>,
    /// What could not be taken in; told with the mistakes of the content.
    pub(super) refused: Mistakes,
}

include!(concat!(env!("OUT_DIR"), "/standards.rs"));

impl Files {
    /// The national standards that ship with the program.
    pub fn standards() -> Self {
        let texts = STANDARDS.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        Self::from_texts("catalog/standards", texts)
    }

    /// Reads a directory; files that belong to no model are passed over (HT0802 when the directory itself cannot be read).
    ///
    /// Hidden files, links that lead out of the directory, and more than [`FILES_MAX`], [`FILE_BYTES_MAX`] or
    /// [`TOTAL_BYTES_MAX`] are not read.
    pub fn read(directory: &Path) -> Result<Self> {
        directory::read(directory)
    }

    /// Files that are in memory; `origin` is what messages put before a path, and may be empty.
    pub fn from_texts(origin: &str, texts: impl IntoIterator<Item = (String, Vec<u8>)>) -> Self {
        let mut files = Self { origin: origin.to_owned(), ..Self::default() };
        for (path, bytes) in texts {
            files.add(path, bytes);
        }
        files
    }

    fn add(&mut self, path: String, bytes: Vec<u8>) {
        let label = self.label(&path);
        if bytes.len() > FILE_BYTES_MAX {
            self.refused.add(&Location::start_of(&label), directory::too_large());
        } else if self.texts.len() >= FILES_MAX {
            self.refused.add(&Location::start_of(&label), format!("the model has more than {FILES_MAX} files"));
        } else {
            self.texts.insert(path, bytes);
        }
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.texts.contains_key(path)
    }

    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().map(String::as_str)
    }

    /// Paths and texts, for whoever sends them on; of a file that is no UTF-8 nothing.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts.iter().filter_map(|(path, bytes)| Some((path.as_str(), std::str::from_utf8(bytes).ok()?)))
    }

    /// The text of a file; one that is no UTF-8, or holds characters that no reviewer sees, gives a mistake and nothing.
    pub(super) fn text(&self, path: &str, mistakes: &mut Mistakes) -> Option<&str> {
        text::decode(&self.label(path), self.texts.get(path)?, mistakes)
    }

    /// A path as messages show it.
    pub(super) fn label(&self, path: &str) -> Arc<str> {
        match self.origin.trim_end_matches('/') {
            "" => Arc::from(path),
            origin => Arc::from(format!("{origin}/{path}")),
        }
    }
}

#[cfg(test)]
mod tests;
