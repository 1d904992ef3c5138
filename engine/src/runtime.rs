//! One runtime environment per process: object stores, caches, spill directory and memory pool.
//!
//! The footer and statistics caches live in the environment, so every session and every task of a process shares it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

use huitong_catalog::{Code, Error, Result};

use crate::error::of_datafusion;
use crate::stores::{OpenBucket, Stores};

/// Of footers that are kept.
const FOOTERS_BYTES: usize = 128 * 1024 * 1024;
/// How many of the largest consumers an out-of-memory message names.
const CONSUMERS_NAMED: NonZeroUsize = NonZeroUsize::new(3).unwrap();

/// What a process may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Memory of all queries of this process together.
    pub memory_bytes: usize,
    /// Where operators spill; made if missing.
    pub spill_dir: PathBuf,
    /// Directories below which files may be read and written.
    pub roots: Vec<PathBuf>,
}

/// Builds the process's environment, with the bucket of the lake if it is in one.
pub fn environment(limits: &Limits, bucket: Option<OpenBucket>) -> Result<(Arc<RuntimeEnv>, Arc<Stores>)> {
    for dir in limits.roots.iter().chain([&limits.spill_dir]) {
        std::fs::create_dir_all(dir).map_err(|e| {
            Error::new(Code::STORE_UNAVAILABLE, format!("`{}` cannot be used: {e}", dir.display())).caused_by(e)
        })?;
    }
    let stores = Arc::new(Stores::new(&limits.roots, bucket)?);
    let pool = TrackConsumersPool::new(FairSpillPool::new(limits.memory_bytes), CONSUMERS_NAMED);
    let runtime = RuntimeEnvBuilder::new()
        .with_object_store_registry(stores.clone())
        .with_memory_pool(Arc::new(pool))
        .with_temp_file_path(&limits.spill_dir)
        // The disk's own size is the limit; the library's would be told as one of memory.
        .with_max_temp_directory_size(u64::MAX)
        // With the bounds of all pages a footer takes some hundred bytes for each 8 192 rows of a column.
        .with_metadata_cache_limit(FOOTERS_BYTES)
        // Files of external tables come and go; a list that is kept would answer with what was there once.
        .with_object_list_cache_limit(0)
        .build_arc()
        .map_err(of_datafusion)?;
    Ok((runtime, stores))
}
