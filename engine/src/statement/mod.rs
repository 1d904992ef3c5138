//! Kinds of statements. A query is planned and streamed; everything else is a command that takes effect once.
//!
//! This is an allow-list: a statement that no arm below names is refused, whatever the planner could do with it.

mod alter;
mod any;
mod bind;
mod bound;
mod call;
mod change;
mod columns;
mod copy;
mod declared;
mod describe;
mod explain;
mod exponents;
mod external;
mod ingest;
mod inner;
mod insert;
mod kill;
mod kinds;
pub(crate) mod lengths;
mod maintain;
mod merge;
mod model;
mod once;
mod owner;
mod partitions;
pub mod query;
mod queue;
mod relations;
mod replace;
mod required;
mod schema;
pub(crate) mod settings;
mod show;
mod signs;
mod table;
mod undrop;
mod user;
pub mod versions;
mod view;
mod watch;
mod write;
mod written;

use std::collections::VecDeque;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::sql::parser::{CopyToSource, CopyToStatement, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{ObjectName, ObjectType, Statement as Sql, VisitMut};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::TokenWithSpan;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Place, Result};

pub use any::items as list_items;
pub(crate) use any::spell;
pub(crate) use bind::{bind, bind_rows};
use declared::Declared;
pub use describe::Described;
pub(crate) use describe::describe;
pub use ingest::{Ingest, IngestMode};
pub(crate) use maintain::auto::run as compact;
pub(crate) use once::target;
pub use written::written;

use crate::dialect::{self, Huitong};
use crate::error::of_datafusion;
use crate::guard::{nesting, quotes, size, syntax};
use crate::loads::Load;
use crate::queries::trace::Trace;
use crate::session::{Done, Session};

/// How long a statement may be.
const STATEMENT_BYTES_MAX: usize = 1024 * 1024;
/// How deep a statement's expressions may be nested.
const NESTING_MAX: usize = 128;

/// A parsed statement with its text.
#[derive(Debug, Clone)]
pub struct Parsed {
    pub sql: String,
    pub statement: Statement,
    own: Option<Own>,
    /// What a CREATE TABLE says besides columns.
    declared: Declared,
    /// Whether it makes or drops models, which it calls tables.
    pub(crate) is_of_model: bool,
    /// How many values it waits for.
    pub(crate) parameters: usize,
    /// The values that it waited for, as the audit keeps them.
    pub(crate) bound: Option<String>,
    /// Its name, once it was prepared.
    pub(crate) trace: Option<Arc<Trace>>,
}

impl Parsed {
    /// The statement's id, if it was prepared.
    pub fn query_id(&self) -> Option<&str> {
        self.trace.as_ref().map(|trace| trace.id.as_str())
    }

    /// Whether it changes users.
    pub(crate) fn is_about_users(&self) -> bool {
        matches!(self.own, Some(Own::User(_)))
    }

    /// The table of a statement that the SQL parser does not read.
    pub(crate) fn table(&self) -> Option<&TableReference> {
        match self.own.as_ref()? {
            Own::Maintain(command) => Some(command.table()),
            Own::Undrop(table) => Some(table),
            Own::User(_) | Own::Kill(_) => None,
        }
    }

    /// Whether it has parameters without values.
    pub(crate) fn waits_for_values(&self) -> bool {
        self.parameters > 0
    }

    /// Whether it changes nothing but the session.
    pub fn is_setting(&self) -> bool {
        matches!(&self.statement, Statement::Statement(sql) if matches!(sql.as_ref(), Sql::Set(_) | Sql::Use(_)))
    }

    /// Whether it ends another statement.
    pub(crate) fn is_kill(&self) -> bool {
        matches!(self.own, Some(Own::Kill(_)))
    }

    /// Whether it brings a dropped table back.
    pub(crate) fn is_undrop(&self) -> bool {
        matches!(self.own, Some(Own::Undrop(_)))
    }
}

/// A statement that the SQL parser does not read.
#[derive(Debug, Clone)]
enum Own {
    User(user::Command),
    Maintain(maintain::Command),
    Undrop(TableReference),
    Kill(String),
}

/// A statement that is ready to run.
pub enum Prepared {
    Query(Box<query::Planned>),
    Command(Box<Parsed>),
}

/// Parses exactly one statement.
pub fn parse(sql: &str) -> Result<Parsed> {
    parse_as(sql, |_| {})
}

/// What a client's text says as SQL and nothing more, for a door that looks for statements of its own. None if it is none; what is wrong
/// with it [`parse`] tells.
pub fn peek(sql: &str) -> Option<Sql> {
    check_length(sql).ok()?;
    let tokens = dialect::tokens(sql).ok()?;
    check_size(&tokens).ok()?;
    let dialect = Huitong::of(tokens.len());
    let parser = Parser::new(&dialect).with_recursion_limit(NESTING_MAX);
    let mut statement = parser.with_tokens_with_locations(tokens).parse_statement().ok()?;
    signs::part(&mut statement);
    Some(statement)
}

/// The same for a session, whose door may have words of its own.
pub fn read(session: &Session, sql: &str) -> Result<Parsed> {
    parse_as(sql, |statement| session.extras().iter().for_each(|extras| extras.adapt(statement)))
}

/// Refuses a text that is too long to be one statement.
pub(crate) fn check_length(sql: &str) -> Result<()> {
    if sql.len() > STATEMENT_BYTES_MAX {
        return Err(Error::new(Code::SYNTAX, format!("the statement is longer than {STATEMENT_BYTES_MAX} bytes"))
            .with_hint("load long lists of values as a file"));
    }
    Ok(())
}

/// Refuses words of which the parser could not make a tree that everybody can walk.
pub(crate) fn check_size(tokens: &[TokenWithSpan]) -> Result<()> {
    nesting::check(tokens)?;
    quotes::check(tokens)?;
    size::check(tokens)
}

fn parse_as(sql: &str, adapt: impl FnOnce(&mut Statement)) -> Result<Parsed> {
    check_length(sql)?;
    let mut tokens = dialect::tokens(sql)?;
    let parameters = bind::number(&mut tokens)?;
    if let Some(own) = own(&tokens)? {
        return Ok(Parsed {
            parameters,
            bound: None,
            trace: None,
            sql: sql.to_owned(),
            statement: user::placeholder(),
            own: Some(own),
            declared: Declared::default(),
            is_of_model: false,
        });
    }
    check_size(&tokens)?;
    let is_of_model = model::spell(&mut tokens);
    partitions::spell(&mut tokens);
    relations::spell(&mut tokens);
    let dialect = Huitong::of(tokens.len());
    let parser = DFParserBuilder::new(tokens).with_dialect(&dialect).with_recursion_limit(NESTING_MAX).build();
    let parsed = parser.and_then(|mut parser| parser.parse_statements());
    let mut statements: VecDeque<_> = parsed.map_err(|e| at_end(of_datafusion(e), sql))?;
    match (statements.pop_front(), statements.is_empty()) {
        (Some(mut statement), true) => {
            adapt(&mut statement);
            rewrite(&mut statement)?;
            check_syntax(&statement)?;
            let declared = declared::take(&mut statement)?;
            let sql = sql.to_owned();
            Ok(Parsed { sql, statement, own: None, declared, is_of_model, parameters, bound: None, trace: None })
        }
        (None, _) => Err(Error::new(Code::SYNTAX, "there is no statement")),
        (Some(_), false) => Err(Error::new(Code::SYNTAX, "there is more than one statement")
            .with_hint("send them one by one; `huitong sql` splits a script at `;`")),
    }
}

/// A statement that is read here; none if the parser reads it.
fn own(tokens: &[TokenWithSpan]) -> Result<Option<Own>> {
    let user = user::parse(tokens)?.map(Own::User);
    let maintain = maintain::parse(tokens)?.map(Own::Maintain);
    let undrop = undrop::parse(tokens)?.map(Own::Undrop);
    Ok(user.or(maintain).or(undrop).or(kill::parse(tokens)?.map(Own::Kill)))
}

/// An error about the end of a text comes without a place.
fn at_end(error: Error, sql: &str) -> Error {
    if error.place.is_some() || !error.message.ends_with("found: EOF") {
        return error;
    }
    let text = sql.trim_end();
    let last = text.rsplit('\n').next().unwrap_or_default();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    error.at(Place { line: number(text.split('\n').count()), column: number(last.chars().count()).saturating_add(1) })
}

/// Checks the statement and whatever stands inside it.
fn check_syntax(statement: &Statement) -> Result<()> {
    match statement {
        Statement::Statement(sql) => syntax::check(sql.as_ref()),
        Statement::Explain(explain) => check_syntax(&explain.statement),
        Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => syntax::check(query.as_ref()),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => Ok(()),
    }
}

/// Parts signs, makes casts to a length cut, numbers with an exponent DOUBLE, functions over relations queries, and tables' versions a
/// part of their names, wherever they stand.
fn rewrite(statement: &mut Statement) -> Result<()> {
    fn all(part: &mut impl VisitMut) -> Result<()> {
        signs::part(part);
        lengths::cut_casts(part);
        exponents::mark(part)?;
        relations::open(part)?;
        versions::mark(part)
    }
    match statement {
        Statement::Statement(sql) => all(sql.as_mut()),
        Statement::Explain(explain) => rewrite(&mut explain.statement),
        Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => all(query.as_mut()),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => Ok(()),
    }
}

/// Plans a query; leaves a command as it is. Parameters have their values.
pub async fn prepare(session: &Session, mut parsed: Parsed) -> Result<Prepared> {
    // The parameters of a PREPARE are not its own; it is refused by its name.
    if !matches!(&parsed.statement, Statement::Statement(sql) if matches!(sql.as_ref(), Sql::Prepare { .. })) {
        bind::check_count(&parsed, 0)?;
    }
    relations::saved::read(session, &mut parsed.statement).await?;
    spell(&mut parsed.statement)?;
    if let Some(own) = &parsed.own {
        let planned = match own {
            Own::Maintain(command) => maintain::plan(session, command).await?,
            Own::User(_) | Own::Undrop(_) | Own::Kill(_) => None,
        };
        return Ok(planned.map_or_else(|| Prepared::Command(Box::new(parsed)), boxed));
    }
    let Statement::Statement(sql) = &parsed.statement else {
        return match &parsed.statement {
            Statement::Explain(_) => explain::plan(session, parsed).await.map(boxed),
            _ => Ok(Prepared::Command(Box::new(parsed))),
        };
    };
    if !kinds::runs(sql) {
        return Err(unsupported(sql));
    }
    match sql.as_ref() {
        Sql::Query(_) | Sql::ExplainTable { .. } => query::plan(session, parsed).await.map(boxed),
        Sql::ShowColumns { .. } => query::plan(session, show::qualified(session, parsed)).await.map(boxed),
        Sql::ShowSchemas { .. } | Sql::ShowDatabases { .. } | Sql::ShowTables { .. } | Sql::ShowFunctions { .. } => {
            show::plan(session, sql).await.map(boxed)
        }
        Sql::ShowVariable { variable } => match settings::show(session, variable)? {
            Some(planned) => Ok(boxed(planned)),
            None => query::plan(session, parsed).await.map(boxed),
        },
        Sql::Explain { .. } => explain::plan(session, parsed).await.map(boxed),
        Sql::Call(call) => {
            let planned = call::plan(session, call).await?;
            Ok(planned.map_or_else(|| Prepared::Command(Box::new(parsed)), boxed))
        }
        _ => Ok(Prepared::Command(Box::new(parsed))),
    }
}

fn boxed(planned: query::Planned) -> Prepared {
    Prepared::Query(Box::new(planned))
}

/// Whether the sign-in may run a command at all (HT0204).
pub(crate) fn permitted(session: &Session, parsed: &Parsed) -> Result<()> {
    if parsed.is_setting() {
        return Ok(());
    }
    session.require_changes()?;
    refuse_beyond_sign_in(session, parsed)
}

/// Runs a command that is [`permitted`]. One that reads a query stops when it is dropped before its commit, and has then had no effect; any
/// other one is short and goes on to its end, so that a client that hangs up does not cut it in the middle.
pub async fn run(session: &Session, parsed: Parsed) -> Result<Done> {
    let rows = |done: &Done| done.rows;
    if reads_a_query(&parsed) {
        let load = load(session, &parsed);
        return session.recorded(rows, true, load, effect(session, parsed)).await;
    }
    let session = session.clone();
    write::to_the_end(async move { session.recorded(rows, false, None, effect(&session, parsed)).await }).await
}

/// What would outlast the limits of a token: passwords, and jobs, which run with all rights of their owner. And an auditor, who looks after
/// others, changes nothing but the own password and tokens.
fn refuse_beyond_sign_in(session: &Session, parsed: &Parsed) -> Result<()> {
    let principal = session.principal();
    let is_call = matches!(&parsed.statement, Statement::Statement(sql) if matches!(sql.as_ref(), Sql::Call(_)));
    if !principal.scope.is_all() && (parsed.is_about_users() || is_call) {
        return Err(Error::new(Code::PERMISSION_DENIED, "a token with limits changes no users and no jobs")
            .with_hint("sign in with the password"));
    }
    match parsed.is_about_users() || parsed.is_kill() {
        true => Ok(()),
        false => session.refuse_auditor(),
    }
}

/// What a statement does to the rows of a table; none for one that does nothing to rows.
fn load(session: &Session, parsed: &Parsed) -> Option<Load> {
    let Statement::Statement(sql) = &parsed.statement else { return None };
    let command = match sql.as_ref() {
        Sql::Insert(_) => "INSERT",
        Sql::Update(_) => "UPDATE",
        Sql::Delete(_) => "DELETE",
        Sql::Merge(_) => "MERGE",
        Sql::CreateTable(_) if parsed.is_of_model => "CREATE MODEL",
        Sql::CreateTable(_) => "CREATE TABLE",
        _ => return None,
    };
    let table = table_name(session, &reference(target(parsed)?).ok()?).ok()?;
    Some(Load { table, command: command.to_owned() })
}

fn reads_a_query(parsed: &Parsed) -> bool {
    if matches!(parsed.own, Some(Own::Maintain(maintain::Command::Optimize { .. }))) {
        return true;
    }
    match &parsed.statement {
        Statement::CopyTo(_) => true,
        Statement::Statement(sql) => matches!(
            sql.as_ref(),
            Sql::CreateTable(_) | Sql::AlterTable(_) | Sql::Insert(_) | Sql::Delete(_) | Sql::Update(_) | Sql::Merge(_)
        ),
        _ => false,
    }
}

async fn effect(session: &Session, parsed: Parsed) -> Result<Done> {
    if once::is_done(session, &parsed).await? {
        return Ok(Done { command: "DONE BEFORE", rows: None });
    }
    Ok(match (&parsed.own, &parsed.statement) {
        (Some(Own::User(command)), _) => user::run(session, command).await?,
        (Some(Own::Maintain(command)), _) => maintain::run(session, command).await?,
        (Some(Own::Undrop(table)), _) => undrop::run(session, table).await?,
        (Some(Own::Kill(id)), _) => kill::run(session, id),
        (None, Statement::CreateExternalTable(_)) => external::create(session, &parsed).await?,
        (None, Statement::CopyTo(_)) => copy::run(session, &parsed).await?,
        (None, Statement::Statement(sql)) => match sql.as_ref() {
            Sql::Call(call) => call::run(session, call).await?,
            Sql::Set(set) => settings::set(session, set)?,
            Sql::Use(target) => settings::set_schema(session, target)?,
            Sql::CreateSchema { .. } => schema::create(session, sql).await?,
            Sql::CreateTable(_) if parsed.is_of_model => model::create(session, &parsed).await?,
            Sql::CreateTable(_) => table::create(session, &parsed).await?,
            Sql::AlterTable(alter) => alter::table(session, alter).await?,
            Sql::Comment { object_type, object_name, comment, .. } => {
                alter::comment(session, object_type, object_name, comment.as_deref()).await?
            }
            Sql::CreateView(_) => view::create(session, &parsed).await?,
            Sql::Drop { object_type: ObjectType::Schema, .. } => schema::drop(session, sql).await?,
            Sql::Drop { object_type: ObjectType::Table | ObjectType::View, .. } => {
                table::drop(session, sql, parsed.is_of_model).await?
            }
            Sql::Insert(_) => insert::run(session, &parsed).await?,
            Sql::Delete(_) => change::delete(session, &parsed).await?,
            Sql::Update(_) => change::update(session, &parsed).await?,
            Sql::Merge(_) => merge::run(session, &parsed).await?,
            other => return Err(unsupported(other)),
        },
        (None, other) => {
            let text = other.to_string();
            return Err(refused(text.split_whitespace().next().unwrap_or("this")));
        }
    })
}

fn unsupported(statement: &Sql) -> Error {
    let text = statement.to_string();
    let words: Vec<_> = text.split_whitespace().take(2).collect();
    let words = match words.as_slice() {
        [verb @ ("TRUNCATE" | "BEGIN" | "COMMIT" | "ROLLBACK"), ..] => (*verb).to_owned(),
        words => words.join(" "),
    };
    refused(&words)
}

fn refused(what: &str) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, format!("`{what}` is not a statement that huitong runs"))
}

/// A name as a reference to a table.
pub(crate) fn reference(name: &ObjectName) -> Result<TableReference> {
    let parts: Option<Vec<_>> = name.0.iter().map(|part| part.as_ident().map(settings::fold)).collect();
    match parts.as_deref() {
        Some([table]) => Ok(TableReference::bare(table.clone())),
        Some([schema, table]) => Ok(TableReference::partial(schema.clone(), table.clone())),
        Some([catalog, schema, table]) => Ok(TableReference::full(catalog.clone(), schema.clone(), table.clone())),
        _ => Err(Error::new(Code::NAME_NOT_ALLOWED, format!("`{name}` is no table name"))),
    }
}

/// The name that a reference means in this session.
fn table_name(session: &Session, reference: &TableReference) -> Result<TableName> {
    if let Some(catalog) = reference.catalog()
        && catalog != crate::planning::CATALOG
    {
        let text = format!("there is no catalogue `{catalog}`");
        return Err(
            Error::new(Code::UNKNOWN_SCHEMA, text).with_hint(format!("the only one is `{}`", crate::planning::CATALOG))
        );
    }
    if versions::split(reference.table()).1.is_some() {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "an older version of a table can be read and not changed")
            .with_hint("RESTORE TABLE makes an older version the newest one"));
    }
    let schema = reference.schema().map_or_else(|| session.settings().schema, str::to_owned);
    TableName::new(schema, reference.table())
}
