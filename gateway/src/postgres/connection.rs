//! One client from its first statement to its last.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::BufMut;
use futures::FutureExt;
use huitong_catalog::identity::{Principal, Standing, Users};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::{Client as Caller, Door, Engine, Session};
use tokio::sync::watch;

use super::answer::texts;
use super::catalog::PgCatalog;
use super::command::Command;
use super::cursor;
use super::encode::Zone;
use super::extended::{self, Statement};
use super::input::{Broken, Input, MESSAGE_BYTES_MAX, Message};
use super::output::{Output, text};
use super::portal::Portals;
use super::problem::{Problem, Severity, Stop, cancelled, put};
use super::processes::{Key, Process, Processes};
use super::server::farewell;
use super::startup::{self, Halves, Wanted};
use super::transaction::Transaction;
use super::variables::{READ_ONLY, READ_ONLY_DEFAULT, Variables};
use super::{plain, scram, simple};
use crate::certified::Certified;

/// How long a statement may take to end after its client asked for that.
const STOP_MAX: Duration = Duration::from_secs(1);

/// A client that has signed in.
pub struct Connection {
    input: Input,
    output: Output,
    client: Client,
    key: Key,
    /// What its sign-in granted.
    standing: Standing,
    /// Settings as the client knows them.
    reported: Vec<(&'static str, String)>,
    /// After an error in a series of steps the rest of them is left out.
    skipping: bool,
    /// Whether nothing was asked for since it was last told that it may ask.
    idle: bool,
}

/// Lets in whom the certificate of the connection names.
async fn by_certificate(output: &mut Output, users: &Users, certified: &Certified) -> Result<Principal, Stop> {
    let principal = certified.sign_in(users).await?;
    scram::authentication(output, 0, |_| {});
    Ok(principal)
}

/// What a client has on this side.
pub struct Client {
    pub session: Session,
    pub variables: Arc<Variables>,
    pub transaction: Transaction,
    pub statements: HashMap<String, Statement>,
    pub portals: Portals,
}

/// Ends work when the client asks for it or is gone.
pub struct Watch<'a> {
    pub input: &'a mut Input,
    pub process: &'a Process,
    pub standing: &'a Standing,
}

impl Watch<'_> {
    /// Work that goes on without its client, who may have sent its last statement and left.
    pub async fn during<T>(&mut self, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            () = self.process.cancel.notified() => stopped(self.process, work).await,
            () = self.process.end.cancelled() => Err(Broken::Ended.into()),
            done = &mut work => unless_dismissed(self.standing, done),
        }
    }

    /// Rows on their way to a client, which has to be there and to be who it was.
    pub async fn reading<T>(&mut self, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            () = self.process.cancel.notified() => stopped(self.process, work).await,
            () = self.process.end.cancelled() => Err(Broken::Ended.into()),
            () = self.input.gone() => Err(Broken::Gone.into()),
            () = self.standing.ended() => Err(Broken::Dismissed.into()),
            done = &mut work => unless_dismissed(self.standing, done),
        }
    }
}

/// How work ended. Whoever changed its user ended the statement too, and that may be seen before the user's dismissal.
pub fn unless_dismissed<T>(standing: &Standing, done: Result<T, Stop>) -> Result<T, Stop> {
    match done {
        Err(_) if !standing.holds() => Err(Broken::Dismissed.into()),
        done => done,
    }
}

/// The end of work whose client asked for it. What runs ends by itself, is recorded so and names itself; what does not, because its rows
/// are not taken or because it is only planned, is left.
pub async fn stopped<T>(process: &Process, work: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    let Some(query) = process.session.cancel(&process.cursors.resting()) else { return Err(cancelled().into()) };
    let ended = tokio::time::timeout(STOP_MAX, work).await;
    ended.unwrap_or_else(|_| Err(cancelled().of_query(&query).into()))
}

impl Connection {
    /// Finds out who the client is; none if it came to nothing, which the client was told.
    pub async fn sign_in(
        engine: &Arc<Engine>,
        processes: &Processes,
        wanted: Wanted,
        address: SocketAddr,
    ) -> Option<Self> {
        let Wanted { mut input, mut output, parameters, certified } = wanted;
        let signed_in = async {
            let user = startup::user(&parameters)?;
            let users = &engine.users().heard_from(Some(&address.to_string()));
            let standing = users.standing();
            let certified = certified.filter(|certified| users.takes_certificates() && certified.names(user));
            let principal = match (certified, users.takes_tokens_as_passwords()) {
                (Some(certified), _) => by_certificate(&mut output, users, &certified).await?,
                (None, true) => plain::sign_in(&mut input, &mut output, users, user).await?,
                (None, false) => scram::sign_in(&mut input, &mut output, users, user).await?,
            };
            let standing = standing.of(&principal.name);
            let session = engine.connect(principal, Door::Postgres, Caller::new(None, Some(address.to_string())))?;
            let key = processes.enter(session)?;
            Ok::<_, Stop>((Client::new(startup::settings(&parameters)?, &key.process, processes)?, key, standing))
        };
        match signed_in.await {
            Ok((client, key, standing)) => {
                let reported = Vec::new();
                let mut new = Self { input, output, client, key, standing, reported, skipping: false, idle: true };
                new.greet();
                Some(new)
            }
            Err(stop) => {
                farewell(Halves { input, output }, stop).await;
                None
            }
        }
    }

    fn greet(&mut self) {
        self.report();
        let (process, secret) = (self.key.process.number, self.key.process.secret);
        self.output.put(b'K', |body| {
            body.put_i32(process);
            body.put_i32(secret);
        });
        self.ready();
    }

    /// Serves the client until it leaves, or `stopped`.
    pub async fn serve(mut self, mut stopped: watch::Receiver<bool>) {
        let stop = loop {
            // What was asked for in one go is answered in one go.
            if (self.output.is_full() || !self.input.has_message())
                && let Err(stop) = self.output.send().await
            {
                break Stop::from(stop);
            }
            let idle_after = self.client.session.engine().idle_after();
            let message = tokio::select! {
                message = self.input.message(MESSAGE_BYTES_MAX) => message,
                () = idle(idle_after) => break Problem::new("57P05", idle_too_long()).into(),
                () = self.standing.ended() => break Broken::Dismissed.into(),
                () = self.key.process.end.cancelled() => break Broken::Ended.into(),
                _ = stopped.wait_for(|stopped| *stopped) => break Problem::new("57P01", shut_down()).into(),
            };
            match message {
                Ok(_) if !self.standing.holds() => break Broken::Dismissed.into(),
                Ok(Message::Terminate) => break Broken::Gone.into(),
                Ok(message) => {
                    if let Err(broken) = self.answer(message).await {
                        break broken.into();
                    }
                }
                Err(broken) => break broken.into(),
            }
        };
        farewell(Halves { input: self.input, output: self.output }, stop).await;
    }

    /// Ends a connection for which there is no place.
    pub async fn refuse(self, error: Error) {
        farewell(Halves { input: self.input, output: self.output }, error.into()).await;
    }

    async fn answer(&mut self, message: Message) -> Result<(), Broken> {
        if std::mem::take(&mut self.idle) {
            // Somebody asked for the end of a statement that was over.
            self.key.process.cancel.notified().now_or_never();
        }
        self.key.process.set_busy(true);
        let (process, standing) = (&*self.key.process, &self.standing);
        let mut watch = Watch { input: &mut self.input, process, standing };
        match message {
            Message::Sync => {
                self.skipping = false;
                self.client.end_series();
                self.ready();
                Ok(())
            }
            // They come after a load that failed, too late.
            Message::CopyData(_) | Message::CopyDone | Message::CopyFail(_) => Ok(()),
            Message::Password(_) => Err(Broken::Protocol("the client has signed in already".into())),
            _ if self.skipping => Ok(()),
            Message::FunctionCall => {
                let error =
                    Error::new(Code::UNSUPPORTED_STATEMENT, "functions are called in statements, and not by number");
                put(&mut self.output, Severity::Error, &error.into(), None);
                self.client.transaction.fail();
                self.ready();
                Ok(())
            }
            Message::Query(sql) => {
                self.client.portals.remove("");
                self.client.statements.remove("");
                simple::run(&mut self.client, &mut watch, &mut self.output, sql).await?;
                self.client.end_series();
                self.ready();
                Ok(())
            }
            step => match extended::step(&mut self.client, &mut watch, &mut self.output, step).await {
                Ok(()) => Ok(()),
                Err((Stop::Failed(problem), sent)) => {
                    put(&mut self.output, Severity::Error, &problem, sent.as_deref().map(|sql| (sql, 0)));
                    self.client.transaction.fail();
                    self.skipping = true;
                    Ok(())
                }
                Err((Stop::Broken(broken), _)) => Err(broken),
            },
        }
    }

    /// Tells that the next statement may come, and before it what has changed.
    fn ready(&mut self) {
        self.report();
        self.idle = true;
        self.key.process.set_busy(false);
        let status = self.client.transaction.status();
        self.output.put(b'Z', |body| body.put_u8(status));
    }

    fn report(&mut self) {
        let now = self.client.variables.reported();
        for (name, value) in now.iter().filter(|setting| !self.reported.contains(setting)) {
            self.output.put(b'S', |body| {
                text(body, name);
                text(body, value);
            });
        }
        self.reported = now;
    }
}

/// Completes when a client has said nothing for too long.
pub async fn idle(after: Option<Duration>) {
    match after {
        Some(after) => tokio::time::sleep(after).await,
        None => std::future::pending().await,
    }
}

/// What a client is told then.
pub fn idle_too_long() -> Error {
    Error::new(Code::TIMEOUT, "the connection did nothing for longer than it may")
        .with_hint("connect again; `clients.idle_after` says how long it may be")
}

fn shut_down() -> Error {
    Error::new(Code::STORE_UNAVAILABLE, "the server is shutting down").with_hint("connect again in a moment")
}

fn on(flag: bool) -> &'static str {
    if flag { "on" } else { "off" }
}

/// That a statement is for transactions and had no effect.
fn outside(what: &str) -> Problem {
    let text = format!("{what} is for transactions, and none is open: it has no effect");
    Problem::new("25P01", Error::new(Code::UNSUPPORTED_STATEMENT, text))
}

/// What a statement of the door's own answers.
pub enum Outcome {
    Tag(&'static str),
    Rows(arrow::array::RecordBatch),
}

impl Client {
    fn new(settings: Vec<(String, String)>, process: &Process, processes: &Processes) -> Result<Self> {
        let session = process.session.clone();
        let mut variables = Variables::new(session.clone());
        settings.iter().try_for_each(|(name, value)| variables.set(name, value))?;
        variables.begin();
        let variables = Arc::new(variables);
        let catalog = PgCatalog::new(session.clone(), variables.clone(), process, processes.clone());
        let session = session.with_extras(Arc::new(catalog));
        let transaction = Transaction::default();
        let portals = Portals::new(process.cursors.clone());
        Ok(Self { session, variables, transaction, statements: HashMap::new(), portals })
    }

    /// A series of steps is over. Portals live as long as a transaction.
    fn end_series(&mut self) {
        if !self.transaction.is_open() {
            self.portals.end(false);
        }
    }

    /// Refuses a statement that changes something where nothing may be changed.
    pub fn check_change(&self) -> Result<(), Problem> {
        if self.variables.is_read_only() {
            let text = "a statement that changes something cannot run in a transaction that only reads";
            let error = Error::new(Code::UNSUPPORTED_STATEMENT, text)
                .with_hint("the client asked for READ ONLY: leave that out, or send SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE");
            return Err(Problem::new("25006", error));
        }
        Ok(self.transaction.check_change()?)
    }

    /// The zone that moments are shown in.
    pub fn zone(&self) -> Result<Zone> {
        Zone::parse(self.session.settings().time_zone.as_deref().unwrap_or("UTC"))
    }

    /// The columns of a door's own statement, if it answers rows.
    pub fn columns_of(&self, command: &Command) -> Result<Option<arrow::array::RecordBatch>> {
        match command {
            Command::Show(name) => texts(&[name], &[vec![self.variables.get(name)?]]).map(Some),
            Command::ShowAll => {
                let rows =
                    self.variables.all().into_iter().map(|(name, value)| vec![name.into(), value, String::new()]);
                texts(&["name", "setting", "description"], &rows.collect::<Vec<_>>()).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Runs a statement of the door's own; a warning comes beside the answer.
    pub fn run(&mut self, command: &Command) -> Result<(Outcome, Option<Problem>), Problem> {
        if !command.leaves_failure() {
            self.transaction.check()?;
        }
        if let Some(rows) = self.columns_of(command)? {
            return Ok((Outcome::Rows(rows), None));
        }
        let mut warning = None;
        let tag = match command {
            Command::Begin(mode) => {
                warning = self.transaction.begin(&self.variables);
                self.limit(*mode)?;
                "BEGIN"
            }
            Command::SetTransaction(mode) => {
                if !self.transaction.is_open() {
                    warning = Some(outside("SET TRANSACTION"));
                }
                self.limit(*mode)?;
                "SET"
            }
            Command::SetSession(mode) => {
                if let Some(read_only) = mode {
                    self.set(READ_ONLY_DEFAULT, Some(on(*read_only)), false)?;
                }
                "SET"
            }
            Command::Commit => {
                warning = self.transaction.missing();
                let committed = self.transaction.commit(&self.variables)?;
                self.portals.end(committed);
                if committed { "COMMIT" } else { "ROLLBACK" }
            }
            Command::Rollback => {
                warning = self.transaction.missing();
                self.portals.end(false);
                self.transaction.roll_back(&self.variables)?;
                "ROLLBACK"
            }
            Command::Savepoint(name) => {
                self.transaction.save(name.clone(), &self.variables, self.portals.made())?;
                "SAVEPOINT"
            }
            Command::Release(name) => {
                self.transaction.release(name)?;
                "RELEASE"
            }
            Command::RollbackTo(name) => {
                let made = self.transaction.roll_back_to(name, &self.variables)?;
                self.portals.end_since(made);
                "ROLLBACK"
            }
            Command::Set { local: true, .. } if !self.transaction.is_open() => {
                warning = Some(outside("SET LOCAL"));
                "SET"
            }
            Command::Set { name, value, local } => {
                self.set(name, value.as_deref(), *local)?;
                if value.is_some() { "SET" } else { "RESET" }
            }
            Command::ResetAll => {
                self.variables.reset_all()?;
                "RESET"
            }
            Command::Discard => {
                if self.transaction.is_open() {
                    let text = "DISCARD ALL cannot run inside a transaction";
                    return Err(Problem::new("25001", Error::new(Code::UNSUPPORTED_STATEMENT, text)));
                }
                self.variables.reset_all()?;
                self.statements.clear();
                self.portals.clear();
                "DISCARD ALL"
            }
            Command::Deallocate(None) => {
                self.statements.clear();
                "DEALLOCATE ALL"
            }
            Command::Deallocate(Some(name)) => {
                self.statements.remove(name).ok_or_else(|| extended::unknown_statement(name))?;
                "DEALLOCATE"
            }
            Command::Close(None) => {
                self.portals.clear();
                "CLOSE CURSOR ALL"
            }
            Command::Close(Some(name)) => {
                self.portals.remove(name).ok_or_else(|| cursor::unknown(name))?;
                "CLOSE CURSOR"
            }
            Command::Nothing(tag) => tag,
            Command::Show(_) | Command::ShowAll => "SHOW",
        };
        Ok((Outcome::Tag(tag), warning))
    }

    /// What the open transaction may do.
    fn limit(&mut self, read_only: Option<bool>) -> Result<()> {
        match read_only {
            Some(read_only) if self.transaction.is_open() => self.set(READ_ONLY, Some(on(read_only)), true),
            _ => Ok(()),
        }
    }

    fn set(&mut self, name: &str, value: Option<&str>, local: bool) -> Result<()> {
        // Of one statement that is no transaction it would be gone at once.
        if name.eq_ignore_ascii_case(READ_ONLY) && !self.transaction.is_open() {
            return Ok(());
        }
        if let (true, Ok(before)) = (local, self.variables.get(name)) {
            self.transaction.note_local(name, before);
        }
        match value {
            Some(value) => self.variables.set(name, value),
            None => self.variables.reset(name),
        }
    }
}
