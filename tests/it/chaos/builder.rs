//! A client that makes tables from queries and drops them again.

use std::thread;

use super::client::{End, end};
use super::scene::Scene;
use super::{Dice, Outcome};

const WHO: &str = "builder";
/// It makes tables of that many names, again and again.
const NAMES: u32 = 4;

pub struct Builder<'a> {
    scene: &'a Scene,
    dice: Dice,
    /// What is known of each table: how many rows it has, if it is there.
    tables: Vec<Known>,
    pub made: u32,
}

/// Which states of a table are possible; rows none: it is not there.
type Known = Vec<Option<u32>>;

impl<'a> Builder<'a> {
    pub fn new(scene: &'a Scene, seed: u64) -> Self {
        let tables = (0..NAMES).map(|_| vec![None]).collect();
        Self { scene, dice: Dice::new(seed), tables, made: 0 }
    }

    /// Works until the scene is over.
    pub fn work(&mut self) {
        while !self.scene.is_over() {
            let table = self.dice.below(NAMES) as usize;
            match self.tables[table][..] {
                [None] => self.make(table),
                [Some(_)] => self.drop(table),
                _ => self.look(table),
            }
            thread::sleep(std::time::Duration::from_millis(200));
        }
    }

    /// Looks at each table in the end.
    pub fn finish(&mut self) {
        (0..self.tables.len()).for_each(|table| {
            let is_known = (0..5).any(|_| {
                self.look(table);
                self.tables[table].len() == 1
            });
            if !is_known {
                self.scene.wrong(WHO, format!("copy_{table} cannot be read"));
            }
        });
    }

    fn make(&mut self, table: usize) {
        let rows = 1 + self.dice.below(20_000);
        let script = format!("CREATE TABLE copy_{table} AS SELECT v FROM unnest(range(0, {rows})) AS r(v)");
        match self.ask(&script) {
            Some(Outcome::Done) => {
                self.made += 1;
                self.tables[table] = vec![Some(rows)];
                self.look(table);
            }
            Some(Outcome::Unknown) => self.tables[table].push(Some(rows)),
            Some(Outcome::Failed) | None => {}
        }
    }

    fn drop(&mut self, table: usize) {
        match self.ask(&format!("DROP TABLE copy_{table}")) {
            Some(Outcome::Done) => self.tables[table] = vec![None],
            Some(Outcome::Unknown) => self.tables[table].push(None),
            Some(Outcome::Failed) | None => {}
        }
    }

    /// Settles whether a table is there, and sees that it is whole.
    fn look(&mut self, table: usize) {
        let script =
            format!("SELECT count(*) AS n, count(DISTINCT v) AS d, coalesce(sum(v), 0) AS s FROM copy_{table}");
        let End { told, outcome, code } = end(self.scene, WHO, &script);
        let found = match (&told, code.as_str()) {
            (Ok(told), _) => self.tables[table].iter().flatten().find(|rows| *told == whole(**rows)).copied().map(Some),
            (Err(_), "HT0102") => Some(None),
            _ if outcome.is_some() => return,
            _ => None,
        };
        match found.filter(|found| self.tables[table].contains(found)) {
            Some(found) => self.tables[table] = vec![found],
            None => self.scene.wrong(WHO, format!("copy_{table} is {told:?}, possible is {:?}", self.tables[table])),
        }
    }

    fn ask(&mut self, script: &str) -> Option<Outcome> {
        let End { told, outcome, .. } = end(self.scene, WHO, script);
        if outcome.is_none() {
            self.scene.wrong(WHO, format!("{script}: {told:?}"));
        }
        outcome
    }
}

/// What is answered of a table with so many rows.
fn whole(rows: u32) -> String {
    let sum = u64::from(rows) * u64::from(rows - 1) / 2;
    format!("n,d,s\n{rows},{rows},{sum}\n")
}
