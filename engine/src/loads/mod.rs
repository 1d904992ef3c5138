//! What wrote rows into tables, for those who answer for the tables: kept with the state, since whoever loaded the rows may be anybody.
//!
//! A record comes after its effect: it is for people, and what must be there before rows flow is in the audit.

pub mod listed;

use huitong_catalog::names::TableName;
use huitong_catalog::state::LoadRow;
use huitong_catalog::{Error, Result};

use crate::queries::trace::Trace;
use crate::session::Session;

/// What a statement did, or was to do, to rows.
pub(crate) struct Load {
    pub table: TableName,
    pub command: String,
}

impl Load {
    /// Notes how it ended: with rows, or none for a table that was made without any, or with an error. A table that whoever asks may not
    /// know of is not noted.
    pub async fn noted(self, session: &Session, outcome: Result<Option<u64>, &Error>) {
        let Some(trace) = session.trace().filter(|trace| trace.seat.door.is_recorded()) else { return };
        let Some(rows) = outcome.transpose() else { return };
        if let Err(error) = self.note(session, trace, rows).await {
            tracing::warn!(%error, query = trace.id, "a load could not be noted");
        }
    }

    async fn note(self, session: &Session, trace: &Trace, rows: Result<u64, &Error>) -> Result<()> {
        let names = session.names();
        let Some(object) = names.object(&self.table).filter(|object| object.kind.is_in_lake()) else {
            return Ok(());
        };
        let engine = session.engine();
        let row = LoadRow {
            query_id: trace.id.clone(),
            location: object.definition.clone(),
            command: self.command,
            door: trace.seat.door.name().to_owned(),
            loaded_by: session.principal().name.clone(),
            started_at: trace.started,
            ended_at: engine.clock().now(),
            rows: rows.as_ref().ok().map(|rows| i64::try_from(*rows).unwrap_or(i64::MAX)),
            error_code: rows.err().map(|error| error.code.to_string()),
        };
        engine.state().add_load(&row).await
    }
}
