//! `CREATE SCHEMA` and `DROP SCHEMA`.

use datafusion::sql::sqlparser::ast::{ObjectName, SchemaName, Statement};
use huitong_catalog::identity::Office;
use huitong_catalog::names::{check_name, require_unreserved_schema};
use huitong_catalog::state::SchemaRow;
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
use crate::namespace::TRUTH_SCHEMA;
use crate::planning::{CATALOG, DEFAULT_SCHEMA};
use crate::session::{Done, Session};
use crate::system;

pub async fn create(session: &Session, statement: &Statement) -> Result<Done> {
    let Statement::CreateSchema {
        schema_name: SchemaName::Simple(name),
        if_not_exists,
        with: None,
        options: None,
        default_collate_spec: None,
        clone: None,
    } = statement
    else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "only `CREATE SCHEMA [IF NOT EXISTS] name` is supported"));
    };
    let name = single(name)?;
    check_name("schema", &name)?;
    check_reserved(session, &name)?;
    let engine = session.engine();
    let guard = engine.change_names().await;
    let row =
        SchemaRow { name: name.clone(), owner: session.principal().name.clone(), created_at: engine.clock().now() };
    if !engine.state().insert_schema(&row).await? && !if_not_exists {
        return Err(Error::new(Code::SCHEMA_EXISTS, format!("schema `{name}` exists already")));
    }
    engine.reload_names().await?;
    std::mem::drop(guard);
    Ok(Done { command: "CREATE SCHEMA", rows: None })
}

/// Drops empty schemas, all of them or none.
pub async fn drop(session: &Session, statement: &Statement) -> Result<Done> {
    let Statement::Drop { if_exists, names, cascade, .. } = statement else {
        return Err(Error::new(Code::INTERNAL, "not a DROP"));
    };
    if *cascade {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "DROP SCHEMA … CASCADE is not supported")
            .with_hint("drop the tables first"));
    }
    let engine = session.engine();
    let guard = engine.change_names().await;
    let mut schemas = Vec::new();
    for name in names {
        let name = single(name)?;
        if is_droppable(session, &name, *if_exists)? {
            schemas.push(name);
        }
    }
    if let Some(full) = engine.state().delete_schemas(&schemas).await? {
        return Err(Error::new(Code::SCHEMA_EXISTS, format!("schema `{full}` is not empty"))
            .with_hint("drop its tables and views first"));
    }
    engine.reload_names().await?;
    std::mem::drop(guard);
    Ok(Done { command: "DROP SCHEMA", rows: None })
}

/// Whether the schema is there and may go; false if it is not there and need not be.
fn is_droppable(session: &Session, name: &str, if_exists: bool) -> Result<bool> {
    let names = session.names();
    let Some(row) = names.schema(name) else {
        return match if_exists {
            true => Ok(false),
            false => Err(Error::new(Code::UNKNOWN_SCHEMA, format!("unknown schema `{name}`"))
                .with_suggestion(name, names.schemas())),
        };
    };
    super::table::require_owner(session, &row.owner, name)?;
    if name == DEFAULT_SCHEMA {
        return Err(Error::new(Code::PERMISSION_DENIED, format!("schema `{name}` cannot be dropped")));
    }
    Ok(true)
}

/// The truth that a generated city plants is an administrator's to make, and the system's tables are its own; other reserved schemas are nobody's.
pub(super) fn check_reserved(session: &Session, schema: &str) -> Result<()> {
    let may = match schema {
        TRUTH_SCHEMA => session.principal().holds(Office::System),
        system::SCHEMA => session.principal().is_coordinator(),
        _ => false,
    };
    if may {
        return Ok(());
    }
    require_unreserved_schema(schema)
}

/// `schema` or `city.schema`.
fn single(name: &ObjectName) -> Result<String> {
    let parts: Option<Vec<_>> = name.0.iter().map(|part| part.as_ident().map(fold)).collect();
    match parts.as_deref() {
        Some([schema]) => Ok(schema.clone()),
        Some([catalog, schema]) if catalog == CATALOG => Ok(schema.clone()),
        _ => Err(Error::new(Code::NAME_NOT_ALLOWED, format!("`{name}` is no schema name"))),
    }
}
