//! Conditions on rows that policies have, asked of the tables that they are for before they come into force: one that does not fit its
//! table would keep everybody whom it concerns from all of it.

use std::collections::BTreeSet;

use arrow::datatypes::Schema;
use datafusion::common::DFSchema;
use datafusion::execution::session_state::SessionState;
use huitong_catalog::clock::Timestamp;
use huitong_catalog::contracts::{Dataset, Grade, Snapshot};
use huitong_catalog::names::TableName;
use huitong_catalog::policy::{Policies, RowRule, Subject, decides};
use huitong_catalog::{Error, Result};

use crate::error::of_datafusion;
use crate::guard::governed::{Rules, Words, state_at};
use crate::session::Session;

/// The conditions of a model, and those whom they may concern.
pub struct Conditions<'a> {
    pub policies: &'a Policies,
    all: Vec<(TableName, RowRule)>,
    subjects: Vec<Subject>,
    /// What conditions are read with.
    state: SessionState,
    now: Timestamp,
}

impl<'a> Conditions<'a> {
    /// Those of `users`, and of somebody in each department and each role, whether there is anybody yet.
    pub fn of(session: &Session, snapshot: &Snapshot, policies: &'a Policies, users: Vec<Subject>) -> Self {
        let now = session.engine().clock().now();
        let subjects = users.into_iter().chain(imagined(snapshot)).collect();
        Self { policies, all: policies.conditions(), subjects, state: state_at(session.engine(), now), now }
    }

    /// Conditions that decide about a table with these columns, and do not fit it, with what is wrong.
    pub fn misfits(&self, dataset: &Dataset, schema: &Schema) -> Result<Vec<(&RowRule, Error)>> {
        let mut found = Vec::new();
        for (_, condition) in self.all.iter().filter(|(table, _)| *table == dataset.name) {
            // Most fit, and whom they are for takes long to find out.
            if let Some(error) = misfit(&self.state, &dataset.name, schema, condition)?
                && decides(self.policies, &dataset.name, condition, &self.subjects, self.now)
            {
                found.push((condition, error));
            }
        }
        Ok(found)
    }
}

fn imagined(snapshot: &Snapshot) -> impl Iterator<Item = Subject> {
    let somebody = |department: Option<&String>, role: Option<&String>| Subject {
        name: String::new(),
        office: None,
        department: department.cloned(),
        roles: role.into_iter().cloned().collect::<BTreeSet<_>>(),
        clearance: Grade::Core,
    };
    let departments = snapshot.departments().keys().map(move |department| somebody(Some(department), None));
    departments.chain(snapshot.roles().keys().map(move |role| somebody(None, Some(role))))
}

/// Why a condition does not fit a table with these columns; none where it does.
fn misfit(state: &SessionState, table: &TableName, schema: &Schema, condition: &RowRule) -> Result<Option<Error>> {
    let schema = DFSchema::try_from(schema.clone()).map_err(of_datafusion)?;
    let rules = Rules { table, words: &Words::default(), state, schema: &schema };
    Ok(rules.expression(&condition.sql).err().map(of_datafusion))
}
