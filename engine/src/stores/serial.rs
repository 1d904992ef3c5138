//! Files that are made only if they are not there, on a store that cannot promise it.
//!
//! Looking and writing are two requests, so both happen under one lock of this process, and the process must be the only
//! one: its lease is asked just before the write.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use huitong_catalog::lease::HeldLease;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use tokio::sync::Mutex;

/// Such a store.
#[derive(Debug)]
pub struct Serial {
    inner: Arc<dyn ObjectStore>,
    lease: Arc<HeldLease>,
    making: Mutex<()>,
}

impl Serial {
    pub fn new(inner: Arc<dyn ObjectStore>, lease: Arc<HeldLease>) -> Self {
        Self { inner, lease, making: Mutex::default() }
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Serial({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Serial {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        if opts.mode != PutMode::Create {
            return self.inner.put_opts(location, payload, opts).await;
        }
        let _making = self.making.lock().await;
        match self.inner.head(location).await {
            Ok(_) => {
                let source = "it is there already".into();
                return Err(Error::AlreadyExists { path: location.to_string(), source });
            }
            Err(Error::NotFound { .. }) => {}
            Err(error) => return Err(error),
        }
        let not_alone = || {
            let source = "this process may no longer be the only coordinator".into();
            Error::Generic { store: "Serial", source }
        };
        if !self.lease.is_held() {
            return Err(not_alone());
        }
        // A request that is tried again for long must not come after the next coordinator's.
        let put = self.inner.put_opts(location, payload, PutOptions { mode: PutMode::Overwrite, ..opts });
        tokio::select! {
            put = put => put,
            () = self.lease.lost() => Err(not_alone()),
        }
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}
