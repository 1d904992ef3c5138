//! A directory as files of a model.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Files;
use crate::contracts::mistake::{Location, Refusal};
use crate::error::{Code, Error, Result};

/// A city has some thousand datasets; the national divisions with their history have some ten thousand rows.
pub const FILES_MAX: usize = 10_000;
pub const FILE_BYTES_MAX: usize = 8 << 20;
pub const TOTAL_BYTES_MAX: usize = 256 << 20;

/// Folders below a model stand one deep; deeper ones are read so that a file in them is a mistake, not forgotten.
const DEPTH_MAX: usize = 8;

/// Of files and folders that are looked at: whoever names `/` by mistake does not wait for all of it.
const ENTRIES_MAX: usize = 100_000;

/// What a file of a model ends with; everything else in the directory is somebody else's.
const ENDINGS: [&str; 4] = ["yaml", "yml", "csv", "cedar"];

pub fn read(directory: &Path) -> Result<Files> {
    let unreadable = |error: std::io::Error| {
        let message = format!("the model `{}` cannot be read: {error}", directory.display());
        Error::new(Code::MODEL_UNREADABLE, message)
            .with_hint("name a directory with elements.yaml, org.yaml and the like")
    };
    let root = directory.canonicalize().map_err(unreadable)?;
    fs::read_dir(&root).map_err(unreadable)?;
    let files = Files { origin: directory.display().to_string(), ..Files::default() };
    let mut walk = Walk { root, files, bytes: 0, entries: 0 };
    walk.folder("", 0);
    Ok(walk.files)
}

struct Walk {
    root: PathBuf,
    files: Files,
    bytes: usize,
    entries: usize,
}

impl Walk {
    fn folder(&mut self, path: &str, depth: usize) {
        let entries = match fs::read_dir(self.root.join(path)) {
            Ok(entries) => entries,
            Err(error) => return self.refuse(path, format!("the folder cannot be read: {error}")),
        };
        let mut names = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => self.refuse(path, format!("the folder cannot be read: {error}")),
            }
        }
        names.sort();
        for name in names {
            match name.to_str() {
                Some(name) if name.starts_with('.') => {}
                Some(name) if path.is_empty() => self.entry(name, depth),
                Some(name) => self.entry(&format!("{path}/{name}"), depth),
                None => self.refuse(path, format!("the name `{}` is not UTF-8", name.to_string_lossy())),
            }
        }
    }

    fn entry(&mut self, path: &str, depth: usize) {
        self.entries += 1;
        if self.entries > ENTRIES_MAX {
            if self.entries == ENTRIES_MAX + 1 {
                self.refuse(path, format!("the directory holds more than {ENTRIES_MAX} files: is it a model?"));
            }
            return;
        }
        let place = self.root.join(path);
        let Ok(link) = fs::symlink_metadata(&place) else {
            return self.refuse(path, "cannot be read");
        };
        if link.is_dir() && depth >= DEPTH_MAX {
            self.refuse(path, Refusal::new("the folder stands too deep").help("folders stand just below the model"));
        } else if link.is_dir() {
            self.folder(path, depth + 1);
        } else if link.is_symlink() && place.is_dir() {
            let refusal = Refusal::new("a link to a folder is not followed");
            self.refuse(path, refusal.help("put the folder itself there"));
        } else if is_of_a_model(path) {
            self.file(path, &place);
        }
    }

    fn file(&mut self, path: &str, place: &Path) {
        let real = match place.canonicalize() {
            Ok(real) => real,
            Err(error) => return self.refuse(path, format!("cannot be read: {error}")),
        };
        if !real.starts_with(&self.root) {
            let refusal = Refusal::new("the link leads out of the model");
            return self.refuse(path, refusal.help("put the file itself there"));
        }
        // Opening a pipe would wait for ever.
        if !fs::metadata(&real).is_ok_and(|data| data.is_file()) {
            return self.refuse(path, "is not a file");
        }
        match read_bounded(&real) {
            Ok(bytes) => self.add(path, bytes),
            Err(error) => self.refuse(path, format!("cannot be read: {error}")),
        }
    }

    fn add(&mut self, path: &str, bytes: Vec<u8>) {
        self.bytes += bytes.len();
        if self.bytes > TOTAL_BYTES_MAX {
            self.refuse(path, format!("the model is larger than {} MiB", TOTAL_BYTES_MAX >> 20));
        } else {
            self.files.add(path.to_owned(), bytes);
        }
    }

    fn refuse(&mut self, path: &str, refusal: impl Into<Refusal>) {
        let at = Location::start_of(&self.files.label(path));
        self.files.refused.add(&at, refusal);
    }
}

fn is_of_a_model(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.iter().any(|known| known.eq_ignore_ascii_case(ending)))
}

/// One byte more than allowed, so that a file that is too large is seen as such.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

pub fn too_large() -> Refusal {
    Refusal::new(format!("the file is larger than {} MiB", FILE_BYTES_MAX >> 20)).help("a model is written by people")
}
