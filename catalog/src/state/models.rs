//! Rows of `models` and `applied_models`: the city's contracts, compiled, and since when which of them are in force.
//!
//! No row is ever changed or removed: what a statement of last year was allowed to see is read from the model that it names.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{State, store_error};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};

/// What whoever applies a model takes in turn.
const TURN: &str = "models";

/// That a model came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedModel {
    /// The first is 1.
    pub number: i64,
    pub hash: String,
    pub applied_by: String,
    pub applied_at: Timestamp,
}

impl State {
    /// What is in force; none before the first model.
    pub async fn applied_model(&self) -> Result<Option<AppliedModel>> {
        let sql = "SELECT number, hash, applied_by, applied_at FROM applied_models ORDER BY number DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_optional(&self.pool).await.map_err(store_error)?;
        row.as_ref().map(applied).transpose()
    }

    /// All that were in force, the newest first.
    pub async fn applied_models(&self) -> Result<Vec<AppliedModel>> {
        let sql = "SELECT number, hash, applied_by, applied_at FROM applied_models ORDER BY number DESC";
        sqlx::query(sql).fetch_all(&self.pool).await.map_err(store_error)?.iter().map(applied).collect()
    }

    /// The text of a model; none if there is none with that hash.
    pub async fn model(&self, hash: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT body FROM models WHERE hash = $1").bind(hash);
        query.fetch_optional(&self.pool).await.map_err(store_error)
    }

    /// Puts a model in force in the place of the one with that number (0: of none). The number of the one that is in force stands in the
    /// error (HT0306) if it is another one by now: somebody else was faster.
    pub async fn apply_model(&self, before: i64, hash: &str, body: &str, by: &str, now: Timestamp) -> Result<i64> {
        let mut transaction = self.begin_alone(TURN).await?;
        let newest = sqlx::query_scalar::<_, Option<i64>>("SELECT max(number) FROM applied_models");
        let newest = newest.fetch_one(&mut *transaction).await.map_err(store_error)?.unwrap_or_default();
        if newest != before {
            return Err(Error::new(Code::COMMIT_CONFLICT, format!("model {newest} is in force by now, not {before}"))
                .with_hint("look at what it changed (`huitong plan`), and apply yours again"));
        }
        let insert = "INSERT INTO models (hash, body) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
        sqlx::query(insert).bind(hash).bind(body).execute(&mut *transaction).await.map_err(store_error)?;
        let insert = "INSERT INTO applied_models (number, hash, applied_by, applied_at) VALUES ($1, $2, $3, $4)";
        let query = sqlx::query(insert).bind(before + 1).bind(hash).bind(by).bind(now.ms());
        query.execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(before + 1)
    }
}

fn applied(row: &AnyRow) -> Result<AppliedModel> {
    let number = |column: &str| row.try_get::<i64, _>(column).map_err(store_error);
    let text = |column: &str| row.try_get::<String, _>(column).map_err(store_error);
    Ok(AppliedModel {
        number: number("number")?,
        hash: text("hash")?,
        applied_by: text("applied_by")?,
        applied_at: Timestamp::from_ms(number("applied_at")?),
    })
}
