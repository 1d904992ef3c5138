//! `CREATE USER`, `ALTER USER` and `DROP USER`.
//!
//! A user whom somebody has to keep out is disabled, or loses the tokens of programs, while the platform runs.
//!
//! These are read here and not by the SQL parser, whose syntax tree would carry the password into logs and plans.

use std::collections::BTreeSet;
use std::fmt;

use datafusion::sql::parser::{ResetStatement, Statement};
use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use datafusion::sql::sqlparser::tokenizer::{Span, Token, TokenWithSpan};
use huitong_catalog::contracts::Grade;
use huitong_catalog::error::suggest;
use huitong_catalog::identity::{Attributes, Office, UserName};
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use crate::session::{Done, Session};

/// A change to the list of users.
#[derive(Clone)]
pub enum Command {
    Create { name: String, password: String, office: Option<Office> },
    SetPassword { name: String, password: String },
    SetStanding { name: String, change: Change },
    SetEntry { name: String, entry: Entry },
    DropTokens { name: String, which: Which },
    Drop { name: String },
}

/// Whether a user may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    Enabled,
    Disabled,
}

/// Tokens that end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// The one with this id.
    One(String),
    All,
}

/// What is said of what policies ask of a user; what is not said stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    department: Option<Option<String>>,
    roles: Option<BTreeSet<String>>,
    clearance: Option<Grade>,
}

/// Leaves passwords out.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { name, office, .. } => write!(f, "Create({name}, office: {office:?})"),
            Self::SetPassword { name, .. } => write!(f, "SetPassword({name})"),
            Self::SetStanding { name, change } => write!(f, "SetStanding({name}, {change:?})"),
            Self::SetEntry { name, entry } => write!(f, "SetEntry({name}, {entry:?})"),
            Self::DropTokens { name, which } => write!(f, "DropTokens({name}, {which:?})"),
            Self::Drop { name } => write!(f, "Drop({name})"),
        }
    }
}

/// Words of the longest of these statements: a user may have this many roles and some.
const WORDS_MAX: usize = 256;

/// Reads a statement about users; none if it is about something else.
pub fn parse(tokens: &[TokenWithSpan]) -> Result<Option<Command>> {
    let significant = tokens.iter().map(|token| &token.token);
    let significant = significant.filter(|token| !matches!(token, Token::Whitespace(_) | Token::SemiColon));
    let tokens: Vec<&Token> = significant.take(WORDS_MAX + 1).collect();
    let is = |at: usize, word: &str| tokens.get(at).is_some_and(|token| says(token, word));
    if !is(1, "USER") || !["CREATE", "ALTER", "DROP"].iter().any(|verb| is(0, verb)) {
        return Ok(None);
    }
    let Some(who) = tokens.get(2).filter(|_| tokens.len() <= WORDS_MAX) else { return Err(incomplete()) };
    let who = name(who)?;
    let rest = match &tokens[3..] {
        [with, rest @ ..] if says(with, "WITH") && !is(0, "DROP") => rest,
        rest => rest,
    };
    match rest {
        [] if is(0, "DROP") => Ok(Command::Drop { name: who }),
        [word, secret, office @ ..] if is(0, "CREATE") && says(word, "PASSWORD") => {
            Ok(Command::Create { name: who, password: password(secret)?, office: of_words(office)? })
        }
        [word, secret] if is(0, "ALTER") && says(word, "PASSWORD") => {
            Ok(Command::SetPassword { name: who, password: password(secret)? })
        }
        [entry] if is(0, "ALTER") && says(entry, "DISABLE") => {
            Ok(Command::SetEntry { name: who, entry: Entry::Disabled })
        }
        [entry] if is(0, "ALTER") && says(entry, "ENABLE") => {
            Ok(Command::SetEntry { name: who, entry: Entry::Enabled })
        }
        [drop, which @ ..] if is(0, "ALTER") && says(drop, "DROP") => {
            Ok(Command::DropTokens { name: who, which: tokens_of(which)? })
        }
        [_, ..] if is(0, "ALTER") => Ok(Command::SetStanding { name: who, change: change(rest)? }),
        _ => Err(incomplete()),
    }
    .map(Some)
}

fn says(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(found) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
}

fn incomplete() -> Error {
    Error::new(Code::SYNTAX, "the statement about a user is not complete").with_hint(
        "write `CREATE USER name PASSWORD '…' [SYSTEM ADMIN | SECURITY ADMIN | AUDITOR]`, `ALTER USER name PASSWORD '…'`, \
         `ALTER USER name [DEPARTMENT 'key' | DEPARTMENT NULL] [ROLES ('key', …)] [CLEARANCE 3]`, \
         `ALTER USER name DISABLE | ENABLE`, `ALTER USER name DROP TOKEN 'id'`, `ALTER USER name DROP TOKENS` \
         or `DROP USER name`",
    )
}

fn tokens_of(words: &[&Token]) -> Result<Which> {
    match words {
        [token, Token::SingleQuotedString(id)] if says(token, "TOKEN") => Ok(Which::One(id.clone())),
        [tokens] if says(tokens, "TOKENS") => Ok(Which::All),
        _ => Err(incomplete()),
    }
}

fn of_words(words: &[&Token]) -> Result<Option<Office>> {
    match words {
        [] => Ok(None),
        [admin] if says(admin, "ADMIN") => Ok(Some(Office::System)),
        [system, admin] if says(system, "SYSTEM") && says(admin, "ADMIN") => Ok(Some(Office::System)),
        [security, admin] if says(security, "SECURITY") && says(admin, "ADMIN") => Ok(Some(Office::Security)),
        [auditor] if says(auditor, "AUDITOR") => Ok(Some(Office::Audit)),
        _ => Err(incomplete()),
    }
}

fn change<'a>(mut words: &'a [&'a Token]) -> Result<Change> {
    let mut change = Change::default();
    while let [word, value, rest @ ..] = words {
        let said_twice = if says(word, "DEPARTMENT") {
            let department = if says(value, "NULL") { None } else { Some(key(value)?) };
            words = rest;
            change.department.replace(department).is_some()
        } else if says(word, "CLEARANCE") {
            words = rest;
            change.clearance.replace(grade(value)?).is_some()
        } else if says(word, "ROLES") {
            let (roles, rest) = list(value, rest)?;
            words = rest;
            change.roles.replace(roles).is_some()
        } else {
            return Err(incomplete());
        };
        if said_twice {
            return Err(incomplete());
        }
    }
    if words.is_empty() { Ok(change) } else { Err(incomplete()) }
}

/// Keys in brackets; `()` for none.
fn list<'a>(opening: &Token, rest: &'a [&'a Token]) -> Result<(BTreeSet<String>, &'a [&'a Token])> {
    let end = rest.iter().position(|token| matches!(token, Token::RParen));
    let (Token::LParen, Some(end)) = (opening, end) else { return Err(incomplete()) };
    let mut roles = BTreeSet::new();
    for item in rest[..end].split(|token| matches!(token, Token::Comma)) {
        match item {
            [item] => drop(roles.insert(key(item)?)),
            [] if end == 0 => {}
            _ => return Err(incomplete()),
        }
    }
    Ok((roles, &rest[end + 1..]))
}

fn grade(token: &Token) -> Result<Grade> {
    let text = match token {
        Token::Number(text, _) | Token::SingleQuotedString(text) => text.clone(),
        Token::Word(word) => word.value.to_lowercase(),
        _ => return Err(incomplete()),
    };
    text.parse().map_err(|_| {
        Error::new(Code::BAD_VALUE, format!("`{text}` is no grade"))
            .with_hint(format!("grades are {}", Grade::WORDS.join(", ")))
    })
}

fn key(token: &Token) -> Result<String> {
    match token {
        Token::SingleQuotedString(text) => Ok(text.clone()),
        Token::Word(word) => Ok(fold(&ident(word.value.clone(), word.quote_style))),
        _ => Err(incomplete()),
    }
}

/// What stands for the statement where a parsed one is expected.
pub fn placeholder() -> Statement {
    Statement::Reset(ResetStatement::Variable(ObjectName::from(vec![Ident::new("user")])))
}

/// Runs the command. Who may is a matter of offices: the system administrator makes users, the security administrator says what they
/// are; what a holder of another office is or has, neither changes.
pub async fn run(session: &Session, command: &Command) -> Result<Done> {
    let (users, principal) = (session.engine().users(), session.principal());
    let command = match command {
        Command::Create { name, password, office } => {
            may_appoint(session, *office).await?;
            users.add(name, password, *office).await?;
            "CREATE USER"
        }
        Command::SetPassword { name, password } => {
            if !is_oneself(session, name) {
                may_touch(session, name, "set the passwords of others").await?;
            }
            users.set_password(name, password).await?;
            "ALTER USER"
        }
        Command::SetStanding { name, change } => {
            principal.require(Office::Security, "say what department, roles and clearance a user has")?;
            check_known(session, change)?;
            users.set_standing(name, |attributes| apply(change.clone(), attributes)).await?;
            "ALTER USER"
        }
        Command::SetEntry { name, entry } => {
            may_touch(session, name, "say who may sign in").await?;
            match entry {
                Entry::Enabled => users.enable(name).await?,
                Entry::Disabled => {
                    let done = users.disable(name).await;
                    // Also if the state fails when the user is out already.
                    if done.is_ok() || users.acting(name).await.is_err() {
                        end_what_is_open(session, name);
                    }
                    done?;
                }
            }
            "ALTER USER"
        }
        Command::DropTokens { name, which } => {
            if !is_oneself(session, name) {
                may_touch(session, name, "end the tokens of others").await?;
            }
            drop_tokens(session, name, which).await?;
            "ALTER USER"
        }
        Command::Drop { name } => {
            may_touch(session, name, "drop users").await?;
            users.remove(name).await?;
            end_what_is_open(session, name);
            "DROP USER"
        }
    };
    Ok(Done { command, rows: None })
}

/// Everybody may change their own password, and end their own tokens.
fn is_oneself(session: &Session, name: &str) -> bool {
    UserName::parse(name).is_ok_and(|name| name.as_str() == session.principal().name)
}

/// What was signed in before the user was kept out goes no further. (A door that looks at each message ends its sessions itself.)
fn end_what_is_open(session: &Session, name: &str) {
    let Ok(name) = UserName::parse(name) else { return };
    let (queries, by) = (session.engine().queries(), &session.principal().name);
    queries.sessions.end_all(name.as_str());
    let running = queries.running.all();
    running.iter().filter(|trace| trace.seat.user == name.as_str()).for_each(|trace| trace.end(by));
}

async fn drop_tokens(session: &Session, name: &str, which: &Which) -> Result<()> {
    let users = session.engine().users();
    match which {
        Which::All => {
            // No tokens of somebody who is not there would be good news of a misspelt name.
            users.office_of(name).await?;
            users.revoke_all(name).await.map(drop)
        }
        // Of whoever runs the statement nothing has expired.
        Which::One(id) => users.revoke(name, id).await.map_err(|error| match error.code == Code::TOKEN_INVALID {
            true => Error { code: Code::BAD_VALUE, ..error }.with_hint("ids are in huitong.tokens"),
            false => error,
        }),
    }
}

fn apply(change: Change, attributes: &mut Attributes) {
    let Change { department, roles, clearance } = change;
    department.into_iter().for_each(|department| attributes.department = department);
    roles.into_iter().for_each(|roles| attributes.roles = roles);
    clearance.into_iter().for_each(|clearance| attributes.clearance = clearance);
}

/// The first holder of an office is appointed by the system administrator, since there is nobody else; after that, security
/// administrators and auditors are appointed by a security administrator, or on the data directory itself.
async fn may_appoint(session: &Session, office: Option<Office>) -> Result<()> {
    let principal = session.principal();
    match office {
        None | Some(Office::System) => principal.require(Office::System, "make users"),
        Some(office) if principal.holds(Office::System) && !session.engine().users().is_held(office).await? => Ok(()),
        Some(office) => principal.require(Office::Security, &format!("appoint {}", office.holder())),
    }
}

/// A system administrator who could set the password of a security administrator would be one.
async fn may_touch(session: &Session, name: &str, what: &str) -> Result<()> {
    let principal = session.principal();
    principal.require(Office::System, what)?;
    match session.engine().users().office_of(name).await? {
        Some(office @ (Office::Security | Office::Audit)) if !principal.is_operator() => {
            Err(Error::new(Code::PERMISSION_DENIED, format!("`{name}` is {}", office.holder()))
                .with_hint("on the data directory itself, `huitong user` changes holders of offices"))
        }
        _ => Ok(()),
    }
}

/// Keys that the model in force does not know would be mistakes that nobody notices.
fn check_known(session: &Session, change: &Change) -> Result<()> {
    let contracts = session.engine().contracts();
    let unknown = |what: &str, key: &str, known: Vec<&str>| {
        let error = Error::new(Code::BAD_VALUE, format!("the model in force has no {what} `{key}`"));
        match suggest(key, known) {
            Some(near) => error.with_hint(format!("did you mean `{near}`?")),
            None => error.with_hint(format!("`SELECT * FROM huitong.{what}s` lists what there is")),
        }
    };
    if let Some(Some(department)) = &change.department
        && !contracts.snapshot.departments().contains_key(department)
    {
        let known = contracts.snapshot.departments().keys().map(String::as_str).collect();
        return Err(unknown("department", department, known));
    }
    let roles = contracts.snapshot.roles();
    match change.roles.iter().flatten().find(|role| !roles.contains_key(*role)) {
        Some(role) => Err(unknown("role", role, roles.keys().map(String::as_str).collect())),
        None => Ok(()),
    }
}

fn ident(value: String, quote_style: Option<char>) -> Ident {
    Ident { value, quote_style, span: Span::empty() }
}

fn name(token: &Token) -> Result<String> {
    match token {
        Token::Word(word) => Ok(fold(&ident(word.value.clone(), word.quote_style))),
        Token::SingleQuotedString(text) => Ok(text.clone()),
        _ => Err(Error::new(Code::SYNTAX, "a user's name is expected after USER")),
    }
}

fn password(token: &Token) -> Result<String> {
    match token {
        Token::SingleQuotedString(text) => Ok(text.clone()),
        _ => Err(Error::new(Code::SYNTAX, "the password must be in single quotes")),
    }
}
