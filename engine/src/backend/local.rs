//! Runs a plan in this process, within the process's memory pool.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::execute_stream;
use huitong_catalog::Result;

use super::{Backend, Query};
use crate::error::of_datafusion;
use crate::planning::Target;
use crate::work::Work;

/// The back end for small plans and for what cannot be distributed.
#[derive(Debug)]
pub struct Local {
    work: Arc<Work>,
}

impl Local {
    pub(crate) fn new(work: Arc<Work>) -> Self {
        Self { work }
    }
}

#[async_trait]
impl Backend for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn target(&self) -> Target {
        Target::Local
    }

    async fn start(&self, query: Query) -> Result<SendableRecordBatchStream> {
        self.work
            .run(async move {
                let state = query.context.state();
                let plan = state.create_physical_plan(&query.plan).await.map_err(of_datafusion)?;
                execute_stream(plan, query.context.task_ctx()).map_err(of_datafusion)
            })
            .await
    }
}
