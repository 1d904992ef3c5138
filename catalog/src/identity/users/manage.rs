//! Managing users.

use super::stored::{office, principal, standing};
use super::{Users, known_form, unknown_user};
use crate::clock::Timestamp;
use crate::contracts::Grade;
use crate::error::{Code, Error, Result};
use crate::identity::office::Office;
use crate::identity::password::{Stored, check_rules, generate, refused};
use crate::identity::principal::{Attributes, Principal, Via};
use crate::identity::token::TokenKind;
use crate::identity::user_name::UserName;
use crate::state::UserRow;

/// A user without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserInfo {
    pub name: String,
    pub office: Option<Office>,
    pub standing: Attributes,
    pub created_at: Timestamp,
    pub disabled_at: Option<Timestamp>,
}

/// What became of the first administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstAdmin {
    pub name: String,
    /// False when there were users already; then nothing was changed.
    pub created: bool,
    /// To be shown once; nothing keeps it. `None` when the password was given, or nothing was created.
    pub one_time_password: Option<String>,
}

const FIRST_ADMIN: &str = "admin";

impl Users {
    pub async fn add(&self, name: &str, password: &str, office: Option<Office>) -> Result<()> {
        let name = UserName::parse(name)?;
        self.check_password(&name, password)?;
        let user = self.new_user(&name, password, office).await?;
        if self.inner.state.insert_user(&user).await? {
            return Ok(());
        }
        Err(Error::new(Code::USER_EXISTS, format!("user `{name}` already exists")))
    }

    /// Removes the user with all tokens. The last enabled administrator stays (HT0208), and so does a user who owns schemas,
    /// tables, views or jobs (HT0211): somebody who gets the name later must not inherit them.
    pub async fn remove(&self, name: &str) -> Result<()> {
        let name = known_form(name)?;
        let owned = self.inner.state.owned_by(name.as_str()).await?;
        if let Some(first) = owned.first() {
            let more = if owned.len() > 1 { format!(" and {} more", owned.len() - 1) } else { String::new() };
            return Err(Error::new(Code::USER_OWNS_OBJECTS, format!("user `{name}` owns `{first}`{more}"))
                .with_hint("drop them, or let nobody sign in with it: `ALTER USER name DISABLE`"));
        }
        match self.inner.state.delete_user(name.as_str()).await? {
            true => {
                self.changed(name.as_str());
                Ok(())
            }
            false => Err(self.unchanged(&name).await?),
        }
    }

    /// Keeps the user and everything recorded about it, but lets nobody sign in with it, tokens included. Sign-ins end for good; personal
    /// tokens hold again when the user is enabled.
    pub async fn disable(&self, name: &str) -> Result<()> {
        let name = known_form(name)?;
        if !self.inner.state.set_disabled(name.as_str(), Some(self.now())).await? {
            return Err(self.unchanged(&name).await?);
        }
        // Before the tokens: a sign-in that comes between the two finds the user disabled.
        self.changed(name.as_str());
        self.end_sign_ins(&name).await
    }

    pub async fn enable(&self, name: &str) -> Result<()> {
        let name = known_form(name)?;
        if self.inner.state.set_disabled(name.as_str(), None).await? { Ok(()) } else { Err(unknown_user(&name)) }
    }

    /// The user as whoever acts in the user's name, without a door: a job of theirs. HT0206 if there is no such user any more, or
    /// the user is disabled.
    pub async fn acting(&self, name: &str) -> Result<Principal> {
        let name = known_form(name)?;
        let user = self.inner.state.user(name.as_str()).await?.filter(|user| user.disabled_at.is_none());
        let user = user.ok_or_else(|| unknown_user(&name))?;
        principal(&user, Via::Job)
    }

    /// Whether somebody who can sign in holds the office.
    pub async fn is_held(&self, office: Office) -> Result<bool> {
        let users = self.inner.state.users().await?;
        Ok(users.iter().any(|user| user.office == office.as_str() && user.disabled_at.is_none()))
    }

    /// The office that a user holds; HT0206 if there is no such user.
    pub async fn office_of(&self, name: &str) -> Result<Option<Office>> {
        let name = known_form(name)?;
        let user = self.inner.state.user(name.as_str()).await?.ok_or_else(|| unknown_user(&name))?;
        office(&user)
    }

    /// Says what policies ask of a user; sessions that stand on what held before end. Whoever holds an office gets none of it (HT0204):
    /// who runs the platform, says who sees what or looks after them has no rights to data besides.
    pub async fn set_standing(&self, name: &str, change: impl FnOnce(&mut Attributes)) -> Result<()> {
        let name = known_form(name)?;
        let user = self.inner.state.user(name.as_str()).await?.ok_or_else(|| unknown_user(&name))?;
        if let Some(office) = office(&user)? {
            return Err(Error::new(
                Code::PERMISSION_DENIED,
                format!("user `{name}` is {}, who has no department, roles or clearance", office.holder()),
            )
            .with_hint("make another user for work with data"));
        }
        let mut attributes = standing(&user)?;
        change(&mut attributes);
        let roles = serde_json::json!(attributes.roles).to_string();
        let clearance = attributes.clearance.to_string();
        let department = attributes.department.as_deref();
        if !self.inner.state.update_standing(name.as_str(), department, &roles, &clearance).await? {
            return Err(unknown_user(&name));
        }
        self.changed(name.as_str());
        Ok(())
    }

    /// All users by name.
    pub async fn list(&self) -> Result<Vec<UserInfo>> {
        let info = |user: UserRow| {
            Ok(UserInfo {
                office: office(&user)?,
                standing: standing(&user)?,
                name: user.name,
                created_at: user.created_at,
                disabled_at: user.disabled_at,
            })
        };
        self.inner.state.users().await?.into_iter().map(info).collect()
    }

    /// Ends the user's sessions; personal tokens stay, see [`Self::revoke_all`].
    pub async fn set_password(&self, name: &str, password: &str) -> Result<()> {
        let name = known_form(name)?;
        self.check_password(&name, password)?;
        self.refuse_the_same(&name, password).await?;
        let Stored { hash, scram } = self.hash(password).await?;
        if !self.inner.state.update_password(name.as_str(), &hash, &scram).await? {
            return Err(unknown_user(&name));
        }
        self.end_sign_ins(&name).await?;
        self.changed(name.as_str());
        self.lockout().succeeded(name.as_str());
        Ok(())
    }

    /// Makes the user `admin` if there are no users at all: with the given password, or with a random one that is
    /// returned once. There is no default password.
    pub async fn ensure_first_admin(&self, password: Option<String>) -> Result<FirstAdmin> {
        let nothing_done = FirstAdmin { name: FIRST_ADMIN.to_owned(), created: false, one_time_password: None };
        if self.inner.state.has_users().await? {
            return Ok(nothing_done);
        }
        let generated = if password.is_none() { Some(generate(self.inner.randomness.as_ref())?) } else { None };
        let Some(chosen) = password.as_ref().or(generated.as_ref()) else { return Ok(nothing_done) };
        let name = UserName::parse(FIRST_ADMIN)?;
        password.as_ref().map(|password| self.check_password(&name, password)).transpose()?;
        let user = self.new_user(&name, chosen, Some(Office::System)).await?;
        if !self.inner.state.insert_first_user(&user).await? {
            return Ok(nothing_done);
        }
        Ok(FirstAdmin { created: true, one_time_password: generated, ..nothing_done })
    }

    /// Makes a user with the given password, or with a random one that is returned, to be shown once. None if there is such a user.
    pub async fn add_if_missing(
        &self,
        name: &str,
        office: Option<Office>,
        password: Option<&str>,
    ) -> Result<Option<String>> {
        let name = UserName::parse(name)?;
        let chosen = match password {
            Some(password) => {
                self.check_password(&name, password)?;
                password.to_owned()
            }
            None => generate(self.inner.randomness.as_ref())?,
        };
        let user = self.new_user(&name, &chosen, office).await?;
        Ok(self.inner.state.insert_user(&user).await?.then_some(chosen))
    }

    async fn end_sign_ins(&self, name: &UserName) -> Result<()> {
        let sessions = Some(TokenKind::Session.as_str());
        self.inner.state.revoke_tokens(name.as_str(), sessions, self.now()).await.map(drop)
    }

    fn check_password(&self, name: &UserName, password: &str) -> Result<()> {
        check_rules(self.inner.options.password, name, password)
    }

    /// Refuses the password that the user has already, where the rules ask for another.
    async fn refuse_the_same(&self, name: &UserName, password: &str) -> Result<()> {
        if self.inner.options.password.may_stay {
            return Ok(());
        }
        let user = self.inner.state.user(name.as_str()).await?.ok_or_else(|| unknown_user(name))?;
        let _permit = self.inner.passwords.permit().await?;
        match self.inner.passwords.verify(password, &user.password_hash).await? {
            true => Err(refused("choose another one than the user has now")),
            false => Ok(()),
        }
    }

    /// The caller has checked a password that somebody chose; a random one needs no rules.
    async fn new_user(&self, name: &UserName, password: &str, office: Option<Office>) -> Result<UserRow> {
        let Stored { hash, scram } = self.hash(password).await?;
        Ok(UserRow {
            name: name.to_string(),
            office: office.map_or_else(String::new, |office| office.to_string()),
            department: None,
            roles: "[]".to_owned(),
            clearance: Grade::One.to_string(),
            password_hash: hash,
            scram_verifier: scram,
            created_at: self.now(),
            disabled_at: None,
        })
    }

    async fn hash(&self, password: &str) -> Result<Stored> {
        self.inner.passwords.hash(password).await
    }

    /// Why nothing was removed or disabled.
    async fn unchanged(&self, name: &UserName) -> Result<Error> {
        Ok(match self.inner.state.user(name.as_str()).await? {
            None => unknown_user(name),
            Some(_) => Error::new(Code::LAST_ADMINISTRATOR, format!("user `{name}` is the last administrator"))
                .with_hint("make another administrator first"),
        })
    }
}
