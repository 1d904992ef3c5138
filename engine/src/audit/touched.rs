//! What a statement touches, as far as it is known before it begins.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{CommentObject, ObjectName, ObjectType, Statement as Sql, visit_relations};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use huitong_catalog::contracts::{Grade, Snapshot};
use huitong_catalog::names::TableName;
use huitong_catalog::state::ObjectKind;
use huitong_catalog::{Code, Error};

use crate::dialect;
use crate::guard::access::Access;
use crate::lineage::{Graph, inherited_by_table};
use crate::namespace::Names;
use crate::session::Session;
use crate::statement::{self, Parsed, versions};
use crate::system;

/// Tables and views, and whether their data are such that the record has to be there first. What nothing is known of, has to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Touched {
    pub names: BTreeSet<String>,
    pub is_protected: bool,
}

impl Default for Touched {
    fn default() -> Self {
        Self { names: BTreeSet::new(), is_protected: true }
    }
}

impl Touched {
    /// What a query reads: the tables below its views.
    pub fn of_plan(session: &Session, schema: &str, plan: &LogicalPlan) -> Self {
        let mut scanned = BTreeSet::new();
        let walked = plan.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                scanned.insert(scan.table_name.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        });
        if walked.is_err() {
            return Self::default();
        }
        let known = Known::of(session);
        let mut touched = Self { names: BTreeSet::new(), is_protected: false };
        for table in scanned {
            touched.is_protected |= known.is_protected(&table);
            touched.names.extend(known.name(&table, schema));
        }
        touched
    }

    /// What a command names. A view may lead anywhere, and so may what names nothing.
    pub fn of_command(session: &Session, parsed: &Parsed) -> Self {
        // What ends a statement must be possible whatever the audit does.
        if parsed.is_setting() || parsed.is_kill() {
            return Self { names: BTreeSet::new(), is_protected: false };
        }
        let (known, schema) = (Known::of(session), session.settings().schema);
        let Named { changed, mentioned } = named(parsed);
        let mut touched = Self { names: BTreeSet::new(), is_protected: changed.is_empty() && mentioned.is_empty() };
        for table in changed.iter().chain(&mentioned) {
            touched.is_protected |= known.is_protected(table) || known.is_view(table, &schema);
        }
        touched.names.extend(mentioned.iter().filter_map(|table| known.name(table, &schema)));
        touched.names.extend(changed.iter().map(|table| full_name(table, &schema)));
        touched
    }

    /// What a client writes rows into.
    pub fn of_table(session: &Session, table: &TableName) -> Self {
        let reference = TableReference::partial(table.schema(), table.table());
        let is_protected = Known::of(session).is_protected(&reference);
        Self { names: BTreeSet::from([table.to_string()]), is_protected }
    }
}

/// What a statement names that is there, and not for whoever asks. They are told that it is unknown; the auditor is told that it was denied.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Hidden {
    /// Tables and views that are not seen at all, and those of which a column is named that is not.
    pub names: BTreeSet<String>,
    pub policies: BTreeSet<String>,
}

impl Hidden {
    /// Whether a statement may have failed so because of what is hidden.
    pub fn may_be_behind(error: &Error) -> bool {
        [Code::UNKNOWN_TABLE, Code::UNKNOWN_COLUMN].contains(&error.code)
    }

    /// What a client writes rows into.
    pub fn of_table(session: &Session, table: &TableName) -> Self {
        let access = session.access();
        if access.principal().is_operator() || !Known::of(session).hides(table, &access) {
            return Self::default();
        }
        let names = BTreeSet::from([table.to_string()]);
        Self { policies: access.policies(&names), names }
    }

    pub fn of(session: &Session, parsed: &Parsed) -> Self {
        let (known, access, schema) = (Known::of(session), session.access(), session.settings().schema);
        if access.principal().is_operator() {
            return Self::default();
        }
        let Named { changed, mentioned } = named(parsed);
        let named = changed.iter().chain(&mentioned).filter_map(|table| {
            TableName::new(table.schema().unwrap_or(&schema), versions::split(table.table()).0).ok()
        });
        let hidden = named.filter(|name| known.hides(name, &access) || known.withholds(name, &access, &parsed.sql));
        let names: BTreeSet<String> = hidden.map(|name| name.to_string()).collect();
        Self { policies: access.policies(&names), names }
    }
}

/// The names in a statement, those of its own queries too.
struct Named {
    /// What it makes, changes or removes.
    changed: BTreeSet<TableReference>,
    /// Whatever it names, also what is no object, such as the name of a query within it.
    mentioned: BTreeSet<TableReference>,
}

fn named(parsed: &Parsed) -> Named {
    let mut mentioned = BTreeSet::new();
    mention(&parsed.statement, &mut |name| mentioned.extend(statement::reference(name).ok()));
    let changed = changed(parsed).into_iter().filter_map(|name| statement::reference(name).ok());
    Named { changed: changed.chain(parsed.table().cloned()).collect(), mentioned }
}

fn mention(statement: &Statement, told: &mut impl FnMut(&ObjectName)) {
    let mut take = |name: &ObjectName| {
        told(name);
        ControlFlow::<()>::Continue(())
    };
    // Nothing here breaks off.
    let _: ControlFlow<()> = match statement {
        Statement::Statement(sql) => visit_relations(sql.as_ref(), &mut take),
        Statement::CopyTo(copy) => match &copy.source {
            CopyToSource::Relation(name) => take(name),
            CopyToSource::Query(query) => visit_relations(query.as_ref(), &mut take),
        },
        Statement::Explain(explain) => return mention(&explain.statement, told),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    };
}

/// Tables and views that a statement of the SQL parser makes, changes or removes.
fn changed(parsed: &Parsed) -> Vec<&ObjectName> {
    match &parsed.statement {
        Statement::Statement(sql) => match sql.as_ref() {
            Sql::Drop { object_type: ObjectType::Table | ObjectType::View, names, .. } => names.iter().collect(),
            Sql::CreateView(view) => vec![&view.name],
            Sql::Comment { object_type: CommentObject::Table, object_name, .. } => vec![object_name],
            _ => statement::target(parsed).into_iter().collect(),
        },
        Statement::CreateExternalTable(create) => vec![&create.name],
        _ => Vec::new(),
    }
}

fn full_name(table: &TableReference, schema: &str) -> String {
    format!("{}.{}", table.schema().unwrap_or(schema), versions::split(table.table()).0)
}

/// What there is at this moment.
struct Known {
    names: Arc<Names>,
    contracts: Arc<Snapshot>,
    lineage: Arc<Graph>,
}

impl Known {
    fn of(session: &Session) -> Self {
        let engine = session.engine();
        Self { names: engine.names(), contracts: engine.contracts().snapshot.clone(), lineage: engine.lineage() }
    }

    /// As it is recorded; none for what is no object, such as the name of a query within the statement.
    fn name(&self, table: &TableReference, schema: &str) -> Option<String> {
        let (schema, table) = (table.schema().unwrap_or(schema), versions::split(table.table()).0);
        if schema == system::SCHEMA {
            return Some(format!("{schema}.{table}"));
        }
        let name = TableName::new(schema, table).ok()?;
        let is_known = self.names.object(&name).is_some() || self.contracts.dataset(&name).is_some();
        is_known.then(|| name.to_string())
    }

    /// Whether data of grade 3 and above may be in it. A name without a schema may be that of a view, whose schema is another one
    /// than the session's, so a table of that name in any schema counts.
    fn is_protected(&self, table: &TableReference) -> bool {
        let name = versions::split(table.table()).0;
        match table.schema() {
            None => {
                let datasets = self.contracts.datasets().keys().filter(|dataset| dataset.table() == name);
                datasets.chain(self.lineage.tables_named(name)).any(|table| self.has_grade_3(table))
            }
            Some(schema) => TableName::new(schema, name).is_ok_and(|name| self.has_grade_3(&name)),
        }
    }

    /// By its contract; without one, by what was copied into it.
    fn has_grade_3(&self, table: &TableName) -> bool {
        let grade = match self.contracts.dataset(table) {
            Some(dataset) => dataset.fields.iter().map(|field| field.grade).fold(dataset.grade, Grade::max),
            None => inherited_by_table(&self.lineage, &self.contracts, table).grade,
        };
        grade >= Grade::Three
    }

    /// Whether a table or view is there, and not for whoever asks.
    fn hides(&self, name: &TableName, access: &Access) -> bool {
        match self.names.object(name) {
            Some(object) => !access.sees(object),
            None => self.contracts.dataset(name).is_some() && !access.knows(name),
        }
    }

    /// Whether a statement has a word in it that is the name of a column which is there, and not for whoever asks.
    fn withholds(&self, name: &TableName, access: &Access, sql: &str) -> bool {
        let (Some(dataset), Some(seen)) = (self.contracts.dataset(name), access.columns(name)) else { return false };
        let words = dialect::tokens(sql).unwrap_or_default();
        let words: HashSet<&str> = words.iter().filter_map(word).collect();
        let mut withheld = dataset.fields.iter().filter(|field| !seen.contains(field.name.as_str()));
        withheld.any(|field| words.iter().any(|word| word.eq_ignore_ascii_case(&field.name)))
    }

    fn is_view(&self, table: &TableReference, schema: &str) -> bool {
        let name = TableName::new(table.schema().unwrap_or(schema), versions::split(table.table()).0);
        let object = name.ok().and_then(|name| self.names.object(&name).map(|object| object.kind));
        object == Some(ObjectKind::View)
    }
}

fn word(token: &TokenWithSpan) -> Option<&str> {
    match &token.token {
        Token::Word(word) => Some(&word.value),
        _ => None,
    }
}
