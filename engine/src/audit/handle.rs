//! The audit as the rest of the engine has it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use huitong_catalog::Result;
use huitong_catalog::audit::{Event, PublicKey, SigningKey};
use huitong_catalog::clock::Clock;
use huitong_catalog::config::{self, AuditWait};
use huitong_catalog::ids::Randomness;
use huitong_catalog::state::State;
use object_store::ObjectStore;
use object_store::path::Path;

use super::writer::{Writer, Written};

/// Where segments are, below the lake's root.
pub const FOLDER: &str = "_audit";
/// In `settings`; who has it can sign in this lake's name, which is why anchors are kept elsewhere.
pub const KEY_SETTING: &str = "audit.signing_key";

/// Where segments are put.
pub struct Place {
    pub store: Arc<dyn ObjectStore>,
    /// Of the folder, in the store.
    pub folder: Path,
    /// The same as a directory, where it is one.
    pub directory: Option<PathBuf>,
}

/// The audit of one lake. Clones share everything.
#[derive(Clone)]
pub struct Audit {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    writer: Writer,
    pub state: State,
    pub place: Place,
    pub key: SigningKey,
    pub clock: Arc<dyn Clock>,
    pub settings: config::Audit,
    /// Segments are made one after the other.
    pub sealing: tokio::sync::Mutex<()>,
}

impl Audit {
    /// Opens it for the coordinator; the first one makes the key. Records are written by tasks of the runtime that this is called in.
    pub async fn open(
        state: State,
        place: Place,
        clock: Arc<dyn Clock>,
        randomness: &dyn Randomness,
        settings: config::Audit,
    ) -> Result<Self> {
        let secret = state.setting_or_insert(KEY_SETTING, &SigningKey::fresh_secret(randomness)?).await?;
        let key = SigningKey::from_secret(&secret)?;
        let writer = Writer::new(state.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                writer,
                state,
                place,
                key,
                clock,
                settings,
                sealing: tokio::sync::Mutex::default(),
            }),
        })
    }

    /// Completes when the record is durable, or tells why it cannot be (HT0901).
    pub async fn record(&self, event: Event) -> Result<Written> {
        self.inner.writer.record(event).await
    }

    /// Takes a record that nobody waits for; it is durable a moment later, or as soon as the state database answers again.
    pub fn note(&self, event: Event) {
        self.inner.writer.note(event);
    }

    /// The same, unless more wait already than may (HT0901): for records of what has not begun.
    pub(crate) fn try_note(&self, event: Event) -> Result<()> {
        self.inner.writer.try_note(event)
    }

    /// Waits until whatever was recorded is durable, for so long at most; false when it is not.
    pub async fn finish(&self, grace: Duration) -> bool {
        self.inner.writer.finish(grace).await
    }

    pub(crate) fn waits(&self) -> AuditWait {
        self.inner.settings.wait
    }

    /// Whoever checks segments needs it.
    pub fn key(&self) -> PublicKey {
        self.inner.key.public()
    }
}
