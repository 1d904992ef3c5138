//! A store whose errors say which request it did not answer, in one line with our code.
//!
//! Errors pass through libraries and between nodes as text. What the store's client says would look like a fault of the file
//! that was read, dumps whole answers, and names no file when a body breaks off.

use std::error::Error as StdError;
use std::fmt;
use std::iter::successors;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use huitong_catalog::{Code, Error as Ours};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};

use crate::error::Carried;

#[derive(Debug)]
pub struct Told {
    inner: Arc<dyn ObjectStore>,
}

impl Told {
    pub fn new(inner: Arc<dyn ObjectStore>) -> Self {
        Self { inner }
    }
}

/// Errors that say what is the matter stay as they are: callers act on them.
fn told(request: &str, error: Error) -> Error {
    let Error::Generic { store, source } = error else { return error };
    let text = format!("the store did not answer {request}: {}", reason(source.as_ref()));
    Error::Generic { store, source: Box::new(Carried(Ours::new(Code::STORE_UNAVAILABLE, text).caused_by(source))) }
}

/// For a request about a file.
fn about(method: &str, path: &Path) -> impl Fn(Error) -> Error + Send + 'static {
    let request = format!("{method} `{path}`");
    move |error| told(&request, error)
}

/// The status, or what happened to the connection.
fn reason(error: &(dyn StdError + 'static)) -> String {
    let mut last = String::new();
    for error in successors(Some(error), |error| (*error).source()) {
        last = error.to_string();
        if let Some(status) = status(&last) {
            return status;
        }
    }
    last
}

/// The client writes `Server returned non-2xx status code: 503 Service Unavailable: ` and the body, in which S3 has a word of
/// its own for the case. Its types are private.
fn status(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("non-2xx status code: ")?;
    let (status, body) = rest.split_once(": ").unwrap_or((rest, ""));
    let code = body.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    Some(code.map_or_else(|| status.trim().to_owned(), |(code, _)| format!("{status} ({code})")))
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Told {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(location, payload, opts).await.map_err(about("PUT", location))
    }

    async fn put_multipart_opts(&self, location: &Path, opts: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let inner = self.inner.put_multipart_opts(location, opts).await.map_err(about("PUT", location))?;
        Ok(Box::new(Upload { inner, location: location.clone() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let method = if options.head { "HEAD" } else { "GET" };
        let mut found = self.inner.get_opts(location, options).await.map_err(about(method, location))?;
        if let GetResultPayload::Stream(body) = found.payload {
            found.payload = GetResultPayload::Stream(body.map_err(about(method, location)).boxed());
        }
        Ok(found)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await.map_err(about("GET", location))
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations).map_err(|error| told("DELETE", error)).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let told = about("LIST", prefix.unwrap_or(&Path::default()));
        self.inner.list(prefix).map_err(told).boxed()
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        let told = about("LIST", prefix.unwrap_or(&Path::default()));
        self.inner.list_with_offset(prefix, offset).map_err(told).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let told = about("LIST", prefix.unwrap_or(&Path::default()));
        self.inner.list_with_delimiter(prefix).await.map_err(told)
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await.map_err(about("COPY", from))
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await.map_err(about("COPY", from))
    }
}

/// A file that is sent in parts.
#[derive(Debug)]
struct Upload {
    inner: Box<dyn MultipartUpload>,
    location: Path,
}

#[async_trait]
impl MultipartUpload for Upload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        let (part, told) = (self.inner.put_part(data), about("PUT", &self.location));
        Box::pin(async move { part.await.map_err(told) })
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.inner.complete().await.map_err(about("PUT", &self.location))
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await.map_err(about("DELETE", &self.location))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_says_what_was_not_answered_in_one_line() {
        let client = "Error performing GET http://127.0.0.1:1/city/t/x.parquet in 2.67s, after 12 retries, max_retries: 12, \
                      retry_timeout: 60s  - Server returned non-2xx status code: 503 Service Unavailable: \
                      <?xml version=\"1.0\"?>\n<Error><Code>SlowDown</Code><Message>m</Message></Error>";
        let error = |text: &str| Error::Generic { store: "S3", source: text.into() };
        let text = |error: Error| error.to_string();
        let expected = "HT0307: the store did not answer GET `t/x.parquet`: 503 Service Unavailable (SlowDown)";
        let path = Path::from("t/x.parquet");
        assert_eq!(text(about("GET", &path)(error(client))), format!("Generic S3 error: {expected}"));
        assert_eq!(format!("{:?}", about("GET", &path)(error(client))).matches(expected).count(), 1);
        let plain = "Server returned non-2xx status code: 500 Internal Server Error: ";
        assert!(text(told("DELETE", error(plain))).ends_with("DELETE: 500 Internal Server Error"));
        assert!(text(told("DELETE", error("connection refused"))).ends_with("DELETE: connection refused"));
        let missing = Error::NotFound { path: "x".into(), source: "gone".into() };
        assert!(matches!(told("GET", missing), Error::NotFound { .. }));
    }
}
