//! Rows of `tokens`.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::{State, UserRow, rows_if_there, store_error};
use crate::clock::Timestamp;
use crate::error::Result;

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// SHA-256 of the token, in hexadecimal.
    pub hash: String,
    /// Public: names the token in lists, in the audit and when it is revoked.
    pub id: String,
    pub user: String,
    pub kind: String,
    pub label: String,
    /// JSON; `{}` for no limits.
    pub scope: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl State {
    /// False when the user is gone meanwhile.
    pub async fn insert_token(&self, token: &TokenRow) -> Result<bool> {
        let sql = "INSERT INTO tokens (hash, id, user_name, kind, label, scope, created_at, expires_at) \
                   SELECT $1, $2, name, $4, $5, $6, $7, $8 FROM users WHERE name = $3 AND disabled_at IS NULL";
        let query = sqlx::query(sql)
            .bind(&token.hash)
            .bind(&token.id)
            .bind(&token.user)
            .bind(&token.kind)
            .bind(&token.label)
            .bind(&token.scope)
            .bind(token.created_at.ms())
            .bind(token.expires_at.ms());
        let mut transaction = self.begin_change().await?;
        let inserted = rows_if_there(query.execute(&mut *transaction).await)? == 1;
        if inserted {
            transaction.commit().await.map_err(store_error)?;
        }
        Ok(inserted)
    }

    /// The token and its user; nothing when either is gone, expired, revoked or disabled.
    pub async fn valid_token(&self, hash: &str, now: Timestamp) -> Result<Option<(TokenRow, UserRow)>> {
        let sql = "SELECT * FROM tokens WHERE hash = $1 AND revoked_at IS NULL AND expires_at > $2";
        let row = sqlx::query(sql).bind(hash).bind(now.ms()).fetch_optional(&self.pool).await.map_err(store_error)?;
        let Some(token) = row.as_ref().map(read).transpose()? else { return Ok(None) };
        let user = self.user(&token.user).await?.filter(|user| user.disabled_at.is_none());
        Ok(user.map(|user| (token, user)))
    }

    pub async fn touch_token(&self, hash: &str, now: Timestamp) -> Result<()> {
        let query = sqlx::query("UPDATE tokens SET last_used_at = $2 WHERE hash = $1").bind(hash).bind(now.ms());
        self.change(query).await.map(drop)
    }

    /// The tokens of a user, newest first.
    pub async fn tokens_of(&self, user: &str) -> Result<Vec<TokenRow>> {
        let sql = "SELECT * FROM tokens WHERE user_name = $1 ORDER BY created_at DESC, id";
        let rows = sqlx::query(sql).bind(user).fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(read).collect()
    }

    /// The newest tokens, of one user or of all: those of programs before those of sign-ins, of which there are many.
    pub async fn newest_tokens(&self, user: Option<&str>, limit: u32) -> Result<Vec<TokenRow>> {
        let sql = "SELECT * FROM tokens WHERE $1 IS NULL OR user_name = $1 ORDER BY kind, created_at DESC, id LIMIT $2";
        let rows =
            sqlx::query(sql).bind(user).bind(i64::from(limit)).fetch_all(&self.pool).await.map_err(store_error)?;
        rows.iter().map(read).collect()
    }

    /// False when the user has no such token that is still valid.
    pub async fn revoke_token(&self, user: &str, id: &str, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE tokens SET revoked_at = $3 WHERE user_name = $1 AND id = $2 AND revoked_at IS NULL";
        let query = sqlx::query(sql).bind(user).bind(id).bind(now.ms());
        Ok(self.change(query).await? == 1)
    }

    /// Revokes all tokens of a user, or all of one kind; returns how many.
    pub async fn revoke_tokens(&self, user: &str, kind: Option<&str>, now: Timestamp) -> Result<u64> {
        let sql = "UPDATE tokens SET revoked_at = $3 \
                   WHERE user_name = $1 AND revoked_at IS NULL AND ($2 IS NULL OR kind = $2)";
        let query = sqlx::query(sql).bind(user).bind(kind).bind(now.ms());
        self.change(query).await
    }

    /// Revokes the token of that hash if it is of that kind; false if there is none that is still valid.
    pub async fn revoke_kind(&self, hash: &str, kind: &str, now: Timestamp) -> Result<bool> {
        let sql = "UPDATE tokens SET revoked_at = $3 WHERE hash = $1 AND kind = $2 AND revoked_at IS NULL";
        let query = sqlx::query(sql).bind(hash).bind(kind).bind(now.ms());
        Ok(self.change(query).await? == 1)
    }

    /// Forgets tokens that have been dead since before `limit`; returns how many.
    pub async fn delete_dead_tokens(&self, limit: Timestamp) -> Result<u64> {
        let sql = "DELETE FROM tokens WHERE expires_at < $1 OR revoked_at < $1";
        self.change(sqlx::query(sql).bind(limit.ms())).await
    }
}

fn read(row: &AnyRow) -> Result<TokenRow> {
    let fields = || -> sqlx::Result<TokenRow> {
        Ok(TokenRow {
            hash: row.try_get("hash")?,
            id: row.try_get("id")?,
            user: row.try_get("user_name")?,
            kind: row.try_get("kind")?,
            label: row.try_get("label")?,
            scope: row.try_get("scope")?,
            created_at: Timestamp::from_ms(row.try_get("created_at")?),
            expires_at: Timestamp::from_ms(row.try_get("expires_at")?),
            last_used_at: row.try_get::<Option<i64>, _>("last_used_at")?.map(Timestamp::from_ms),
            revoked_at: row.try_get::<Option<i64>, _>("revoked_at")?.map(Timestamp::from_ms),
        })
    };
    fields().map_err(store_error)
}
