//! Records that become segments: objects that are made once, and never changed or removed.
//!
//! The object comes first and its row in the state database second. When the process ends in between, the next one finds the object
//! under the name of its next segment: made of the first of its own records it is taken as it is, and anything else stops there.

use std::path::PathBuf;
use std::time::Duration;

use huitong_catalog::audit::{Line, Position, Sealed};
use huitong_catalog::{Code, Error, Result};
use object_store::path::Path;
use object_store::{ObjectStoreExt, PutMode};
use tokio::time::{Instant, sleep};

use super::handle::{Audit, Inner};

/// Bytes of a segment, about.
const BYTES_MAX: u64 = 16 * 1024 * 1024;
/// How often it is looked whether there is enough for one.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long it rests after a failure.
const PAUSE_FAILED: Duration = Duration::from_secs(30);

/// Makes segments for as long as it is polled.
pub async fn keep(audit: Audit) {
    let mut sealed = Instant::now();
    loop {
        sleep(LOOK_EVERY).await;
        match audit.seal_if_due(sealed).await {
            Ok(true) => sealed = Instant::now(),
            Ok(false) => {}
            Err(error) => {
                tracing::error!(%error, "audit records wait in the state database: no segment can be made");
                sleep(PAUSE_FAILED).await;
            }
        }
    }
}

/// The name of a segment in its folder.
pub fn file_name(number: u64) -> String {
    format!("{number:010}.audit")
}

/// The number of the segment that has this name.
pub fn number_of(file_name: &str) -> Option<u64> {
    let number = file_name.strip_suffix(".audit")?.parse().ok()?;
    (self::file_name(number) == file_name).then_some(number)
}

impl Audit {
    /// Whether a segment was made, or nothing waits for one.
    async fn seal_if_due(&self, last: Instant) -> Result<bool> {
        let settings = &self.inner.settings;
        let (records, bytes) = self.inner.state.audit_tail_size().await?;
        if records == 0 {
            return Ok(true);
        }
        let is_full = records >= u64::from(settings.seal_records.get()) || bytes >= BYTES_MAX;
        if !is_full && last.elapsed() < settings.seal_after {
            return Ok(false);
        }
        self.seal().await.map(|_| true)
    }

    /// Makes one segment of the oldest records that are in none; answers with its number, or nothing when there are none.
    pub async fn seal(&self) -> Result<Option<u64>> {
        let _turn = self.inner.sealing.lock().await;
        let inner = &self.inner;
        let after = inner.state.audit_sealed().await?;
        let lines = inner.state.audit_tail(inner.settings.seal_records.get() as usize).await?;
        let lines = &lines[..fitting(&lines)];
        if lines.is_empty() {
            return Ok(None);
        }
        let sealed = Sealed::new(&after, inner.state.epoch(), lines, &inner.key)?;
        // What was changed in the state database is not signed.
        let sealed = inner.read(&after, sealed.bytes)?;
        let sealed = match inner.put(&sealed).await? {
            Put::Made => sealed,
            Put::WasThere(bytes) => inner.adopt(&after, bytes).await?,
        };
        let end = &sealed.end;
        inner.make_durable(end.segment).await?;
        inner.state.seal_audit(end, sealed.times()?, inner.clock.now()).await?;
        Ok(Some(end.segment))
    }
}

enum Put {
    Made,
    WasThere(Vec<u8>),
}

impl Inner {
    fn read(&self, after: &Position, bytes: Vec<u8>) -> Result<Sealed> {
        Sealed::read(after, bytes, &[self.key.public()]).map_err(|fault| {
            let text = format!("no segment is made of the records in the state database: {fault}");
            Error::new(Code::AUDIT_BROKEN, text).with_hint("docs/guide/audit.md says how to go on")
        })
    }

    pub(super) fn path(&self, number: u64) -> Path {
        Path::from_iter(self.place.folder.parts().chain(Path::from(file_name(number)).parts()))
    }

    async fn put(&self, sealed: &Sealed) -> Result<Put> {
        let path = self.path(sealed.end.segment);
        match self.place.store.put_opts(&path, sealed.bytes.clone().into(), PutMode::Create.into()).await {
            Ok(_) => Ok(Put::Made),
            Err(object_store::Error::AlreadyExists { .. }) => self.get(sealed.end.segment).await.map(Put::WasThere),
            Err(error) => Err(unstored(sealed.end.segment, error)),
        }
    }

    /// A whole segment from the store.
    pub(super) async fn get(&self, number: u64) -> Result<Vec<u8>> {
        let read = async { self.place.store.get(&self.path(number)).await?.bytes().await };
        read.await.map(Vec::from).map_err(|error| unstored(number, error))
    }

    /// The segment that is there already, if it is one of our own.
    async fn adopt(&self, after: &Position, bytes: Vec<u8>) -> Result<Sealed> {
        let taken = |why: String| {
            let name = self.path(after.segment + 1);
            Error::new(Code::AUDIT_SEGMENT_TAKEN, format!("`{name}` is not the next segment of this audit: {why}"))
                .with_hint("is the state database of another time than the lake? docs/guide/audit.md says how to go on")
        };
        let found = Sealed::read(after, bytes, &[self.key.public()]).map_err(|fault| taken(fault.to_string()))?;
        let count = usize::try_from(found.end.seq - after.seq).unwrap_or(usize::MAX);
        let ours = self.state.audit_tail(count).await?;
        match ours.last() {
            // Its hash is that of all before it, too.
            Some(last) if last.seq == found.end.seq && last.hash == found.end.chain => Ok(found),
            _ => Err(taken(format!("it ends with another record {}", found.end.seq))),
        }
    }

    /// Records leave the state database only when a power cut cannot take their segment any more. A bucket's answer says so; a file
    /// and its directory are asked.
    async fn make_durable(&self, number: u64) -> Result<()> {
        let Some(directory) = self.place.directory.clone() else { return Ok(()) };
        let done = tokio::task::spawn_blocking(move || synced(directory, &file_name(number))).await;
        let done = done.map_err(|e| Error::new(Code::INTERNAL, "writing a segment of the audit broke").caused_by(e))?;
        done.map_err(|e| unstored(number, e))
    }
}

fn synced(directory: PathBuf, name: &str) -> std::io::Result<()> {
    std::fs::File::open(directory.join(name))?.sync_all()?;
    std::fs::File::open(directory)?.sync_all()
}

/// How many of the first lines make a segment: at least one.
fn fitting(lines: &[Line]) -> usize {
    let mut bytes = 0;
    let over = lines.iter().position(|line| {
        bytes += line.text.len() as u64;
        bytes > BYTES_MAX
    });
    over.map_or(lines.len(), |over| over.max(1))
}

pub(super) fn unstored(number: u64, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("segment {number} of the audit cannot be stored or read: {error}"))
        .caused_by(error)
}
