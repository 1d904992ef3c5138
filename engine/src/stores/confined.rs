//! The local file system below a set of roots.

use std::fmt;
use std::ops::Range;
use std::path::{Path as FsPath, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};

/// The longest existing part of a path with its links resolved, followed by the rest.
pub(crate) fn canonical(path: &FsPath) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let mut rest = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        if let Ok(resolved) = existing.canonicalize() {
            return Ok(rest.iter().rev().fold(resolved, |path, part| path.join(part)));
        }
        match (existing.parent(), existing.file_name()) {
            (Some(parent), Some(name)) => {
                rest.push(name.to_owned());
                existing = parent;
            }
            _ => return Ok(absolute),
        }
    }
}

/// The local file system, confined to a set of roots.
#[derive(Debug)]
pub struct Confined {
    inner: LocalFileSystem,
    roots: Vec<PathBuf>,
}

impl Confined {
    /// Roots are made absolute and their links resolved, so that a link inside a root cannot lead out of the set of roots by
    /// name alone.
    pub fn new(roots: &[PathBuf]) -> std::io::Result<Self> {
        let roots = roots.iter().map(|root| canonical(root)).collect::<std::io::Result<Vec<_>>>()?;
        Ok(Self { inner: LocalFileSystem::new(), roots })
    }

    /// Whether a file path lies below a root, links resolved.
    pub fn allows(&self, path: &FsPath) -> bool {
        canonical(path).is_ok_and(|path| self.roots.iter().any(|root| path.starts_with(root)))
    }

    fn check(&self, location: &Path) -> Result<()> {
        let refuse = |reason: &str| Error::PermissionDenied {
            path: location.to_string(),
            source: format!("{reason} (allowed roots are set in the configuration)").into(),
        };
        let path = self.inner.path_to_filesystem(location)?;
        let path = canonical(&path).map_err(|_| refuse("the path cannot be resolved"))?;
        if self.roots.iter().any(|root| path.starts_with(root)) {
            return Ok(());
        }
        Err(refuse("the path is outside the allowed roots"))
    }
}

impl fmt::Display for Confined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Confined({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Confined {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.check(location)?;
        self.inner.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.check(location)?;
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.check(location)?;
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.check(location)?;
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        let guard = Arc::new(Confined { inner: self.inner.clone(), roots: self.roots.clone() });
        let checked = locations.map(move |location| location.and_then(|l| guard.check(&l).map(|()| l))).boxed();
        self.inner.delete_stream(checked)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.check(prefix.unwrap_or(&Path::default())) {
            Ok(()) => self.inner.list(prefix),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        match self.check(prefix.unwrap_or(&Path::default())) {
            Ok(()) => self.inner.list_with_offset(prefix, offset),
            Err(error) => stream::once(async { Err(error) }).boxed(),
        }
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.check(prefix.unwrap_or(&Path::default()))?;
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.check(from)?;
        self.check(to)?;
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.check(from)?;
        self.check(to)?;
        self.inner.rename_opts(from, to, options).await
    }
}
