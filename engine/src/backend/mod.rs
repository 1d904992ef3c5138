//! Where a plan runs.
//!
//! A back end takes a planned statement and answers with a stream; dropping the stream cancels the work. *local* is in
//! this crate; back ends that span processes are given to the engine from outside.

pub mod choose;
pub mod command;
pub mod connection;
pub mod local;

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::SessionContext;
use huitong_catalog::Result;
use serde::{Deserialize, Serialize};

use crate::planning::Target;

/// One statement to run.
#[derive(Clone)]
pub struct Query {
    /// Unique; names the query in logs, commits and system tables.
    pub id: String,
    pub user: String,
    /// Not yet optimised: each back end plans under its own settings.
    pub plan: LogicalPlan,
    /// Settings and tables of the statement, made for the back end's [`Target`].
    pub context: Arc<SessionContext>,
}

/// Runs queries.
#[async_trait]
pub trait Backend: Send + Sync + Debug {
    /// What users write after `SET huitong.backend =`.
    fn name(&self) -> &'static str;

    /// What plans for this back end are made for.
    fn target(&self) -> Target;

    /// Starts a query. The stream's schema is the plan's; errors may come before or on the stream.
    async fn start(&self, query: Query) -> Result<SendableRecordBatchStream>;

    /// Whether work that is given now can begin.
    async fn ready(&self) -> bool {
        true
    }

    /// How far a query of this back end is; none when it does not know the query or cannot tell.
    async fn progress(&self, _query_id: &str) -> Option<Progress> {
        None
    }

    /// The processes that take part, for the system table.
    async fn executors(&self) -> Result<Vec<ExecutorInfo>> {
        Ok(Vec::new())
    }

    /// Work known to the back end, newest last, for the system table.
    async fn jobs(&self) -> Result<Vec<JobInfo>> {
        Ok(Vec::new())
    }
}

/// How far a running query is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Share of the work that is done, between 0 and 1.
    pub fraction: f64,
    pub stages: u32,
    pub stages_done: u32,
}

/// A row of `huitong.executors`.
#[derive(Debug, Clone)]
pub struct ExecutorInfo {
    pub id: String,
    pub host: String,
    pub port: u16,
    pub slots: u32,
    pub status: String,
    pub last_seen_ms: i64,
}

/// A row of `huitong.jobs`.
#[derive(Debug, Clone)]
pub struct JobInfo {
    pub id: String,
    pub query_id: String,
    pub status: String,
    pub stages: u32,
    pub stages_done: u32,
    pub started_ms: Option<i64>,
    pub ended_ms: Option<i64>,
    pub error: Option<String>,
}
