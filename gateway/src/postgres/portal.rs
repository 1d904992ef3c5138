//! Portals: statements with their values, which are run as a whole or some rows at a time. Those that SQL declares are cursors.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::session::Sight;
use huitong_engine::statement::Parsed;
use huitong_engine::statement::query::Planned;

use super::answer::Rows;
use super::command::Command;
use super::copy::Copy;
use super::cursor::{Declare, Fetch};
use super::encode::Format;
use crate::flight::clients::safe_schema;

/// Portals of one client.
const PORTALS_MAX: usize = 100;

/// A statement with its values.
pub struct Portal {
    pub sql: Arc<str>,
    pub source: Source,
    pub life: Life,
    pub declared: Option<Declared>,
    /// Those that were made later have higher ones.
    number: u64,
}

/// How long a portal is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// To the end of its transaction, or of its series of steps.
    Transaction,
    /// Longer, if its transaction is committed.
    Committed,
    Session,
}

/// What a portal answers.
pub enum Source {
    Empty,
    Own {
        command: Command,
        rows: Option<RecordBatch>,
        formats: Vec<Format>,
    },
    Query {
        planned: Box<Planned>,
        formats: Vec<Format>,
    },
    Change(Box<Parsed>),
    Copy(Copy),
    Declare {
        declare: Declare,
        planned: Box<Planned>,
    },
    Fetch {
        fetch: Fetch,
        /// The columns that the cursor had.
        schema: SchemaRef,
        formats: Vec<Format>,
        /// Rows that are not fetched yet.
        left: usize,
    },
    /// A statement that has run, and does not run twice.
    Changed,
    Running {
        rows: Box<Rows>,
        verb: &'static str,
    },
    /// Of one that failed nothing is left.
    Ended,
}

impl Source {
    /// The columns of a query.
    pub fn columns(&self) -> Option<SchemaRef> {
        match self {
            Self::Query { planned, .. } => Some(safe_schema(&planned.schema())),
            Self::Running { rows, .. } => Some(rows.schema().clone()),
            _ => None,
        }
    }
}

/// What a cursor is declared with.
pub struct Declared {
    pub binary: bool,
    /// What its owner could see then.
    pub sight: Sight,
    listed: Listed,
}

/// The portals of a client by their names.
pub struct Portals {
    all: HashMap<String, Portal>,
    made: u64,
    cursors: Cursors,
}

impl Portals {
    pub fn new(cursors: Cursors) -> Self {
        Self { all: HashMap::new(), made: 0, cursors }
    }

    pub fn get(&self, name: &str) -> Option<&Portal> {
        self.all.get(name)
    }

    pub fn get_mut(&mut self, name: &str) -> Option<&mut Portal> {
        self.all.get_mut(name)
    }

    /// Refuses one more than a client may have.
    pub fn check(&self) -> Result<()> {
        match self.all.len() < PORTALS_MAX {
            true => Ok(()),
            false => Err(Error::new(Code::QUEUE_FULL, format!("{PORTALS_MAX} portals are open"))
                .with_hint("close those that are not used")),
        }
    }

    pub fn insert(&mut self, name: String, sql: Arc<str>, source: Source, life: Life) {
        self.made += 1;
        self.all.insert(name, Portal { sql, source, life, declared: None, number: self.made });
    }

    /// Makes a portal a cursor that others may read of.
    pub fn declare(&mut self, name: &str, known: Known, sight: Sight) {
        if let Some(portal) = self.all.get_mut(name) {
            let (binary, listed) = (known.binary, self.cursors.list(name, known));
            portal.declared = Some(Declared { binary, sight, listed });
        }
    }

    pub fn remove(&mut self, name: &str) -> Option<Portal> {
        self.all.remove(name)
    }

    pub fn clear(&mut self) {
        self.all.clear();
    }

    /// Ends what ends with a transaction; what is to outlive one that is committed goes on.
    pub fn end(&mut self, committed: bool) {
        self.all.retain(|_, portal| match portal.life {
            Life::Transaction => false,
            Life::Committed => {
                portal.life = Life::Session;
                committed
            }
            Life::Session => true,
        });
    }

    /// A place in the order in which portals are made.
    pub fn made(&self) -> u64 {
        self.made
    }

    /// Ends those that were made after that place.
    pub fn end_since(&mut self, made: u64) {
        self.all.retain(|_, portal| portal.number <= made);
    }
}

/// What is known of a cursor beside its rows.
#[derive(Debug, Clone)]
pub struct Known {
    /// The id of its query.
    pub query: String,
    pub text: Arc<str>,
    pub binary: bool,
    pub holds: bool,
    /// Whether its rows are being waited for.
    pub is_awaited: bool,
}

/// The cursors of one connection.
#[derive(Debug, Clone, Default)]
pub struct Cursors(Arc<Mutex<BTreeMap<String, Known>>>);

impl Cursors {
    pub fn all(&self) -> Vec<(String, Known)> {
        self.lock().iter().map(|(name, known)| (name.clone(), known.clone())).collect()
    }

    /// Queries that nobody waits for: whoever stops a statement does not mean them.
    pub fn resting(&self) -> Vec<String> {
        self.lock().values().filter(|known| !known.is_awaited).map(|known| known.query.clone()).collect()
    }

    fn list(&self, name: &str, known: Known) -> Listed {
        self.lock().insert(name.to_owned(), known);
        Listed { name: name.to_owned(), cursors: self.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cursor's place among them, until it is dropped.
#[derive(Debug)]
struct Listed {
    name: String,
    cursors: Cursors,
}

impl Declared {
    pub fn set_awaited(&self, is_awaited: bool) {
        if let Some(known) = self.listed.cursors.lock().get_mut(&self.listed.name) {
            known.is_awaited = is_awaited;
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.cursors.lock().remove(&self.name);
    }
}
