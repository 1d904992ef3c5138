//! Managing tokens.

use std::time::Duration;

use super::{Users, known_form, unknown_user};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::identity::scope::Scope;
use crate::identity::token::{Token, TokenKind};
use crate::ids::uuid;
use crate::state::TokenRow;

/// A token without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInfo {
    pub id: String,
    pub user: String,
    pub kind: TokenKind,
    pub label: String,
    pub scope: Scope,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    /// Exact to about a minute.
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// Longest life of a token, whatever the settings say: what never expires is never cleaned up.
pub const TOKEN_LIFETIME_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

const DAY_S: u64 = 24 * 3600;

const LABEL_CHARS_MAX: usize = 128;

/// Dead tokens stay listed this long, for whoever looks into an incident.
const DEAD_TOKENS_KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

impl Users {
    /// Makes the token of a sign-in, which lives as long as the settings say.
    pub async fn issue_session_token(&self, user: &str) -> Result<Token> {
        let life = self.inner.options.session_life;
        self.issue_token(user, TokenKind::Session, "sign-in", life).await.map(|(token, _)| token)
    }

    /// Makes a token for `user`, to be shown once. A personal one lives at most as long as the settings say, and no token longer
    /// than a year.
    pub async fn issue_token(
        &self,
        user: &str,
        kind: TokenKind,
        label: &str,
        lifetime: Duration,
    ) -> Result<(Token, TokenInfo)> {
        self.issue(user, kind, label, lifetime, Scope::default()).await
    }

    /// The same of a personal token that may do less than its user.
    pub async fn issue_scoped_token(
        &self,
        user: &str,
        label: &str,
        lifetime: Duration,
        scope: Scope,
    ) -> Result<(Token, TokenInfo)> {
        self.issue(user, TokenKind::Personal, label, lifetime, scope).await
    }

    async fn issue(
        &self,
        user: &str,
        kind: TokenKind,
        label: &str,
        lifetime: Duration,
        scope: Scope,
    ) -> Result<(Token, TokenInfo)> {
        let user = known_form(user)?;
        let life_max = match kind {
            TokenKind::Session => TOKEN_LIFETIME_MAX,
            TokenKind::Personal => self.inner.options.token_life_max.min(TOKEN_LIFETIME_MAX),
        };
        check_token(label, lifetime, life_max)?;
        let now = self.now();
        self.inner.state.delete_dead_tokens(now.minus(DEAD_TOKENS_KEPT)).await?;
        let token = Token::generate(self.inner.randomness.as_ref())?;
        let row = TokenRow {
            hash: token.hash(),
            id: uuid(self.inner.randomness.as_ref())?,
            user: user.to_string(),
            kind: kind.as_str().to_owned(),
            label: label.to_owned(),
            scope: scope.to_json()?,
            created_at: now,
            expires_at: now.plus(lifetime),
            last_used_at: None,
            revoked_at: None,
        };
        if self.inner.state.insert_token(&row).await? {
            return Ok((token, token_info(row)?));
        }
        Err(unknown_user(&user))
    }

    /// The tokens of a user, newest first, with those that died lately.
    pub async fn list_tokens(&self, user: &str) -> Result<Vec<TokenInfo>> {
        let user = known_form(user)?;
        if self.inner.state.user(user.as_str()).await?.is_none() {
            return Err(unknown_user(&user));
        }
        let rows = self.inner.state.tokens_of(user.as_str()).await?;
        rows.into_iter().map(token_info).collect()
    }

    /// The newest tokens of one user, or of all, with those that died lately.
    pub async fn newest_tokens(&self, user: Option<&str>, limit: u32) -> Result<Vec<TokenInfo>> {
        self.inner.state.newest_tokens(user, limit).await?.into_iter().map(token_info).collect()
    }

    /// Ends one token of a user by its public id; at once in this process, within the cache's life in others.
    pub async fn revoke(&self, user: &str, token_id: &str) -> Result<()> {
        let user = known_form(user)?;
        let revoked = self.inner.state.revoke_token(user.as_str(), token_id, self.now()).await?;
        self.cache().forget(user.as_str());
        if revoked {
            return Ok(());
        }
        Err(Error::new(Code::TOKEN_INVALID, format!("user `{user}` has no token with this id that could be revoked")))
    }

    /// Ends a token that a door gave at a sign-in, when the session that it stands for has ended. A personal token stays: false.
    pub async fn end_sign_in(&self, token: &str) -> Result<bool> {
        let Some(token) = Token::parse(token) else { return Ok(false) };
        let (hash, kind) = (token.hash(), TokenKind::Session.as_str());
        let ended = self.inner.state.revoke_kind(&hash, kind, self.now()).await;
        self.cache().forget_one(&hash);
        ended
    }

    /// Ends every token of a user; returns how many.
    pub async fn revoke_all(&self, user: &str) -> Result<u64> {
        let user = known_form(user)?;
        let revoked = self.inner.state.revoke_tokens(user.as_str(), None, self.now()).await;
        self.cache().forget(user.as_str());
        revoked
    }
}

fn check_token(label: &str, lifetime: Duration, life_max: Duration) -> Result<()> {
    if label.chars().count() > LABEL_CHARS_MAX || label.contains(char::is_control) {
        return Err(Error::new(Code::SETTING_VALUE, "the label of a token is one line of at most 128 characters"));
    }
    if lifetime.is_zero() || lifetime > life_max {
        let most = match life_max.as_secs() / DAY_S {
            0 => format!("{} s", life_max.as_secs()),
            days => format!("{days} days"),
        };
        return Err(Error::new(Code::SETTING_VALUE, format!("a token lives for more than nothing and at most {most}")));
    }
    Ok(())
}

fn token_info(row: TokenRow) -> Result<TokenInfo> {
    Ok(TokenInfo {
        scope: Scope::read(&row.scope)?,
        id: row.id,
        user: row.user,
        kind: TokenKind::read(&row.kind),
        label: row.label,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
        revoked_at: row.revoked_at,
    })
}
