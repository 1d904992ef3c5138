//! A copy in the lake's bucket: beside the lake, below a prefix that the configuration allows.

use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use huitong_catalog::{Code, Error, Result};
use object_store::path::Path;

use super::unsupported;
use crate::error::of_datafusion;
use crate::session::Session;
use crate::stores::held::{Held, Only};
use crate::tables::external;

/// Where the object goes, if it may; `place` is what stands behind `s3://`.
pub fn destination(session: &Session, place: &str) -> Result<Held> {
    let refuse = || external::not_allowed(&format!("s3://{place}"));
    let (bucket, key) = place.split_once('/').ok_or_else(refuse)?;
    if key.is_empty() || key.ends_with('/') {
        return Err(unsupported("COPY writes one file, not a directory").with_hint("name the file"));
    }
    // Refuses `..` and its like, which some stores resolve.
    let key = Path::parse(key).map_err(|e| refuse().caused_by(e))?;
    for export in session.engine().stores().exports(bucket) {
        if let Some(rest) = key.prefix_match(&export.prefix) {
            let below = Path::from_iter(rest);
            if !below.is_root() {
                return Ok(Held::new(export.store.clone(), below));
            }
        }
    }
    Err(refuse())
}

/// A state for which `held` is the only store there is.
pub fn state(state: SessionState, held: Arc<Held>) -> Result<SessionState> {
    let runtime = RuntimeEnvBuilder::from_runtime_env(state.runtime_env())
        .with_object_store_registry(Arc::new(Only(held)))
        .build_arc()
        .map_err(of_datafusion)?;
    Ok(SessionStateBuilder::new_from_existing(state).with_runtime_env(runtime).build())
}

/// Makes the object.
pub async fn publish(held: &Held, url: &str) -> Result<()> {
    held.publish().await.map_err(|e| {
        Error::new(Code::STORE_UNAVAILABLE, format!("`{url}` cannot be written: {e}"))
            .with_hint("what was there before is still there, unless the store did it without answering")
            .caused_by(e)
    })
}
