//! One principal's connection: its settings, and the statements it runs.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use arrow::datatypes::{DataType, SchemaRef};
use arrow::ipc::CompressionType;
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ScalarValue, TableReference};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use futures::FutureExt;
use huitong_catalog::audit::Action;
use huitong_catalog::identity::{Office, Principal};
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};

use crate::admission::{BATCH, INTERACTIVE};
use crate::audit::events;
use crate::audit::touched::{Hidden, Touched};
use crate::backend::Progress;
use crate::backend::choose::Wish;
use crate::contracts::search::{SEARCH, Search};
use crate::deadline::Deadline;
use crate::engine::Engine;
use crate::error::of_datafusion;
use crate::extras::Extras;
use crate::functions;
use crate::guard::access::Access;
use crate::guard::extent;
use crate::guard::verify::Watch;
use crate::lineage::listed::Walk;
use crate::loads::Load;
use crate::namespace::{Catalog, Names};
use crate::planning::{self, CATALOG, DEFAULT_SCHEMA, Target};
use crate::queries::fingerprint;
use crate::queries::open::{self, Open};
use crate::queries::record::Run;
use crate::queries::rows::Counted;
use crate::queries::sessions::{Client, Seat};
use crate::queries::trace::Trace;
use crate::statement::{self, Described, Ingest, Parsed, Prepared, versions};
use crate::tables::scan;
use crate::types::{DEFAULT_ZONE, Types};
use crate::write::tally;

/// What a statement answers.
pub enum Answer {
    /// Rows, as they come; dropping the stream cancels the query.
    Rows(Rows),
    /// The statement took effect.
    Done(Done),
}

/// A running query.
pub struct Rows {
    pub query_id: String,
    /// Name of the back end that runs it.
    pub backend: &'static str,
    pub schema: SchemaRef,
    pub stream: SendableRecordBatchStream,
}

/// The effect of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Such as `CREATE TABLE`.
    pub command: &'static str,
    /// Rows written, where rows were written.
    pub rows: Option<u64>,
}

/// What `SET` may change.
#[derive(Debug, Clone)]
pub struct Settings {
    pub schema: String,
    /// Name of the group that statements queue in.
    pub group: String,
    pub backend: Wish,
    pub time_zone: Option<String>,
    pub statement_timeout: Option<Duration>,
    /// How rows travel to a client of Flight SQL that reads compressed batches.
    pub result_compression: Option<CompressionType>,
    /// What for, as policies may ask.
    pub purpose: Option<String>,
    /// Over how many endpoints rows may come to a client of Flight SQL that reads all of them.
    pub result_endpoints: usize,
}

/// One principal's connection; clones share it. Statements may run at the same time; settings apply to those that start later.
#[derive(Debug, Clone)]
pub struct Session {
    engine: Arc<Engine>,
    principal: Principal,
    settings: Arc<Mutex<Settings>>,
    door: Door,
    seat: Arc<Seat>,
    extras: Option<Arc<dyn Extras>>,
    once: Option<Arc<str>>,
    /// The statement that this copy is for.
    trace: Option<Arc<Trace>>,
    deadline: Option<Deadline>,
}

/// What a session could see at some moment; see [`Session::sight`].
pub struct Sight(Access);

/// The way a session came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// A client of the Flight SQL service.
    Flight,
    /// A client of the PostgreSQL protocol.
    Postgres,
    /// A client of the HTTP interface.
    Http,
    /// The process itself: a directory that was opened, the demonstration.
    Direct,
    /// A job.
    Job,
    /// Small files that are put together by themselves.
    Compaction,
    /// The history of statements.
    History,
    /// The city's model that comes into force.
    Contracts,
}

impl Door {
    pub fn name(self) -> &'static str {
        match self {
            Self::Flight => "flight",
            Self::Postgres => "postgres",
            Self::Http => "http",
            Self::Direct => "direct",
            Self::Job => "job",
            Self::Compaction => "compaction",
            Self::History => "history",
            Self::Contracts => "contracts",
        }
    }

    /// Whether its statements are in the history.
    pub(crate) fn is_recorded(self) -> bool {
        !matches!(self, Self::Compaction | Self::History)
    }

    /// Whether its statements wait for a place.
    pub(crate) fn queues(self) -> bool {
        self != Self::History
    }

    /// The group that its statements queue in unless the session says otherwise.
    fn group(self) -> &'static str {
        match self {
            Self::Flight | Self::Postgres | Self::Http | Self::Direct => INTERACTIVE,
            Self::Job | Self::Compaction | Self::History | Self::Contracts => BATCH,
        }
    }
}

impl Session {
    pub(crate) fn new(engine: Arc<Engine>, principal: Principal, door: Door, seat: Arc<Seat>) -> Self {
        let settings = Settings {
            schema: DEFAULT_SCHEMA.to_owned(),
            group: door.group().to_owned(),
            backend: Wish::Auto,
            time_zone: None,
            statement_timeout: engine.statement_timeout(),
            result_compression: None,
            purpose: principal.scope.purpose().map(str::to_owned),
            result_endpoints: 1,
        };
        Self {
            engine,
            principal,
            settings: Arc::new(Mutex::new(settings)),
            door,
            seat,
            extras: None,
            once: None,
            trace: None,
            deadline: None,
        }
    }

    /// The same session with what its door adds to the names of SQL.
    pub fn with_extras(self, extras: Arc<dyn Extras>) -> Self {
        Self { extras: Some(extras), ..self }
    }

    /// What its door adds.
    pub(crate) fn extras(&self) -> Option<&Arc<dyn Extras>> {
        self.extras.as_ref()
    }

    /// The same session without it, for what has to mean the same behind every door.
    pub(crate) fn without_extras(&self) -> Self {
        Self { extras: None, ..self.clone() }
    }

    /// The same session for one effect, which is had once under this name however often it is asked for: a table that carries its
    /// mark is not changed again.
    pub fn for_once(&self, effect: &str) -> Self {
        Self { once: Some(effect.into()), ..self.clone() }
    }

    /// The same session for one statement that starts now.
    pub(crate) fn timed(&self) -> Self {
        Self { deadline: self.settings().statement_timeout.map(Deadline::after), ..self.clone() }
    }

    /// When the statement that runs has to be done.
    pub(crate) fn deadline(&self) -> Option<Deadline> {
        self.deadline
    }

    pub(crate) fn once(&self) -> Option<&str> {
        self.once.as_deref()
    }

    /// The same session for one statement, which is named from here on.
    fn traced(&self, sql: &str) -> Result<(Self, Arc<Trace>)> {
        let (id, started) = (self.engine.id()?, self.engine.clock().now());
        let trace = Arc::new(Trace::new(id, sql, self.seat.clone(), self.settings().group, started));
        Ok((Self { trace: Some(trace.clone()), ..self.clone() }, trace))
    }

    fn note_bound(&self, parsed: &Parsed) {
        if let (Some(trace), Some(bound)) = (&self.trace, &parsed.bound) {
            trace.note(|facts| facts.bound = Some(bound.clone()));
        }
    }

    /// A command keeps the name that it has got here.
    async fn prepared(&self, parsed: Parsed) -> Result<Prepared> {
        let mut prepared = statement::prepare(self, parsed).await?;
        if let Prepared::Command(command) = &mut prepared {
            command.trace = self.trace.clone();
        }
        Ok(prepared)
    }

    /// The same session for rows that a client sends, which is no statement with a text.
    pub(crate) fn for_ingest(&self, ingest: &Ingest) -> Result<Self> {
        let (session, trace) = self.traced(&format!("-- bulk load into {}", ingest.table))?;
        if let Err(error) = self.require_changes().and_then(|()| self.refuse_auditor()) {
            events::refused(self, &trace, &error);
            return Err(open::failed(&self.engine, &trace, error));
        }
        let (touched, hidden) = (Touched::of_table(self, &ingest.table), Hidden::of_table(self, &ingest.table));
        trace.note(|facts| (facts.touched, facts.hidden) = (touched, hidden));
        Ok(session)
    }

    /// Who looks after others changes nothing (HT0204).
    pub(crate) fn refuse_auditor(&self) -> Result<()> {
        match self.principal.office {
            Some(Office::Audit) => Err(Error::new(Code::PERMISSION_DENIED, "an auditor changes nothing")),
            _ => Ok(()),
        }
    }

    /// Refuses to change anything by a sign-in that is for reading (HT0204).
    pub(crate) fn require_changes(&self) -> Result<()> {
        match self.principal.scope.allows_changes() {
            true => Ok(()),
            false => Err(Error::new(Code::PERMISSION_DENIED, "the token of this sign-in is for reading only")
                .with_hint("sign in with another token, or with the password")),
        }
    }

    /// The statement that this copy is for.
    pub(crate) fn trace(&self) -> Option<&Arc<Trace>> {
        self.trace.as_ref()
    }

    /// Plans, and records a failure. What plans and runs is boxed here and below: the crates above compile faster when they need
    /// not look into it.
    async fn planned<'a, T, F>(&'a self, sql: &'a str, plan: impl FnOnce(Self) -> F) -> Result<T>
    where
        F: Future<Output = Result<T>> + Send + 'a,
    {
        let (session, trace) = self.traced(sql)?;
        let planned = plan(session).boxed().await;
        trace.note(|facts| facts.planned = trace.begun.elapsed());
        planned.map_err(|error| {
            if Hidden::may_be_behind(&error)
                && let Ok(parsed) = statement::read(self, sql)
            {
                trace.note(|facts| facts.hidden = Hidden::of(self, &parsed));
            }
            events::refused(self, &trace, &error);
            open::failed(&self.engine, &trace, error)
        })
    }

    /// Runs one statement.
    pub async fn execute(&self, sql: &str) -> Result<Answer> {
        match self.prepare(sql).await? {
            Prepared::Query(query) => self.start(*query).await.map(Answer::Rows),
            Prepared::Command(command) => self.run(*command).await.map(Answer::Done),
        }
    }

    /// Parses and plans one statement; a query is planned so that its columns are known, a command is only parsed.
    pub async fn prepare(&self, sql: &str) -> Result<Prepared> {
        self.planned(sql, async |session: Self| session.prepared(statement::read(&session, sql)?).await).await
    }

    /// The same for a statement with parameters: `$1`, `$2`, … or each `?` in order get these values. As many values as parameters,
    /// or HT0113.
    pub async fn prepare_with(&self, sql: &str, values: &[ScalarValue]) -> Result<Prepared> {
        self.planned(sql, async |session: Self| {
            let parsed = statement::bind(statement::read(&session, sql)?, values)?;
            session.note_bound(&parsed);
            session.prepared(parsed).await
        })
        .await
    }

    /// What a statement asks for and answers; nothing runs.
    pub async fn describe(&self, sql: &str) -> Result<Described> {
        self.describe_as(sql, &[]).await
    }

    /// The same with the types that a client says for parameters, by number; none where it leaves the type open.
    pub async fn describe_as(&self, sql: &str, given: &[Option<DataType>]) -> Result<Described> {
        self.planned(sql, async |session: Self| {
            statement::describe(&session, statement::read(&session, sql)?, given).await
        })
        .await
    }

    /// Runs a command for each row of values, and answers with all the rows that were written. An `INSERT … VALUES` takes effect as a
    /// whole; of other commands, those before one that fails have taken effect, and the error says how many.
    pub async fn run_rows(&self, sql: &str, rows: &[Vec<ScalarValue>]) -> Result<Done> {
        let mut done = Done { command: "BATCH", rows: None };
        for (number, command) in statement::bind_rows(statement::parse(sql)?, rows)?.into_iter().enumerate() {
            let told = |error: Error| match number {
                0 => error,
                _ => Error { message: format!("row {} of the values: {}", number + 1, error.message), ..error },
            };
            let ran = self.run(command).await.map_err(told)?;
            done = Done {
                command: ran.command,
                rows: ran.rows.map_or(done.rows, |rows| Some(done.rows.unwrap_or(0) + rows)),
            };
        }
        Ok(done)
    }

    /// Starts a planned query.
    pub async fn start(&self, query: statement::query::Planned) -> Result<Rows> {
        let Some(trace) = query.context.trace.clone() else {
            return statement::query::start(&self.timed(), query).boxed().await;
        };
        if !query.context.catalog.access().is_as(&self.access()) {
            let error = Error::new(Code::PERMISSION_DENIED, "what you may see has changed since the query was planned")
                .with_hint("ask again");
            return Err(open::failed(&self.engine, &trace, error));
        }
        let session = Self { trace: Some(trace.clone()), ..self.timed() };
        let touched = Touched::of_plan(self, &query.context.settings.schema, &query.plan);
        trace.note(|facts| facts.touched = touched);
        let (open, ended) = (Open::begin(&self.engine, trace.clone()), trace.ended());
        let start = async {
            open.audit(&session, Action::Query).await?;
            statement::query::start(&session, query).boxed().await
        };
        let started = tokio::select! {
            started = start => started,
            ended = ended => Err(ended),
        };
        match started {
            Err(error) => open.end(Run::default(), Err(error)),
            Ok(rows) => {
                let stream = Box::pin(Counted::new(rows.stream, open, self.engine.result_bytes_max()));
                Ok(Rows { stream, ..rows })
            }
        }
    }

    /// Runs a command.
    pub async fn run(&self, command: Parsed) -> Result<Done> {
        let session = match command.trace.clone().filter(|trace| trace.is_first()) {
            Some(trace) => Self { trace: Some(trace), ..self.clone() },
            None => self.traced(&command.sql)?.0,
        };
        session.note_bound(&command);
        let (touched, hidden) = (Touched::of_command(&session, &command), Hidden::of(&session, &command));
        if let Some(trace) = &session.trace {
            trace.note(|facts| (facts.touched, facts.hidden) = (touched, hidden));
        }
        if let Err(error) = statement::permitted(&session, &command) {
            let Some(trace) = &session.trace else { return Err(error) };
            events::refused(&session, trace, &error);
            return Err(open::failed(&self.engine, trace, error));
        }
        statement::run(&session.timed(), command).boxed().await
    }

    /// Lists and records what a command does from its start to its end. `may_be_ended` says that it can be
    /// dropped in the middle, and is when somebody ends it.
    pub(crate) async fn recorded<T>(
        &self,
        rows: impl Fn(&T) -> Option<u64>,
        may_be_ended: bool,
        load: Option<Load>,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let Some(trace) = self.trace.clone() else { return work.await };
        let open = Open::begin(&self.engine, trace.clone());
        let work = async {
            open.audit(self, Action::Command).await?;
            work.await
        };
        let done = tokio::select! {
            done = work => done,
            ended = trace.ended(), if may_be_ended => Err(ended),
        };
        if let Some(load) = load {
            load.noted(self, done.as_ref().map(&rows)).await;
        }
        let run = Run { rows: done.as_ref().ok().and_then(rows), ..Run::default() };
        open.end(run, done)
    }

    /// How far a running query is; only who started it and administrators are told.
    pub async fn progress(&self, query_id: &str) -> Option<Progress> {
        let trace = self.engine.queries().running.get(query_id)?;
        if trace.seat.user != self.principal.name && !self.principal.holds(Office::System) {
            return None;
        }
        trace.facts().backend?.progress(query_id).await
    }

    /// Whether a query of one's own has come through the queue and has not ended.
    pub fn is_running(&self, query_id: &str) -> bool {
        let trace = self.engine.queries().running.get(query_id);
        trace.is_some_and(|trace| trace.seat.user == self.principal.name && trace.facts().backend.is_some())
    }

    /// Ends a running statement: one's own, or anybody's for administrators. Idempotent; false if there is none that one may end.
    pub fn end(&self, query_id: &str) -> bool {
        let found = self.engine.queries().running.get(query_id);
        let mine = found.filter(|trace| trace.seat.user == self.principal.name || self.principal.holds(Office::System));
        if let Some(trace) = &mine {
            trace.end(&self.principal.name);
        }
        mine.is_some()
    }

    /// Ends what this session runs, as its client wishes, but for the statements with these ids; answers with the id of the one that began
    /// last, if there is one.
    pub fn cancel(&self, but: &[String]) -> Option<String> {
        let running = self.engine.queries().running.all();
        let mine = running.iter().filter(|trace| Arc::ptr_eq(&trace.seat, &self.seat) && !but.contains(&trace.id));
        let mine: Vec<_> = mine.collect();
        mine.iter().for_each(|trace| trace.cancel());
        mine.last().map(|trace| trace.id.clone())
    }

    /// Changes a setting, as `SET name = 'value'` does.
    pub fn set(&self, name: &str, value: &str) -> Result<()> {
        statement::settings::assign(self, &name.to_lowercase(), value)
    }

    /// All settings that can be changed, with their values.
    pub fn options(&self) -> Vec<(&'static str, String)> {
        statement::settings::all(&self.settings())
    }

    /// Rows that statements which run now have written into a table, as far as their tasks are in this process; none when
    /// nothing writes it, or the principal may not know of it.
    pub fn rows_written(&self, table: &TableName) -> Option<u64> {
        let may_know = self.names().object(table).is_some();
        may_know.then(|| tally::rows(&table.to_string())).flatten()
    }

    /// What the client says of itself and where it is; as the lists of sessions and statements show it from now on.
    pub fn set_client(&self, client: Client) {
        self.seat.set_client(client);
    }

    pub fn client(&self) -> Client {
        self.seat.client()
    }

    pub(crate) fn door(&self) -> Door {
        self.door
    }

    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    pub fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The names that this session's principal may know of.
    pub fn names(&self) -> Names {
        self.engine.names().visible_to(&self.access())
    }

    /// The names whose objects this session's principal may drop, move and keep in order.
    pub(crate) fn manageable(&self) -> Names {
        self.engine.names().manageable_by(&self.access())
    }

    /// What this session may see now, to be compared later.
    pub fn sight(&self) -> Sight {
        Sight(self.access())
    }

    /// Whether it may see what it saw then: the same purpose, and the same model in force.
    pub fn still_sees(&self, sight: &Sight) -> bool {
        sight.0.is_as(&self.access())
    }

    /// What this session's principal may see and change now.
    pub(crate) fn access(&self) -> Access {
        let purpose = self.settings().purpose;
        self.engine.access(&self.principal, purpose.as_deref(), self.door)
    }

    /// Columns of a table or view that this session's principal may know of.
    pub async fn table_schema(&self, schema: &str, table: &str) -> Result<SchemaRef> {
        Ok(self.table(schema, table).await?.schema())
    }

    /// The columns of a table's declared primary key, in order; none of a view, or of a table that declares none.
    pub async fn primary_key(&self, schema: &str, table: &str) -> Result<Vec<String>> {
        let table = self.table(schema, table).await?;
        let columns = table.schema();
        let key = scan::beneath(&table).map(|table| table.version().key()).unwrap_or_default();
        // A key that is seen in part names no row.
        let is_seen = key.iter().all(|column| columns.field_with_name(column).is_ok());
        Ok(if is_seen { key } else { Vec::new() })
    }

    async fn table(&self, schema: &str, table: &str) -> Result<Arc<dyn TableProvider>> {
        let context = self.statement_context()?;
        let reference = TableReference::full(CATALOG, schema, table);
        let provider = context.context(Target::Local).table_provider(reference).await;
        provider.map_err(|e| context.explain(e))
    }

    /// A statement's tables as the coordinator has them, for keeping in order what somebody may keep in order and not read. What comes out
    /// of it are files.
    pub(crate) fn upkeep_context(&self) -> Result<StatementContext> {
        Self { principal: Principal::compaction(), ..self.clone() }.statement_context()
    }

    /// What one statement needs: a query id, and tables that each are opened once.
    pub(crate) fn statement_context(&self) -> Result<StatementContext> {
        let (all, access) = (self.engine.names(), self.access());
        let watch = Arc::new(Watch::new(all.clone(), access.clone(), &self.engine));
        let catalog = Catalog::new(self.engine.clone(), Arc::new(all.visible_to(&access)), access);
        let catalog = match &self.extras {
            Some(extras) => catalog.with_extras(extras.clone()),
            None => catalog,
        };
        Ok(StatementContext {
            id: match &self.trace {
                Some(trace) => trace.id.clone(),
                None => self.engine.id()?,
            },
            trace: self.trace.clone(),
            started_ms: self.engine.now_ms(),
            settings: self.settings(),
            catalog,
            watch,
            extras: self.extras.clone(),
            engine: self.engine.clone(),
            local: Arc::default(),
        })
    }
}

/// One statement's view of the world.
#[derive(Clone)]
pub(crate) struct StatementContext {
    pub id: String,
    pub trace: Option<Arc<Trace>>,
    /// Milliseconds since 1970; what `now()` says.
    started_ms: i64,
    pub settings: Settings,
    pub catalog: Arc<Catalog>,
    watch: Arc<Watch>,
    extras: Option<Arc<dyn Extras>>,
    engine: Arc<Engine>,
    /// The state for this process, once it is made: a statement is planned and run with it, and all functions go into it one by one.
    local: Arc<OnceLock<SessionState>>,
}

impl StatementContext {
    /// A planning state for `target` with this statement's tables.
    pub fn state(&self, target: Target) -> SessionState {
        match target {
            Target::Local => self.local.get_or_init(|| self.new_state(target)).clone(),
            Target::Staged => self.new_state(target),
        }
    }

    fn new_state(&self, target: Target) -> SessionState {
        let template = self.engine.template(target);
        let mut config = template
            .config()
            .clone()
            .with_default_catalog_and_schema(CATALOG, &self.settings.schema)
            .with_extension(self.watch.clone());
        if let Some(zone) = &self.settings.time_zone {
            config.options_mut().execution.time_zone = Some(zone.clone());
        }
        let zone = self.settings.time_zone.as_deref();
        let mut state = SessionStateBuilder::new_from_existing(template.clone())
            .with_session_id(self.id.clone())
            .with_config(config)
            .with_catalog_list(self.catalog.clone())
            .with_type_planner(Types::new(zone))
            .build();
        functions::of_statement(&mut state, self.started_ms, zone.unwrap_or(DEFAULT_ZONE));
        let search = Search::new(self.catalog.access().clone());
        state.register_udtf(SEARCH, Arc::new(search));
        for walk in Walk::both(&self.engine, self.catalog.access()) {
            state.register_udtf(walk.name(), Arc::new(walk));
        }
        self.extras.iter().for_each(|extras| functions::of_door(&mut state, extras.functions()));
        state
    }

    /// The same for a plan that is not run and in which views are closed.
    pub fn closed(&self) -> Self {
        Self { catalog: self.catalog.with_closed_views(), trace: None, local: Arc::default(), ..self.clone() }
    }

    pub fn context(&self, target: Target) -> Arc<SessionContext> {
        Arc::new(SessionContext::new_with_state(self.state(target)))
    }

    /// Tells a planning error; an unknown table gets near names that the principal may know.
    pub fn explain(&self, error: datafusion::error::DataFusionError) -> Error {
        let told = of_datafusion(error);
        if told.code != Code::UNKNOWN_TABLE {
            return told;
        }
        let name = told.message.trim_start_matches("unknown table `").trim_end_matches('`');
        let (name, _) = versions::split(name);
        let Error { message, hint, .. } = self.catalog.names.unknown_table(name);
        Error { message, hint, ..told }
    }

    /// Plans a parsed statement without optimising it.
    pub async fn plan(&self, parsed: &Parsed) -> Result<LogicalPlan> {
        let state = self.state(Target::Local);
        let plan = state.statement_to_plan(parsed.statement.clone()).await.map_err(|e| self.explain(e))?;
        extent::check(&plan)?;
        self.refuse_library_settings(&plan)?;
        let plan = match parsed.waits_for_values() {
            true => plan,
            false => planning::analyzed(&state, plan).map_err(|e| self.explain(e))?,
        };
        // Once more, with the views in it.
        extent::check(&plan)?;
        if let Some(trace) = &self.trace {
            trace.note(|facts| facts.fingerprint = Some(fingerprint::of(&plan)));
        }
        Ok(plan)
    }

    /// The settings of the libraries below do not exist for users; `SHOW ALL` lists those that do.
    fn refuse_library_settings(&self, plan: &LogicalPlan) -> Result<()> {
        let is_theirs = |table: &TableReference| {
            let table = table.clone().resolve(CATALOG, &self.settings.schema);
            table.schema.as_ref() == "information_schema" && table.table.as_ref() == "df_settings"
        };
        let mut found = false;
        let walked = plan.apply_with_subqueries(|node| {
            found |= matches!(node, LogicalPlan::TableScan(scan) if is_theirs(&scan.table_name));
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        });
        walked.map_err(of_datafusion)?;
        match found {
            true => Err(self.catalog.names.unknown_table("information_schema.df_settings")),
            false => Ok(()),
        }
    }
}
