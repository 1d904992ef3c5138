//! `ALTER TABLE` and `COMMENT ON`: changes of a table's definition, each in one commit.
//!
//! Columns are only ever added: files that were written before do not have them, and answer NULL. Renaming or dropping a column would
//! need column mapping, with which a table can be read by fewer engines, so it is refused.

use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};
use datafusion::common::{DFSchema, TableReference};
use datafusion::logical_expr::{DdlStatement, Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{
    AlterTable, AlterTableOperation, ColumnDef, ColumnOption, CommentObject, Expr as Sql, ObjectName, SqlOption,
    TableConstraint, Value,
};
use deltalake_core::DeltaTableError;
use deltalake_core::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake_core::kernel::{Snapshot, StructField};
use deltalake_core::logstore::LogStoreRef;
use deltalake_core::protocol::DeltaOperation;
use deltalake_core::table::Constraint;
use huitong_catalog::names::TableName;
use huitong_catalog::{Code, Error, Result};

use super::declared::{self, Declared};
use super::replace::count_rows;
use super::settings::fold;
use super::{lengths, owner, parse, reference, table_name, write};
use crate::error::{of_datafusion, of_delta};
use crate::planning::Target;
use crate::session::{Done, Session, StatementContext};
use crate::tables::properties;
use crate::tables::version::{KEY, TableVersion};
use crate::write::checks::Check;
use crate::write::commit::{self, Committed, Provenance, Redefinition};
use crate::write::definition::Definition;

/// How often a change is computed anew because others changed the table meanwhile.
const ATTEMPTS: usize = 8;

/// One change, computed from a version.
struct Change {
    definition: Definition,
    operation: DeltaOperation,
    of_rows: bool,
}

/// What a statement asks for.
enum Alteration {
    Add {
        column: Box<Column>,
        if_not_exists: bool,
    },
    Constrain(Box<TableConstraint>),
    Drop {
        constraint: String,
        if_exists: bool,
    },
    /// Of the table if there is no column.
    Comment {
        column: Option<String>,
        text: Option<String>,
    },
    /// Those without a value are taken away.
    Set(Vec<(&'static str, Option<String>)>),
}

/// Runs an `ALTER TABLE` with one change.
pub async fn table(session: &Session, statement: &AlterTable) -> Result<Done> {
    let name = table_name(session, &reference(&statement.name)?)?;
    let [operation] = statement.operations.as_slice() else {
        return Err(refused("several changes in one statement", "write one statement for each"));
    };
    let done = Done { command: "ALTER TABLE", rows: None };
    if statement.if_exists && session.manageable().object(&name).is_none() {
        return Ok(done);
    }
    if let AlterTableOperation::OwnerTo { new_owner } = operation {
        return owner::give(session, &name, new_owner).await;
    }
    let alteration = match operation {
        AlterTableOperation::AddColumn { column_def, if_not_exists, column_position: None, .. } => {
            let column = Box::new(Column::plan(session, column_def).await?);
            Alteration::Add { column, if_not_exists: *if_not_exists }
        }
        AlterTableOperation::AddConstraint { constraint, not_valid: false } => {
            Alteration::Constrain(Box::new(constraint.clone()))
        }
        AlterTableOperation::DropConstraint { if_exists, name, .. } => {
            Alteration::Drop { constraint: fold(name), if_exists: *if_exists }
        }
        AlterTableOperation::SetTblProperties { table_properties } => {
            Alteration::Set(table_properties.iter().map(property).collect::<Result<_>>()?)
        }
        AlterTableOperation::RenameColumn { .. } | AlterTableOperation::DropColumn { .. } => {
            let hint = "make a new table with CREATE TABLE … AS SELECT, or a view";
            return Err(refused("renaming or dropping a column", hint));
        }
        other => {
            let hint = "a table takes ADD COLUMN, ADD CONSTRAINT, DROP CONSTRAINT, SET TBLPROPERTIES and OWNER TO";
            return Err(refused(&format!("`ALTER TABLE … {other}`"), hint));
        }
    };
    alter(session, &name, &alteration).await?;
    Ok(done)
}

/// `'key' = 'value'`, where NULL takes the property away.
fn property(option: &SqlOption) -> Result<(&'static str, Option<String>)> {
    let malformed = || refused(&format!("the property `{option}`"), "write `SET TBLPROPERTIES ('key' = 'value')`");
    let SqlOption::KeyValue { key, value: Sql::Value(value) } = option else { return Err(malformed()) };
    let value = match &value.value {
        Value::SingleQuotedString(text) => text.clone(),
        Value::Boolean(on) => on.to_string(),
        Value::Number(number, _) => number.clone(),
        Value::Null => return properties::known(&key.value).map(|key| (key, None)),
        _ => return Err(malformed()),
    };
    properties::checked(&key.value, &value).map(|(key, value)| (key, Some(value)))
}

/// `COMMENT ON TABLE t IS '…'`, `COMMENT ON COLUMN t.c IS '…'`; NULL takes a comment away.
pub async fn comment(session: &Session, on: &CommentObject, named: &ObjectName, text: Option<&str>) -> Result<Done> {
    let (table, column) = match on {
        CommentObject::Table => (named.clone(), None),
        CommentObject::Column => {
            let mut parts = named.0.clone();
            let column = parts.pop().and_then(|part| part.as_ident().map(fold));
            let column = column.ok_or_else(|| refused("this name", "write `COMMENT ON COLUMN table.column`"))?;
            (ObjectName(parts), Some(column))
        }
        other => return Err(refused(&format!("COMMENT ON {other}"), "tables and columns have comments")),
    };
    let name = table_name(session, &reference(&table)?)?;
    alter(session, &name, &Alteration::Comment { column, text: text.map(str::to_owned) }).await?;
    Ok(Done { command: "COMMENT", rows: None })
}

/// Computes a change and commits it, again if another writer came in between; a change that is none needs no commit.
async fn alter(session: &Session, name: &TableName, alteration: &Alteration) -> Result<()> {
    let _changing = session.engine().compaction().changing(name);
    for _ in 0..ATTEMPTS {
        let (object, version) = write::target(session, name).await?;
        let computed = alteration.compute(session, name, &version).await?;
        let Some(Change { definition, operation, of_rows }) = computed else { return Ok(()) };
        let told = |e| of_delta(e, &name.to_string());
        let actions = definition.actions().map_err(told)?;
        let redefinition = Redefinition { base: version.snapshot.clone(), actions, operation, of_rows };
        let log = session.engine().lake().log(&object.definition)?;
        let provenance = write::provenance(session, &session.engine().id()?);
        let committed =
            write::to_the_end(async move { Ok(commit::redefine(redefinition, log, &provenance).await) }).await?;
        if let Committed::As(_) = committed.map_err(told)? {
            return Ok(());
        }
    }
    let text = format!("others changed table `{name}` {ATTEMPTS} times during the statement");
    Err(Error::new(Code::COMMIT_CONFLICT, text).with_hint("nothing was changed; try again when the table is quieter"))
}

impl Alteration {
    /// What it makes of a version; none if that is so already.
    async fn compute(&self, session: &Session, name: &TableName, version: &TableVersion) -> Result<Option<Change>> {
        match self {
            Self::Add { column, if_not_exists } => add_column(version, name, column, *if_not_exists),
            Self::Constrain(constraint) => constrain(session, name, version, constraint).await,
            Self::Drop { constraint, if_exists } => drop_constraint(version, name, constraint, *if_exists),
            Self::Set(properties) => {
                let mut definition = definition(version, name)?;
                let values = properties.iter().map(|(key, value)| {
                    definition.property(key, value.as_deref());
                    ((*key).to_owned(), value.clone().unwrap_or_default())
                });
                let operation = DeltaOperation::SetTableProperties { properties: values.collect() };
                Ok(Some(Change { definition, operation, of_rows: false }))
            }
            Self::Comment { column, text } => {
                let mut definition = definition(version, name)?;
                match column {
                    None => definition.comment(text.as_deref()),
                    Some(column) if definition.comment_column(column, text.as_deref()) => {}
                    Some(column) => return Err(unknown_column(version, column)),
                }
                Ok(Some(Change { definition, operation: no_properties(), of_rows: false }))
            }
        }
    }
}

/// Gives a table that was just made what else its statement declared.
pub async fn define(
    log: &LogStoreRef,
    declared: &Declared,
    provenance: &Provenance,
) -> std::result::Result<(), DeltaTableError> {
    let base = Arc::new(Snapshot::try_new(log.as_ref(), Some(0)).await?);
    let mut definition = Definition::of(&base)?;
    declare(&mut definition, declared)?;
    let redefinition =
        Redefinition { base, actions: definition.actions()?, operation: constraints(&declared.checks), of_rows: true };
    // The first commit carries the same query.
    let second =
        Provenance { query_id: format!("{}/definition", provenance.query_id), once: None, ..provenance.clone() };
    match commit::redefine(redefinition, log.clone(), &second).await? {
        Committed::As(_) => Ok(()),
        Committed::Overtaken => Err(DeltaTableError::Generic("somebody wrote a table that has no name".into())),
    }
}

fn declare(definition: &mut Definition, declared: &Declared) -> std::result::Result<(), DeltaTableError> {
    for check in &declared.checks {
        definition.require_checks();
        definition.property(&Check::property(&check.name), Some(&check.condition));
    }
    if !declared.key.is_empty() {
        definition.property(KEY, Some(&serde_json::json!(declared.key).to_string()));
    }
    if let Some(comment) = &declared.comment {
        definition.comment(Some(comment));
    }
    for (column, comment) in &declared.comments {
        definition.comment_column(column, Some(comment));
    }
    Ok(())
}

/// Refuses constraints that cannot be computed from one row of a table with these columns.
pub fn check_plan(context: &StatementContext, columns: &SchemaRef, checks: &[Check]) -> Result<()> {
    if checks.is_empty() {
        return Ok(());
    }
    let schema = DFSchema::try_from(columns.as_ref().clone()).map_err(of_datafusion)?;
    let state = context.state(Target::Local);
    checks.iter().try_for_each(|check| check.plan(&state, &schema).map(drop))
}

/// A column that is added.
struct Column {
    field: Field,
    comment: Option<String>,
}

impl Column {
    /// Its type is found as that of a table with this column alone.
    async fn plan(session: &Session, column: &ColumnDef) -> Result<Self> {
        let required = |option: &ColumnOption| matches!(option, ColumnOption::NotNull | ColumnOption::PrimaryKey(_));
        if column.options.iter().any(|option| required(&option.option)) {
            return Err(refused(
                "a new column that must not be null",
                "rows that are there have no value for it; add it without NOT NULL",
            ));
        }
        if column.options.iter().any(|option| matches!(option.option, ColumnOption::Check(_))) {
            return Err(refused("a constraint at a new column", "add it with ALTER TABLE … ADD CONSTRAINT afterwards"));
        }
        lengths::check_column(column)?;
        let parsed = parse(&format!("CREATE TABLE added ({column})"))?;
        let LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create)) =
            session.statement_context()?.plan(&parsed).await?
        else {
            return Err(Error::new(Code::INTERNAL, "a column was not planned"));
        };
        let schema = write::stored_schema(create.input.schema().as_arrow())?;
        let schema = lengths::declare(std::slice::from_ref(column), &schema);
        let comment = parsed.declared.comments.into_iter().next().map(|(_, text)| text);
        Ok(Self { field: schema.field(0).clone().with_nullable(true), comment })
    }
}

fn add_column(version: &TableVersion, table: &TableName, new: &Column, if_not_exists: bool) -> Result<Option<Change>> {
    let name = new.field.name();
    let taken = version.schema.fields().iter().any(|field| field.name().to_lowercase() == name.to_lowercase());
    match (taken, if_not_exists) {
        (true, true) => return Ok(None),
        (true, false) => {
            return Err(Error::new(Code::AMBIGUOUS_NAME, format!("column `{name}` is there already"))
                .with_hint("write `ADD COLUMN IF NOT EXISTS`"));
        }
        _ => {}
    }
    let field: StructField =
        (&new.field).try_into_kernel().map_err(|e: arrow::error::ArrowError| of_datafusion(e.into()))?;
    let mut definition = definition(version, table)?;
    definition.add(&field).map_err(|e| of_delta(e, &table.to_string()))?;
    definition.comment_column(name, new.comment.as_deref());
    Ok(Some(Change { definition, operation: DeltaOperation::AddColumn { fields: vec![field] }, of_rows: false }))
}

/// A new constraint must hold for the rows that are there.
async fn constrain(
    session: &Session,
    name: &TableName,
    version: &TableVersion,
    constraint: &TableConstraint,
) -> Result<Option<Change>> {
    let mut declared = declared::constraint(constraint.clone())?;
    let known = version.checks();
    for check in &mut declared.checks {
        let is_taken = |name: &str| known.iter().any(|known| known.name == name);
        if named(constraint) && is_taken(&check.name) {
            return Err(Error::new(Code::AMBIGUOUS_NAME, format!("table `{name}` has a constraint `{}`", check.name)));
        }
        let free = (1..).map(|number| format!("check_{number}")).find(|name| !is_taken(name));
        if is_taken(&check.name) {
            check.name = free.unwrap_or_default();
        }
        let violations = violations(session, name, check).await?;
        if violations > 0 {
            let text = format!("{violations} rows of `{name}` violate the constraint: {}", check.condition);
            let hint = format!("look at them with SELECT * FROM {name} WHERE ({}) IS NOT TRUE", check.condition);
            return Err(Error::new(Code::CONSTRAINT_VIOLATED, text).with_hint(hint));
        }
    }
    if !declared.key.is_empty() && !version.key().is_empty() {
        return Err(Error::new(
            Code::AMBIGUOUS_NAME,
            format!("table `{name}` has a primary key; a table has one primary key"),
        )
        .with_hint("make a new table with another key with CREATE TABLE … AS SELECT"));
    }
    for column in &declared.key {
        let field = version.schema.field_with_name(column).map_err(|_| unknown_column(version, column))?;
        if field.is_nullable() {
            return Err(refused(
                &format!("a key of column `{column}`, which may be null,"),
                "declare the key when the table is made",
            ));
        }
    }
    let mut definition = definition(version, name)?;
    declare(&mut definition, &declared).map_err(|e| of_delta(e, &name.to_string()))?;
    Ok(Some(Change { definition, operation: constraints(&declared.checks), of_rows: true }))
}

fn named(constraint: &TableConstraint) -> bool {
    matches!(constraint, TableConstraint::Check(check) if check.name.is_some())
}

/// How many rows of a table do not answer a condition with yes.
pub async fn violations(session: &Session, name: &TableName, check: &Check) -> Result<u64> {
    let context = session.statement_context()?;
    let table = context.context(Target::Local).table(TableReference::partial(name.schema(), name.table())).await;
    let plan = table.map_err(|e| context.explain(e))?.into_unoptimized_plan();
    let condition: Expr = check.plan(&context.state(Target::Local), plan.schema())?;
    let violating = LogicalPlanBuilder::from(plan).filter(condition.is_not_true()).and_then(LogicalPlanBuilder::build);
    count_rows(session, &context, violating.map_err(of_datafusion)?).await
}

fn drop_constraint(
    version: &TableVersion,
    table: &TableName,
    constraint: &str,
    if_exists: bool,
) -> Result<Option<Change>> {
    let checks = version.checks();
    if !checks.iter().any(|check| check.name == constraint) {
        return match if_exists {
            true => Ok(None),
            false => Err(Error::new(Code::UNKNOWN_COLUMN, format!("unknown constraint `{constraint}`"))
                .with_suggestion(constraint, checks.iter().map(|check| check.name.as_str()))),
        };
    }
    let mut definition = definition(version, table)?;
    definition.property(&Check::property(constraint), None);
    let operation = DeltaOperation::DropConstraint { name: constraint.to_owned() };
    Ok(Some(Change { definition, operation, of_rows: false }))
}

fn definition(version: &TableVersion, name: &TableName) -> Result<Definition> {
    Definition::of(&version.snapshot).map_err(|e| of_delta(e, &name.to_string()))
}

fn constraints(checks: &[Check]) -> DeltaOperation {
    match checks.is_empty() {
        true => no_properties(),
        false => DeltaOperation::AddConstraint {
            constraints: checks.iter().map(|check| Constraint::new(&check.name, &check.condition)).collect(),
        },
    }
}

fn no_properties() -> DeltaOperation {
    DeltaOperation::SetTableProperties { properties: Default::default() }
}

fn unknown_column(version: &TableVersion, column: &str) -> Error {
    let names = version.schema.fields().iter().map(|field| field.name().as_str());
    Error::new(Code::UNKNOWN_COLUMN, format!("unknown column `{column}`")).with_suggestion(column, names)
}

fn refused(what: &str, hint: &str) -> Error {
    Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} is not supported")).with_hint(hint)
}
