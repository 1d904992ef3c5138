//! What is known of statements: those that run, and those that have run.
//!
//! A statement has a [`trace::Trace`] from its text on, is on the list of [`running`] from its start to its end, and leaves a
//! [`record::Record`] then. Records are in the journal, a file of this process, before anything else happens to them; from there the
//! [`keeper`] brings them into the Delta table `huitong.queries`, many with one commit. What a list of statements shows is both together
//! ([`tables`]).

pub(crate) mod fingerprint;
pub(crate) mod history;
mod journal;
pub mod keeper;
pub(crate) mod open;
pub(crate) mod record;
pub(crate) mod redact;
pub(crate) mod rows;
pub(crate) mod running;
pub mod sessions;
pub(crate) mod tables;
pub(crate) mod trace;

use std::path::PathBuf;
use std::sync::Arc;

use huitong_catalog::Result;

use history::History;
use running::Running;
use sessions::Sessions;

/// The books of one engine.
#[derive(Debug)]
pub(crate) struct Queries {
    pub running: Arc<Running>,
    pub sessions: Arc<Sessions>,
    pub history: Arc<History>,
}

impl Queries {
    /// `journal` is a directory of this process alone; `sessions_max` is how many one user may have.
    pub fn open(journal: PathBuf, sessions_max: Option<usize>) -> Result<Self> {
        Ok(Self {
            running: Arc::default(),
            sessions: Arc::new(Sessions::new(sessions_max)),
            history: Arc::new(History::open(journal)?),
        })
    }
}
