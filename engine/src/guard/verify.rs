//! A last look at a physical plan: every file that it reads is one that its principal may read, and one that may be read in part only lies
//! below the barrier of just that part.
//!
//! This is independent of how plans are made: it asks where files are, not which node was to stand above them.

use std::any::Any;
use std::sync::{Arc, Weak};

use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};
use object_store::path::Path;

use super::access::{Access, Right};
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

impl Watch {
    pub fn new(names: Arc<Names>, access: Access, engine: &Arc<Engine>) -> Self {
        Self { names, access, engine: Arc::downgrade(engine) }
    }

    /// Refuses a plan that reads what it may not (HT0001: the engine would have made a mistake).
    pub fn check(&self, plan: &Arc<dyn ExecutionPlan>) -> Result<()> {
        if self.access.principal().is_operator() {
            return Ok(());
        }
        self.check_below(plan, &mut Vec::new())
    }

    fn check_below<'a>(&self, plan: &'a Arc<dyn ExecutionPlan>, barriers: &mut Vec<&'a Barrier>) -> Result<()> {
        let node = plan.as_ref() as &dyn Any;
        let barrier = node.downcast_ref::<Barrier>();
        barriers.extend(barrier);
        if let Some(files) = files_of(plan) {
            for file in files.file_groups.iter().flat_map(FileGroup::iter) {
                self.check_file(&file.object_meta.location, barriers)?;
            }
        }
        for child in plan.children() {
            self.check_below(child, barriers)?;
        }
        if barrier.is_some() {
            barriers.pop();
        }
        Ok(())
    }

    fn check_file(&self, file: &Path, barriers: &[&Barrier]) -> Result<()> {
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
        match tables.all(|table| self.may_read(table, barriers)) {
            true => Ok(()),
            false => refuse("the table is not its principal's to read, or its barrier is missing"),
        }
    }

    fn may_read(&self, table: &TableName, barriers: &[&Barrier]) -> bool {
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
                let is_it = |seal: &Seal| seal.table == table && seal.fingerprint == fingerprint;
                barriers.iter().any(|barrier| is_it(barrier.seal()))
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
