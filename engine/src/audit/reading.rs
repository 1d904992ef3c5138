//! Segments for whoever checks them, without an engine.

use std::path::Path as FsPath;
use std::sync::Arc;

use futures::TryStreamExt;
use huitong_catalog::audit::{Anchor, Digest, Line, PublicKey, SigningKey, Summary, Verifier};
use huitong_catalog::clock::Timestamp;
use huitong_catalog::state::{AuditHead, State};
use huitong_catalog::{Code, Error, Result};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

use super::handle::KEY_SETTING;
use super::sealing::{file_name, number_of, unstored};

/// The folder of segments, to be read.
pub struct Segments {
    store: Arc<dyn ObjectStore>,
    folder: Path,
}

/// What the state database knows of a chain.
pub struct Known {
    head: AuditHead,
    tail: Vec<Line>,
}

impl Known {
    /// The end first: what is written meanwhile is behind it. It is read before the segments, so that what becomes one meanwhile is not
    /// missed.
    pub async fn read(state: &State) -> Result<Self> {
        let head = state.audit_head().await?;
        Ok(Self { head, tail: state.audit_tail(usize::MAX).await? })
    }
}

/// The key that a state database signs with; none before the first start.
pub async fn signing_key(state: &State) -> Result<Option<SigningKey>> {
    state.setting(KEY_SETTING).await?.map(|secret| SigningKey::from_secret(&secret)).transpose()
}

impl Segments {
    pub fn new(store: Arc<dyn ObjectStore>, folder: Path) -> Self {
        Self { store, folder }
    }

    /// Those in a directory; one that is not there has none.
    pub fn in_directory(directory: &FsPath) -> Result<Self> {
        let folder = std::path::absolute(directory).ok().and_then(|path| Path::from_absolute_path(path).ok());
        let folder = folder.ok_or_else(|| {
            Error::new(Code::FILE_MISSING, format!("`{}` is no directory of segments", directory.display()))
        })?;
        Ok(Self::new(Arc::new(LocalFileSystem::new()), folder))
    }

    /// Reads the chain from its beginning to the end that is known, and compares it with anchors. A fault is HT0902 and names the
    /// first record that is not as it was written; `zh` tells it in Chinese.
    pub async fn verify(
        &self,
        keys: Vec<PublicKey>,
        anchors: &[Anchor],
        known: Option<&Known>,
        zh: bool,
    ) -> Result<Summary> {
        let told = |fault: huitong_catalog::audit::Fault| match zh {
            true => Error { message: fault.chinese(), ..fault.into_error() },
            false => fault.into_error(),
        };
        let mut verifier = Verifier::new(keys);
        anchors.iter().for_each(|anchor| verifier.expect(anchor));
        known.iter().for_each(|known| verifier.expect_head(known.head.seq, known.head.hash));
        for number in self.numbers().await? {
            if number != verifier.next() {
                return Err(told(verifier.no_segment()));
            }
            verifier.segment(&self.read(number).await?).map_err(told)?;
        }
        let tail = known.map(|known| known.tail.as_slice()).unwrap_or_default();
        verifier.tail(tail.iter().map(|line| (line.seq, line.text.as_str()))).map_err(told)?;
        verifier.finish().map_err(told)
    }

    /// The end of the newest segment that the state database knows, signed; none before the first. That segment has to be the one
    /// that was written (HT0902).
    pub async fn anchor(&self, state: &State, key: &SigningKey, now: Timestamp) -> Result<Option<Anchor>> {
        let end = state.audit_sealed().await?;
        if end.segment == 0 {
            return Ok(None);
        }
        if Digest::of(&[&self.read(end.segment).await?]) != end.hash {
            let text = format!("segment {} of the audit is not the one that was written", end.segment);
            return Err(Error::new(Code::AUDIT_BROKEN, text).with_hint("`huitong audit verify` names what is wrong"));
        }
        Ok(Some(Anchor::new(&end, now, key)))
    }

    /// Of all segments, in order.
    async fn numbers(&self) -> Result<Vec<u64>> {
        let listed = self.store.list(Some(&self.folder)).try_collect::<Vec<_>>().await;
        let mut numbers: Vec<u64> = listed
            .map_err(|error| unstored(0, error))?
            .iter()
            .filter(|object| object.location.parts().count() == self.folder.parts().count() + 1)
            .filter_map(|object| number_of(object.location.filename()?))
            .collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    async fn read(&self, number: u64) -> Result<Vec<u8>> {
        let path = Path::from_iter(self.folder.parts().chain(Path::from(file_name(number)).parts()));
        let read = async { self.store.get(&path).await?.bytes().await };
        read.await.map(Vec::from).map_err(|error| unstored(number, error))
    }
}
