//! The corpus over Flight SQL. A file is one session, so that what is measured is its statements: a program that starts and a password
//! that is checked for each of them would take longer than they do.

use std::sync::Arc;

use futures::TryStreamExt;
use huitong_terminal::{Format, format};
use sqllogictest::{DB, DBOutput, DefaultColumnType};
use tokio::runtime::{Builder, Runtime};

use super::{Failed, is_query, table};
use crate::calls::Caller;

pub struct Door {
    caller: Caller,
    runtime: Arc<Runtime>,
}

impl Door {
    pub fn open(address: &str, backend: &str) -> Result<Self, Failed> {
        let runtime = Arc::new(Builder::new_current_thread().enable_all().build().map_err(failed)?);
        let caller = runtime.block_on(Caller::connect(address, "admin"));
        let mut door = Self { caller, runtime };
        door.run(&format!("SET huitong.backend = '{backend}'"))?;
        Ok(door)
    }

    /// The answer as the command line writes it.
    async fn csv(&mut self, statement: &str) -> Result<String, Failed> {
        let info = self.caller.sql.execute(statement.to_owned(), None).await.map_err(failed)?;
        let schema = Arc::new(info.clone().try_decode_schema().map_err(failed)?);
        let mut text = Vec::new();
        let mut written = format::writer(Format::Csv, &format::TableOptions::default(), &mut text);
        written.begin(&schema).map_err(failed)?;
        for endpoint in info.endpoint {
            let ticket = endpoint.ticket.ok_or_else(|| Failed("an endpoint without a ticket".to_owned()))?;
            let mut batches = self.caller.sql.do_get(ticket).await.map_err(failed)?;
            while let Some(batch) = batches.try_next().await.map_err(failed)? {
                written.batch(&batch).map_err(failed)?;
            }
        }
        written.finish().map_err(failed)?;
        drop(written);
        String::from_utf8(text).map_err(failed)
    }
}

impl DB for Door {
    type Error = Failed;
    type ColumnType = DefaultColumnType;

    fn run(&mut self, statement: &str) -> Result<DBOutput<DefaultColumnType>, Failed> {
        let runtime = self.runtime.clone();
        let text = runtime.block_on(self.csv(statement))?;
        Ok(if is_query(statement) { table(&text) } else { DBOutput::StatementComplete(0) })
    }

    fn engine_name(&self) -> &'static str {
        "huitong"
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: impl ToString) -> Failed {
    Failed(error.to_string())
}
