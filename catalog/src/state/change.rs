//! Changes of the database: transactions, which a coordinator makes only while nobody has taken over from it.
//!
//! A coordinator that lost its lease, or stood still beyond its end, may be in the middle of a statement while the next one has
//! read what there is. So each of its changes looks at the lease's epoch in the same transaction, and keeps the row from being
//! written until it has ended: either the change comes first, and the next coordinator finds it, or the lease does, and the
//! change is refused. Taking, renewing and releasing a lease have conditions of their own.

use sqlx::any::AnyArguments;
use sqlx::query::Query;
use sqlx::{Any, Transaction};

use super::{COORDINATOR, State, store_error};
use crate::error::{Code, Error, Result};

impl State {
    /// The same database for the coordinator of that epoch: changes are refused (HT0413) once another one has taken the lease
    /// [`COORDINATOR`]. Without a fence, as the command line has it for users, changes are made at any time.
    pub fn fenced(&self, epoch: i64) -> Self {
        Self { fence: Some(epoch), ..self.clone() }
    }

    /// What rows carry that a coordinator's successors must tell from their own; zero without a fence.
    pub fn epoch(&self) -> i64 {
        self.fence.unwrap_or_default()
    }

    /// Begins a change.
    pub(super) async fn begin_change(&self) -> Result<Transaction<'static, Any>> {
        let mut transaction = self.pool.begin_with(self.dialect.begin_change()).await.map_err(store_error)?;
        if let Some(epoch) = self.fence {
            let query = sqlx::query_scalar(self.dialect.hold_epoch()).bind(COORDINATOR);
            let newest: Option<i64> = query.fetch_optional(&mut *transaction).await.map_err(store_error)?;
            if newest != Some(epoch) {
                return Err(taken_over());
            }
        }
        Ok(transaction)
    }

    /// Makes a change of one statement; returns how many rows it changed.
    pub(super) async fn change(&self, query: Query<'_, Any, AnyArguments>) -> Result<u64> {
        let mut transaction = self.begin_change().await?;
        let done = query.execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(done.rows_affected())
    }
}

/// That what this coordinator wanted to change is no longer its own to change.
pub fn taken_over() -> Error {
    Error::new(Code::TAKEN_OVER, "another coordinator has taken over from this one; nothing was changed")
        .with_hint("connect to the new one and try again")
}
