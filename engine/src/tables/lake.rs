//! The Delta tables of a directory or a bucket, and the versions that were read from it.
//!
//! Replaying a table's log is the dearest part of a small query, so the last version of each table is kept and only
//! new commits are read.

use std::collections::HashMap;
use std::future::ready;
use std::path::{Path as FsPath, PathBuf};
use std::sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use datafusion::catalog::TableProvider;
use datafusion::execution::object_store::ObjectStoreUrl;
use deltalake_core::kernel::Snapshot;
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake_core::{DeltaTable, DeltaTableError};
use futures::{StreamExt, TryStreamExt};
use huitong_catalog::config::Root;
use huitong_catalog::{Code, Error, Result};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::sync::Mutex;
use url::Url;

use super::changes::Changes;
use super::diagnose;
use super::history::version_at;
use super::scan::TableScan;
use super::version::{Reading, TableVersion};
use crate::error::{in_table, of_datafusion, of_delta};
use crate::statement::versions::At;
use crate::stores::Stores;

/// When files of a cancelled write are looked for again; its executors hear of it within a second.
const DISCARD_PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(8)];

/// How often the log of a table is listed that nobody writes to: a clean-up that stopped halfway may have removed the next commit alone.
const LISTED_EVERY: Duration = Duration::from_secs(3600);

/// All tables below one directory, or below one prefix of a bucket.
#[derive(Debug)]
pub struct Lake {
    root: Place,
    stores: Arc<Stores>,
    last: StdMutex<HashMap<String, Arc<Last>>>,
}

/// What was read of one table last. Its lock is held while the log is looked at, so that statements that come together look once: who
/// has waited takes what somebody found who looked after it had come. Other tables do not wait.
type Last = Mutex<LastRead>;

#[derive(Debug, Default)]
struct LastRead {
    version: Option<Arc<TableVersion>>,
    /// The file of that version's commit, once somebody has looked at it.
    commit: Option<ObjectMeta>,
    /// When somebody last began to look and found that version to be the newest.
    looked: Option<Instant>,
    /// When the whole log was last listed.
    listed: Option<Instant>,
    /// When the store was last found not to answer. Who waited for that does not ask it again: many statements together would
    /// wait for many times the time that one waits.
    silence: Option<(Instant, Error)>,
}

/// Where a lake is.
#[derive(Debug)]
enum Place {
    /// Links resolved.
    Directory(PathBuf),
    /// The store's URL, such as `s3://city`, twice, as tables and as plans name it; its paths begin below the lake's prefix.
    Bucket { url: Url, plan_url: ObjectStoreUrl, store: Arc<dyn ObjectStore> },
}

impl Lake {
    /// `root` must be configured in `stores`.
    pub fn new(root: &Root, stores: Arc<Stores>) -> Result<Self> {
        let root = match root {
            Root::Directory(directory) => Place::Directory(crate::stores::canonical(directory).map_err(|e| {
                Error::new(Code::LOCATION_NOT_ALLOWED, format!("`{}` is no directory", directory.display()))
                    .caused_by(e)
            })?),
            Root::Bucket(bucket) => {
                let url = Url::parse(&format!("s3://{}", bucket.name)).map_err(|_| wrong_location(&bucket.name))?;
                let plan_url = ObjectStoreUrl::parse(url.as_str()).map_err(of_datafusion)?;
                Place::Bucket { url, plan_url, store: stores.bucket().ok_or_else(|| wrong_location(&bucket.name))? }
            }
        };
        Ok(Self { root, stores, last: StdMutex::default() })
    }

    /// The store that the lake's own tables are in.
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        match &self.root {
            Place::Directory(_) => self.stores.local(),
            Place::Bucket { store, .. } => store.clone(),
        }
    }

    /// Whether the store answers; it is asked for something small, which need not be there.
    pub async fn check(&self) -> Result<()> {
        match &self.root {
            Place::Directory(root) => {
                let told = tokio::fs::metadata(root).await.and_then(|told| match told.is_dir() {
                    true => Ok(()),
                    false => Err(std::io::ErrorKind::NotADirectory.into()),
                });
                told.map_err(|e| unanswered(&root.display()).caused_by(e))
            }
            Place::Bucket { url, store, .. } => match store.head(&Path::from("ready")).await {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
                Err(e) => Err(unanswered(url).caused_by(e)),
            },
        }
    }

    /// Its URL, as plans name it.
    pub fn store_url(&self) -> ObjectStoreUrl {
        match &self.root {
            Place::Directory(_) => ObjectStoreUrl::local_filesystem(),
            Place::Bucket { plan_url, .. } => plan_url.clone(),
        }
    }

    /// The store of one table: an absolute location is a directory outside the lake.
    fn store_of(&self, location: &str) -> (Arc<dyn ObjectStore>, ObjectStoreUrl) {
        match FsPath::new(location).is_absolute() {
            true => (self.stores.local(), ObjectStoreUrl::local_filesystem()),
            false => (self.store(), self.store_url()),
        }
    }

    /// The newest version of the table at `location`, a path relative to the lake or an absolute one.
    pub async fn newest(&self, location: &str, table: &str) -> Result<Arc<TableVersion>> {
        let (asked, last) = (Instant::now(), self.last_of(location));
        let mut last = last.lock().await;
        if let Some((_, error)) = last.silence.as_ref().filter(|(found, _)| *found >= asked) {
            return Err(error.clone());
        }
        if let Some(version) = last.version.as_ref().filter(|_| last.looked.is_some_and(|looked| looked >= asked)) {
            return Ok(version.clone());
        }
        let begun = Instant::now();
        let read = self.look_again(location, table, &mut last).await;
        match &read {
            Ok(_) => last.looked = Some(begun),
            Err(error) if error.code == Code::STORE_UNAVAILABLE => last.silence = Some((Instant::now(), error.clone())),
            Err(_) => {}
        }
        read
    }

    /// The version that was read last where nothing has come after it, which is told by two files of the log; otherwise what has come.
    async fn look_again(&self, location: &str, table: &str, last: &mut LastRead) -> Result<Arc<TableVersion>> {
        let is_listed = last.listed.is_some_and(|listed| listed.elapsed() < LISTED_EVERY);
        if let Some(version) = last.version.clone().filter(|_| is_listed) {
            let (store, log) = (self.store_of(location).0, self.path(location)?.join("_delta_log"));
            let commit = |number: u64| log.clone().join(format!("{number:020}.json"));
            let (own, next) = (commit(version.number), commit(version.number + 1));
            let (own, next) = tokio::join!(file(&store, &own), file(&store, &next));
            let told = |e: object_store::Error| of_delta(e.into(), table);
            let (own, next) = (own.map_err(told)?, next.map_err(told)?);
            match (own, &last.commit) {
                // The table is gone, or another one is in its place. (Or its log was cleaned up to the last checkpoint, and is read from there.)
                (None, _) => last.version = None,
                (Some(own), Some(known)) if *known != own => last.version = None,
                (Some(own), _) if next.is_none() => {
                    last.commit = Some(own);
                    return Ok(version);
                }
                _ => {}
            }
        }
        let listed = Instant::now();
        let version = self.read_newest(location, table, last.version.as_ref()).await?;
        (last.version, last.commit, last.listed) = (Some(version.clone()), None, Some(listed));
        Ok(version)
    }

    /// Reads what has come after the version that was read last.
    async fn read_newest(
        &self,
        location: &str,
        table: &str,
        last: Option<&Arc<TableVersion>>,
    ) -> Result<Arc<TableVersion>> {
        let log = self.log(location)?;
        let snapshot = match last {
            Some(version) => version.snapshot.clone().update(log.engine(None), None).await,
            None => Snapshot::try_new(log.as_ref(), None).await.map(Arc::new),
        };
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(error) => return Err(told(of_delta(error, table), &log).await),
        };
        if let Some(version) = last.filter(|version| version.number == snapshot.version()) {
            return Ok(version.clone());
        }
        let root = self.path(location)?;
        let version = match last {
            Some(last) => advance(last, snapshot, &log, &root).await,
            None => TableVersion::load(snapshot, &log, &root).await,
        };
        match version {
            Ok(version) => Ok(Arc::new(version)),
            Err(error) => Err(told(of_delta(error, table), &log).await),
        }
    }

    /// The version of that number, or the newest one at that moment.
    pub async fn at(&self, location: &str, table: &str, at: At) -> Result<Arc<TableVersion>> {
        let newest = self.newest(location, table).await?;
        let number = self.number_at(location, table, at, newest.number).await?;
        if number == newest.number {
            return Ok(newest);
        }
        let log = self.log(location)?;
        let gone =
            |e| unknown_version(table, format!("{number} any more")).with_hint("its log was cleaned up").caused_by(e);
        let snapshot = Snapshot::try_new(log.as_ref(), Some(number)).await.map_err(gone)?;
        let version = TableVersion::load(Arc::new(snapshot), &log, &self.path(location)?).await;
        version.map(Arc::new).map_err(|e| of_delta(e, table))
    }

    /// The number of that version, which is at most `newest`; whether its log is still there is not looked at.
    pub async fn number_at(&self, location: &str, table: &str, at: At, newest: u64) -> Result<u64> {
        match at {
            At::Version(number) if number > newest => {
                Err(unknown_version(table, number.to_string()).with_hint(format!("the newest one is {newest}")))
            }
            At::Version(number) => Ok(number),
            At::Time(ms) => {
                let found = version_at(&self.log(location)?, newest, ms).await.map_err(|e| of_delta(e, table))?;
                found.ok_or_else(|| unknown_version(table, "of which it is known to be that old".to_owned()))
            }
        }
    }

    fn last_of(&self, location: &str) -> Arc<Last> {
        self.last().entry(location.to_owned()).or_default().clone()
    }

    fn last(&self) -> MutexGuard<'_, HashMap<String, Arc<Last>>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A provider that scans exactly `version`.
    pub async fn provider(
        &self,
        location: &str,
        table: &str,
        version: Arc<TableVersion>,
    ) -> Result<Arc<dyn TableProvider>> {
        match &version.reading {
            Reading::Parquet => Ok(Arc::new(TableScan::new(version, self.store_of(location).1))),
            Reading::DeltaRs(_) => {
                let mut delta = DeltaTable::new(self.log(location)?);
                delta.load_version(version.number).await.map_err(|e| of_delta(e, table))?;
                delta.table_provider().await.map_err(|e| in_table(of_datafusion(e), table))
            }
        }
    }

    /// The log store of the table at `location`.
    pub fn log(&self, location: &str) -> Result<LogStoreRef> {
        let (url, root) = (self.url(location)?, self.store_of(location).0);
        let below = Arc::new(PrefixStore::new(root.clone(), self.path(location)?));
        Ok(default_logstore(below, root, &url, &StorageConfig::default()))
    }

    /// The table's path in the object store.
    pub fn path(&self, location: &str) -> Result<Path> {
        let url = self.url(location)?;
        Path::from_url_path(url.path()).map_err(|e| wrong_location(location).caused_by(e))
    }

    /// Whether a file path lies in the lake's own directory.
    pub fn holds(&self, path: &FsPath) -> bool {
        match &self.root {
            Place::Directory(root) => crate::stores::canonical(path)
                .is_ok_and(|path| crate::stores::canonical(root).is_ok_and(|root| path.starts_with(root))),
            Place::Bucket { .. } => false,
        }
    }

    /// Where the files of one of the lake's own tables are, if they are in a directory.
    pub fn directory(&self, location: &str) -> Option<PathBuf> {
        match &self.root {
            Place::Directory(root) => Some(root.join(location)),
            Place::Bucket { .. } => None,
        }
    }

    /// Removes a table's directory after nothing names it any more.
    pub async fn remove(&self, location: &str) -> Result<()> {
        self.last().remove(location);
        let failed = || Error::new(Code::STORE_UNAVAILABLE, format!("files of `{location}` could not be removed"));
        let root = match &self.root {
            Place::Directory(root) => root,
            Place::Bucket { store, .. } => {
                let path = self.path(location)?;
                if path.parts().count() < 2 {
                    return Err(wrong_location(location));
                }
                let files = store.list(Some(&path)).map_ok(|file| file.location).boxed();
                return store
                    .delete_stream(files)
                    .try_for_each(|_| ready(Ok(())))
                    .await
                    .map_err(|e| failed().caused_by(e));
            }
        };
        let directory = root.join(location);
        if !directory.starts_with(root) || directory == *root {
            return Err(wrong_location(location));
        }
        match tokio::fs::remove_dir_all(&directory).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(failed().caused_by(error)),
            _ => Ok(()),
        }
    }

    /// Removes files that no version names. One that cannot be removed costs space only, and is told in the log.
    pub async fn remove_files(&self, location: &str, files: &[String]) {
        for file in files {
            let path =
                self.path(location).map(|root| Path::from_iter(root.parts().chain(Path::from(file.as_str()).parts())));
            let removed = match &path {
                Ok(path) => self.store_of(location).0.delete(path).await.map_err(|e| e.to_string()),
                Err(error) => Err(error.to_string()),
            };
            if let Err(error) = removed {
                tracing::warn!(location, file, error, "a file of a write without effect is left behind");
            }
        }
    }

    /// Removes what a write that did not come to its commit has left. Its tasks are being cancelled and may write for a
    /// moment longer, so it is looked for again.
    pub async fn discard(&self, location: &str) -> Result<()> {
        for pause in DISCARD_PAUSES {
            self.remove(location).await?;
            tokio::time::sleep(pause).await;
        }
        self.remove(location).await
    }

    fn url(&self, location: &str) -> Result<Url> {
        let directory = match &self.root {
            // An absolute location stands for itself.
            Place::Directory(root) => root.join(location),
            Place::Bucket { .. } if FsPath::new(location).is_absolute() => PathBuf::from(location),
            Place::Bucket { url, .. } => {
                let mut url = url.clone();
                let parts = location.split('/').chain([""]);
                url.path_segments_mut().map_err(|()| wrong_location(location))?.extend(parts);
                return Ok(url);
            }
        };
        if !self.stores.allows(&directory) {
            return Err(wrong_location(location));
        }
        Url::from_directory_path(directory).map_err(|()| wrong_location(location))
    }
}

/// What the store knows of a file; none if there is none.
async fn file(store: &Arc<dyn ObjectStore>, path: &Path) -> object_store::Result<Option<ObjectMeta>> {
    match store.head(path).await {
        Ok(meta) => Ok(Some(meta)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The version of `snapshot` from the one that was read last.
async fn advance(
    last: &TableVersion,
    snapshot: Arc<Snapshot>,
    log: &LogStoreRef,
    root: &Path,
) -> Result<TableVersion, DeltaTableError> {
    if last.reading == Reading::Parquet
        && let Some(changes) = Changes::between(log, last.number, snapshot.version()).await?
    {
        return last.advance(snapshot, changes, root);
    }
    TableVersion::load(snapshot, log, root).await
}

/// Adds to an error about a log which of its files is broken.
async fn told(mut error: Error, log: &LogStoreRef) -> Error {
    if error.code == Code::CORRUPT_FILE
        && let Some(file) = diagnose::broken_file(log).await
    {
        error.message = format!("{}; {file}", error.message);
        error.hint = Some("restore that file from a backup, or load the table again".to_owned());
    }
    error
}

fn unknown_version(table: &str, what: String) -> Error {
    Error::new(Code::UNKNOWN_VERSION, format!("table `{table}` has no version {what}"))
}

fn unanswered(root: &dyn std::fmt::Display) -> Error {
    Error::new(Code::STORE_UNAVAILABLE, format!("the store `{root}` does not answer"))
}

fn wrong_location(location: &str) -> Error {
    Error::new(Code::LOCATION_NOT_ALLOWED, format!("`{location}` is outside the allowed locations"))
        .with_hint("an administrator allows locations with `storage.allowed_paths` in the configuration")
}
