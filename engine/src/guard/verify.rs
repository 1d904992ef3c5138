//! A last look at a physical plan: every file that it reads is one that its principal may read, and one that may be read in part only lies
//! below the barrier of just that part.
//!
//! This is independent of how plans are made: it asks where files are, not which node was to stand above them.

use std::any::Any;
use std::sync::{Arc, Weak};

use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use object_store::path::Path;

use super::access::{Access, Right};
use super::governed::OPEN;
use super::governed::barrier::{Barrier, Seal};
use crate::engine::Engine;
use crate::namespace::Names;
use crate::system;

/// What is asked of plans of one statement; it travels with the session's configuration, and only inside of this process.
#[derive(Debug)]
pub struct Watch {
    /// All names, those that the principal does not see included.
    names: Arc<Names>,
    access: Access,
    engine: Weak<Engine>,
}

/// What stands above a part of a plan.
#[derive(Default)]
struct Above<'a> {
    /// Each with whether it is below an aggregate.
    barriers: Vec<(&'a Barrier, bool)>,
    aggregates: usize,
}

impl Watch {
    pub fn new(names: Arc<Names>, access: Access, engine: &Arc<Engine>) -> Self {
        Self { names, access, engine: Arc::downgrade(engine) }
    }

    /// Refuses a plan that reads what it may not (HT0001: the engine would have made a mistake).
    pub fn check(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<()> {
        if self.access.principal().is_operator() {
            return Ok(());
        }
        self.check_below(plan, &mut Above::default())
    }

    fn check_below<'a>(&self, plan: &'a Arc<dyn ExecutionPlan>, above: &mut Above<'a>) -> Result<()> {
        let node = plan.as_ref() as &dyn Any;
        let barrier = node.downcast_ref::<Barrier>();
        above.barriers.extend(barrier.map(|barrier| (barrier, above.aggregates > 0)));
        let is_aggregate = node.is::<AggregateExec>();
        above.aggregates += usize::from(is_aggregate);
        if let Some(files) = files_of(plan) {
            for file in files.file_groups.iter().flat_map(FileGroup::iter) {
                self.check_file(&file.object_meta.location, above)?;
            }
        }
        for child in plan.children() {
            self.check_below(child, above)?;
        }
        if barrier.is_some() {
            above.barriers.pop();
        }
        above.aggregates -= usize::from(is_aggregate);
        Ok(())
    }

    fn check_file(&self, file: &Path, above: &Above<'_>) -> Result<()> {
        let refuse = |why: &str| {
            tracing::error!(%file, why, "a plan was refused that would read what it may not");
            Err(Error::new(Code::INTERNAL, "a plan was refused that would read what its principal may not"))
        };
        let Some(engine) = self.engine.upgrade() else { return refuse("the engine has ended") };
        let places = self.names.places(engine.lake())?;
        let mut tables = ancestors(file.as_ref()).filter_map(|folder| places.get(folder)).flatten().peekable();
        if tables.peek().is_none() {
            return refuse("no table of this moment has the file");
        }
        // Files that lie in an allowed place may be known by several names; the rules of each hold.
        match tables.all(|table| self.may_read(table, above)) {
            true => Ok(()),
            false => refuse("the table is not its principal's to read, or its barrier is missing"),
        }
    }

    fn may_read(&self, table: &TableName, above: &Above<'_>) -> bool {
        // Lists of the system cut their rows themselves.
        if table.schema() == system::SCHEMA {
            return true;
        }
        let Some(object) = self.names.object(table) else { return false };
        match self.access.right(object) {
            Right::Nothing => false,
            Right::Whole => true,
            Right::Part(grant) => {
                let (table, fingerprint) = (table.to_string(), grant.fingerprint().to_string());
                // What is open for sums over groups is below one.
                let is_it = |seal: &Seal, in_groups: bool| {
                    let own = seal.fingerprint.strip_suffix(OPEN);
                    seal.table == table
                        && own.unwrap_or(&seal.fingerprint) == fingerprint
                        && (own.is_none() || in_groups)
                };
                above.barriers.iter().any(|(barrier, in_groups)| is_it(barrier.seal(), *in_groups))
            }
        }
    }
}

/// Whether a plan reads files at all.
pub fn reads_files(plan: &Arc<dyn ExecutionPlan>) -> bool {
    files_of(plan).is_some() || plan.children().into_iter().any(reads_files)
}

fn files_of(plan: &Arc<dyn ExecutionPlan>) -> Option<&FileScanConfig> {
    let source = (plan.as_ref() as &dyn Any).downcast_ref::<DataSourceExec>()?;
    (source.data_source().as_ref() as &dyn Any).downcast_ref()
}

/// The path itself and all that it lies in, the longest first.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
}

#[cfg(test)]
mod tests;
