//! `CREATE USER`, `ALTER USER` and `DROP USER`, for administrators.
//!
//! These are read here and not by the SQL parser, whose syntax tree would carry the password into logs and plans.

use std::fmt;

use datafusion::sql::parser::{ResetStatement, Statement};
use datafusion::sql::sqlparser::ast::{Ident, ObjectName};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use crate::session::{Done, Session};

/// A change to the list of users.
#[derive(Clone)]
pub enum Command {
    Create { name: String, password: String, admin: bool },
    SetPassword { name: String, password: String },
    Drop { name: String },
}

/// Leaves passwords out.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { name, admin, .. } => write!(f, "Create({name}, admin: {admin})"),
            Self::SetPassword { name, .. } => write!(f, "SetPassword({name})"),
            Self::Drop { name } => write!(f, "Drop({name})"),
        }
    }
}

/// Words of the longest of these statements.
const WORDS_MAX: usize = 7;

/// Reads a statement about users; none if it is about something else.
pub fn parse(tokens: &[TokenWithSpan]) -> Result<Option<Command>> {
    let significant = tokens.iter().map(|token| &token.token);
    let significant = significant.filter(|token| !matches!(token, Token::Whitespace(_) | Token::SemiColon));
    let tokens: Vec<&Token> = significant.take(WORDS_MAX + 1).collect();
    let words: Vec<String> = tokens.iter().map(|token| token.to_string().to_uppercase()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["CREATE", "USER", _, "WITH", "PASSWORD", _] => create(tokens[2], tokens[5], false).map(Some),
        ["CREATE", "USER", _, "PASSWORD", _] => create(tokens[2], tokens[4], false).map(Some),
        ["CREATE", "USER", _, "WITH", "PASSWORD", _, "ADMIN"] => create(tokens[2], tokens[5], true).map(Some),
        ["CREATE", "USER", _, "PASSWORD", _, "ADMIN"] => create(tokens[2], tokens[4], true).map(Some),
        ["ALTER", "USER", _, "WITH", "PASSWORD", _] => set_password(tokens[2], tokens[5]).map(Some),
        ["ALTER", "USER", _, "PASSWORD", _] => set_password(tokens[2], tokens[4]).map(Some),
        ["DROP", "USER", _] => Ok(Some(Command::Drop { name: name(tokens[2])? })),
        ["CREATE" | "ALTER" | "DROP", "USER", ..] => {
            Err(Error::new(Code::SYNTAX, "the statement about a user is not complete").with_hint(
                "write `CREATE USER name PASSWORD '…' [ADMIN]`, `ALTER USER name PASSWORD '…'` or `DROP USER name`",
            ))
        }
        _ => Ok(None),
    }
}

/// What stands for the statement where a parsed one is expected.
pub fn placeholder() -> Statement {
    Statement::Reset(ResetStatement::Variable(ObjectName::from(vec![Ident::new("user")])))
}

/// Runs the command.
pub async fn run(session: &Session, command: &Command) -> Result<Done> {
    let users = session.engine().users();
    match command {
        // Everybody may change their own password.
        Command::SetPassword { name, password } if session.principal().name.eq_ignore_ascii_case(name) => {
            users.set_password(name, password).await?;
            Ok(Done { command: "ALTER USER", rows: None })
        }
        command => {
            session.principal().require_admin("change users")?;
            match command {
                Command::Create { name, password, admin } => users.add(name, password, *admin).await?,
                Command::SetPassword { name, password } => users.set_password(name, password).await?,
                Command::Drop { name } => users.remove(name).await?,
            }
            let command = match command {
                Command::Create { .. } => "CREATE USER",
                Command::SetPassword { .. } => "ALTER USER",
                Command::Drop { .. } => "DROP USER",
            };
            Ok(Done { command, rows: None })
        }
    }
}

fn create(who: &Token, secret: &Token, admin: bool) -> Result<Command> {
    Ok(Command::Create { name: name(who)?, password: password(secret)?, admin })
}

fn set_password(who: &Token, secret: &Token) -> Result<Command> {
    Ok(Command::SetPassword { name: name(who)?, password: password(secret)? })
}

fn name(token: &Token) -> Result<String> {
    match token {
        Token::Word(word) => Ok(fold(&Ident {
            value: word.value.clone(),
            quote_style: word.quote_style,
            span: datafusion::sql::sqlparser::tokenizer::Span::empty(),
        })),
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
