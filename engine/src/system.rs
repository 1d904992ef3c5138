//! System tables: the schema `huitong`.
//!
//! Each table is made anew when a statement opens it, so one statement sees one moment.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt32Array,
};
use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::datasource::MemTable;
use datafusion::error::{DataFusionError, Result as DfResult};
use huitong_catalog::Result;
use huitong_catalog::clock::Timestamp;
use huitong_catalog::identity::{Office, Principal};
use huitong_catalog::state::{DirectoryState, JobRow, Outcome, RunRow};

use crate::admission::Waiting;
use crate::audit::table::Listed;
use crate::contracts::{lists, rights};
use crate::engine::Engine;
use crate::error::into_datafusion;
use crate::guard::access::Access;
use crate::lineage::listed::{self, LINEAGE};
use crate::loads::listed::{LOADS, loads};
use crate::models::{MODELS, models};
use crate::queries::redact;
use crate::queries::tables::{self as queries, QUERIES, shows_values};

/// The schema's name.
pub const SCHEMA: &str = "huitong";

const AUDIT: &str = "audit";
const EXECUTORS: &str = "executors";
const JOBS: &str = "jobs";
const RUNNING: &str = "running";
const SESSIONS: &str = "sessions";
const QUEUE: &str = "queue";
const BATCH_JOBS: &str = "batch_jobs";
const BATCH_RUNS: &str = "batch_runs";
const BATCH_ATTEMPTS: &str = "batch_attempts";
const BATCH_LOG: &str = "batch_log";
const DROPPED: &str = "dropped";

/// Newest rows that a table of what happened shows.
pub(crate) const NEWEST: u32 = 10_000;

/// The system tables as a principal sees them: how the cluster is doing is the administrators' business; of statements and jobs
/// everybody sees their own, and administrators all.
#[derive(Debug)]
pub struct SystemSchema {
    engine: Arc<Engine>,
    access: Access,
}

impl SystemSchema {
    pub fn new(engine: Arc<Engine>, access: Access) -> Self {
        Self { engine, access }
    }

    fn principal(&self) -> &Principal {
        self.access.principal()
    }
}

#[async_trait]
impl SchemaProvider for SystemSchema {
    fn table_names(&self) -> Vec<String> {
        tables_for(self.principal()).map(str::to_owned).collect()
    }

    async fn table(&self, name: &str) -> DfResult<Option<Arc<dyn TableProvider>>, DataFusionError> {
        if !self.table_exist(name) {
            return Ok(None);
        }
        if name == QUERIES {
            return queries::queries(&self.engine, &self.access).await.map(Some).map_err(into_datafusion);
        }
        if name == AUDIT {
            let listed = Listed::new(self.engine.clone()).map_err(into_datafusion)?;
            return Ok(Some(Arc::new(listed)));
        }
        let sees = |owner: &str| self.may_see(owner);
        let contracts = self.access.contracts();
        if name == lists::CHECKS {
            return in_memory(self.checks().await).map(Some);
        }
        if let Some(rows) = lists::table(&contracts.snapshot, name, &self.access) {
            return in_memory(rows).map(Some);
        }
        let rows = match name {
            lists::VERSIONS => self.contract_versions().await,
            MODELS => models(&self.engine, &self.access).await,
            rights::PRINCIPALS => rights::principals(&self.engine, &self.access).await,
            rights::TOKENS => rights::tokens(&self.engine, &self.access).await,
            rights::POLICIES => rights::policies(&contracts.policies),
            rights::GRANTS => rights::grants(&self.engine, &self.access).await,
            LINEAGE => listed::lineage(&self.engine, &self.access),
            LOADS => loads(&self.engine, &self.access).await,
            EXECUTORS => executors(&self.engine).await,
            JOBS => jobs(&self.engine).await,
            DROPPED => dropped(&self.engine).await,
            RUNNING => queries::running(&self.engine, self.principal()),
            SESSIONS => queries::sessions(&self.engine, sees),
            QUEUE => self.queue(),
            BATCH_JOBS => self.batch_jobs().await,
            BATCH_RUNS => self.batch_runs().await,
            BATCH_ATTEMPTS => self.batch_attempts().await,
            _ => self.batch_log().await,
        };
        in_memory(rows).map(Some)
    }

    fn table_exist(&self, name: &str) -> bool {
        tables_for(self.principal()).any(|table| table == name)
    }
}

fn in_memory(rows: Result<RecordBatch>) -> DfResult<Arc<dyn TableProvider>> {
    let rows = rows.map_err(into_datafusion)?;
    Ok(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?))
}

/// Who may know of a system table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum For {
    /// Everybody, of what is theirs or may be seen by them.
    All,
    /// Whoever holds one of these offices.
    Offices(&'static [Office]),
}

/// Who runs the platform.
const OPERATIONS: For = For::Offices(&[Office::System]);
/// Who says what may be seen, and who looks after that.
const RULES: For = For::Offices(&[Office::Security, Office::Audit]);

const TABLES: [(&str, For); 28] = [
    (AUDIT, For::Offices(&[Office::Audit])),
    (BATCH_ATTEMPTS, For::All),
    (BATCH_JOBS, For::All),
    (BATCH_LOG, For::All),
    (BATCH_RUNS, For::All),
    (lists::CHECKS, For::All),
    (lists::CODES, For::All),
    (lists::CODE_TABLES, For::All),
    (lists::VERSIONS, For::Offices(&Office::ALL)),
    (lists::DATASETS, For::All),
    (lists::DEPARTMENTS, For::All),
    (DROPPED, OPERATIONS),
    (lists::ELEMENTS, For::All),
    (EXECUTORS, OPERATIONS),
    (lists::FIELDS, For::All),
    (rights::GRANTS, For::All),
    (JOBS, OPERATIONS),
    (LINEAGE, For::All),
    (LOADS, For::All),
    (MODELS, For::All),
    (rights::POLICIES, RULES),
    (rights::PRINCIPALS, For::All),
    (QUERIES, For::All),
    (QUEUE, For::All),
    (lists::ROLES, For::All),
    (RUNNING, For::All),
    (SESSIONS, For::All),
    (rights::TOKENS, For::All),
];

/// The system tables that a principal may know of.
pub fn tables_for(principal: &Principal) -> impl Iterator<Item = &'static str> {
    TABLES.iter().filter(|(_, who)| knows(principal, *who)).map(|(table, _)| *table)
}

fn knows(principal: &Principal, who: For) -> bool {
    match who {
        For::All => true,
        For::Offices(offices) => offices.iter().any(|office| principal.holds(*office)),
    }
}

impl SystemSchema {
    async fn contract_versions(&self) -> Result<RecordBatch> {
        lists::versions(&self.engine.state().applied_models().await?)
    }

    /// What contracts ask of rows, with what that found last.
    async fn checks(&self) -> Result<RecordBatch> {
        let (results, names) = (self.engine.state().check_results().await?, self.engine.names());
        lists::checks(&self.access.contracts().snapshot, &self.access, &names, &results)
    }

    fn may_see(&self, owner: &str) -> bool {
        self.principal().holds(Office::System)
            || self.principal().holds(Office::Audit)
            || self.principal().name == owner
    }

    /// Statements that wait, in the order in which they came.
    fn queue(&self) -> Result<RecordBatch> {
        let mut rows = self.engine.admission().snapshot().waiting;
        rows.retain(|row| self.may_see(&row.user));
        waiting(&rows, self.principal())
    }

    async fn batch_jobs(&self) -> Result<RecordBatch> {
        let mut rows = self.engine.jobs().jobs().await?;
        rows.retain(|row| self.may_see(&row.owner));
        let is_shown = |row: &&JobRow| shows_values(self.principal(), row.owner.as_str());
        let params: Vec<Option<String>> =
            rows.iter().map(|row| is_shown(&row).then(|| serde_json::json!(row.params).to_string())).collect();
        let scripts: Vec<String> =
            rows.iter().map(|row| if is_shown(&row) { row.sql.clone() } else { redact::outline(&row.sql) }).collect();
        batch(vec![
            ("job", text(rows.iter().map(|row| Some(row.name.as_str())))),
            ("owner", text(rows.iter().map(|row| Some(row.owner.as_str())))),
            ("cron", text(rows.iter().map(|row| row.cron.as_deref()))),
            ("zone", text(rows.iter().map(|row| Some(row.zone.as_str())))),
            ("catch_up", text(rows.iter().map(|row| Some(row.catch_up.as_str())))),
            ("enabled", Arc::new(rows.iter().map(|row| Some(row.enabled)).collect::<BooleanArray>())),
            ("next_tick", time(rows.iter().map(|row| row.next_tick.map(Timestamp::ms)))),
            ("retries", Arc::new(rows.iter().map(|row| Some(row.retries)).collect::<UInt32Array>())),
            ("retry_wait_ms", spans(rows.iter().map(|row| Some(row.retry_wait)))),
            ("timeout_ms", spans(rows.iter().map(|row| row.timeout))),
            ("params", text(params.iter().map(|params| params.as_deref()))),
            ("sql", text(scripts.iter().map(|script| Some(script.as_str())))),
            ("created", time(rows.iter().map(|row| Some(row.created_at.ms())))),
        ])
    }

    /// Whose jobs are shown; none for those of all.
    fn owner(&self) -> Option<&str> {
        (!self.principal().holds(Office::System)).then_some(self.principal().name.as_str())
    }

    async fn batch_runs(&self) -> Result<RecordBatch> {
        let rows = self.engine.jobs().runs(None, self.owner(), NEWEST).await?;
        let count = |value: fn(&RunRow) -> u32| -> ArrayRef {
            Arc::new(rows.iter().map(|row| Some(value(row))).collect::<UInt32Array>())
        };
        batch(vec![
            ("run", text(rows.iter().map(|row| Some(row.id.as_str())))),
            ("job", text(rows.iter().map(|row| Some(row.job.as_str())))),
            ("owner", text(rows.iter().map(|row| Some(row.owner.as_str())))),
            ("tick", time(rows.iter().map(|row| Some(row.tick.ms())))),
            ("cause", text(rows.iter().map(|row| Some(row.cause.as_str())))),
            ("state", text(rows.iter().map(|row| Some(row.state.as_str())))),
            ("steps", count(|row| row.steps_total)),
            ("steps_done", count(|row| row.steps_done)),
            ("attempts", count(|row| row.attempts)),
            ("not_before", time(rows.iter().map(|row| Some(row.not_before.ms())))),
            ("started", time(rows.iter().map(|row| row.started_at.map(Timestamp::ms)))),
            ("ended", time(rows.iter().map(|row| row.ended_at.map(Timestamp::ms)))),
            ("rows", numbers(rows.iter().map(|row| row.rows))),
            ("error", text(rows.iter().map(|row| self.error(&row.owner, row.error.as_deref())))),
        ])
    }

    /// What may be told of the error of somebody's run: of another's the code.
    fn error<'a>(&self, owner: &str, error: Option<&'a str>) -> Option<&'a str> {
        let told = |error: &'a str| error.split_once(':').map_or(error, |(code, _)| code);
        if shows_values(self.principal(), owner) { error } else { error.map(told) }
    }

    async fn batch_attempts(&self) -> Result<RecordBatch> {
        let rows = self.engine.jobs().attempts(self.owner(), NEWEST).await?;
        let own = self.engine.jobs().attempts(Some(&self.principal().name), NEWEST).await?;
        let own: HashSet<&str> = own.iter().map(|(run, _)| run.as_str()).collect();
        let owner = |run: &String| if own.contains(run.as_str()) { self.principal().name.as_str() } else { "" };
        batch(vec![
            ("run", text(rows.iter().map(|(run, _)| Some(run.as_str())))),
            ("attempt", Arc::new(rows.iter().map(|(_, row)| Some(row.no)).collect::<UInt32Array>())),
            ("started", time(rows.iter().map(|(_, row)| Some(row.started_at.ms())))),
            ("ended", time(rows.iter().map(|(_, row)| row.ended_at.map(Timestamp::ms)))),
            ("outcome", text(rows.iter().map(|(_, row)| row.outcome.map(Outcome::as_str)))),
            ("error", text(rows.iter().map(|(run, row)| self.error(owner(run), row.error.as_deref())))),
        ])
    }

    /// Lines hold messages, and these values: one's own, and all for the data directory's operator.
    async fn batch_log(&self) -> Result<RecordBatch> {
        let principal = self.principal();
        let owner = (!principal.is_operator()).then_some(principal.name.as_str());
        let rows = self.engine.jobs().lines(owner, NEWEST).await?;
        batch(vec![
            ("run", text(rows.iter().map(|(run, _)| Some(run.as_str())))),
            ("line", Arc::new(rows.iter().map(|(_, row)| Some(row.no)).collect::<UInt32Array>())),
            ("time", time(rows.iter().map(|(_, row)| Some(row.at.ms())))),
            ("text", text(rows.iter().map(|(_, row)| Some(row.line.as_str())))),
        ])
    }
}

/// What a statement is taken to need follows from the size of its tables' files, hidden rows included: for those who run the platform.
fn waiting(rows: &[Waiting], reader: &Principal) -> Result<RecordBatch> {
    let bytes = |row: &Waiting| i64::try_from(row.bytes).ok().filter(|_| reader.holds(Office::System));
    batch(vec![
        ("user", text(rows.iter().map(|row| Some(&*row.user)))),
        ("door", text(rows.iter().map(|row| Some(row.door)))),
        ("group", text(rows.iter().map(|row| Some(&*row.group)))),
        ("waited_ms", spans(rows.iter().map(|row| Some(row.waited)))),
        ("memory_bytes", numbers(rows.iter().map(bytes))),
    ])
}

async fn executors(engine: &Engine) -> Result<RecordBatch> {
    let rows = match engine.cluster() {
        Some(cluster) => cluster.executors().await?,
        None => Vec::new(),
    };
    batch(vec![
        ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
        ("host", text(rows.iter().map(|row| Some(row.host.as_str())))),
        ("port", Arc::new(rows.iter().map(|row| Some(u32::from(row.port))).collect::<UInt32Array>())),
        ("slots", Arc::new(rows.iter().map(|row| Some(row.slots)).collect::<UInt32Array>())),
        ("status", text(rows.iter().map(|row| Some(row.status.as_str())))),
        ("last_seen", time(rows.iter().map(|row| Some(row.last_seen_ms)))),
    ])
}

/// Directories that no name refers to any more.
async fn dropped(engine: &Engine) -> Result<RecordBatch> {
    let mut rows = engine.state().directories().await?;
    rows.retain(|row| row.state != DirectoryState::Making);
    batch(vec![
        ("schema", text(rows.iter().map(|row| Some(row.name.schema())))),
        ("name", text(rows.iter().map(|row| Some(row.name.table())))),
        ("owner", text(rows.iter().map(|row| Some(row.owner.as_str()).filter(|owner| !owner.is_empty())))),
        ("directory", text(rows.iter().map(|row| Some(row.location.as_str())))),
        ("state", text(rows.iter().map(|row| Some(row.state.as_str())))),
        ("since", time(rows.iter().map(|row| Some(row.since.ms())))),
        ("until", time(rows.iter().map(|row| row.until.map(Timestamp::ms)))),
    ])
}

async fn jobs(engine: &Engine) -> Result<RecordBatch> {
    let rows = match engine.cluster() {
        Some(cluster) => cluster.jobs().await?,
        None => Vec::new(),
    };
    let span = |row: &crate::backend::JobInfo| Some(row.ended_ms? - row.started_ms?);
    batch(vec![
        ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
        ("query_id", text(rows.iter().map(|row| Some(row.query_id.as_str())))),
        ("status", text(rows.iter().map(|row| Some(row.status.as_str())))),
        ("stages", Arc::new(rows.iter().map(|row| Some(row.stages)).collect::<UInt32Array>())),
        ("stages_done", Arc::new(rows.iter().map(|row| Some(row.stages_done)).collect::<UInt32Array>())),
        ("started", time(rows.iter().map(|row| row.started_ms))),
        ("ended", time(rows.iter().map(|row| row.ended_ms))),
        ("elapsed_ms", Arc::new(rows.iter().map(span).collect::<Int64Array>())),
        ("error", text(rows.iter().map(|row| row.error.as_deref()))),
    ])
}

pub(crate) fn numbers(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

/// In milliseconds.
fn spans(values: impl Iterator<Item = Option<Duration>>) -> ArrayRef {
    numbers(values.map(|span| span.and_then(|span| i64::try_from(span.as_millis()).ok())))
}

pub(crate) fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

pub(crate) fn time(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<TimestampMillisecondArray>().with_timezone("UTC"))
}

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let columns = columns.into_iter().map(|(name, values)| (name, values, true));
    RecordBatch::try_from_iter_with_nullable(columns).map_err(|e| crate::error::of_datafusion(DataFusionError::from(e)))
}

#[cfg(test)]
mod tests {
    use huitong_catalog::identity::{Attributes, Scope, Via};

    use super::*;

    #[test]
    fn how_large_hidden_data_are_is_for_those_who_run_the_platform() {
        let row = Waiting {
            user: "li".into(),
            group: "interactive".into(),
            door: "flight",
            waited: Duration::from_millis(5),
            bytes: 3_000_000,
        };
        let shown = |reader: &Principal| {
            let rows = waiting(std::slice::from_ref(&row), reader).unwrap();
            let bytes = rows.column_by_name("memory_bytes").unwrap();
            let bytes = bytes.as_any().downcast_ref::<Int64Array>().unwrap();
            bytes.iter().next().unwrap()
        };
        let user = |office| Principal {
            name: "li".to_owned(),
            office,
            standing: Attributes::default(),
            scope: Scope::default(),
            via: Via::Password,
        };
        assert_eq!(shown(&user(None)), None);
        assert_eq!(shown(&user(Some(Office::Audit))), None);
        assert_eq!(shown(&user(Some(Office::System))), Some(3_000_000));
        assert_eq!(shown(&Principal::operator()), Some(3_000_000));
    }
}
