//! What is done to a table, in random order.

use std::ops::Range;

use super::dice::Dice;
use super::model::FACTORS;

/// One statement about the rows of one client. A table has three columns, whole numbers: `who`, which is the client, `id` and `v`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Rows with these ids, which no other operation inserts, and `v` equal to `id`.
    Insert(Range<i64>),
    Delete(Part),
    /// Adds one to `v`.
    Update(Part),
    /// Adds one to `v` of the rows with these ids, and inserts those that are missing as [`Self::Insert`] does.
    Merge(Range<i64>),
    /// Changes files, but no rows.
    Optimise,
    Read,
    /// The same behind two shuffles: what one of them lost or doubled shows.
    Regroup,
}

/// The rows of one client in a table.
#[derive(Clone, Debug)]
pub struct Share {
    pub table: String,
    pub who: u32,
}

/// The rows whose `id`, divided by a number, leaves this remainder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub divisor: i64,
    pub remainder: i64,
}

impl Part {
    pub fn has(self, id: i64) -> bool {
        id % self.divisor == self.remainder
    }
}

impl Operation {
    /// Whether it changes nothing.
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Read | Self::Regroup)
    }

    /// The statement for a table that [`Self::create`] made.
    pub fn sql(&self, share: &Share) -> String {
        let Share { table, who } = share;
        let rows_of = |part: &Part| format!("who = {who} AND id % {} = {}", part.divisor, part.remainder);
        let sums = format!(
            "SELECT count(*) AS n, coalesce(sum(id), 0) AS ids, coalesce(sum(v), 0) AS vs, \
             coalesce(sum(id % {FACTORS} * v), 0) AS products"
        );
        match self {
            Self::Insert(ids) => {
                let Range { start, end } = ids;
                format!(
                    "INSERT INTO {table} SELECT {who} AS who, v AS id, v FROM unnest(range({start}, {end})) AS r(v)"
                )
            }
            Self::Merge(ids) => {
                let Range { start, end } = ids;
                format!(
                    "MERGE INTO {table} t USING (SELECT v AS id FROM unnest(range({start}, {end})) AS r(v)) s \
                     ON t.id = s.id AND t.who = {who} WHEN MATCHED THEN UPDATE SET v = t.v + 1 \
                     WHEN NOT MATCHED THEN INSERT (who, id, v) VALUES ({who}, s.id, s.id)"
                )
            }
            Self::Delete(part) => format!("DELETE FROM {table} WHERE {}", rows_of(part)),
            Self::Update(part) => format!("UPDATE {table} SET v = v + 1 WHERE {}", rows_of(part)),
            Self::Optimise => format!("OPTIMIZE {table}"),
            Self::Read => format!("{sums} FROM {table} WHERE who = {who}"),
            Self::Regroup => format!("{sums} FROM (SELECT id, sum(v) AS v FROM {table} WHERE who = {who} GROUP BY id)"),
        }
    }

    /// Makes an empty table.
    pub fn create(table: &str) -> String {
        format!("CREATE TABLE {table} (who BIGINT, id BIGINT, v BIGINT)")
    }
}

/// Operations without end for one share; the seed decides which. Deletes take a part of what there is, so the table stops
/// growing at about twenty batches.
#[derive(Clone, Debug)]
pub struct Operations {
    dice: Dice,
    batch_rows_max: u32,
    next_id: i64,
}

impl Operations {
    pub fn new(seed: u64, batch_rows_max: u32) -> Self {
        Self { dice: Dice::new(seed), batch_rows_max: batch_rows_max.max(1), next_id: 0 }
    }

    fn insert(&mut self) -> Operation {
        let first = self.next_id;
        self.next_id += 1 + i64::from(self.dice.below(self.batch_rows_max));
        Operation::Insert(first..self.next_id)
    }

    /// Some of the ids that were inserted last, and some new ones.
    fn merge(&mut self) -> Operation {
        let start = self.next_id - i64::from(self.dice.below(self.batch_rows_max));
        self.next_id += 1 + i64::from(self.dice.below(self.batch_rows_max));
        Operation::Merge(start.max(0)..self.next_id)
    }

    fn part(&mut self) -> Part {
        let divisor = 2 + self.dice.below(12);
        Part { divisor: i64::from(divisor), remainder: i64::from(self.dice.below(divisor)) }
    }
}

impl Iterator for Operations {
    type Item = Operation;

    fn next(&mut self) -> Option<Operation> {
        Some(match self.dice.below(12) {
            0..4 => self.insert(),
            4 => Operation::Delete(self.part()),
            5..7 => Operation::Update(self.part()),
            7 => self.merge(),
            8 => Operation::Optimise,
            9 => Operation::Read,
            _ => Operation::Regroup,
        })
    }
}
