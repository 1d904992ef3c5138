//! Records of statements in files of this process, one line of JSON each: they outlive the process before they are in the lake, and
//! wait here while the lake cannot be written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use huitong_catalog::{Code, Error, Result};

use super::record::Record;

/// Bytes after which a new file is begun.
pub const FILE_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of all files; then the oldest goes.
const ALL_BYTES_MAX: u64 = 256 * 1024 * 1024;
const SUFFIX: &str = "jsonl";

/// The files of one directory.
#[derive(Debug)]
pub struct Journal {
    dir: PathBuf,
    /// Of the next file; names sort by it.
    next: u64,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    path: PathBuf,
    file: File,
    bytes: u64,
}

impl Journal {
    pub fn open(dir: PathBuf) -> Result<Self> {
        let unusable = |e: io::Error| {
            let text = format!("the journal of statements in `{}` cannot be used: {e}", dir.display());
            Error::new(Code::STORE_UNAVAILABLE, text).caused_by(e)
        };
        fs::create_dir_all(&dir).map_err(unusable)?;
        let mut journal = Self { dir: dir.clone(), next: 0, current: None };
        journal.next =
            journal.files().map_err(unusable)?.last().and_then(|path| number(path)).map_or(0, |last| last + 1);
        Ok(journal)
    }

    /// Writes a record; answers with the file that it is in.
    pub fn append(&mut self, record: &Record) -> io::Result<PathBuf> {
        let mut line = serde_json::to_vec(record)?;
        line.push(b'\n');
        if self.current.as_ref().is_some_and(|current| current.bytes >= FILE_BYTES) {
            self.close();
        }
        let mut current = match self.current.take() {
            Some(current) => current,
            None => self.begin()?,
        };
        current.file.write_all(&line)?;
        current.bytes += line.len() as u64;
        let path = current.path.clone();
        // After an error that file is not written on: it may end in half a line.
        self.current = Some(current);
        Ok(path)
    }

    fn begin(&mut self) -> io::Result<Current> {
        self.drop_oldest()?;
        let path = self.dir.join(format!("{:016}.{SUFFIX}", self.next));
        self.next += 1;
        let file = OpenOptions::new().create_new(true).append(true).open(&path)?;
        Ok(Current { path, file, bytes: 0 })
    }

    fn drop_oldest(&self) -> io::Result<()> {
        let files = self.files()?;
        let mut bytes: u64 = files.iter().filter_map(|path| Some(fs::metadata(path).ok()?.len())).sum();
        for path in files {
            if bytes <= ALL_BYTES_MAX {
                break;
            }
            bytes = bytes.saturating_sub(fs::metadata(&path)?.len());
            tracing::error!(path = %path.display(), "records of statements are lost: the lake was not written for too long");
            fs::remove_file(&path)?;
        }
        Ok(())
    }

    /// No record is added to the file that is written now; the next one begins another.
    pub fn close(&mut self) {
        self.current = None;
    }

    /// All files, the oldest first.
    pub fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            if number(&path).is_some() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }
}

fn number(path: &Path) -> Option<u64> {
    (path.extension()? == SUFFIX).then(|| path.file_stem()?.to_str()?.parse().ok()).flatten()
}

/// The records of one file. A line that cannot be read is left out, with a word in the log: the process may have ended within it.
pub fn read(path: &Path) -> io::Result<Vec<Record>> {
    let text = fs::read(path)?;
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let mut records = Vec::new();
    for line in lines {
        match serde_json::from_slice(line) {
            Ok(record) => records.push(record),
            Err(error) => tracing::warn!(path = %path.display(), %error, "a record of a statement cannot be read"),
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> Record {
        Record { query_id: id.into(), statement: "SELECT '人口'".into(), started: 7, ..Record::default() }
    }

    #[test]
    fn records_outlive_the_process_that_wrote_them() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path().join("j")).unwrap();
        let first = journal.append(&record("a")).unwrap();
        journal.append(&record("b")).unwrap();
        // Killed within a line.
        OpenOptions::new().append(true).open(&first).unwrap().write_all(b"{\"query_id\":\"c").unwrap();
        drop(journal);
        let mut journal = Journal::open(dir.path().join("j")).unwrap();
        let second = journal.append(&record("d")).unwrap();
        assert_eq!(journal.files().unwrap(), [first.clone(), second.clone()]);
        assert_eq!(read(&first).unwrap(), [record("a"), record("b")]);
        assert_eq!(read(&second).unwrap(), [record("d")]);
    }

    #[test]
    fn another_file_is_begun() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path().to_path_buf()).unwrap();
        let first = journal.append(&record("a")).unwrap();
        journal.close();
        assert_ne!(journal.append(&record("b")).unwrap(), first);
        let long = Record { error: Some("x".repeat(9 * 1024 * 1024)), ..record("c") };
        let path = journal.append(&long).unwrap();
        assert_ne!(journal.append(&record("d")).unwrap(), path);
    }
}
