//! `CREATE EXTERNAL TABLE`: files that already lie in an allowed location.

use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::Statement;
use huitong_catalog::identity::Office;
use huitong_catalog::state::ObjectKind;
use huitong_catalog::{Code, Error, Result};

use super::{Parsed, table, table_name};
use crate::planning::{self};
use crate::session::{Done, Session};
use crate::stores::canonical;
use crate::tables::external;

/// Gives files a name; administrators only, since a location is a path on the server.
pub async fn create(session: &Session, parsed: &Parsed) -> Result<Done> {
    session.principal().require(Office::System, "create external tables")?;
    let Statement::CreateExternalTable(form) = &parsed.statement else {
        return Err(Error::new(Code::INTERNAL, "not a CREATE EXTERNAL TABLE"));
    };
    if !form.columns.is_empty() || !form.table_partition_cols.is_empty() || !form.options.is_empty() {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "an external table takes its columns from its files")
            .with_hint("write `CREATE EXTERNAL TABLE name STORED AS PARQUET LOCATION '…'`"));
    }
    let context = session.statement_context()?;
    let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) = context.plan(parsed).await? else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of CREATE EXTERNAL TABLE is not supported"));
    };
    let name = table_name(session, &create.name)?;
    if !table::check_free(session, &name, create.if_not_exists)? {
        return Ok(Done { command: "CREATE EXTERNAL TABLE", rows: None });
    }
    let [location] = create.locations.as_slice() else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "an external table has exactly one location"));
    };
    if !std::path::Path::new(&external::local_path(location)).is_absolute() {
        return Err(Error::new(Code::LOCATION_NOT_ALLOWED, format!("`{location}` is not an absolute path"))
            .with_hint("a location is a path on the server, such as `/data/in/file.parquet`"));
    }
    if session.engine().lake().holds(std::path::Path::new(&external::local_path(location))) {
        return Err(Error::new(Code::LOCATION_NOT_ALLOWED, format!("`{location}` lies where the city's tables are"))
            .with_hint("tables are read by their names, under the rules that hold for them"));
    }
    refuse_governed(session, location)?;
    let kind = match create.file_type.to_uppercase().as_str() {
        "PARQUET" => ObjectKind::Parquet,
        "DELTA" | "DELTATABLE" => ObjectKind::Delta,
        other => {
            return Err(Error::new(Code::UNKNOWN_FORMAT, format!("external tables cannot be stored as {other}"))
                .with_hint("PARQUET and DELTA can; CSV and NDJSON are loaded with `huitong load`"));
        }
    };
    open(session, kind, location, &name.to_string()).await?;
    table::register(session, &name, kind, location, &[]).await?;
    Ok(Done { command: "CREATE EXTERNAL TABLE", rows: None })
}

/// Files of a table with a contract have one name, since another one would not be under its rules.
fn refuse_governed(session: &Session, location: &str) -> Result<()> {
    let engine = session.engine();
    let (names, contracts) = (engine.names(), engine.contracts());
    let resolved = |location: &str| {
        let path = std::path::PathBuf::from(external::local_path(location));
        canonical(&path).unwrap_or(path)
    };
    let place = resolved(location);
    let overlaps = |other: &str| {
        let other = resolved(other);
        place.starts_with(&other) || other.starts_with(&place)
    };
    let mut files = names.objects().filter(|object| matches!(object.kind, ObjectKind::Parquet | ObjectKind::Delta));
    match files.any(|object| contracts.snapshot.dataset(&object.name).is_some() && overlaps(&object.definition)) {
        false => Ok(()),
        true => Err(external::not_allowed(location)),
    }
}

/// Opens the files once, so that a wrong location or a broken file is told now.
async fn open(session: &Session, kind: ObjectKind, location: &str, name: &str) -> Result<()> {
    let engine = session.engine();
    match kind {
        ObjectKind::Delta => engine.lake().newest(&external::local_path(location), name).await.map(drop),
        _ => {
            let state = planning::bare_state(engine.partitions(), engine.runtime());
            external::parquet(location, name, engine.stores(), &state).await.map(drop)
        }
    }
}
