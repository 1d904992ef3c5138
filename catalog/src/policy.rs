//! Who may see what: policies in Cedar, decided for one person, one purpose and one table at a time.
//!
//! Pure: a decision depends on the snapshot, on who asks for what, and on the time that the caller tells. Nothing here
//! knows a query. What is decided is what a table looks like to whoever asks: its columns, each under which mask, and its
//! rows by conditions that stay text here and are read where queries are. Nobody sees what no policy gives.

/// What policies speak about, for Cedar.
mod schema;

/// Words of a text of policies, with their places.
mod tokens;

/// Names that exist, and what was meant by one that does not.
mod names;

/// What the notes at a policy ask for.
mod notes;

/// From texts to rules; every mistake is told.
mod read;

/// What Cedar itself finds wrong.
mod faults;

/// Which parts of what is asked policies look at.
mod looks;

/// People and fields as Cedar knows them.
mod entities;

/// Who asks for what.
mod ask;

/// What is decided, and what more or less of it is.
mod grant;

/// The policies of a snapshot, and asking them.
mod decide;

/// One question, column by column.
mod question;

/// What becomes different for people when policies change.
mod compare;

/// Whom conditions on rows are for.
mod rows;

pub use ask::{Action, Ask, Context, Subject};
pub use compare::{Difference, Seen, Shown, compare};
pub use decide::Policies;
pub use grant::{Because, Column, Decision, Denied, Fingerprint, Grant, RowRule, Way, Withheld};
pub use read::{Effect, Gives, Rule, Takes};
pub use rows::decides;

pub(crate) use names::{Known, Names};
pub(crate) use read::{check, rules_of};

#[cfg(test)]
mod tests;
