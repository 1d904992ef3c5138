//! `PollFlightInfo`: a query runs, and its client asks from time to time how far it is.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow_flight::{FlightDescriptor, FlightInfo, PollInfo};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Session;
use huitong_engine::statement::query::Planned;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::clients::announced;
use super::each;
use super::prepared::Rows;
use super::statements::{self, Begun, Statements, Waiting, answering, begin, done_info, info};

/// What the descriptor of a query that runs begins with; its handle follows.
const PREFIX: &[u8] = b"huitong.poll:";
/// How long the first answer waits for a query that is quick, and a later one for any change.
const FIRST_WAIT: Duration = Duration::from_millis(50);
const NEXT_WAIT: Duration = Duration::from_secs(2);

/// A query that runs while nobody reads it.
pub struct Poll {
    query_id: String,
    schema: SchemaRef,
    /// None while it runs.
    outcome: watch::Receiver<Option<Result<FlightInfo>>>,
    task: JoinHandle<()>,
}

impl Drop for Poll {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Statements {
    /// The handle in a descriptor that an earlier answer named.
    pub fn polled(descriptor: &FlightDescriptor) -> Option<&[u8]> {
        descriptor.cmd.strip_prefix(PREFIX)
    }

    /// Starts a statement; answers at once, or with the whole if it is quick.
    pub async fn start_polled(self: &Arc<Self>, session: &Arc<Session>, sql: &str, rows: &Rows) -> Result<PollInfo> {
        let planned = match begin(session, sql, rows).await? {
            Begun::Done(done) => return done_info(&done).map(complete),
            Begun::Query(planned) => planned,
        };
        each::at_most_one(rows)?;
        let (query_id, schema) = (planned.query_id().to_owned(), announced(&planned.certain_schema()));
        let (sender, outcome) = watch::channel(None);
        let (statements, own) = (self.clone(), session.clone());
        let (id, columns) = (query_id.clone(), schema.clone());
        let task = tokio::spawn(async move {
            let started = statements.started(&own, planned, columns, id).await;
            sender.send_replace(Some(started));
        });
        let poll = Arc::new(Poll { query_id, schema, outcome, task });
        let handle = self.polls.put(&session.principal().name, poll)?;
        self.next(session, handle.as_bytes(), FIRST_WAIT).await
    }

    /// How far a query is that was started so.
    pub async fn poll(&self, session: &Session, handle: &[u8]) -> Result<PollInfo> {
        self.next(session, handle, NEXT_WAIT).await
    }

    async fn started(
        &self,
        session: &Session,
        planned: Box<Planned>,
        schema: SchemaRef,
        id: String,
    ) -> Result<FlightInfo> {
        let rows = statements::started(session, planned).await?;
        let waiting = Waiting::Started(schema.clone(), rows);
        let handle = self.tickets.put(&session.principal().name, waiting)?;
        info(&schema, vec![handle], id)
    }

    async fn next(&self, session: &Session, handle: &[u8], wait: Duration) -> Result<PollInfo> {
        let owner = &session.principal().name;
        let poll = self.polls.get(owner, handle)?;
        let mut outcome = poll.outcome.clone();
        let has_ended = outcome.wait_for(Option::is_some);
        let ended = tokio::time::timeout(wait, async { has_ended.await.map(|outcome| outcome.clone()) }).await;
        if let Ok(outcome) = ended {
            // Without an outcome its task broke.
            let broken = || Err(Error::new(Code::INTERNAL, "the query broke"));
            let outcome = outcome.ok().flatten().unwrap_or_else(broken);
            self.polls.take(owner, handle).ok();
            return outcome.map(complete);
        }
        let progress = session.progress(&poll.query_id).await.map(|progress| progress.fraction);
        let descriptor = FlightDescriptor::new_cmd([PREFIX, handle].concat());
        let info = info(&poll.schema, Vec::new(), poll.query_id.clone())?;
        let info = Some(answering(info, descriptor.clone()));
        Ok(PollInfo { info, flight_descriptor: Some(descriptor), progress, expiration_time: None })
    }
}

/// The answer behind which nothing follows.
pub fn complete(info: FlightInfo) -> PollInfo {
    PollInfo { info: Some(info), flight_descriptor: None, progress: Some(1.0), expiration_time: None }
}
