//! Cursors of SQL: `DECLARE` gives the rows of a query a name, `FETCH` and `MOVE` go on in them, `CLOSE` ends them.
//!
//! A cursor is a portal that runs from its declaration on. Rows are made as they are fetched, so cursors only go forward.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::sql::sqlparser::tokenizer::Location;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::statement::Prepared;
use huitong_engine::statement::query::Planned;

use super::answer::{Ended, complete, describe};
use super::connection::{Client, Watch};
use super::encode::Format;
use super::extended::start;
use super::output::Output;
use super::portal::{Known, Life, Source};
use super::problem::{Problem, Stop};
use super::words::{Words, first_word, parts, refused};

/// A statement about one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// With its query, which begins at the same place as in the statement.
    Declare(Declare, String),
    Fetch(Fetch),
}

/// What is said of a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declare {
    name: String,
    /// Whether simple queries fetch it in binary.
    binary: bool,
    /// Whether it stays when its transaction is committed.
    holds: bool,
}

/// How far to go in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    pub name: String,
    /// `usize::MAX` is all.
    pub rows: usize,
    /// Whether the rows are only passed over.
    pub moves: bool,
}

impl Cursor {
    /// Reads one; none if the statement is anything else.
    pub fn read(sql: &str) -> Result<Option<Self>> {
        let word = first_word(sql).to_lowercase();
        if !["declare", "fetch", "move"].contains(&word.as_str()) {
            return Ok(None);
        }
        let Some(parts) = parts(sql) else { return Ok(None) };
        let mut words = Words(&parts);
        if words.next() != word {
            return Ok(None);
        }
        match word.as_str() {
            "declare" => declaration(&mut words, sql),
            _ => fetch_of(&mut words, word == "move").map(Self::Fetch),
        }
        .map(Some)
    }
}

fn declaration(words: &mut Words<'_>, sql: &str) -> Result<Cursor> {
    let mut declare = Declare { name: name(words)?, binary: false, holds: false };
    while !words.take("cursor") {
        match () {
            () if words.take("binary") => declare.binary = true,
            () if words.take("insensitive") || words.take("asensitive") => {}
            () if words.take("no") && words.take("scroll") => {}
            () if words.take("scroll") => {
                return Err(refused("a SCROLL cursor").with_hint("leave SCROLL out: cursors go forward"));
            }
            () => return Err(Error::new(Code::SYNTAX, "CURSOR is expected behind the cursor's name")),
        }
    }
    let holds = words.take("with");
    if holds || words.take("without") {
        if !words.take("hold") {
            return Err(Error::new(Code::SYNTAX, "HOLD is expected there"));
        }
        declare.holds = holds;
    }
    match (words.take("for"), words.0.first()) {
        (true, Some(query)) => Ok(Cursor::Declare(declare, blank_before(sql, query.at))),
        _ => Err(Error::new(Code::SYNTAX, "FOR and a query are expected there")),
    }
}

/// The same text with spaces up to that place, so that places in errors are those of what was sent.
fn blank_before(sql: &str, place: Location) -> String {
    let (mut line, mut column) = (1, 1);
    let blank = |c: char| {
        let is_before = (line, column) < (place.line, place.column);
        (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        if is_before && c != '\n' { ' ' } else { c }
    };
    sql.chars().map(blank).collect()
}

fn fetch_of(words: &mut Words<'_>, moves: bool) -> Result<Fetch> {
    let is_forward = words.take("forward");
    let rows = match words.0.first() {
        _ if !is_forward && words.take("next") => 1,
        _ if words.take("all") => usize::MAX,
        Some(part) if part.bare && part.text.starts_with(|c: char| c.is_ascii_digit()) => {
            let rows = words.next().parse::<usize>().ok().filter(|rows| *rows > 0);
            rows.ok_or_else(|| backward("FETCH of no row, or of so many,"))?
        }
        Some(part)
            if part.bare
                && ["prior", "first", "last", "absolute", "relative", "backward", "-"]
                    .contains(&part.text.as_str()) =>
        {
            return Err(backward(&format!("FETCH {}", part.text.to_uppercase())));
        }
        _ => 1,
    };
    let name = name(words.skip(&["from", "in"]))?;
    words.end()?;
    Ok(Fetch { name, rows, moves })
}

fn backward(what: &str) -> Error {
    refused(what).with_hint("cursors go forward: FETCH n, FETCH NEXT, FETCH ALL")
}

fn name(words: &mut Words<'_>) -> Result<String> {
    match words.next() {
        name if name.is_empty() => Err(Error::new(Code::SYNTAX, "the name of a cursor is expected there")),
        name => Ok(name),
    }
}

/// Runs a statement that came as a text.
pub async fn run(client: &mut Client, watch: &mut Watch<'_>, output: &mut Output, cursor: Cursor) -> Result<(), Stop> {
    client.transaction.check()?;
    match cursor {
        Cursor::Declare(declare, query) => {
            let session = client.session.clone();
            let Prepared::Query(planned) = watch.during(async { Ok(session.prepare(&query).await?) }).await? else {
                return Err(no_query().into());
            };
            self::declare(client, watch, output, &declare, (query.into(), *planned)).await
        }
        Cursor::Fetch(fetch) => {
            let schema = columns(client, &fetch.name)?;
            let declared = client.portals.get(&fetch.name).and_then(|portal| portal.declared.as_ref());
            let format = if declared.is_some_and(|declared| declared.binary) { Format::Binary } else { Format::Text };
            let formats = vec![format; schema.fields().len()];
            if !fetch.moves {
                describe(output, &schema, &formats)?;
            }
            let (passed, _) = advance(client, watch, output, &fetch, formats, fetch.rows).await?;
            tell(output, &fetch, passed);
            Ok(())
        }
    }
}

/// Begins a query under a name.
pub async fn declare(
    client: &mut Client,
    watch: &mut Watch<'_>,
    output: &mut Output,
    declare: &Declare,
    (text, planned): (Arc<str>, Planned),
) -> Result<(), Stop> {
    let Declare { name, binary, holds } = declare;
    let life = match (holds, client.transaction.is_open()) {
        (true, true) => Life::Committed,
        (true, false) => Life::Session,
        (false, true) => Life::Transaction,
        (false, false) => {
            let text = "a cursor ends with its transaction, and none is open";
            let error = Error::new(Code::UNSUPPORTED_STATEMENT, text);
            return Err(Problem::new("25P01", error.with_hint("send BEGIN before it, or declare it WITH HOLD")).into());
        }
    };
    if client.portals.get(name).is_some() {
        let text = format!("the cursor `{name}` exists already");
        return Err(Problem::new("42P03", Error::new(Code::TABLE_EXISTS, text)).into());
    }
    client.portals.check()?;
    let sight = client.session.sight();
    let formats = vec![Format::Text; planned.schema().fields().len()];
    let rows = start(client, watch, planned, formats).await?;
    let known =
        Known { query: rows.query.clone(), text: text.clone(), binary: *binary, holds: *holds, is_awaited: false };
    client.portals.insert(name.clone(), text, Source::Running { rows, verb: "SELECT" }, life);
    client.portals.declare(name, known, sight);
    complete(output, "DECLARE CURSOR");
    Ok(())
}

/// Goes on in a cursor, at most as far as `rows_max`; tells how many rows were passed. One that fails is closed.
pub async fn advance(
    client: &mut Client,
    watch: &mut Watch<'_>,
    output: &mut Output,
    fetch: &Fetch,
    formats: Vec<Format>,
    rows_max: usize,
) -> Result<(usize, Ended), Stop> {
    begin(client, watch, &fetch.name).await?;
    let session = client.session.clone();
    let portal = client.portals.get_mut(&fetch.name).ok_or_else(|| unknown(&fetch.name))?;
    let (Source::Running { rows, .. }, declared) = (&mut portal.source, &portal.declared) else {
        return Err(unknown(&fetch.name).into());
    };
    let awaited = |is_awaited| declared.iter().for_each(|declared| declared.set_awaited(is_awaited));
    awaited(true);
    let advanced = match (declared, fetch.moves) {
        (Some(declared), _) if !session.still_sees(&declared.sight) => Err(blind().into()),
        (_, true) => watch.reading(rows.skip(rows_max)).await,
        (_, false) => watch.reading(rows.send_as(output, formats, rows_max)).await,
    };
    awaited(false);
    if advanced.is_err() {
        client.portals.remove(&fetch.name);
    }
    advanced
}

/// A portal that the protocol has bound may be fetched from before it has run.
async fn begin(client: &mut Client, watch: &mut Watch<'_>, name: &str) -> Result<(), Stop> {
    let source = client.portals.get_mut(name).map(|portal| &mut portal.source);
    let Some(source @ Source::Query { .. }) = source else { return Ok(()) };
    if let Source::Query { planned, formats } = std::mem::replace(source, Source::Ended) {
        let rows = start(client, watch, *planned, formats).await?;
        if let Some(portal) = client.portals.get_mut(name) {
            portal.source = Source::Running { rows, verb: "SELECT" };
        }
    }
    Ok(())
}

fn blind() -> Error {
    Error::new(Code::PERMISSION_DENIED, "what you may see has changed since the cursor was declared")
        .with_hint("declare it again")
}

/// Tells that it is done.
pub fn tell(output: &mut Output, fetch: &Fetch, passed: usize) {
    complete(output, &format!("{} {passed}", if fetch.moves { "MOVE" } else { "FETCH" }));
}

/// The columns of a cursor.
pub fn columns(client: &Client, name: &str) -> Result<SchemaRef, Problem> {
    client.portals.get(name).and_then(|portal| portal.source.columns()).ok_or_else(|| unknown(name))
}

/// That there is no such cursor.
pub fn unknown(name: &str) -> Problem {
    Problem::new("34000", Error::new(Code::UNKNOWN_TABLE, format!("there is no cursor `{name}`")))
}

/// That a cursor is of nothing that has rows.
pub fn no_query() -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, "a cursor is declared for a query")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_read() {
        let declared = |name: &str, binary, holds, query: &str| {
            Some(Cursor::Declare(Declare { name: name.into(), binary, holds }, query.into()))
        };
        let fetched = |name: &str, rows, moves| Some(Cursor::Fetch(Fetch { name: name.into(), rows, moves }));
        let cases = [
            ("DECLARE c CURSOR FOR SELECT 1", declared("c", false, false, &format!("{}SELECT 1", " ".repeat(21)))),
            (
                "declare \"甲 C\" binary insensitive no scroll cursor with hold for\n  (select '乙')",
                declared("甲 C", true, true, &format!("{}\n  (select '乙')", " ".repeat(63))),
            ),
            (
                "DECLARE c CURSOR WITHOUT HOLD FOR VALUES (1)",
                declared("c", false, false, &format!("{}VALUES (1)", " ".repeat(34))),
            ),
            ("FETCH c", fetched("c", 1, false)),
            ("fetch forward from c", fetched("c", 1, false)),
            ("FETCH NEXT FROM c", fetched("c", 1, false)),
            ("FETCH FORWARD 100 IN \"C\"", fetched("C", 100, false)),
            ("FETCH 100 c;", fetched("c", 100, false)),
            ("FETCH ALL FROM c", fetched("c", usize::MAX, false)),
            ("MOVE FORWARD ALL c", fetched("c", usize::MAX, true)),
            ("SELECT 1", None),
        ];
        for (sql, expected) in cases {
            assert_eq!(Cursor::read(sql).ok(), Some(expected), "{sql}");
        }
    }

    #[test]
    fn what_goes_back_is_refused() {
        for sql in [
            "DECLARE c SCROLL CURSOR FOR SELECT 1",
            "DECLARE c CURSOR WITH FOR SELECT 1",
            "DECLARE c CURSOR FOR",
            "DECLARE c",
            "DECLARE",
            "FETCH",
            "FETCH PRIOR FROM c",
            "FETCH -1 FROM c",
            "FETCH 0 FROM c",
            "FETCH ABSOLUTE 5 FROM c",
            "FETCH BACKWARD ALL FROM c",
            "FETCH 99999999999999999999999 FROM c",
            "FETCH c d",
        ] {
            assert!(Cursor::read(sql).is_err(), "{sql}");
        }
    }
}
