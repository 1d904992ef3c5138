//! Removing directories that no name refers to: those of dropped tables, after a time for whoever still reads them, and those of
//! tables that were being made when their coordinator ended.
//!
//! The state database has a row for each of them from before its first file to after its last (`huitong_catalog::state`), so nothing
//! is looked for in the lake, and nothing else that lies there is touched. Only the coordinator may change those rows, so one from
//! which another has taken over removes nothing that the other gave a name.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use huitong_catalog::clock::Timestamp;
use huitong_catalog::state::{DirectoryRow, DirectoryState};
use huitong_catalog::{Code, Error, Result};

use crate::engine::Engine;
use crate::namespace::Names;

/// How often the rows are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How long a directory is emptied again and again: tasks of a statement that is gone hear of it, and may write until then.
const LINGER: Duration = Duration::from_secs(300);
/// Digits of the id behind a table's name.
pub(crate) const ID_DIGITS: usize = 8;

/// Removes what is to be removed, for as long as it is polled.
pub async fn work(engine: Arc<Engine>) {
    loop {
        if let Err(error) = look(&engine).await {
            tracing::warn!(%error, "directories without a name could not be looked at");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn look(engine: &Engine) -> Result<()> {
    let rows = engine.state().directories().await?;
    if names_are_old(&engine.names(), &rows) {
        let _changing = engine.change_names().await;
        return engine.reload_names().await;
    }
    for row in rows {
        match settle(engine, &row).await {
            Err(error) if error.code == Code::TAKEN_OVER => return Err(error),
            Err(error) => tracing::warn!(directory = row.location, %error, "a directory without a name is left"),
            Ok(()) => {}
        }
    }
    Ok(())
}

/// Whether a name refers to a directory that has none: a database that did not answer has dropped the table all the same. Who goes by
/// that name still writes there, so nothing is removed before it is forgotten.
fn names_are_old(names: &Names, rows: &[DirectoryRow]) -> bool {
    let gone: HashSet<&str> =
        rows.iter().filter(|row| row.state != DirectoryState::Making).map(|row| row.location.as_str()).collect();
    !gone.is_empty() && names.objects().any(|object| gone.contains(object.definition.as_str()))
}

async fn settle(engine: &Engine, row: &DirectoryRow) -> Result<()> {
    let (state, now) = (engine.state(), engine.clock().now());
    let fate = fate(row, state.epoch(), engine.making().has(&row.location), now);
    match fate {
        Fate::Stay => return Ok(()),
        // Somebody may have given it a name meanwhile, and then it stays.
        Fate::Leave if !state.leave_directory(row, now).await? => return Ok(()),
        Fate::Leave => tracing::info!(
            directory = row.location,
            table = %row.name,
            was = row.state.as_str(),
            "a directory without a name is removed"
        ),
        Fate::Empty | Fate::End => {}
    }
    remove(engine, &row.location).await?;
    if fate == Fate::End {
        state.forget_directory(&row.location).await?;
    }
    Ok(())
}

/// Removes the files of a directory that leaves; those only that have the form of ours.
pub(crate) async fn remove(engine: &Engine, location: &str) -> Result<()> {
    match is_location(location) {
        true => engine.lake().remove(location).await,
        false => Err(Error::new(Code::CORRUPT_FILE, format!("`{location}` is no directory of a table"))),
    }
}

/// What becomes of a directory now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Its files are kept.
    Stay,
    /// It begins to leave.
    Leave,
    /// It is leaving, and somebody may still write there.
    Empty,
    /// The same for the last time.
    End,
}

/// `epoch` is that of this coordinator; `is_made` says that one of its statements is making the table.
fn fate(row: &DirectoryRow, epoch: i64, is_made: bool, now: Timestamp) -> Fate {
    match row.state {
        // A newer coordinator's is no business of ours.
        DirectoryState::Making if row.epoch > epoch || is_made => Fate::Stay,
        DirectoryState::Making => Fate::Leave,
        DirectoryState::Dropped if row.until.is_some_and(|until| until <= now) => Fate::Leave,
        DirectoryState::Dropped => Fate::Stay,
        DirectoryState::Leaving if now.since(row.since) >= LINGER => Fate::End,
        DirectoryState::Leaving => Fate::Empty,
    }
}

/// Whether a location is one that a table of ours gets: `schema/table.` and an id.
fn is_location(text: &str) -> bool {
    let id = text.rsplit_once('.').map(|(_, id)| id).unwrap_or_default();
    let mut parts = text.split('/');
    let (schema, table) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    parts.next().is_none()
        && !schema.is_empty()
        && !schema.contains('.')
        && table.len() > ID_DIGITS + 1
        && table.matches('.').count() == 1
        && id.len() == ID_DIGITS
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Directories of tables that statements of this process are making. Rows of others that are being made are left over.
#[derive(Debug, Default)]
pub(crate) struct Making(Mutex<HashSet<String>>);

impl Making {
    /// Until what is returned is dropped, a table is being made there.
    pub fn begin(self: &Arc<Self>, location: &str) -> Made {
        self.lock().insert(location.to_owned());
        Made { making: self.clone(), location: location.to_owned() }
    }

    fn has(&self, location: &str) -> bool {
        self.lock().contains(location)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// See [`Making::begin`].
#[derive(Debug)]
pub(crate) struct Made {
    making: Arc<Making>,
    location: String,
}

impl Drop for Made {
    fn drop(&mut self) {
        self.making.lock().remove(&self.location);
    }
}

#[cfg(test)]
mod tests {
    use huitong_catalog::names::TableName;

    use super::*;

    fn row(state: DirectoryState, epoch: i64) -> DirectoryRow {
        let until = (state == DirectoryState::Dropped).then(|| Timestamp::from_ms(5_000));
        DirectoryRow {
            location: "s/t.01234567".to_owned(),
            state,
            name: TableName::new("s", "t").unwrap(),
            owner: "li".to_owned(),
            epoch,
            since: Timestamp::from_ms(1_000),
            until,
        }
    }

    #[test]
    fn what_becomes_of_a_directory() {
        use DirectoryState::{Dropped, Leaving, Making};
        let end = 1_000 + i64::try_from(LINGER.as_millis()).unwrap();
        let cases = [
            (Making, 3, true, 2_000, Fate::Stay, "a statement is making it"),
            (Making, 3, false, 2_000, Fate::Leave, "its statement is over"),
            (Making, 2, false, 2_000, Fate::Leave, "its coordinator is over"),
            (Making, 4, false, i64::MAX, Fate::Stay, "a newer coordinator is making it"),
            (Dropped, 2, false, 4_999, Fate::Stay, "it is kept"),
            (Dropped, 4, false, 5_000, Fate::Leave, "it was kept"),
            (Leaving, 2, false, end - 1, Fate::Empty, "somebody may write there"),
            (Leaving, 2, false, 0, Fate::Empty, "the clock went back"),
            (Leaving, 2, false, end, Fate::End, "nobody writes there any more"),
        ];
        for (state, epoch, is_made, now, expected, why) in cases {
            assert_eq!(fate(&row(state, epoch), 3, is_made, Timestamp::from_ms(now)), expected, "{why}");
        }
    }

    #[test]
    fn only_directories_of_our_form_are_removed() {
        for ours in ["public/t.0a1b2c3d", "人口/户籍.00000000"] {
            assert!(is_location(ours), "{ours}");
        }
        for other in [
            "",
            "public",
            "public/t",
            "public/.0a1b2c3d",
            "public/t.0a1b2c3",
            "public/t.0a1b2c3g",
            "/t.0a1b2c3d",
            "../t.0a1b2c3d",
            "public/a/t.0a1b2c3d",
            "public/../t.0a1b2c3d",
            "public/t.u.0a1b2c3d",
            "/srv/public/t.0a1b2c3d",
        ] {
            assert!(!is_location(other), "{other}");
        }
    }

    #[test]
    fn a_table_is_being_made_until_its_statement_ends() {
        let making = Arc::new(Making::default());
        let made = making.begin("s/t.01234567");
        assert!(making.has("s/t.01234567") && !making.has("s/u.01234567"));
        drop(made);
        assert!(!making.has("s/t.01234567"));
    }
}
