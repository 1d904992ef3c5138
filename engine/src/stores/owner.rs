//! Whom a bucket without conditional writes belongs to: the one state database whose coordinator commits there.
//!
//! Two with databases of their own would know nothing of each other, so the bucket itself names its owner. Such a store cannot say
//! who of two was first, and a request that is tried again may come late; therefore nobody writes the owner before it has shown
//! that it wants to, in an object that nobody else writes, and has then seen nobody else's. Of two that want the bucket at the same
//! moment, the one that looks last sees the other: both may step back, never do both go on. It holds on a store that shows what was
//! written to whoever looks afterwards, as S3 promises.

use std::time::Duration;

use futures::TryStreamExt;
use huitong_catalog::{Code, Error, Result};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use uuid::Uuid;

use super::bucket::unusable;

/// Holds the name of the owner.
const OWNER: &str = "_huitong/coordinator";
/// One object for each that wants to be the owner.
const CLAIMS: &str = "_huitong/claims";
/// How long others' claims are waited for, in case the store's lists come late. Once in a bucket's life.
pub const PAUSE: Duration = Duration::from_secs(2);

/// Makes `ours`, the name of a state database, the owner of the bucket, unless another one is (HT0305).
pub async fn claim(store: &dyn ObjectStore, bucket: &str, ours: &str, pause: Duration) -> Result<()> {
    match owner(store, bucket).await? {
        Some(owner) if owner == ours => return Ok(()),
        Some(_) => return Err(owned(bucket)),
        None => {}
    }
    // A new one each time: a request to remove an earlier one may come late.
    let of_ours = format!("{CLAIMS}/{ours}-");
    let claim = Path::from(format!("{of_ours}{}", Uuid::new_v4().simple()));
    let told = |error| unusable(bucket, error);
    store.put(&claim, ours.to_owned().into()).await.map_err(told)?;
    tokio::time::sleep(pause).await;
    let claims: Vec<_> = store.list(Some(&Path::from(CLAIMS))).try_collect().await.map_err(told)?;
    let other = claims.into_iter().map(|found| found.location).find(|found| !found.as_ref().starts_with(&of_ours));
    // Whoever became the owner meanwhile has taken its claim away after that.
    let owner = owner(store, bucket).await?;
    let settled = match (&other, owner) {
        (Some(other), _) => Err(contested(bucket, other)),
        (None, Some(owner)) if owner != ours => Err(owned(bucket)),
        (None, _) => {
            // If this fails it may still take effect, so the claim stays and keeps others away.
            store.put(&Path::from(OWNER), ours.to_owned().into()).await.map_err(told)?;
            Ok(())
        }
    };
    store.delete(&claim).await.map_err(told)?;
    settled
}

async fn owner(store: &dyn ObjectStore, bucket: &str) -> Result<Option<String>> {
    match store.get(&Path::from(OWNER)).await {
        Ok(found) => {
            let owner = found.bytes().await.map_err(|e| unusable(bucket, e))?;
            Ok(Some(String::from_utf8_lossy(&owner).into_owned()))
        }
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(unusable(bucket, error)),
    }
}

fn owned(bucket: &str) -> Error {
    held(bucket, "belongs to a coordinator with another state database", OWNER)
}

fn contested(bucket: &str, claim: &Path) -> Error {
    held(bucket, "is being claimed by a coordinator with another state database", claim.as_ref())
}

fn held(bucket: &str, how: &str, object: &str) -> Error {
    Error::new(Code::DIRECTORY_HELD, format!("bucket `{bucket}` {how}")).with_hint(format!(
        "its store has no conditional writes, so one coordinator at most may use it; when the other one is gone for good, remove \
         `{object}` below the lake's prefix"
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use object_store::memory::InMemory;

    use super::*;

    const NONE: Duration = Duration::ZERO;

    async fn code(store: &dyn ObjectStore, ours: &str) -> Option<Code> {
        claim(store, "city", ours, NONE).await.err().map(|error| error.code)
    }

    #[tokio::test]
    async fn the_first_one_owns_the_bucket_for_good() {
        let store = InMemory::new();
        assert_eq!(code(&store, "a").await, None);
        assert_eq!(code(&store, "b").await, Some(Code::DIRECTORY_HELD));
        assert_eq!(code(&store, "a").await, None);
        let left: Vec<_> = store.list(Some(&Path::from(CLAIMS))).try_collect().await.unwrap();
        assert!(left.is_empty(), "{left:?}");
    }

    /// One that ended between its claim and its word may have a request under way that takes effect later.
    #[tokio::test]
    async fn a_claim_that_was_left_keeps_others_away_and_not_its_own() {
        let store = InMemory::new();
        store.put(&Path::from("_huitong/claims/a-1"), "a".into()).await.unwrap();
        let error = claim(&store, "city", "b", NONE).await.unwrap_err();
        assert_eq!(error.code, Code::DIRECTORY_HELD);
        assert!(error.hint.unwrap().contains("`_huitong/claims/a-1`"));
        assert_eq!(code(&store, "a").await, None);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn of_many_at_the_same_moment_one_at_most_goes_on() {
        for round in 0..200 {
            let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
            let claims = (0..4).map(|number| {
                let (store, pause) = (store.clone(), Duration::from_micros(number * round % 7 * 100));
                tokio::spawn(async move { claim(store.as_ref(), "city", &number.to_string(), pause).await.is_ok() })
            });
            let mut owners = Vec::new();
            for (number, claim) in claims.collect::<Vec<_>>().into_iter().enumerate() {
                owners.extend(claim.await.unwrap().then(|| number.to_string()));
            }
            assert!(owners.len() <= 1, "round {round}: {owners:?}");
            let named = owner(store.as_ref(), "city").await.unwrap();
            assert_eq!(named.as_ref(), owners.first(), "round {round}");
            // Those that stepped back keep nobody away.
            let next = named.unwrap_or_else(|| "late".to_owned());
            assert_eq!(code(store.as_ref(), &next).await, None, "round {round}");
        }
    }
}
