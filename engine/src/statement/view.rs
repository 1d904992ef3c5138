//! `CREATE VIEW`.

use std::collections::HashSet;

use arrow::datatypes::Fields;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{CreateView, Statement as Sql};
use huitong_catalog::names::TableName;
use huitong_catalog::state::{LineageRow, ObjectKind, ObjectRow};
use huitong_catalog::{Code, Error, Result};

use super::{Parsed, parse, table, table_name, written};
use crate::lineage;
use crate::namespace::View;
use crate::session::{Done, Session};

/// Stores a query under a name. It is planned now, so that a view that cannot work is refused, and again at each use.
pub async fn create(session: &Session, parsed: &Parsed) -> Result<Done> {
    let (create, query) = form(parsed)?;
    // What a door adds is not there when the view is used.
    let session = &session.without_extras();
    let context = session.statement_context()?;
    let LogicalPlan::Ddl(DdlStatement::CreateView(planned)) = context.plan(parsed).await? else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of CREATE VIEW is not supported"));
    };
    check_columns(planned.input.schema().fields())?;
    let name = table_name(session, &planned.name)?;
    let schema = session.settings().schema;
    let definition = View { schema: &schema, query: &query }.to_definition();
    let planned = LogicalPlan::Ddl(DdlStatement::CreateView(planned));
    let found = lineage::of_plan(&context, &planned, async |closed| closed.plan(parsed).await).await;
    let sources = lineage::rows(session, &context, &name, &found, false);
    let free = table::check_free(session, &name, create.if_not_exists || create.or_replace)?;
    if free {
        table::register(session, &name, ObjectKind::View, &definition, &sources).await?;
    } else if create.or_replace {
        replace(session, name, definition, &sources).await?;
    }
    Ok(Done { command: "CREATE VIEW", rows: None })
}

/// Of two columns of one name, no query of the view could name either.
fn check_columns(fields: &Fields) -> Result<()> {
    let mut seen = HashSet::new();
    match fields.iter().find(|field| !seen.insert(field.name())) {
        Some(twice) => Err(Error::new(Code::AMBIGUOUS_NAME, format!("column `{}` appears twice", twice.name()))
            .with_hint("give each column a name of its own with AS")),
        None => Ok(()),
    }
}

fn form(parsed: &Parsed) -> Result<(&CreateView, String)> {
    let unsupported = |what: &str| Error::new(Code::UNSUPPORTED_STATEMENT, format!("{what} is not supported"));
    let Statement::Statement(sql) = &parsed.statement else { return Err(unsupported("this form of CREATE VIEW")) };
    let Sql::CreateView(create) = sql.as_ref() else { return Err(unsupported("this form of CREATE VIEW")) };
    if create.materialized || create.temporary {
        return Err(unsupported("a materialized or temporary view"));
    }
    if !create.columns.is_empty() {
        return Err(
            unsupported("a list of columns after the view's name").with_hint("name the columns in the query with AS")
        );
    }
    let query = written(&create.query);
    if parse(&query).map(|parsed| parsed.statement.to_string()).ok().as_ref() != Some(&query) {
        let text = format!("a view of a query that is kept as `{query}`");
        return Err(unsupported(&text).with_hint("write it in other words: kept so, it would not be the same query"));
    }
    Ok((create, query))
}

async fn replace(session: &Session, name: TableName, definition: String, sources: &[LineageRow]) -> Result<()> {
    let names = session.names();
    let object = names.object(&name).ok_or_else(|| {
        Error::new(Code::TABLE_EXISTS, format!("`{name}` exists already")).with_hint("give the view another name")
    })?;
    table::require_manager(session, object)?;
    let engine = session.engine();
    let guard = engine.change_names().await;
    let row = ObjectRow {
        name: name.clone(),
        kind: ObjectKind::View,
        definition,
        owner: session.principal().name.clone(),
        created_at: engine.clock().now(),
    };
    if !engine.state().replace_object_from(&row, sources).await? {
        return Err(
            Error::new(Code::TABLE_EXISTS, format!("`{name}` is a table")).with_hint("give the view another name")
        );
    }
    engine.reload_names().await?;
    drop(guard);
    Ok(())
}
