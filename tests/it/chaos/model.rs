//! What a table may hold after operations of which some ended nobody knows how.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::operation::Operation;

/// Each unknown end doubles what is possible; from here on a read is due before the next one.
const WORLDS_MAX: usize = 32;

/// Products have a small factor, so that their sum stays a whole number of 64 bits for as long as anybody watches.
pub const FACTORS: i64 = 1_009;

/// How an operation ended for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// An error that promises that nothing has changed.
    Failed,
    /// It has happened or not, as a whole, and can no longer happen. Whoever lost an answer waits until the statement has
    /// ended in the server, or the server has.
    Unknown,
}

/// What [`Operation::Read`] answers. Two sums could hide an update of the wrong rows; the products do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Read {
    pub rows: i64,
    pub id_sum: i64,
    pub v_sum: i64,
    pub product_sum: i64,
}

/// A read that is possible in no world. Something was lost, doubled or half seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub read: Read,
    pub possible: Vec<Read>,
}

/// `v` by `id`.
type Rows = BTreeMap<i64, i64>;

/// The rows of one client in a table, none at first.
#[derive(Clone, Debug)]
pub struct Model {
    worlds: BTreeSet<Rows>,
}

impl Default for Model {
    fn default() -> Self {
        Self { worlds: BTreeSet::from([Rows::new()]) }
    }
}

impl Model {
    /// An operation has ended.
    pub fn after(&mut self, operation: &Operation, outcome: Outcome) {
        if outcome == Outcome::Failed {
            return;
        }
        let after = self.worlds.iter().map(|rows| apply(rows.clone(), operation));
        let mut worlds: BTreeSet<_> = after.collect();
        if outcome == Outcome::Unknown {
            worlds.append(&mut self.worlds);
        }
        self.worlds = worlds;
    }

    /// Keeps the worlds that a read has found possible. After a mismatch all are kept, for whoever looks into it.
    pub fn check(&mut self, read: Read) -> Result<(), Mismatch> {
        if self.worlds.iter().all(|rows| Read::of(rows) != read) {
            return Err(Mismatch { read, possible: self.worlds.iter().map(Read::of).collect() });
        }
        self.worlds.retain(|rows| Read::of(rows) == read);
        Ok(())
    }

    /// How many worlds are possible; never none.
    pub fn worlds(&self) -> usize {
        self.worlds.len()
    }

    /// Whether the next operation has to be a read, or the worlds become too many.
    pub fn must_read(&self) -> bool {
        self.worlds() >= WORLDS_MAX
    }
}

impl Read {
    fn of(rows: &Rows) -> Self {
        rows.iter().fold(Self::default(), |read, (id, v)| read.and(*id, *v))
    }

    /// With one more row.
    pub fn and(self, id: i64, v: i64) -> Self {
        Self {
            rows: self.rows + 1,
            id_sum: self.id_sum + id,
            v_sum: self.v_sum + v,
            product_sum: self.product_sum + id % FACTORS * v,
        }
    }
}

fn apply(mut rows: Rows, operation: &Operation) -> Rows {
    match operation {
        Operation::Insert(ids) => rows.extend(ids.clone().map(|id| (id, id))),
        Operation::Delete(part) => rows.retain(|id, _| !part.has(*id)),
        Operation::Update(part) => rows.iter_mut().filter(|(id, _)| part.has(**id)).for_each(|(_, v)| *v += 1),
        Operation::Merge(ids) => ids.clone().for_each(|id| {
            rows.entry(id).and_modify(|v| *v += 1).or_insert(id);
        }),
        Operation::Optimise | Operation::Read | Operation::Regroup => {}
    }
    rows
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { read, possible } = self;
        write!(f, "read {read:?}, but only this is possible: {possible:?}")
    }
}

impl std::error::Error for Mismatch {}
