//! A store for one file that is there when its writer has been told to have ended well, and not before.
//!
//! A writer that is cancelled may take the end of its input for the end of the rows and finish its file, so finishing must
//! not be left to it: what it has sent is held here, and becomes an object of the bucket only by [`Held::publish`].

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use datafusion::error::Result as DfResult;
use datafusion::execution::object_store::ObjectStoreRegistry;
use futures::stream::BoxStream;
use futures::{StreamExt, stream};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result, UploadPart,
};
use url::Url;

/// What plans call the file, whatever its name in the bucket is.
pub const URL: &str = "held://copy/rows";

/// When an upload that was given up is given up again.
const LATE_PARTS: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(15)];

/// A place in a bucket, and what was written for it so far.
#[derive(Debug)]
pub struct Held {
    store: Arc<dyn ObjectStore>,
    path: Path,
    finished: Arc<Mutex<Option<Finished>>>,
}

#[derive(Debug)]
enum Finished {
    /// It was small enough to stay here.
    Whole(PutPayload),
    Parts(Parts),
}

impl Held {
    pub fn new(store: Arc<dyn ObjectStore>, path: Path) -> Self {
        Self { store, path, finished: Arc::default() }
    }

    /// Makes the object of what was finished, over what was there before. A failure leaves what was there.
    pub async fn publish(&self) -> Result<()> {
        let finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner).take();
        match finished {
            Some(Finished::Whole(payload)) => self.store.put(&self.path, payload).await.map(|_| ()),
            Some(Finished::Parts(parts)) => parts.complete().await,
            None => Err(Error::Generic { store: "Held", source: "nothing was written".into() }),
        }
    }

    fn finish(finished: &Mutex<Option<Finished>>, file: Finished) -> Result<PutResult> {
        let before = finished.lock().unwrap_or_else(PoisonError::into_inner).replace(file);
        match before {
            None => Ok(PutResult { e_tag: None, version: None }),
            Some(_) => Err(Error::Generic { store: "Held", source: "a second file was written".into() }),
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Held({})", self.path)
    }
}

/// An upload that is given up when nobody holds it any more: a bucket keeps the parts of one that has no end, and bills them.
#[derive(Debug)]
struct Parts(Option<Box<dyn MultipartUpload>>);

impl Parts {
    async fn complete(mut self) -> Result<()> {
        match &mut self.0 {
            Some(upload) => upload.complete().await?,
            None => return Err(ended()),
        };
        self.0 = None;
        Ok(())
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        let Some(upload) = self.0.take() else { return };
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(give_up(upload));
    }
}

/// Ends an upload without an object. A part that was on its way when its writer was cancelled may arrive after that, and is kept by
/// the store (S3 asks for the call to be repeated); that a repeated call finds nothing is what it is for.
async fn give_up(mut upload: Box<dyn MultipartUpload>) {
    if let Err(error) = upload.abort().await {
        tracing::warn!(%error, "parts of an unfinished COPY are left in the bucket");
    }
    for pause in LATE_PARTS {
        tokio::time::sleep(pause).await;
        if let Err(error) = upload.abort().await {
            tracing::debug!(%error, "no parts of an unfinished COPY came late");
        }
    }
}

/// The writer's side of an upload.
#[derive(Debug)]
struct Upload {
    parts: Parts,
    finished: Arc<Mutex<Option<Finished>>>,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        match &mut self.parts.0 {
            Some(upload) => upload.put_part(data),
            None => Box::pin(async { Err(ended()) }),
        }
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let parts = self.parts.0.take().ok_or_else(ended)?;
        Held::finish(&self.finished, Finished::Parts(Parts(Some(parts))))
    }

    async fn abort(&mut self) -> Result<()> {
        match self.parts.0.take() {
            Some(mut upload) => upload.abort().await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl ObjectStore for Held {
    async fn put_opts(&self, _location: &Path, payload: PutPayload, _opts: PutOptions) -> Result<PutResult> {
        Self::finish(&self.finished, Finished::Whole(payload))
    }

    async fn put_multipart_opts(
        &self,
        _location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        let (store, path) = (self.store.clone(), self.path.clone());
        // A writer that is cancelled here would never know the name of the upload that the store has begun.
        let begun =
            tokio::spawn(async move { store.put_multipart_opts(&path, opts).await.map(|upload| Parts(Some(upload))) });
        let parts = begun.await.map_err(|source| Error::JoinError { source })??;
        Ok(Box::new(Upload { parts, finished: self.finished.clone() }))
    }

    async fn get_opts(&self, _location: &Path, _options: GetOptions) -> Result<GetResult> {
        Err(write_only())
    }

    fn delete_stream(&self, _locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::once(async { Err(write_only()) }).boxed()
    }

    fn list(&self, _prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        stream::once(async { Err(write_only()) }).boxed()
    }

    async fn list_with_delimiter(&self, _prefix: Option<&Path>) -> Result<ListResult> {
        Err(write_only())
    }

    async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
        Err(write_only())
    }
}

fn write_only() -> Error {
    Error::NotSupported { source: "one file is written here, and nothing else is done".into() }
}

fn ended() -> Error {
    Error::Generic { store: "Held", source: "the upload has ended".into() }
}

/// A registry that knows nothing else.
#[derive(Debug)]
pub struct Only(pub Arc<Held>);

impl ObjectStoreRegistry for Only {
    fn register_store(&self, _url: &Url, _store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, _url: &Url) -> DfResult<Arc<dyn ObjectStore>> {
        Ok(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use object_store::memory::InMemory;

    use super::*;

    async fn content(store: &InMemory) -> Option<Vec<u8>> {
        let found = store.get(&Path::from("out/a.csv")).await.ok()?;
        found.bytes().await.ok().map(|bytes| bytes.to_vec())
    }

    /// A store that is slow to answer, and counts the uploads that are begun and not ended.
    #[derive(Debug, Default)]
    struct Slow {
        open: Arc<AtomicUsize>,
    }

    impl fmt::Display for Slow {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("Slow")
        }
    }

    #[derive(Debug)]
    struct Begun(Arc<AtomicUsize>);

    #[async_trait]
    impl MultipartUpload for Begun {
        fn put_part(&mut self, _data: PutPayload) -> UploadPart {
            Box::pin(async { Ok(()) })
        }

        async fn complete(&mut self) -> Result<PutResult> {
            Err(ended())
        }

        async fn abort(&mut self) -> Result<()> {
            self.0.store(0, Ordering::SeqCst);
            Ok(())
        }
    }

    #[async_trait]
    impl ObjectStore for Slow {
        async fn put_opts(&self, _location: &Path, _payload: PutPayload, _opts: PutOptions) -> Result<PutResult> {
            Err(write_only())
        }

        async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
            self.open.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(Box::new(Begun(self.open.clone())))
        }

        async fn get_opts(&self, _location: &Path, _options: GetOptions) -> Result<GetResult> {
            Err(write_only())
        }

        fn delete_stream(&self, _locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
            stream::once(async { Err(write_only()) }).boxed()
        }

        fn list(&self, _prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
            stream::once(async { Err(write_only()) }).boxed()
        }

        async fn list_with_delimiter(&self, _prefix: Option<&Path>) -> Result<ListResult> {
            Err(write_only())
        }

        async fn copy_opts(&self, _from: &Path, _to: &Path, _options: CopyOptions) -> Result<()> {
            Err(write_only())
        }
    }

    #[tokio::test]
    async fn an_upload_that_its_writer_does_not_wait_for_is_given_up() {
        let store = Arc::new(Slow::default());
        let held = Held::new(store.clone(), Path::from("out/a.csv"));
        let ended = async || {
            for _ in 0..1000 {
                if store.open.load(Ordering::SeqCst) == 0 {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            false
        };
        let begun = tokio::time::timeout(Duration::from_millis(10), held.put_multipart(&Path::from("rows"))).await;
        assert!(begun.is_err(), "its writer is cancelled");
        assert_eq!(store.open.load(Ordering::SeqCst), 1);
        assert!(ended().await, "the store answered a writer that was gone");
        drop(held.put_multipart(&Path::from("rows")).await.expect("begun"));
        assert!(ended().await, "its writer is gone");
        store.open.store(1, Ordering::SeqCst);
        assert!(ended().await, "a part came late");
    }

    #[tokio::test]
    async fn a_finished_file_is_there_once_it_is_published() {
        let store = Arc::new(InMemory::new());
        let held = || Held::new(store.clone(), Path::from("out/a.csv"));
        let small = held();
        small.put(&Path::from("rows"), "small".into()).await.expect("held");
        assert_eq!(content(&store).await, None);
        small.publish().await.expect("published");
        assert_eq!(content(&store).await.as_deref(), Some(b"small".as_slice()));
        let large = held();
        let mut upload = large.put_multipart(&Path::from("rows")).await.expect("begun");
        upload.put_part("lar".into()).await.expect("sent");
        upload.put_part("ge".into()).await.expect("sent");
        upload.complete().await.expect("held");
        drop(upload);
        assert_eq!(content(&store).await.as_deref(), Some(b"small".as_slice()), "what was there stays until then");
        large.publish().await.expect("published");
        assert_eq!(content(&store).await.as_deref(), Some(b"large".as_slice()));
        assert!(held().publish().await.is_err(), "nothing was written");
        let twice = held();
        twice.put(&Path::from("rows"), "1".into()).await.expect("held");
        assert!(twice.put(&Path::from("rows"), "2".into()).await.is_err());
    }
}
