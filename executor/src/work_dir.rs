//! An executor's directory for shuffle files: its own, and empty at the start.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use huitong_catalog::{Code, Error, Result};

const LOCK: &str = ".lock";

/// Takes `directory` for this process and removes what an earlier one left there: its jobs are over, and nobody will ask
/// for their files. The directory is taken until the answer is dropped.
pub fn take(directory: &Path) -> Result<File> {
    let unusable = |e: io::Error| {
        let text = format!("the work directory `{}` cannot be used", directory.display());
        Error::new(Code::STORE_UNAVAILABLE, text).caused_by(e)
    };
    fs::create_dir_all(directory).map_err(unusable)?;
    let path = directory.join(LOCK);
    let lock = File::options().create(true).truncate(false).write(true).open(path).map_err(unusable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let text = format!("the work directory `{}` belongs to another executor", directory.display());
            return Err(Error::new(Code::DIRECTORY_HELD, text).with_hint("give each executor a `work_dir` of its own"));
        }
        Err(TryLockError::Error(error)) => return Err(unusable(error)),
    }
    clear(directory, |_| true).map_err(unusable)?;
    Ok(lock)
}

/// Removes the directories of the jobs that are `over`. Anything else was not made by an executor and stays, should the
/// configuration name a directory by mistake. One that cannot be removed keeps none of the others; the first error is told.
pub fn clear(directory: &Path, over: impl Fn(&str) -> bool) -> io::Result<()> {
    let entries = fs::read_dir(directory)?.collect::<io::Result<Vec<_>>>()?;
    let names = entries.iter().filter_map(|entry| entry.file_name().into_string().ok());
    let removed: Vec<_> = names.filter(|name| over(name)).map(|name| remove(directory, &name)).collect();
    removed.into_iter().collect()
}

/// Removes the directory of a job, if it is there.
pub fn remove(directory: &Path, job: &str) -> io::Result<()> {
    let path = directory.join(job);
    if !is_job_id(job) || !path.is_dir() {
        return Ok(());
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Whether files of a job are there.
pub fn holds_a_job(directory: &Path) -> bool {
    let entries = fs::read_dir(directory).into_iter().flatten();
    entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_job_id))
}

/// Job ids are random numbers in 32 hexadecimal digits.
fn is_job_id(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_process_left_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let job = folder.path().join("0123456789abcdef0123456789abcdef");
        let other = folder.path().join("年报");
        fs::create_dir_all(job.join("1/0")).unwrap();
        fs::create_dir_all(&other).unwrap();
        fs::write(job.join("1/0/data.arrow"), "old").unwrap();
        let _lock = take(folder.path()).unwrap();
        assert!(!job.exists() && other.exists());
        assert_eq!(take(folder.path()).unwrap_err().code, Code::DIRECTORY_HELD);
    }
}
