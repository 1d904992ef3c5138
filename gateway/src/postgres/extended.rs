//! Statements in steps: parsed once, bound to values, run as a whole or some rows at a time.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use bytes::BufMut;
use huitong_catalog::{Code, Error};
use huitong_engine::statement::query::Planned;
use huitong_engine::statement::{Described, Prepared};

use super::answer::{Ended, Rows, complete, describe, tag};
use super::command::Command;
use super::connection::{Client, Outcome, Watch};
use super::copy::{self, Copy};
use super::cursor::{self, Cursor, Declare, Fetch};
use super::encode::Format;
use super::input::{Bind, Message, Target};
use super::output::Output;
use super::parameters;
use super::portal::{Life, Source};
use super::problem::{Problem, Severity, Stop, put};
use super::text;
use super::types::{self, Shape};
use crate::flight::clients::safe_schema;

/// Prepared statements of one client.
const STATEMENTS_MAX: usize = 1000;
/// Bytes of all of them.
const STATEMENTS_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A prepared statement.
pub struct Statement {
    sql: Arc<str>,
    /// The types that the client said for parameters; 0 where it said none.
    types: Vec<u32>,
    kind: Kind,
    /// What the client was told last.
    described: Option<Described>,
}

#[derive(Clone)]
enum Kind {
    Empty,
    Own(Command),
    Engine,
    Copy(Copy),
    /// The statement's text is the query of the cursor.
    Declare(Declare),
    Fetch(Fetch),
}

/// A step that failed, with the text that places in its error are of.
type Failed = (Stop, Option<Arc<str>>);

/// Takes one step.
pub async fn step(
    client: &mut Client,
    watch: &mut Watch<'_>,
    output: &mut Output,
    step: Message,
) -> Result<(), Failed> {
    let alone = |stop: Stop| (stop, None);
    match step {
        Message::Parse { name, sql, types } => {
            let sql: Arc<str> = sql.into();
            let parsed = parse(client, output, name, &sql, types).await;
            parsed.map_err(|problem| (problem.into(), Some(sql)))
        }
        Message::Bind(bind) => {
            let sql = client.statements.get(&bind.statement).map(|statement| statement.sql.clone());
            self::bind(client, watch, output, bind).await.map_err(|stop| (stop, sql))
        }
        Message::Describe(Target::Statement(name)) => {
            let sql = client.statements.get(&name).map(|statement| statement.sql.clone());
            describe_statement(client, watch, output, &name).await.map_err(|stop| (stop, sql))
        }
        Message::Describe(Target::Portal(name)) => describe_portal(client, output, &name).map_err(alone),
        Message::Execute { portal, rows_max } => {
            let sql = client.portals.get(&portal).map(|portal| portal.sql.clone());
            execute(client, watch, output, &portal, rows_max).await.map_err(|stop| (stop, sql))
        }
        Message::Close(target) => {
            match target {
                Target::Statement(name) => drop(client.statements.remove(&name)),
                Target::Portal(name) => drop(client.portals.remove(&name)),
            }
            output.put(b'3', |_| {});
            Ok(())
        }
        Message::Flush => output.send().await.map_err(|broken| alone(broken.into())),
        _ => Ok(()),
    }
}

async fn parse(
    client: &mut Client,
    output: &mut Output,
    name: String,
    sql: &Arc<str>,
    types: Vec<u32>,
) -> Result<(), Problem> {
    if !name.is_empty() && client.statements.contains_key(&name) {
        let text = format!("the prepared statement `{name}` exists already");
        return Err(Problem::new("42P05", Error::new(Code::TABLE_EXISTS, text)));
    }
    if client.statements.len() >= STATEMENTS_MAX && !client.statements.contains_key(&name) {
        return Err(too_many(&format!("{STATEMENTS_MAX} statements are prepared")).into());
    }
    let cut = text::cut(sql).await?;
    let bytes: usize = client.statements.values().map(|statement| statement.sql.len()).sum();
    if bytes + sql.len() > STATEMENTS_BYTES_MAX {
        return Err(too_many(&format!("the statements that are prepared have {STATEMENTS_BYTES_MAX} bytes")).into());
    }
    let text = cut.first().map_or("", |bytes| &sql[..bytes.end]);
    let (kind, text) = match cut.as_slice() {
        [] => (Kind::Empty, Arc::from(text)),
        [_] => kind(text)?,
        _ => {
            return Err(Error::new(Code::SYNTAX, "a prepared statement is one statement, and there are several")
                .with_hint("send them one by one, or as a simple query")
                .into());
        }
    };
    if !matches!(&kind, Kind::Own(command) if command.leaves_failure()) {
        client.transaction.check()?;
    }
    client.statements.insert(name, Statement { sql: text, types, kind, described: None });
    output.put(b'1', |_| {});
    Ok(())
}

/// What a statement is, and the text that is the engine's.
fn kind(sql: &str) -> Result<(Kind, Arc<str>), Problem> {
    if let Some(command) = Command::read(sql)? {
        return Ok((Kind::Own(command), sql.into()));
    }
    Ok(match Cursor::read(sql)? {
        Some(Cursor::Declare(declare, query)) => (Kind::Declare(declare), query.into()),
        Some(Cursor::Fetch(fetch)) => (Kind::Fetch(fetch), sql.into()),
        None => (Copy::read(sql)?.map_or(Kind::Engine, Kind::Copy), sql.into()),
    })
}

async fn bind(client: &mut Client, watch: &mut Watch<'_>, output: &mut Output, bind: Bind) -> Result<(), Stop> {
    if !bind.portal.is_empty() && client.portals.get(&bind.portal).is_some() {
        let text = format!("the portal `{}` exists already", bind.portal);
        return Err(Problem::new("42P03", Error::new(Code::TABLE_EXISTS, text)).into());
    }
    // A query that the portal of the same name still runs ends here.
    client.portals.remove(&bind.portal);
    client.portals.check()?;
    // Without the type of their place, such values cannot be read.
    let is_unclear =
        |value: &Option<bytes::Bytes>| value.as_ref().is_some_and(|value| parameters::may_have_zone(value));
    let is_unclear = bind.parameter_formats.contains(&1) || bind.parameters.iter().any(is_unclear);
    let statement = known(client, &bind.statement)?;
    let (sql, kind) = (statement.sql.clone(), statement.kind.clone());
    let source = match kind {
        Kind::Empty => Source::Empty,
        Kind::Own(command) => {
            let rows = client.columns_of(&command)?;
            let count = rows.as_ref().map_or(0, RecordBatch::num_columns);
            Source::Own { command, rows, formats: formats(&bind.result_formats, count)? }
        }
        Kind::Copy(copy) => Source::Copy(copy),
        Kind::Fetch(fetch) => {
            client.transaction.check()?;
            let schema = cursor::columns(client, &fetch.name)?;
            same_columns(known(client, &bind.statement)?, &schema)?;
            let formats = formats(&bind.result_formats, schema.fields().len())?;
            Source::Fetch { left: fetch.rows, fetch, schema, formats }
        }
        kind @ (Kind::Engine | Kind::Declare(_)) => {
            client.transaction.check()?;
            let count = bind.parameters.len();
            let statement = known(client, &bind.statement)?;
            let open = |statement: &Statement| (0..count).any(|at| statement.types.get(at).is_none_or(|oid| *oid == 0));
            if is_unclear && statement.described.is_none() && open(statement) {
                described(client, watch, &bind.statement).await?;
            }
            let types = types_of(known(client, &bind.statement)?, count);
            let zone = session_zone(client);
            let values = parameters::all(&types, &bind.parameter_formats, bind.parameters, &zone)?;
            let session = client.session.clone();
            let prepared = watch.during(async { Ok(session.prepare_with(&sql, &values).await?) }).await?;
            match (prepared, kind) {
                (Prepared::Query(planned), Kind::Declare(declare)) => Source::Declare { declare, planned },
                (Prepared::Command(_), Kind::Declare(_)) => return Err(cursor::no_query().into()),
                (Prepared::Query(planned), _) => {
                    same_columns(known(client, &bind.statement)?, &safe_schema(&planned.schema()))?;
                    let formats = formats(&bind.result_formats, planned.schema().fields().len())?;
                    Source::Query { planned, formats }
                }
                (Prepared::Command(command), _) => Source::Change(command),
            }
        }
    };
    client.portals.insert(bind.portal, sql, source, Life::Transaction);
    output.put(b'2', |_| {});
    Ok(())
}

/// The zone of moments that are written without one.
pub fn session_zone(client: &Client) -> String {
    client.session.settings().time_zone.unwrap_or_else(|| "UTC".to_owned())
}

/// Refuses columns that are not those that the client was told: it would read values as what they are not.
fn same_columns(statement: &Statement, now: &SchemaRef) -> Result<(), Problem> {
    let told = statement.described.as_ref().and_then(|described| described.schema.as_ref());
    match told.is_none_or(|told| are_alike(&safe_schema(told), now)) {
        true => Ok(()),
        false => Err(changed_columns()),
    }
}

/// Whether clients read values of both alike.
pub fn are_alike(told: &SchemaRef, now: &SchemaRef) -> bool {
    let oids =
        |schema: &SchemaRef| schema.fields().iter().map(|field| Shape::of(field.data_type()).oid()).collect::<Vec<_>>();
    oids(told) == oids(now)
}

/// That columns are not those that the client was told.
pub fn changed_columns() -> Problem {
    let text = "the columns of the prepared statement have changed (cached plan must not change result type)";
    Problem::new("0A000", Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("prepare it again"))
}

fn formats(numbers: &[i16], count: usize) -> Result<Vec<Format>, Problem> {
    Format::all(numbers, count).map_err(|error| Problem::new("08P01", error))
}

/// The types of parameters: what the client said, else what was found, else none.
fn types_of(statement: &Statement, count: usize) -> Vec<u32> {
    let found = statement.described.as_ref().map(|described| described.parameters.as_slice()).unwrap_or_default();
    let one = |at: usize| match statement.types.get(at) {
        Some(oid) if *oid != 0 => *oid,
        _ => found.get(at).map_or(0, types::of_parameter),
    };
    (0..count.max(found.len())).map(one).collect()
}

/// Finds the types of a statement's parameters and columns as they are now.
async fn described(client: &mut Client, watch: &mut Watch<'_>, name: &str) -> Result<Described, Stop> {
    let statement = known(client, name)?;
    let (sql, session) = (statement.sql.clone(), client.session.clone());
    let given: Vec<Option<DataType>> = statement.types.iter().map(|oid| types::of_oid(*oid)).collect();
    let found = watch.during(async { Ok(session.describe_as(&sql, &given).await?) }).await?;
    if let Some(statement) = client.statements.get_mut(name) {
        statement.described = Some(found.clone());
    }
    Ok(found)
}

async fn describe_statement(
    client: &mut Client,
    watch: &mut Watch<'_>,
    output: &mut Output,
    name: &str,
) -> Result<(), Stop> {
    let kind = known(client, name)?.kind.clone();
    let (types, columns): (Vec<u32>, Option<SchemaRef>) = match kind {
        Kind::Empty => (Vec::new(), None),
        Kind::Own(command) => (Vec::new(), client.columns_of(&command)?.map(|rows| rows.schema())),
        Kind::Copy(_) => (Vec::new(), None),
        Kind::Fetch(fetch) => {
            client.transaction.check()?;
            let columns = cursor::columns(client, &fetch.name)?;
            if let Some(statement) = client.statements.get_mut(name) {
                statement.described = Some(Described { parameters: Vec::new(), schema: Some(columns.clone()) });
            }
            (Vec::new(), (!fetch.moves).then_some(columns))
        }
        kind @ (Kind::Engine | Kind::Declare(_)) => {
            client.transaction.check()?;
            let found = described(client, watch, name).await?;
            let statement = known(client, name)?;
            let types = types_of(statement, found.parameters.len());
            // What nothing tells is text.
            let types = types.into_iter().map(|oid| if oid == 0 { types::TEXT.oid } else { oid });
            let columns = found.schema.filter(|_| matches!(kind, Kind::Engine));
            (types.collect(), columns.map(|columns| safe_schema(&columns)))
        }
    };
    output.put(b't', |body| {
        body.put_u16(u16::try_from(types.len()).unwrap_or(u16::MAX));
        types.iter().for_each(|oid| body.put_u32(*oid));
    });
    match columns {
        Some(columns) => describe(output, &columns, &vec![Format::Text; columns.fields().len()])?,
        None => output.put(b'n', |_| {}),
    }
    Ok(())
}

fn describe_portal(client: &Client, output: &mut Output, name: &str) -> Result<(), Stop> {
    let portal = client.portals.get(name).ok_or_else(|| unknown_portal(name))?;
    match &portal.source {
        Source::Running { rows, .. } => describe(output, rows.schema(), rows.formats())?,
        Source::Fetch { fetch, schema, formats, .. } if !fetch.moves => describe(output, schema, formats)?,
        Source::Own { rows: Some(rows), formats, .. } => describe(output, &rows.schema(), formats)?,
        Source::Query { planned, formats } => describe(output, &safe_schema(&planned.schema()), formats)?,
        _ => output.put(b'n', |_| {}),
    }
    Ok(())
}

async fn execute(
    client: &mut Client,
    watch: &mut Watch<'_>,
    output: &mut Output,
    name: &str,
    rows_max: usize,
) -> Result<(), Stop> {
    let portal = client.portals.get_mut(name).ok_or_else(|| unknown_portal(name))?;
    if !matches!(&portal.source, Source::Own { command, .. } if command.leaves_failure()) {
        client.transaction.check()?;
    }
    let (mut rows, verb) = match std::mem::replace(&mut portal.source, Source::Ended) {
        Source::Empty => {
            output.put(b'I', |_| {});
            return Ok(());
        }
        Source::Ended => {
            complete(output, "SELECT 0");
            return Ok(());
        }
        Source::Changed => {
            portal.source = Source::Changed;
            return Err(ran_before(name).into());
        }
        Source::Own { command, formats, rows } => match own(client, output, name, rows.is_none(), &command)? {
            None => return Ok(()),
            Some(batch) => (Box::new(Rows::of_batch(batch, formats, client.zone()?)), "SHOW"),
        },
        Source::Change(command) => {
            portal.source = Source::Changed;
            if !command.is_setting() {
                client.check_change()?;
            }
            let session = client.session.clone();
            let done = watch.during(async { Ok(session.run(*command).await?) }).await?;
            complete(output, &tag(&done));
            return Ok(());
        }
        Source::Declare { declare, planned } => {
            portal.source = Source::Changed;
            let sql = portal.sql.clone();
            return cursor::declare(client, watch, output, &declare, (sql, *planned)).await;
        }
        Source::Copy(copy) => {
            portal.source = Source::Changed;
            return copy::run(client, watch, output, copy).await;
        }
        Source::Fetch { fetch, schema, formats, left } => {
            portal.source = Source::Changed;
            if !are_alike(&schema, &cursor::columns(client, &fetch.name)?) {
                return Err(changed_columns().into());
            }
            let wanted = if rows_max == 0 || fetch.moves { left } else { left.min(rows_max) };
            let (passed, ended) = cursor::advance(client, watch, output, &fetch, formats.clone(), wanted).await?;
            let left = left - passed;
            if ended == Ended::Suspended && left > 0 {
                output.put(b's', |_| {});
                put_back(client, name, Source::Fetch { fetch, schema, formats, left });
            } else {
                cursor::tell(output, &fetch, passed);
            }
            return Ok(());
        }
        Source::Query { planned, formats } => (start(client, watch, *planned, formats).await?, "SELECT"),
        Source::Running { rows, verb } => (rows, verb),
    };
    let before = rows.sent;
    match watch.reading(rows.send(output, rows_max)).await? {
        Ended::Complete if verb == "SELECT" => complete(output, &format!("SELECT {}", rows.sent - before)),
        Ended::Complete => complete(output, verb),
        Ended::Suspended => output.put(b's', |_| {}),
    }
    // At its end it has no rows, and still columns.
    put_back(client, name, Source::Running { rows, verb });
    Ok(())
}

/// Begins a query.
pub async fn start(
    client: &mut Client,
    watch: &mut Watch<'_>,
    planned: Planned,
    formats: Vec<Format>,
) -> Result<Box<Rows>, Stop> {
    let (session, zone) = (client.session.clone(), client.zone()?);
    let running = watch.reading(async { Ok(session.start(planned).await?) }).await?;
    Ok(Box::new(Rows::of_query(running, formats, zone)))
}

/// Leaves the rest of a portal for its next turn.
fn put_back(client: &mut Client, name: &str, source: Source) {
    if let Some(portal) = client.portals.get_mut(name) {
        portal.source = source;
    }
}

/// Runs a statement of the door's own; answers its rows if it has some.
fn own(
    client: &mut Client,
    output: &mut Output,
    portal: &str,
    once: bool,
    command: &Command,
) -> Result<Option<RecordBatch>, Problem> {
    if let Some(portal) = client.portals.get_mut(portal).filter(|_| once) {
        portal.source = Source::Changed;
    }
    let (outcome, warning) = client.run(command)?;
    warning.iter().for_each(|warning| put(output, Severity::Warning, warning, None));
    match outcome {
        Outcome::Tag(tag) => {
            complete(output, tag);
            Ok(None)
        }
        Outcome::Rows(rows) => Ok(Some(rows)),
    }
}

fn known<'a>(client: &'a Client, name: &str) -> Result<&'a Statement, Problem> {
    client.statements.get(name).ok_or_else(|| unknown_statement(name))
}

/// That there is no such prepared statement.
pub fn unknown_statement(name: &str) -> Problem {
    Problem::new("26000", Error::new(Code::UNKNOWN_TABLE, format!("there is no prepared statement `{name}`")))
}

fn unknown_portal(name: &str) -> Problem {
    Problem::new("34000", Error::new(Code::UNKNOWN_TABLE, format!("there is no portal `{name}`")))
}

fn ran_before(name: &str) -> Problem {
    let error = Error::new(Code::UNSUPPORTED_STATEMENT, format!("the statement of portal `{name}` has run already"));
    Problem::new("55000", error.with_hint("bind it again"))
}

fn too_many(what: &str) -> Error {
    Error::new(Code::QUEUE_FULL, what).with_hint("close those that are not used")
}
