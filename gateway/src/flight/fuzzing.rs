//! Tickets, commands, actions and rows of values, as anybody may send them.

use arrow::datatypes::Schema;
use arrow_flight::sql::{ActionCancelQueryRequest, Command};
use arrow_flight::{CancelFlightInfoRequest, FlightData, FlightDescriptor, FlightInfo, RenewFlightEndpointRequest};
use futures::executor::block_on;
use futures::stream;
use prost::Message;

use super::messages::SetSessionOptionsRequest;
use super::prepared::{ROWS_MAX, Statement, VALUES_MAX, values};
use super::statements::{Statements, info};
use super::{actions, door, ingest, metadata, sql_info};

/// Stands for the handle of a statement that waits: handles are random, so that no bytes can have one in them.
pub const HANDLE: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// A handle is good for its owner, as it was given out, and in no other form.
pub fn ticket(data: &[u8]) {
    let statements = Statements::new();
    let Ok(handle) = statements.prepared.put("li", Statement::new("SELECT 1".to_owned())) else { return };
    let data = with_handle(data, handle.as_bytes());
    let sent = actions::ticket(&data);
    for claimed in [data.as_slice(), &sent] {
        let is_good = claimed == handle.as_bytes();
        assert!(statements.prepared.get("han", claimed).is_err(), "somebody else's");
        assert!(statements.prepared.renew("han", claimed).is_err(), "somebody else's");
        assert!(statements.prepared.take("han", claimed).is_err(), "somebody else's");
        assert_eq!(statements.prepared.get("li", claimed).is_ok(), is_good, "{}", claimed.escape_ascii());
        assert_eq!(statements.prepared.renew("li", claimed).is_ok(), is_good, "{}", claimed.escape_ascii());
    }
    let Ok(text) = String::from_utf8(sent.clone()) else { return };
    let again = info(&Schema::empty(), vec![text], String::new()).unwrap_or_default();
    let again = again
        .endpoint
        .first()
        .and_then(|endpoint| endpoint.ticket.as_ref())
        .map(|ticket| actions::ticket(&ticket.ticket));
    assert_eq!(again, Some(sent), "a ticket is read as it was written");
}

fn with_handle(data: &[u8], handle: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    if let Some(at) = data.windows(HANDLE.len()).position(|window| window == HANDLE) {
        data[at..at + HANDLE.len()].copy_from_slice(handle);
    }
    data
}

/// A command is the same when it is sent on, and what it asks of names is answered or refused.
pub fn command(data: &[u8]) {
    let descriptor = FlightDescriptor::new_cmd(data.to_vec());
    if let Some(handle) = Statements::polled(&descriptor) {
        assert!(data.ends_with(handle));
    }
    let Ok(command) = door::command(data) else { return };
    let again = door::command(&command.clone().into_any().encode_to_vec());
    assert_eq!(again.ok().as_ref(), Some(&command), "a command is read as it was written");
    match command {
        Command::CommandGetCatalogs(asked) => drop(metadata::catalogs(asked)),
        Command::CommandGetTableTypes(asked) => drop(metadata::table_types(asked)),
        Command::CommandGetDbSchemas(asked) => {
            let mut answer = asked.into_builder();
            ["public", "人口"].iter().for_each(|schema| answer.append("city", *schema));
            answer.build().ok();
        }
        Command::CommandGetTables(asked) => {
            let filter = metadata::Filter::of(&asked);
            filter.keeps("人口", "person", "TABLE");
            drop(asked.into_builder().build());
        }
        Command::CommandGetSqlInfo(asked) => {
            if let Ok(facts) = sql_info::all() {
                asked.into_builder(facts).build().ok();
            }
        }
        Command::CommandStatementIngest(asked) => drop(ingest::target("public", &asked)),
        _ => {}
    }
}

/// The first byte says which action it is; the rest is its body.
pub fn action(data: &[u8]) {
    let Some((which, body)) = data.split_first() else { return };
    match which % 4 {
        0 => {
            let Some(asked) = same::<SetSessionOptionsRequest>(body) else { return };
            asked.session_options.values().for_each(|value| drop(value.to_text()));
        }
        1 => {
            let Some(asked) = same::<CancelFlightInfoRequest>(body) else { return };
            tickets(&asked.info.unwrap_or_default());
        }
        2 => {
            let Some(asked) = same::<ActionCancelQueryRequest>(body) else { return };
            same::<FlightInfo>(&asked.info).iter().for_each(tickets);
        }
        _ => {
            let Some(asked) = same::<RenewFlightEndpointRequest>(body) else { return };
            asked.endpoint.and_then(|endpoint| endpoint.ticket).iter().for_each(|sent| ticket(&sent.ticket));
        }
    }
}

fn tickets(info: &FlightInfo) {
    info.endpoint.iter().filter_map(|endpoint| endpoint.ticket.as_ref()).for_each(|sent| ticket(&sent.ticket));
    info.flight_descriptor.iter().for_each(|descriptor| command(&descriptor.cmd));
}

/// A body as actions read it, if it is one. What is not a number is not equal to itself, so what is compared is what is shown.
fn same<T: Message + Default>(body: &[u8]) -> Option<T> {
    let read: T = actions::read(body).ok()?;
    let again: T = actions::read(&read.encode_to_vec()).ok()?;
    assert_eq!(read.encoded_len(), again.encoded_len(), "a body is read as it was written");
    Some(read)
}

/// Rows of values for a statement: messages of Flight, each behind its length.
pub fn rows(data: &[u8]) {
    let (mut messages, mut rest) = (Vec::new(), data);
    while let Some((length, after)) = rest.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX).min(after.len());
        let (message, after) = after.split_at(length);
        match FlightData::decode(message) {
            Ok(message) => messages.push(Ok(message)),
            // The call is refused before it comes to us.
            Err(_) => return,
        }
        rest = after;
    }
    let Ok(rows) = block_on(values(stream::iter(messages))) else { return };
    assert!(rows.len() <= ROWS_MAX && rows.iter().map(Vec::len).sum::<usize>() <= VALUES_MAX);
    rows.iter().take(100).for_each(|row| huitong_engine::fuzzing::values(row));
}
