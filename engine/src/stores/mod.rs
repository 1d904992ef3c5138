//! Object stores, one client per store and process.
//!
//! A plan names files by URL. Nothing may be read or written outside the places that the node's own configuration
//! allows, whoever made the plan: the registry answers only for configured stores, the local store answers only below its
//! roots, and a bucket's only below its prefix. Credentials belong to the node and never travel with a plan.

mod bucket;
mod confined;
pub(crate) mod held;
mod owner;
mod serial;
mod told;

use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use datafusion::error::{DataFusionError, Result as DfResult};
use datafusion::execution::object_store::ObjectStoreRegistry;
use huitong_catalog::{Code, Error, Result};
use object_store::ObjectStore;
use url::Url;

pub use bucket::{Export, OpenBucket, coordinators, open};
use confined::Confined;
pub(crate) use confined::canonical;

/// The stores of one process.
#[derive(Debug)]
pub struct Stores {
    local: Arc<Confined>,
    bucket: Option<OpenBucket>,
}

impl Stores {
    /// A registry whose local store answers below `roots` only, with a bucket if there is one.
    pub fn new(roots: &[PathBuf], bucket: Option<OpenBucket>) -> Result<Self> {
        let local = Confined::new(roots).map_err(|e| {
            Error::new(Code::STORE_UNAVAILABLE, format!("a directory of the configuration cannot be used: {e}"))
                .caused_by(e)
        })?;
        Ok(Self { local: Arc::new(local), bucket })
    }

    /// The local file system below the configured roots.
    pub fn local(&self) -> Arc<dyn ObjectStore> {
        self.local.clone()
    }

    /// The configured bucket; its paths begin below the configured prefix.
    pub fn bucket(&self) -> Option<Arc<dyn ObjectStore>> {
        self.bucket.as_ref().map(|bucket| bucket.store.clone())
    }

    /// The places in the bucket of that name where copies may be written.
    pub fn exports(&self, bucket: &str) -> &[Export] {
        self.bucket.as_ref().filter(|open| open.name == bucket).map_or(&[], |open| &open.exports)
    }

    /// Whether a file path lies below a configured root, links resolved.
    pub fn allows(&self, path: &FsPath) -> bool {
        self.local.allows(path)
    }
}

impl ObjectStoreRegistry for Stores {
    fn register_store(&self, _url: &Url, _store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        // Libraries offer stores they opened themselves; those know nothing of the roots, so they are not taken.
        None
    }

    fn get_store(&self, url: &Url) -> DfResult<Arc<dyn ObjectStore>> {
        match (url.scheme(), &self.bucket) {
            ("file", _) => Ok(self.local()),
            ("s3", Some(bucket)) if url.host_str() == Some(bucket.name.as_str()) => Ok(bucket.store.clone()),
            (scheme, _) => {
                Err(DataFusionError::Plan(format!("no object store is configured for `{scheme}://` locations")))
            }
        }
    }
}
