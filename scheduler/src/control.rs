//! What the scheduler tells executors, which only dial out: that there is work, and that a job is cancelled.
//!
//! One server stream per executor, as the Flight action [`SUBSCRIBE`]; each message is one [`Command`] in text form.
//! Losing a message costs time, never correctness: executors poll anyway, and a cancelled job's results are not read.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse,
    PollInfo, PutResult, Result as FlightResult, SchemaResult, Ticket,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use huitong_engine::backend::command::{Command, SUBSCRIBE};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tonic::{Request, Response, Status, Streaming};

/// Commands that a slow executor may be behind before it misses some.
const BACKLOG: usize = 1024;

/// Jobs that have ended and are told to whoever subscribes: an executor that was away missed it, and keeps their files.
const ENDED_MAX: usize = 1_000;

/// The sending side.
#[derive(Debug, Clone)]
pub struct Control {
    commands: broadcast::Sender<Command>,
    ended: Arc<Mutex<VecDeque<String>>>,
    /// What ids of this scheduler's jobs begin with.
    job_prefix: String,
}

impl Control {
    pub fn new(job_prefix: String) -> Self {
        Self { commands: broadcast::channel(BACKLOG).0, ended: Arc::default(), job_prefix }
    }

    /// Sends to whoever listens; nobody listening is no error.
    pub fn send(&self, command: Command) {
        if let Command::Cancel(job) = &command {
            self.note_end(job);
        }
        self.commands.send(command).ok();
    }

    /// Remembers that nobody will ask for anything of a job any more.
    pub fn note_end(&self, job: &str) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.push_back(job.to_owned());
        if ended.len() > ENDED_MAX {
            ended.pop_front();
        }
    }

    /// A call to work, and the jobs that have ended.
    fn missed(&self) -> Vec<Command> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        ended.iter().cloned().map(Command::Cancel).chain([Command::Work]).collect()
    }

    fn subscribe(&self) -> BoxStream<'static, Result<FlightResult, Status>> {
        let message = |command: Command| Ok(FlightResult { body: command.to_string().into_bytes().into() });
        let commands = BroadcastStream::new(self.commands.subscribe());
        let first = [Command::Begins(self.job_prefix.clone())].into_iter().chain(self.missed());
        let control = self.clone();
        // An executor that is behind has missed some.
        let rest = commands
            .flat_map(move |command| stream::iter(command.map_or_else(|_| control.missed(), |command| vec![command])));
        stream::iter(first).chain(rest).map(message).boxed()
    }
}

fn not_here<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("this port serves huitong's executors only"))
}

#[tonic::async_trait]
impl FlightService for Control {
    type HandshakeStream = BoxStream<'static, Result<HandshakeResponse, Status>>;
    type ListFlightsStream = BoxStream<'static, Result<FlightInfo, Status>>;
    type DoGetStream = BoxStream<'static, Result<FlightData, Status>>;
    type DoPutStream = BoxStream<'static, Result<PutResult, Status>>;
    type DoExchangeStream = BoxStream<'static, Result<FlightData, Status>>;
    type DoActionStream = BoxStream<'static, Result<FlightResult, Status>>;
    type ListActionsStream = BoxStream<'static, Result<ActionType, Status>>;

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        match request.get_ref().r#type.as_str() {
            SUBSCRIBE => Ok(Response::new(self.subscribe())),
            _ => not_here(),
        }
    }

    async fn handshake(
        &self,
        _: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        not_here()
    }

    async fn list_flights(&self, _: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        not_here()
    }

    async fn get_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        not_here()
    }

    async fn poll_flight_info(&self, _: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        not_here()
    }

    async fn get_schema(&self, _: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        not_here()
    }

    async fn do_get(&self, _: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        not_here()
    }

    async fn do_put(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        not_here()
    }

    async fn do_exchange(&self, _: Request<Streaming<FlightData>>) -> Result<Response<Self::DoExchangeStream>, Status> {
        not_here()
    }

    async fn list_actions(&self, _: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        not_here()
    }
}
