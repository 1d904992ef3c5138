//! Rows of `settings`: single values that outlive a process and that nobody writes into a configuration file.

use sqlx::{Any, Transaction};

use super::{State, store_error};
use crate::error::Result;

impl State {
    /// A transaction that runs alone among those that ask for the same key: its further statements see all that the one
    /// before it did. For conditions on rows that are not there, which no row lock guards.
    pub(super) async fn begin_alone(&self, key: &'static str) -> Result<Transaction<'static, Any>> {
        let sql = "INSERT INTO settings (key, value) VALUES ($1, '') ON CONFLICT (key) DO UPDATE SET value = ''";
        let mut transaction = self.begin_change().await?;
        sqlx::query(sql).bind(key).execute(&mut *transaction).await.map_err(store_error)?;
        Ok(transaction)
    }

    pub async fn setting(&self, key: &str) -> Result<Option<String>> {
        let query = sqlx::query_scalar("SELECT value FROM settings WHERE key = $1").bind(key);
        query.fetch_optional(&self.pool).await.map_err(store_error)
    }

    pub async fn set_setting(&self, key: &str, value: &str) -> Result<()> {
        let sql =
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.change(sqlx::query(sql).bind(key).bind(value)).await.map(drop)
    }

    /// The stored value, or `value` if there was none; whoever comes first decides for all.
    pub async fn setting_or_insert(&self, key: &str, value: &str) -> Result<String> {
        let sql = "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
        self.change(sqlx::query(sql).bind(key).bind(value)).await?;
        Ok(self.setting(key).await?.unwrap_or_else(|| value.to_owned()))
    }
}
