//! Files of a directory that a process was writing when it was killed.
//!
//! The object store of local directories writes `name#1` and gives it its name at the end; what has no name yet is in no list of
//! it, so `VACUUM` does not see it. In a bucket the store itself keeps the parts of uploads that were not finished.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// Removes data files below `directory` that were not finished and not written to since `limit`; answers how many. What goes away
/// meanwhile, as a file that is finished does, is not missed.
pub fn remove(directory: &Path, limit: SystemTime) -> io::Result<usize> {
    let mut removed = 0;
    let Some(entries) = unless_gone(std::fs::read_dir(directory))? else { return Ok(0) };
    for entry in entries {
        let entry = entry?;
        let Some(metadata) = unless_gone(entry.metadata())? else { continue };
        if metadata.is_dir() {
            removed += remove(&entry.path(), limit)?;
        } else if is_unfinished(&entry.file_name()) && metadata.modified()? < limit {
            removed += usize::from(unless_gone(std::fs::remove_file(entry.path()))?.is_some());
        }
    }
    Ok(removed)
}

fn unless_gone<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

fn is_unfinished(name: &OsStr) -> bool {
    let parts = name.to_str().and_then(|name| name.rsplit_once('#'));
    parts.is_some_and(|(name, number)| {
        name.ends_with(".parquet") && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn old_files_without_a_name_are_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("区=海淀");
        std::fs::create_dir_all(folder.path().join("_delta_log")).unwrap();
        std::fs::create_dir_all(&below).unwrap();
        let kept =
            ["part-1.parquet", "part#1.parquet", "part-1.parquet#", "_delta_log/0.json#1", "区=海淀/part-1.parquet"];
        let gone = ["part-1.parquet#1", "区=海淀/part-2.parquet#23"];
        for name in kept.iter().chain(&gone) {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        let now = SystemTime::now();
        assert_eq!(remove(folder.path(), now - Duration::from_secs(60)).unwrap(), 0, "somebody may be writing them");
        assert_eq!(remove(folder.path(), now + Duration::from_secs(60)).unwrap(), 2);
        assert!(kept.iter().all(|name| folder.path().join(name).exists()));
        assert!(!gone.iter().any(|name| folder.path().join(name).exists()));
    }
}
