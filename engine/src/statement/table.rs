//! `CREATE [OR REPLACE] TABLE`, `CREATE TABLE AS`, `DROP TABLE`, `DROP VIEW`.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{ColumnDef, ColumnOption, CreateTable, ObjectType, Statement as Sql};
use huitong_catalog::identity::Office;
use huitong_catalog::names::TableName;
use huitong_catalog::state::{FitRow, LineageRow, ObjectKind, ObjectRow};
use huitong_catalog::{Code, Error, Result};

use super::declared::Declared;
use super::settings::fold;
use super::write::Columns;
use super::{Parsed, alter, lengths, partitions, reference, schema, table_name, write};
use crate::error::{of_datafusion, of_delta};
use crate::lineage;
use crate::planning::DEFAULT_SCHEMA;
use crate::session::{Done, Session};
use crate::sweep::{self, Made};
use crate::write::commit::{self, Files, Provenance};

/// Makes a table, empty or from a query. The table's name appears after its one commit, so nobody sees half of it.
pub async fn create(session: &Session, parsed: &Parsed) -> Result<Done> {
    let form = form(parsed)?;
    let context = session.statement_context()?;
    let LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create)) = context.plan(parsed).await? else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of CREATE TABLE is not supported"));
    };
    let name = table_name(session, &create.name)?;
    if form.or_replace {
        check_replaceable(session, &name)?;
    } else if !check_free(session, &name, create.if_not_exists)? {
        return Ok(Done { command: "CREATE TABLE", rows: None });
    }
    let planned = LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create.clone()));
    let found = lineage::of_plan(&context, &planned, async |closed| closed.plan(parsed).await).await;
    let input = create.input.as_ref().clone();
    let from_query = !matches!(&input, LogicalPlan::EmptyRelation(_));
    let columns = write::stored_schema(input.schema().as_arrow())?;
    let columns = lengths::declare(&form.columns, &columns);
    // That a query happens to yield no null is no promise for rows to come.
    let columns = if from_query { nullable(&columns, &form.columns) } else { columns };
    let declared = &parsed.declared;
    let order = partitions::order(&columns, &declared.partitions)?;
    let columns = Arc::new(columns.project(&order).map_err(|e| of_datafusion(e.into()))?);
    let provenance = write::provenance(session, &context.id);
    alter::check_plan(&context, &columns, &declared.checks)?;
    let unnamed = Unnamed::new(session, &name, columns.clone(), declared.clone()).await?;
    let unnamed = if form.or_replace { unnamed.replacing() } else { unnamed };
    let unnamed = unnamed.made_of(lineage::rows(session, &context, &name, &found, true));
    let files = match from_query {
        true => {
            let input = write::cast(partitions::reordered(input, &order)?, &columns)?;
            let columns = Columns { checks: declared.checks.clone(), ..Columns::new(&columns, &declared.partitions) };
            write::write(session, context, input, &unnamed.location, &name, columns).await?
        }
        false => Files::default(),
    };
    let rows = from_query.then_some(files.rows);
    unnamed.commit(files, provenance).await?;
    Ok(Done { command: "CREATE TABLE", rows })
}

/// Only columns that the statement itself declares so must not be null.
pub(super) fn nullable(schema: &Schema, declared: &[ColumnDef]) -> SchemaRef {
    let is_required = |column: &&ColumnDef| column.options.iter().any(|option| option.option == ColumnOption::NotNull);
    let required: HashSet<String> = declared.iter().filter(is_required).map(|column| fold(&column.name)).collect();
    let fields =
        schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(!required.contains(field.name())));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A table that is being made: a directory without a name. Unless it gets its name, what was written there goes.
pub(super) struct Unnamed {
    session: Session,
    name: TableName,
    columns: SchemaRef,
    declared: Declared,
    pub location: String,
    /// Whether it takes the place of a table that has the name.
    replaces: bool,
    /// What its columns come from.
    sources: Vec<LineageRow>,
    /// How it was fitted, if it is a model.
    fit: Option<FitRow>,
    named: bool,
    /// Until it is dropped, nobody takes the directory for one that was left over.
    made: Option<Made>,
}

impl Unnamed {
    /// Says in the state database which directory it will be, so that it is known should this process end.
    pub async fn new(session: &Session, name: &TableName, columns: SchemaRef, declared: Declared) -> Result<Self> {
        let engine = session.engine();
        let location = engine.new_location(name.schema(), name.table())?;
        let made = Some(engine.making().begin(&location));
        let (owner, now) = (&session.principal().name, engine.clock().now());
        engine.state().begin_directory(&location, name, owner, now).await?;
        let (session, name) = (session.clone(), name.clone());
        Ok(Self {
            session,
            name,
            columns,
            declared,
            location,
            replaces: false,
            sources: Vec::new(),
            fit: None,
            named: false,
            made,
        })
    }

    /// The same, made of others.
    pub fn made_of(mut self, sources: Vec<LineageRow>) -> Self {
        self.sources = sources;
        self
    }

    /// The same, as a model.
    pub fn fitted(mut self, fit: FitRow) -> Self {
        self.fit = Some(fit);
        self
    }

    /// The same, but a table that has the name then goes as if it were dropped, in the moment in which this one gets it.
    pub fn replacing(mut self) -> Self {
        self.replaces = true;
        self
    }

    /// Makes the table with its first files in one commit (with constraints, a key or comments in a second one) and gives it its
    /// name; goes on to the end even if whoever waits for it goes away.
    pub async fn commit(self, files: Files, provenance: Provenance) -> Result<()> {
        write::to_the_end(async move {
            let mut unnamed = self;
            let log = unnamed.session.engine().lake().log(&unnamed.location)?;
            let (columns, partitions) = (unnamed.columns.clone(), unnamed.declared.partitions.as_slice());
            let made = commit::create(log.clone(), unnamed.name.table(), columns, partitions, files, &provenance).await;
            let engine = unnamed.session.engine();
            let told = |e| engine.unless_lost(of_delta(e, &unnamed.name.to_string()));
            made.map_err(told)?;
            if !unnamed.declared.is_plain() {
                alter::define(&log, &unnamed.declared, &provenance).await.map_err(told)?;
            }
            let Self { session, name, location, sources, fit, .. } = &unnamed;
            let kind = if fit.is_some() { ObjectKind::Model } else { ObjectKind::Table };
            if let Some(fit) = fit {
                session.engine().state().note_fit(fit).await?;
            }
            let named = match unnamed.replaces {
                true => replace(session, name, location, sources).await,
                false => register(session, name, kind, location, sources).await,
            };
            // A database that did not answer may have taken the name. The sweep finds out whether it has.
            unnamed.named = named.as_ref().map_or_else(|error| error.code == Code::STORE_UNAVAILABLE, |()| true);
            named
        })
        .await
    }
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.named {
            return;
        }
        let (session, location, made) = (self.session.clone(), std::mem::take(&mut self.location), self.made.take());
        runtime.spawn(async move {
            let engine = session.engine();
            let discarded = match engine.lake().discard(&location).await {
                Ok(()) => engine.state().forget_directory(&location).await,
                failed => failed,
            };
            if let Err(left) = discarded {
                tracing::warn!(location, error = %left, "a table that was not made is left to the sweep");
            }
            std::mem::drop(made);
        });
    }
}

/// The statement, without options that would be dropped silently by the planner.
pub(super) fn form(parsed: &Parsed) -> Result<&CreateTable> {
    let not = || Error::new(Code::INTERNAL, "not a CREATE TABLE");
    let Statement::Statement(sql) = &parsed.statement else { return Err(not()) };
    let Sql::CreateTable(create) = sql.as_ref() else { return Err(not()) };
    let CreateTable { or_replace, if_not_exists, temporary, external, transient, like, clone, inherits, .. } = create;
    let found = [
        (*or_replace && *if_not_exists, "OR REPLACE and IF NOT EXISTS"),
        (*temporary, "TEMPORARY"),
        (*external, "EXTERNAL"),
        (*transient, "TRANSIENT"),
        (like.is_some(), "LIKE"),
        (clone.is_some(), "CLONE"),
        (inherits.is_some(), "INHERITS"),
    ];
    create.columns.iter().try_for_each(lengths::check_column)?;
    match found.iter().find(|(present, _)| *present) {
        Some((_, what)) => {
            let made = if parsed.is_of_model { "MODEL" } else { "TABLE" };
            Err(Error::new(Code::UNSUPPORTED_STATEMENT, format!("CREATE {made} with {what} is not supported")))
        }
        None => Ok(create),
    }
}

/// Whether `name` can be made: true if it is free, false if it is taken and that is no error.
pub(super) fn check_free(session: &Session, name: &TableName, if_not_exists: bool) -> Result<bool> {
    schema::check_reserved(session, name.schema())?;
    let names = session.names();
    if names.schema(name.schema()).is_none() {
        let error = Error::new(Code::UNKNOWN_SCHEMA, format!("unknown schema `{}`", name.schema()));
        let error = error.with_suggestion(name.schema(), names.schemas());
        let hint = error.hint.clone().unwrap_or_else(|| format!("make it with `CREATE SCHEMA {}`", name.schema()));
        return Err(error.with_hint(hint));
    }
    match (names.object(name), if_not_exists) {
        (None, _) if name.schema() == DEFAULT_SCHEMA => Ok(true),
        (None, _) => {
            let owner = names.schema(name.schema()).map(|schema| schema.owner.clone()).unwrap_or_default();
            require_owner(session, &owner, name.schema()).map(|()| true)
        }
        (Some(_), true) => Ok(false),
        (Some(found), false) => Err(exists(name, found.kind)),
    }
}

/// Whether this session may make `name` a table, be it free or the name of one.
pub(super) fn check_replaceable(session: &Session, name: &TableName) -> Result<()> {
    schema::check_reserved(session, name.schema())?;
    match session.names().object(name) {
        Some(object) if object.kind == ObjectKind::Table => require_manager(session, object),
        _ => check_free(session, name, false).map(|_| ()),
    }
}

/// Gives a finished table the name of another one, which keeps its owner. The other one's files are kept as those of one that was
/// dropped.
async fn replace(session: &Session, name: &TableName, location: &str, sources: &[LineageRow]) -> Result<()> {
    let engine = session.engine();
    let guard = engine.change_names().await;
    // Someone else may have taken the name since.
    let names = engine.names();
    let owner = match names.object(name) {
        Some(object) => {
            if session.names().object(name).is_none() {
                return Err(exists(name, object.kind));
            }
            require_manager(session, object)?;
            session.access().require_change(object)?;
            &object.owner
        }
        None => &session.principal().name,
    };
    let owner = owner.clone();
    let now = engine.clock().now();
    let (kind, definition) = (ObjectKind::Table, location.to_owned());
    let row = ObjectRow { name: name.clone(), kind, definition, owner, created_at: now };
    if !engine.state().replace_table_from(&row, sources, now, engine.keep_dropped()).await? {
        let taken = engine.names().object(name).map_or(ObjectKind::View, |object| object.kind);
        return Err(exists(name, taken));
    }
    // As for a new one.
    if let Err(error) = engine.reload_names().await {
        tracing::error!(%name, %error, "names could not be read again; the next change of names reads them");
    }
    std::mem::drop(guard);
    Ok(())
}

/// Gives a finished object its name, and says what it comes from.
pub(super) async fn register(
    session: &Session,
    name: &TableName,
    kind: ObjectKind,
    definition: &str,
    sources: &[LineageRow],
) -> Result<()> {
    let engine = session.engine();
    let guard = engine.change_names().await;
    let row = ObjectRow {
        name: name.clone(),
        kind,
        definition: definition.to_owned(),
        owner: session.principal().name.clone(),
        created_at: engine.clock().now(),
    };
    if !engine.state().insert_object_from(&row, sources).await? {
        return Err(exists(name, kind));
    }
    // The object is there from here on: its caller would remove its files on an error.
    if let Err(error) = engine.reload_names().await {
        tracing::error!(%name, %error, "names could not be read again; the next change of names reads them");
    }
    std::mem::drop(guard);
    Ok(())
}

fn exists(name: &TableName, kind: ObjectKind) -> Error {
    let what = called(kind);
    Error::new(Code::TABLE_EXISTS, format!("{what} `{name}` exists already"))
        .with_hint(format!("drop it first, or write `CREATE {} IF NOT EXISTS`", what.to_uppercase()))
}

/// What statements call objects of a kind.
fn called(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::View => "view",
        ObjectKind::Model => "model",
        ObjectKind::Table | ObjectKind::Parquet | ObjectKind::Delta => "table",
    }
}

/// Drops tables, models or views, all of them or none. The names go at once; files are kept for a time, unless `PURGE` says otherwise.
pub async fn drop(session: &Session, statement: &Sql, is_of_model: bool) -> Result<Done> {
    let Sql::Drop { object_type, if_exists, names, cascade, purge, .. } = statement else {
        return Err(Error::new(Code::INTERNAL, "not a DROP"));
    };
    if *cascade {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "DROP … CASCADE is not supported"));
    }
    let (what, command) = match (object_type, is_of_model) {
        (ObjectType::View, _) => ("view", "DROP VIEW"),
        (_, true) => ("model", "DROP MODEL"),
        (_, false) => ("table", "DROP TABLE"),
    };
    let engine = session.engine();
    let keep = if *purge { Duration::ZERO } else { engine.keep_dropped() };
    let guard = engine.change_names().await;
    let mut objects: Vec<ObjectRow> = Vec::new();
    for name in names {
        objects.extend(droppable(session, &table_name(session, &reference(name)?)?, what, *if_exists)?);
    }
    let names: Vec<_> = objects.iter().map(|object| object.name.clone()).collect();
    let deleted = engine.state().delete_objects(&names, engine.clock().now(), keep).await;
    // Without an answer they may be gone all the same.
    let reloaded = engine.reload_names().await;
    std::mem::drop(guard);
    deleted.and(reloaded)?;
    for object in objects.iter().filter(|object| object.kind.is_in_lake() && keep.is_zero()) {
        if let Err(error) = sweep::remove(engine, &object.definition).await {
            tracing::warn!(directory = object.definition, %error, "files of a dropped table are left to the sweep");
        }
    }
    Ok(Done { command, rows: None })
}

/// The object of that name, if this session may drop it; none if it is not there and need not be.
fn droppable(session: &Session, name: &TableName, what: &str, if_exists: bool) -> Result<Option<ObjectRow>> {
    let names = session.manageable();
    let Some(object) = names.object(name).cloned() else {
        return if if_exists { Ok(None) } else { Err(names.unknown_table(&name.to_string())) };
    };
    let is = called(object.kind);
    if is != what {
        let verb = format!("use `DROP {}`", is.to_uppercase());
        return Err(Error::new(Code::UNKNOWN_TABLE, format!("`{name}` is a {is}")).with_hint(verb));
    }
    require_manager(session, &object)?;
    Ok(Some(object))
}

/// Only the owner and system administrators change what an object is; of a table with a contract the latter alone, since the contract
/// says what it is.
pub(super) fn require_manager(session: &Session, object: &ObjectRow) -> Result<()> {
    if session.engine().contracts().snapshot.dataset(&object.name).is_some() {
        return session
            .principal()
            .require(Office::System, &format!("change what `{}` is: it has a contract", object.name));
    }
    require_owner(session, &object.owner, &object.name.to_string())
}

/// Only the owner and system administrators change an object.
pub(super) fn require_owner(session: &Session, owner: &str, what: &str) -> Result<()> {
    let principal = session.principal();
    if principal.holds(Office::System) || principal.name == owner {
        return Ok(());
    }
    Err(Error::new(Code::PERMISSION_DENIED, format!("`{what}` belongs to `{owner}`"))
        .with_hint("ask its owner or an administrator"))
}
