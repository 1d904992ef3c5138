//! Rows of `users`.

use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use sqlx::{Any, Row};

use super::{State, directories, store_error};
use crate::clock::Timestamp;
use crate::error::Result;

/// Who may be an administrator depends on which others there are, so such changes come one after the other.
const ADMINISTRATORS: &str = "lock.administrators";

const COLUMNS: &str =
    "name, office, department, roles, clearance, password_hash, scram_verifier, created_at, disabled_at";

#[derive(Clone, PartialEq, Eq)]
pub struct UserRow {
    /// Folded.
    pub name: String,
    /// Empty for none.
    pub office: String,
    pub department: Option<String>,
    /// A JSON list of keys.
    pub roles: String,
    pub clearance: String,
    /// Argon2id in the PHC string format.
    pub password_hash: String,
    /// SCRAM-SHA-256 in the format of PostgreSQL.
    pub scram_verifier: String,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
}

/// Leaves the secrets out: rows end up in logs.
impl std::fmt::Debug for UserRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserRow").field("name", &self.name).field("office", &self.office).finish_non_exhaustive()
    }
}

impl State {
    /// False when the name is taken.
    pub async fn insert_user(&self, user: &UserRow) -> Result<bool> {
        let sql = format!(
            "INSERT INTO users ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (name) DO NOTHING"
        );
        Ok(self.change(insertion(sql, user)).await? == 1)
    }

    /// Like [`Self::insert_user`], but only into an empty table: two processes cannot both make the first user.
    pub async fn insert_first_user(&self, user: &UserRow) -> Result<bool> {
        let sql = format!(
            "INSERT INTO users ({COLUMNS}) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9 \
             WHERE NOT EXISTS (SELECT 1 FROM users)"
        );
        self.change_administrators(insertion(sql, user)).await
    }

    pub async fn user(&self, name: &str) -> Result<Option<UserRow>> {
        let sql = select(" WHERE name = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(name).fetch_optional(&self.pool).await;
        row.map_err(store_error)?.map(|row| read(&row)).transpose()
    }

    /// All users by name.
    pub async fn users(&self) -> Result<Vec<UserRow>> {
        let rows = sqlx::query(sqlx::AssertSqlSafe(select(""))).fetch_all(&self.pool).await.map_err(store_error)?;
        let mut users = rows.iter().map(read).collect::<Result<Vec<_>>>()?;
        users.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(users)
    }

    pub async fn has_users(&self) -> Result<bool> {
        let found = sqlx::query("SELECT 1 FROM users LIMIT 1").fetch_optional(&self.pool).await;
        Ok(found.map_err(store_error)?.is_some())
    }

    /// False when there is no such user.
    pub async fn update_password(&self, name: &str, password_hash: &str, scram_verifier: &str) -> Result<bool> {
        let sql = "UPDATE users SET password_hash = $2, scram_verifier = $3 WHERE name = $1";
        let query = sqlx::query(sql).bind(name).bind(password_hash).bind(scram_verifier);
        Ok(self.change(query).await? == 1)
    }

    /// What policies ask of the user; false when there is no such user, or one who holds an office.
    pub async fn update_standing(
        &self,
        name: &str,
        department: Option<&str>,
        roles: &str,
        clearance: &str,
    ) -> Result<bool> {
        let sql = "UPDATE users SET department = $2, roles = $3, clearance = $4 WHERE name = $1 AND office = ''";
        let query = sqlx::query(sql).bind(name).bind(department).bind(roles).bind(clearance);
        Ok(self.change(query).await? == 1)
    }

    /// Removes the user and the tokens, unless no enabled administrator would be left or the user owns something, jobs
    /// included. Tables that the user has dropped belong to nobody then. False when nothing was removed.
    pub async fn delete_user(&self, name: &str) -> Result<bool> {
        let sql = "DELETE FROM users WHERE name = $1 AND NOT EXISTS (SELECT 1 FROM schemas WHERE owner = $1) AND \
                   NOT EXISTS (SELECT 1 FROM objects WHERE owner = $1) AND \
                   NOT EXISTS (SELECT 1 FROM jobs WHERE owner = $1) AND (office <> 'system' OR disabled_at IS NOT NULL OR EXISTS \
                   (SELECT 1 FROM users AS other WHERE other.office = 'system' AND other.disabled_at IS NULL AND other.name <> $1))";
        let mut transaction = self.begin_alone(ADMINISTRATORS).await?;
        let done = sqlx::query(sql).bind(name).execute(&mut *transaction).await.map_err(store_error)?;
        if done.rows_affected() == 1 {
            directories::disown(&mut transaction, name).await?;
        }
        transaction.commit().await.map_err(store_error)?;
        Ok(done.rows_affected() == 1)
    }

    /// Disables (`Some`) under the same condition as [`Self::delete_user`], or enables (`None`). False when nothing changed.
    pub async fn set_disabled(&self, name: &str, disabled_at: Option<Timestamp>) -> Result<bool> {
        let sql = "UPDATE users SET disabled_at = $2 WHERE name = $1 AND ($2 IS NULL OR office <> 'system' OR EXISTS \
                   (SELECT 1 FROM users AS other WHERE other.office = 'system' AND other.disabled_at IS NULL AND other.name <> $1))";
        self.change_administrators(sqlx::query(sql).bind(name).bind(disabled_at.map(Timestamp::ms))).await
    }

    async fn change_administrators(&self, query: Query<'_, Any, AnyArguments>) -> Result<bool> {
        let mut transaction = self.begin_alone(ADMINISTRATORS).await?;
        let done = query.execute(&mut *transaction).await.map_err(store_error)?;
        transaction.commit().await.map_err(store_error)?;
        Ok(done.rows_affected() == 1)
    }
}

fn insertion(sql: String, user: &UserRow) -> Query<'_, Any, AnyArguments> {
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&user.name)
        .bind(&user.office)
        .bind(&user.department)
        .bind(&user.roles)
        .bind(&user.clearance)
        .bind(&user.password_hash)
        .bind(&user.scram_verifier)
        .bind(user.created_at.ms())
        .bind(user.disabled_at.map(Timestamp::ms))
}

fn select(rest: &str) -> String {
    format!("SELECT {COLUMNS} FROM users{rest}")
}

pub(super) fn read(row: &AnyRow) -> Result<UserRow> {
    let fields = || -> sqlx::Result<UserRow> {
        Ok(UserRow {
            name: row.try_get("name")?,
            office: row.try_get("office")?,
            department: row.try_get("department")?,
            roles: row.try_get("roles")?,
            clearance: row.try_get("clearance")?,
            password_hash: row.try_get("password_hash")?,
            scram_verifier: row.try_get("scram_verifier")?,
            created_at: Timestamp::from_ms(row.try_get("created_at")?),
            disabled_at: row.try_get::<Option<i64>, _>("disabled_at")?.map(Timestamp::from_ms),
        })
    };
    fields().map_err(store_error)
}
