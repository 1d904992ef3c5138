//! Which file of a Delta log is broken. The library says that something is; whoever is on call needs to know where.

use deltalake_core::logstore::LogStoreRef;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

/// Log files that are looked at, the newest ones.
const FILES_MAX: usize = 500;
/// Larger files are not read whole for this.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
const PARQUET_MAGIC: &[u8] = b"PAR1";

/// The first broken file of a log, oldest first, and what is wrong with it; none if each one by itself is well formed.
pub async fn broken_file(log: &LogStoreRef) -> Option<String> {
    let store = log.object_store(None);
    let mut files: Vec<ObjectMeta> = store.list(Some(&Path::from("_delta_log"))).try_collect().await.ok()?;
    files.sort_by(|a, b| a.location.cmp(&b.location));
    let from = files.len().saturating_sub(FILES_MAX);
    for file in files.iter().skip(from).filter(|file| file.size <= BYTES_MAX) {
        if let Some(what) = flaw(&store, file).await {
            return Some(format!("`{}` {what}", file.location));
        }
    }
    None
}

async fn flaw(store: &dyn ObjectStore, file: &ObjectMeta) -> Option<String> {
    let name = file.location.filename()?;
    let is_json = name.ends_with(".json") || name == "_last_checkpoint";
    if !is_json && !name.ends_with(".parquet") {
        return None;
    }
    let bytes = match store.get(&file.location).await {
        Ok(found) => found.bytes().await,
        Err(error) => Err(error),
    };
    match bytes {
        Err(error) => Some(format!("cannot be read: {error}")),
        Ok(bytes) if is_json => flaw_of_lines(&bytes),
        Ok(bytes) => (!bytes.starts_with(PARQUET_MAGIC) || !bytes.ends_with(PARQUET_MAGIC))
            .then(|| "is not a whole Parquet file".to_owned()),
    }
}

/// A commit is one JSON object per line.
fn flaw_of_lines(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return Some("is empty".to_owned());
    }
    let lines = bytes.split(|byte| *byte == b'\n').enumerate();
    let mut broken = lines.filter(|(_, line)| !line.trim_ascii().is_empty()).filter_map(|(index, line)| {
        let error = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line).err()?;
        Some(format!("is broken in line {}: {error}", index + 1))
    });
    broken.next()
}

#[cfg(test)]
mod tests {
    use super::flaw_of_lines;

    #[test]
    fn a_line_that_is_no_object_is_named() {
        assert_eq!(flaw_of_lines(b"{\"a\":1}\n\n{\"b\":2}\n"), None);
        assert!(flaw_of_lines(b"{\"a\":1}\n{\"b\":").is_some_and(|what| what.contains("line 2")));
        assert!(flaw_of_lines(b"[1]").is_some_and(|what| what.contains("line 1")));
        assert_eq!(flaw_of_lines(b"").as_deref(), Some("is empty"));
    }
}
