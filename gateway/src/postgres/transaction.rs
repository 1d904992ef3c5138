//! Whether a transaction is open.
//!
//! Tables change with one commit per statement, so a transaction here is one of reads: it groups statements, and takes settings back
//! when it is rolled back. A statement that changes something is refused in it, rather than made to look as if it could be undone.

use huitong_catalog::{Code, Error, Result};

use super::problem::Problem;
use super::variables::Variables;

/// The transaction of a connection.
#[derive(Debug, Default)]
pub struct Transaction {
    state: State,
    /// Settings as they were at its begin.
    before: Settings,
    savepoints: Vec<Savepoint>,
    /// Settings that end with it however it ends, as they were, in the order in which they were changed.
    local: Vec<(String, String)>,
}

type Settings = Vec<(&'static str, String)>;

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    None,
    Open,
    Failed,
}

#[derive(Debug)]
struct Savepoint {
    name: String,
    settings: Settings,
    locals: usize,
    /// Portals that were made before it.
    portals: u64,
}

impl Transaction {
    /// As the protocol tells it.
    pub fn status(&self) -> u8 {
        match self.state {
            State::None => b'I',
            State::Open => b'T',
            State::Failed => b'E',
        }
    }

    pub fn is_open(&self) -> bool {
        self.state != State::None
    }

    /// Begins one; a warning if there is one already.
    pub fn begin(&mut self, variables: &Variables) -> Option<Problem> {
        if self.is_open() {
            return Some(warning("25001", "there is already a transaction"));
        }
        *self = Self { state: State::Open, before: variables.all(), ..Self::default() };
        None
    }

    /// Ends it; answers whether it was committed.
    pub fn commit(&mut self, variables: &Variables) -> Result<bool> {
        let committed = self.state != State::Failed;
        self.end(variables, committed)?;
        Ok(committed)
    }

    pub fn roll_back(&mut self, variables: &Variables) -> Result<()> {
        self.end(variables, false)
    }

    /// That there is none, for those who end it.
    pub fn missing(&self) -> Option<Problem> {
        (!self.is_open()).then(|| warning("25P01", "there is no transaction in progress"))
    }

    fn end(&mut self, variables: &Variables, committed: bool) -> Result<()> {
        let Self { before, local, .. } = std::mem::take(self);
        variables.end_transaction();
        match committed {
            true => local.iter().rev().try_for_each(|(name, value)| variables.set(name, value))?,
            false => restore(variables, &before)?,
        }
        variables.end_transaction();
        Ok(())
    }

    /// A statement failed.
    pub fn fail(&mut self) {
        if self.is_open() {
            self.state = State::Failed;
        }
    }

    /// Refuses statements in a transaction that has failed.
    pub fn check(&self) -> Result<(), Problem> {
        match self.state {
            State::Failed => Err(Problem::new(
                "25P02",
                Error::new(Code::UNSUPPORTED_STATEMENT, "the transaction has failed, and nothing runs until its end")
                    .with_hint("send ROLLBACK"),
            )),
            _ => Ok(()),
        }
    }

    /// Refuses a statement that changes something where a transaction is open.
    pub fn check_change(&self) -> Result<()> {
        if !self.is_open() {
            return Ok(());
        }
        Err(Error::new(
            Code::UNSUPPORTED_STATEMENT,
            "a statement that changes something cannot run inside a transaction, because it could not be rolled back",
        )
        .with_hint(
            "each such statement is a transaction of its own: leave BEGIN out, or turn autocommit on in the client",
        ))
    }

    /// Notes a setting before it is changed for the transaction alone.
    pub fn note_local(&mut self, name: &str, before: String) {
        self.local.push((name.to_owned(), before));
    }

    /// `portals` have been made so far.
    pub fn save(&mut self, name: String, variables: &Variables, portals: u64) -> Result<(), Problem> {
        self.require("SAVEPOINT")?;
        self.savepoints.push(Savepoint { name, settings: variables.all(), locals: self.local.len(), portals });
        Ok(())
    }

    pub fn release(&mut self, name: &str) -> Result<(), Problem> {
        self.require("RELEASE SAVEPOINT")?;
        let at = self.find(name)?;
        self.savepoints.truncate(at);
        Ok(())
    }

    /// Goes back to a savepoint, which stays; a failure behind it is forgotten. Answers how many portals had been made then.
    pub fn roll_back_to(&mut self, name: &str, variables: &Variables) -> Result<u64, Problem> {
        self.require("ROLLBACK TO SAVEPOINT")?;
        let at = self.find(name)?;
        self.savepoints.truncate(at + 1);
        let savepoint = &self.savepoints[at];
        self.local.truncate(savepoint.locals);
        self.state = State::Open;
        restore(variables, &savepoint.settings)?;
        Ok(savepoint.portals)
    }

    fn find(&self, name: &str) -> Result<usize, Problem> {
        let found = self.savepoints.iter().rposition(|savepoint| savepoint.name == name);
        found.ok_or_else(|| {
            Problem::new("3B001", Error::new(Code::UNSUPPORTED_STATEMENT, format!("there is no savepoint `{name}`")))
        })
    }

    fn require(&self, what: &str) -> Result<(), Problem> {
        match self.is_open() {
            true => Ok(()),
            false => {
                let text = format!("{what} is for transactions, and none is open");
                Err(Problem::new("25P01", Error::new(Code::UNSUPPORTED_STATEMENT, text)))
            }
        }
    }
}

/// Gives settings that are different now the values that they had, however they were changed.
fn restore(variables: &Variables, before: &Settings) -> Result<()> {
    let now = variables.all();
    before.iter().filter(|setting| !now.contains(setting)).try_for_each(|(name, value)| variables.set(name, value))
}

fn warning(state: &'static str, text: &str) -> Problem {
    Problem::new(state, Error::new(Code::UNSUPPORTED_STATEMENT, text))
}
