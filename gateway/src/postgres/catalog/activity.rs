//! `pg_stat_activity`: the connections of this door that the session may know of. What a client reads here it may stop with
//! `pg_cancel_backend` and `pg_terminate_backend`. What each of them runs is in `huitong.running`.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use huitong_catalog::Result;
use huitong_engine::Session;
use huitong_engine::planning::CATALOG;

use super::functions::{Function, acting, flag, number};
use super::lists::{List, Same};
use super::oids;
use crate::postgres::processes::{Process, Processes};

/// The list's name.
pub const NAME: &str = "pg_stat_activity";

/// The list as a session sees it.
pub fn list(session: &Session, processes: &Processes) -> Result<RecordBatch> {
    rows(&processes.of(session.principal()))
}

/// The columns of the list.
pub fn schema() -> Result<SchemaRef> {
    rows(&[]).map(|rows| rows.schema())
}

fn rows(processes: &[Arc<Process>]) -> Result<RecordBatch> {
    use Same::{NoNumber, NoText, Text};
    let clients: Vec<_> = processes.iter().map(|process| process.session.client()).collect();
    let users: Vec<_> = processes.iter().map(|process| process.session.principal().name.as_str()).collect();
    // `address:port`, and the port of IPv6 stands behind the last colon too.
    let peer = |at: usize| clients[at].address.as_deref().and_then(|address| address.rsplit_once(':'));
    let peers: Vec<_> = (0..clients.len()).map(peer).collect();
    List::new(processes.len())
        .oids("datid", processes.iter().map(|_| oids::DATABASE))
        .same(&[("datname", Text(CATALOG))])
        .numbers("pid", processes.iter().map(|process| Some(process.number)))
        .same(&[("leader_pid", NoNumber)])
        .oids("usesysid", users.iter().map(|user| oids::of_role(user)))
        .text("usename", users.iter().map(|user| Some(*user)))
        .text("application_name", clients.iter().map(|client| Some(client.name.as_deref().unwrap_or_default())))
        .text("client_addr", peers.iter().map(|peer| peer.map(|(address, _)| address)))
        .same(&[("client_hostname", NoText)])
        .numbers("client_port", peers.iter().map(|peer| peer.and_then(|(_, port)| port.parse().ok())))
        .same(&[("backend_start", NoText), ("xact_start", NoText), ("query_start", NoText), ("state_change", NoText)])
        .same(&[("wait_event_type", NoText), ("wait_event", NoText)])
        .text("state", processes.iter().map(|process| Some(if process.is_busy() { "active" } else { "idle" })))
        .same(&[("backend_xid", NoNumber), ("backend_xmin", NoNumber), ("query_id", NoNumber), ("query", NoText)])
        .same(&[("backend_type", Text("client backend"))])
        .build()
}

/// What stops a statement, and what ends a connection. Of what the session may not know of, both answer that there is no such thing.
pub fn functions(session: &Session, processes: &Processes) -> [Function; 2] {
    let stops = |name, stop: fn(&Process)| {
        let (session, processes) = (session.clone(), processes.clone());
        let found = move |number: u32| {
            let seen = processes.of(session.principal());
            seen.into_iter().find(|process| u32::try_from(process.number) == Ok(number))
        };
        acting(flag(name, move |row| {
            Ok(number(row).map(|number| found(number).inspect(|process| stop(process)).is_some().to_string()))
        }))
    };
    [stops("pg_cancel_backend", Process::cancel), stops("pg_terminate_backend", |process| process.end.cancel())]
}
