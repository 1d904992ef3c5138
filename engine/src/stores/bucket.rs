//! A bucket of an S3 store.

use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::config::Bucket;
use huitong_catalog::lease::HeldLease;
use huitong_catalog::state::State;
use huitong_catalog::{Code, Error, Result};
use object_store::aws::{AmazonS3, AmazonS3Builder, S3ConditionalPut};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, PutMode, RetryConfig};
use uuid::Uuid;

use super::owner;
use super::serial::Serial;
use super::told::Told;

/// Longest wait for one request, without its retries.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a request is tried again while the store answers 5xx or drops connections. A statement makes several requests one
/// after the other, and a job of which one failed is run three times in all.
const RETRY_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest pause between two attempts.
const RETRY_PAUSE_MAX: Duration = Duration::from_secs(2);
/// More than fit into that time: the pauses grow at random, and few in a row may be over in two seconds.
const RETRIES_MAX: usize = 200;

/// Key of a state database's name for itself.
const SITE: &str = "site";

/// A client of a bucket; its paths begin below the configured prefix.
#[derive(Debug, Clone)]
pub struct OpenBucket {
    pub name: String,
    pub store: Arc<dyn ObjectStore>,
    /// Where a coordinator may write copies.
    pub exports: Vec<Export>,
}

/// A prefix of the bucket that holds no tables; the store's paths begin below it.
#[derive(Debug, Clone)]
pub struct Export {
    pub prefix: Path,
    pub store: Arc<dyn ObjectStore>,
}

/// A client of the bucket for tables. Credentials are taken from the process's environment, as the AWS tools take them
/// (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, or a role of the machine).
pub fn open(bucket: &Bucket) -> Result<OpenBucket> {
    let store = below(client(bucket)?, &bucket.prefix);
    Ok(OpenBucket { name: bucket.name.clone(), store, exports: Vec::new() })
}

fn client(bucket: &Bucket) -> Result<AmazonS3> {
    let backoff = BackoffConfig { max_backoff: RETRY_PAUSE_MAX, ..BackoffConfig::default() };
    let retries = RetryConfig { backoff, max_retries: RETRIES_MAX, retry_timeout: RETRY_TIMEOUT };
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
    builder.build().map_err(|e| {
        Error::new(Code::STORE_UNAVAILABLE, format!("bucket `{}` cannot be opened: {e}", bucket.name)).caused_by(e)
    })
}

/// What is below a prefix of the bucket, and nothing else.
fn below(client: AmazonS3, prefix: &str) -> Arc<dyn ObjectStore> {
    let store: Arc<dyn ObjectStore> = match prefix.is_empty() {
        true => Arc::new(client),
        false => Arc::new(PrefixStore::new(client, prefix)),
    };
    Arc::new(Told::new(store))
}

/// A coordinator's clients. The one for tables makes a file only if it is not there yet, as commits need it. Where the store itself cannot do
/// that, this process does, provided that it is the only coordinator (`lease`) and that the bucket belongs to its state database.
pub async fn coordinators(bucket: &Bucket, state: &State, lease: Option<Arc<HeldLease>>) -> Result<OpenBucket> {
    let client = client(bucket)?;
    let export = |prefix: &String| Export { prefix: Path::from(prefix.as_str()), store: below(client.clone(), prefix) };
    let exports = bucket.exports.iter().map(export).collect();
    let (name, store) = (bucket.name.clone(), below(client.clone(), &bucket.prefix));
    if creates(store.as_ref(), &name).await? {
        return Ok(OpenBucket { name, store, exports });
    }
    let lease = lease.ok_or_else(|| {
        let text = format!("bucket `{name}` is on a store without conditional writes (If-None-Match)");
        Error::new(Code::STORE_UNAVAILABLE, text).with_hint("open it with a coordinator that holds its state's lease")
    })?;
    let ours = state.setting_or_insert(SITE, &Uuid::new_v4().simple().to_string()).await?;
    owner::claim(store.as_ref(), &name, &ours, owner::PAUSE).await?;
    tracing::warn!(
        bucket = name,
        "the store has no conditional writes: commits are made one by one, by this coordinator alone"
    );
    Ok(OpenBucket { name, store: Arc::new(Serial::new(store, lease)), exports })
}

pub(super) fn unusable(name: &str, error: object_store::Error) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("bucket `{name}` cannot be used: {error}"))
        .with_hint(
            "see that it exists, that `[s3]` is right and that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are set",
        )
        .caused_by(error)
}

/// Whether of two who make the same object one is told. Without that, two commits could both think that they won.
async fn creates(store: &dyn ObjectStore, name: &str) -> Result<bool> {
    let path = Path::from(format!("_huitong/probe-{}", Uuid::new_v4().simple()));
    let first = store.put_opts(&path, "first".into(), PutMode::Create.into()).await;
    match first {
        // One whose answer was lost and that was sent again is told of itself.
        Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => {}
        // So says a store that knows the condition by name only.
        Err(object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. }) => return Ok(false),
        Err(error) => return Err(unusable(name, error)),
    }
    let second = store.put_opts(&path, "second".into(), PutMode::Create.into()).await;
    store.delete(&path).await.map_err(|e| unusable(name, e))?;
    match second {
        Err(object_store::Error::AlreadyExists { .. }) => Ok(true),
        Err(error) => Err(unusable(name, error)),
        Ok(_) => Ok(false),
    }
}
