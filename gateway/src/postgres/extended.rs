//! Statements in steps: parsed once, bound to values, run as a whole or some rows at a time.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use bytes::BufMut;
use huitong_catalog::{Code, Error};
use huitong_engine::statement::query::Planned;
use huitong_engine::statement::{Described, Parsed, Prepared};

use super::answer::{Ended, Rows, complete, describe, tag};
use super::command::Command;
use super::connection::{Client, Outcome, Watch};
use super::copy::Copy;
use super::encode::Format;
use super::input::{Bind, Message, Target};
use super::output::Output;
use super::parameters;
use super::problem::{Problem, Severity, Stop, put};
use super::text;
use super::types::{self, Shape};
use crate::flight::clients::safe_schema;

/// Prepared statements of one client.
const STATEMENTS_MAX: usize = 1000;
/// Bytes of all of them.
const STATEMENTS_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Portals of one client.
const PORTALS_MAX: usize = 100;

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
}

/// A statement with its values.
pub struct Portal {
    sql: Arc<str>,
    source: Source,
}

enum Source {
    Empty,
    Own {
        command: Command,
        rows: Option<RecordBatch>,
        formats: Vec<Format>,
    },
    Query {
        planned: Box<Planned>,
        formats: Vec<Format>,
    },
    Change(Box<Parsed>),
    /// A statement that has run, and does not run twice.
    Changed,
    Running {
        rows: Box<Rows>,
        verb: &'static str,
    },
    /// Everything was sent.
    Ended,
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
    if Copy::read(sql)?.is_some() {
        let text = "COPY to or from the client cannot be prepared";
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("send it as a simple query").into());
    }
    let kind = match cut.as_slice() {
        [] => Kind::Empty,
        [_] => Command::read(sql)?.map_or(Kind::Engine, Kind::Own),
        _ => {
            return Err(Error::new(Code::SYNTAX, "a prepared statement is one statement, and there are several")
                .with_hint("send them one by one, or as a simple query")
                .into());
        }
    };
    if !matches!(&kind, Kind::Own(command) if command.leaves_failure()) {
        client.transaction.check()?;
    }
    let sql: Arc<str> = cut.first().map_or_else(|| Arc::from(""), |bytes| Arc::from(&sql[..bytes.end]));
    client.statements.insert(name, Statement { sql, types, kind, described: None });
    output.put(b'1', |_| {});
    Ok(())
}

async fn bind(client: &mut Client, watch: &mut Watch<'_>, output: &mut Output, bind: Bind) -> Result<(), Stop> {
    if !bind.portal.is_empty() && client.portals.contains_key(&bind.portal) {
        let text = format!("the portal `{}` exists already", bind.portal);
        return Err(Problem::new("42P03", Error::new(Code::TABLE_EXISTS, text)).into());
    }
    // A query that the portal of the same name still runs ends here.
    client.portals.remove(&bind.portal);
    if client.portals.len() >= PORTALS_MAX {
        return Err(too_many(&format!("{PORTALS_MAX} portals are open")).into());
    }
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
        Kind::Engine => {
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
            match watch.during(async { Ok(session.prepare_with(&sql, &values).await?) }).await? {
                Prepared::Query(planned) => {
                    same_columns(known(client, &bind.statement)?, &planned)?;
                    let formats = formats(&bind.result_formats, planned.schema().fields().len())?;
                    Source::Query { planned, formats }
                }
                Prepared::Command(command) => Source::Change(command),
            }
        }
    };
    client.portals.insert(bind.portal, Portal { sql, source });
    output.put(b'2', |_| {});
    Ok(())
}

/// The zone of moments that are written without one.
pub fn session_zone(client: &Client) -> String {
    client.session.settings().time_zone.unwrap_or_else(|| "UTC".to_owned())
}

/// Refuses columns that are not those that the client was told: it would read values as what they are not.
fn same_columns(statement: &Statement, planned: &Planned) -> Result<(), Problem> {
    let oids = |schema: &SchemaRef| {
        safe_schema(schema).fields().iter().map(|field| Shape::of(field.data_type()).oid()).collect::<Vec<_>>()
    };
    let told = statement.described.as_ref().and_then(|described| described.schema.as_ref());
    match told.is_none_or(|told| oids(told) == oids(&planned.schema())) {
        true => Ok(()),
        false => {
            let text = "the columns of the prepared statement have changed (cached plan must not change result type)";
            let error = Error::new(Code::UNSUPPORTED_STATEMENT, text).with_hint("prepare it again");
            Err(Problem::new("0A000", error))
        }
    }
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
        Kind::Engine => {
            client.transaction.check()?;
            let found = described(client, watch, name).await?;
            let statement = known(client, name)?;
            let types = types_of(statement, found.parameters.len());
            // What nothing tells is text.
            let types = types.into_iter().map(|oid| if oid == 0 { types::TEXT.oid } else { oid });
            (types.collect(), found.schema.map(|columns| safe_schema(&columns)))
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
        Source::Query { planned, formats } => {
            let (session, zone) = (client.session.clone(), client.zone()?);
            let running = watch.reading(async { Ok(session.start(*planned).await?) }).await?;
            (Box::new(Rows::of_query(running, formats, zone)), "SELECT")
        }
        Source::Running { rows, verb } => (rows, verb),
    };
    let before = rows.sent;
    match watch.reading(rows.send(output, rows_max)).await? {
        Ended::Complete if verb == "SELECT" => complete(output, &format!("SELECT {}", rows.sent - before)),
        Ended::Complete => complete(output, verb),
        Ended::Suspended => {
            output.put(b's', |_| {});
            if let Some(portal) = client.portals.get_mut(name) {
                portal.source = Source::Running { rows, verb };
            }
        }
    }
    Ok(())
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
