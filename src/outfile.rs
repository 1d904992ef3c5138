//! A file that results go to. What was there before stays until everything has been written: the results go into a
//! file beside it, which takes its name at the end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use huitong_catalog::{Code, Error, Result};

/// Names of this process's own outputs: what stands behind them may be a file, but it belongs to whoever opened it.
const OWN_OUTPUTS: [&str; 4] = ["/dev/stdout", "/dev/stderr", "/dev/fd", "/proc"];

/// An output file; dropped before [`keep`](Self::keep), it leaves no trace.
pub struct OutFile {
    file: File,
    path: PathBuf,
    pending: Option<Pending>,
}

/// A file that has not yet taken the place of another.
struct Pending {
    beside: PathBuf,
    target: PathBuf,
}

impl OutFile {
    /// Opens `path` for writing. Devices and pipes cannot be replaced and are written at once.
    pub fn create(path: &Path) -> Result<Self> {
        let told = |e: io::Error| unwritable(path, e);
        let target = match fs::canonicalize(path) {
            // A link stays a link: what it points to is replaced.
            Ok(target) => target,
            Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
            Err(error) => return Err(told(error)),
        };
        let old = fs::metadata(&target).ok();
        let is_own = OWN_OUTPUTS.iter().any(|own| path.starts_with(own));
        if is_own || old.as_ref().is_some_and(|old| !old.is_file()) {
            let file = OpenOptions::new().append(true).open(path).map_err(told)?;
            return Ok(Self { file, path: path.to_owned(), pending: None });
        }
        if old.as_ref().is_some_and(|old| old.permissions().readonly()) {
            return Err(told(io::ErrorKind::PermissionDenied.into()));
        }
        let beside = beside(&target).ok_or_else(|| told(io::ErrorKind::InvalidFilename.into()))?;
        let file = OpenOptions::new().write(true).create_new(true).open(&beside).map_err(told)?;
        let pending = Some(Pending { beside, target });
        let created = Self { file, path: path.to_owned(), pending };
        if let Some(old) = old {
            created.file.set_permissions(old.permissions()).map_err(told)?;
        }
        Ok(created)
    }

    /// Everything is written: the file takes its name.
    pub fn keep(mut self) -> Result<()> {
        let Some(pending) = self.pending.take() else { return Ok(()) };
        // The content must not come to the disk after the name.
        let kept = self.file.sync_all().and_then(|()| fs::rename(&pending.beside, &pending.target));
        kept.map_err(|e| {
            fs::remove_file(&pending.beside).ok();
            unwritable(&self.path, e)
        })
    }
}

impl Write for OutFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if let Some(pending) = &self.pending {
            fs::remove_file(&pending.beside).ok();
        }
    }
}

/// In the same directory, since a name can be taken over only within one file system.
fn beside(target: &Path) -> Option<PathBuf> {
    let name = target.file_name()?.to_string_lossy();
    Some(target.with_file_name(format!(".{name}.{}.part", std::process::id())))
}

fn unwritable(path: &Path, error: io::Error) -> Error {
    Error::new(Code::RESULT_NOT_WRITTEN, format!("`{}` cannot be written: {error}", path.display())).caused_by(error)
}
