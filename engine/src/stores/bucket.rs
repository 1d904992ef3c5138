//! A bucket of an S3 store.

use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::config::Bucket;
use huitong_catalog::{Code, Error, Result};
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, PutMode, RetryConfig};
use uuid::Uuid;

/// Longest wait for one request, without its retries.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request is tried again while the store answers 5xx or drops connections.
const RETRY_TIMEOUT: Duration = Duration::from_secs(60);
const RETRIES_MAX: usize = 12;

/// A client of the bucket. Credentials are taken from the process's environment, as the AWS tools take them
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, or a role of the machine).
pub fn open(bucket: &Bucket) -> Result<Arc<dyn ObjectStore>> {
    let retries = RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_TIMEOUT, ..RetryConfig::default() };
    let is_plain = bucket.endpoint.as_ref().is_some_and(|endpoint| endpoint.scheme() == "http");
    let options = ClientOptions::new().with_timeout(REQUEST_TIMEOUT).with_allow_http(is_plain);
    let builder = AmazonS3Builder::from_env()
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        // Commits are files that are made only if they are not there.
        .with_conditional_put(S3ConditionalPut::ETagMatch)
        .with_client_options(options)
        .with_retry(retries);
    let builder = match &bucket.endpoint {
        Some(endpoint) => builder.with_endpoint(endpoint.as_str().trim_end_matches('/')),
        None => builder,
    };
    let store = builder.build().map_err(|e| {
        Error::new(Code::STORE_UNAVAILABLE, format!("bucket `{}` cannot be opened: {e}", bucket.name)).caused_by(e)
    })?;
    match bucket.prefix.is_empty() {
        true => Ok(Arc::new(store)),
        false => Ok(Arc::new(PrefixStore::new(store, bucket.prefix.as_str()))),
    }
}

/// Makes sure that the store is there and that of two who make the same object one is told. Without that, two commits could
/// both think that they won.
pub async fn probe(store: &dyn ObjectStore, name: &str) -> Result<()> {
    let unusable = |e: object_store::Error| {
        Error::new(Code::STORE_UNAVAILABLE, format!("bucket `{name}` cannot be used: {e}"))
            .with_hint(
                "see that it exists, that `[s3]` is right and that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set",
            )
            .caused_by(e)
    };
    let path = Path::from(format!("_huitong/probe-{}", Uuid::new_v4().simple()));
    store.put_opts(&path, "first".into(), PutMode::Create.into()).await.map_err(unusable)?;
    let second = store.put_opts(&path, "second".into(), PutMode::Create.into()).await;
    store.delete(&path).await.map_err(unusable)?;
    match second {
        Err(object_store::Error::AlreadyExists { .. }) => Ok(()),
        Err(error) => Err(unusable(error)),
        Ok(_) => Err(Error::new(
            Code::STORE_UNAVAILABLE,
            format!("bucket `{name}` is on a store without conditional writes (If-None-Match)"),
        )
        .with_hint("two commits at the same time could overwrite each other there; use a store that has them")),
    }
}
