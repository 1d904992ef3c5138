//! `CREATE [OR REPLACE] MODEL m AS SELECT …` and `DROP MODEL m`: what was fitted from data, kept with how it was made.
//!
//! A model is a table of the lake whose rows one query makes, and which changes only as a whole: each fit is a version of it, so an older
//! one is read with `VERSION AS OF`. How each version was made is kept with the state, and listed in `huitong.models`. The statements are
//! those of tables in other words, and are spelled so before they are parsed.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, Schema, SchemaRef};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::sqlparser::ast::{CreateTable, Expr, visit_expressions};
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};
use deltalake_core::protocol::{DeltaOperation, SaveMode};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use huitong_catalog::names::TableName;
use huitong_catalog::state::{FitInput, FitRow, LineageRow, ObjectKind, ObjectRow};
use huitong_catalog::{Code, Error, Result};

use super::declared::Declared;
use super::replace::{self, Change, Target};
use super::settings::fold;
use super::table::{self, Unnamed};
use super::write::{self, Columns};
use super::{Parsed, bind, reference, table_name};
use crate::dialect;
use crate::error::of_datafusion;
use crate::lineage::{self, Found};
use crate::session::{Answer, Done, Session, StatementContext};
use crate::spelled::{quoted, quoted_table};
use crate::tables::scan::TableScan;
use crate::tables::version::TableVersion;
use crate::write::commit::Committed;

/// What fits models, and the kind of model that it fits.
const FITTERS: [(&str, &str); 3] = [("ts_fit", "forecast"), ("ts_update", "forecast"), ("link_fit", LINKAGE)];
const LINKAGE: &str = "linkage";
/// A model's column with how good each of its rows is.
const ACCURACY: &str = "accuracy";
const CREATED: &str = "CREATE MODEL";

/// Spells a statement about a model as one about a table; false, and nothing is changed, if it is another one.
pub fn spell(tokens: &mut [TokenWithSpan]) -> bool {
    let words: Vec<usize> =
        (0..tokens.len()).filter(|at| !matches!(tokens[*at].token, Token::Whitespace(_))).take(4).collect();
    let is = |at: usize, word: &str| {
        let token = words.get(at).map(|at| &tokens[*at].token);
        matches!(token, Some(Token::Word(found)) if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
    };
    let place = if is(0, "CREATE") && is(1, "OR") && is(2, "REPLACE") { 3 } else { 1 };
    if !(is(0, "CREATE") || is(0, "DROP")) || !is(place, "MODEL") {
        return false;
    }
    tokens[words[place]].token = Token::make_keyword("TABLE");
    true
}

/// A fit that is about to be kept.
struct Fit {
    name: TableName,
    columns: SchemaRef,
    input: LogicalPlan,
    context: StatementContext,
    sources: Vec<LineageRow>,
    /// Without what is known when it is written.
    row: FitRow,
}

/// Fits a model and keeps it under its name. Of one that is there, if it may be replaced, the fit becomes the newest version.
pub async fn create(session: &Session, parsed: &Parsed) -> Result<Done> {
    let form = table::form(parsed)?;
    let kind = kind(form, &parsed.declared)?;
    let name = table_name(session, &reference(&form.name)?)?;
    // Before anything is read: the fit takes the place of this version and of no later one.
    let existing = existing(session, &name, form.or_replace).await?;
    let context = session.statement_context()?;
    let planned = context.plan(parsed).await?;
    let LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(made)) = &planned else {
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, "this form of CREATE MODEL is not supported"));
    };
    if existing.is_none() && !table::check_free(session, &name, made.if_not_exists)? {
        return Ok(Done { command: CREATED, rows: None });
    }
    let input = made.input.as_ref().clone();
    let columns = table::nullable(write::stored_schema(input.schema().as_arrow())?.as_ref(), &[]);
    check_columns(&columns, kind)?;
    let found = lineage::of_plan(&context, &planned, async |closed| closed.plan(parsed).await).await;
    let sources = lineage::rows(session, &context, &name, &found, true);
    let row = FitRow {
        location: String::new(),
        version: 0,
        kind: kind.to_owned(),
        specification: specification(parsed)?,
        inputs: inputs(&context, &name, &found).await,
        members: 0,
        accuracy: None,
        made_by: session.principal().name.clone(),
        made_at: session.engine().clock().now(),
    };
    let fit = Fit { name, columns, input, context, sources, row };
    let (fitted, columns) = match existing {
        None => fit.first(session).await?,
        Some((object, version)) => fit.again(session, object, version).await?,
    };
    if let Err(error) = measure(session, &fitted, &columns).await {
        // It is fitted all the same.
        tracing::warn!(%error, location = fitted.location, version = fitted.version, "how good a fit is, is not known");
    }
    Ok(Done { command: CREATED, rows: u64::try_from(fitted.members).ok() })
}

/// The tables that were read. The model itself was opened, too, and is one of them only where the query names it.
async fn inputs(context: &StatementContext, model: &TableName, found: &Found) -> Vec<FitInput> {
    let reads_itself = found.0.values().flat_map(BTreeMap::keys).any(|source| source.table == *model);
    let mut read = context.catalog.versions().await;
    read.retain(|input| reads_itself || input.table != model.to_string());
    read
}

/// What kind of model a statement fits; refuses one that fits none, or says what a model has not.
fn kind(form: &CreateTable, declared: &Declared) -> Result<&'static str> {
    let refused = |what: &str| {
        Error::new(Code::UNSUPPORTED_STATEMENT, format!("a model {what}"))
            .with_hint("write `CREATE MODEL name AS SELECT key, ts_fit(time, value) AS model FROM … GROUP BY key`")
    };
    let Some(query) = form.query.as_deref().filter(|_| form.columns.is_empty()) else {
        return Err(refused("is what a query fits, and has the columns of that"));
    };
    if *declared != Declared::default() {
        return Err(refused("has no partitions, constraints and comments"));
    }
    let found = visit_expressions(query, |expression: &Expr| {
        let name = match expression {
            Expr::Function(function) => function.name.0.last().and_then(|part| part.as_ident()).map(fold),
            _ => None,
        };
        match FITTERS.iter().find(|(function, _)| name.as_deref() == Some(*function)) {
            Some((_, kind)) => ControlFlow::Break(*kind),
            None => ControlFlow::Continue(()),
        }
    });
    let fitters = FITTERS.map(|(name, _)| format!("`{name}`")).join(", ");
    found.break_value().ok_or_else(|| refused(&format!("is made by a function that fits one: {fitters}")))
}

/// The model of that name with its newest version, if it is there and is to be fitted anew: a change of all of its rows, and of nothing that
/// it is.
async fn existing(
    session: &Session,
    name: &TableName,
    or_replace: bool,
) -> Result<Option<(ObjectRow, Arc<TableVersion>)>> {
    let names = session.names();
    let Some(object) = names.object(name).filter(|object| or_replace && object.kind == ObjectKind::Model) else {
        return Ok(None);
    };
    session.access().require_change(object)?;
    let version = session.engine().lake().newest(&object.definition, &name.to_string()).await?;
    write::check_writable(&version, name)?;
    Ok(Some((object.clone(), version)))
}

/// The statement as it was written, or with its values where these were bound.
fn specification(parsed: &Parsed) -> Result<String> {
    let is_bound = bind::number(&mut dialect::tokens(&parsed.sql)?)? > 0;
    Ok(match is_bound {
        true => parsed.statement.to_string().replacen("TABLE", "MODEL", 1),
        false => parsed.sql.trim().trim_end_matches(';').to_owned(),
    })
}

/// What was fitted is binary, of linkage a text.
fn check_columns(columns: &Schema, kind: &str) -> Result<()> {
    // Models of linkage are JSON, for people to read.
    let holds = |of: &DataType| if kind == LINKAGE { of.is_string() } else { of.is_binary() };
    match columns.fields().iter().any(|field| holds(field.data_type())) {
        true => Ok(()),
        false => Err(Error::new(Code::TYPE_MISMATCH, "no column of the model holds what was fitted")
            .with_hint("what the fitting function answers is a column of the model, such as `ts_fit(…) AS model` or `link_train`'s `model`")),
    }
}

impl Fit {
    /// Under a new name.
    async fn first(self, session: &Session) -> Result<(FitRow, SchemaRef)> {
        let Self { name, columns, input, context, sources, mut row } = self;
        let provenance = write::provenance(session, &context.id);
        let unnamed = Unnamed::new(session, &name, columns.clone(), Declared::default()).await?.made_of(sources);
        let input = write::cast(input, &columns)?;
        let files =
            write::write(session, context, input, &unnamed.location, &name, Columns::new(&columns, &[])).await?;
        row.location = unnamed.location.clone();
        row.members = members(files.rows);
        unnamed.fitted(row.clone()).commit(files, provenance).await?;
        Ok((row, columns))
    }

    /// As the newest version of a model that has these columns.
    async fn again(
        self,
        session: &Session,
        object: ObjectRow,
        version: Arc<TableVersion>,
    ) -> Result<(FitRow, SchemaRef)> {
        let Self { name, columns, input, context, sources, mut row } = self;
        let engine = session.engine();
        if version.schema != columns {
            let text = format!("model `{name}` has other columns: {}", spelled(&version.schema));
            return Err(Error::new(Code::TYPE_MISMATCH, text)
                .with_hint("fit it with these columns, or write `DROP MODEL` first"));
        }
        let provenance = write::provenance(session, &context.id);
        let input = write::cast(input, &columns)?;
        let written = write::write(session, context, input, &object.definition, &name, Columns::of(&version));
        let added = written.await?;
        (row.location, row.members) = (object.definition.clone(), members(added.rows));
        lineage::extend(session, sources).await?;
        let touched: BTreeMap<usize, u64> = (0..version.files.len()).map(|file| (file, 0)).collect();
        let operation = DeltaOperation::Write { mode: SaveMode::Overwrite, partition_by: None, predicate: None };
        let (scan, rows) = (TableScan::new(version, engine.lake().store_url()), added.rows);
        let change = Change { target: Target::of_model(name, object, scan), touched, added, rows, operation };
        let (session, noted) = (session.clone(), row.clone());
        // A client that hangs up must not leave a version of which nobody knows how it was made.
        let version = write::to_the_end(async move {
            let name = change.target.name.clone();
            match replace::commit(&session, change, provenance).await? {
                Committed::As(version) => {
                    let version = i64::try_from(version).unwrap_or(i64::MAX);
                    session.engine().state().note_fit(&FitRow { version, ..noted }).await?;
                    Ok(version)
                }
                Committed::Overtaken => Err(Error::new(
                    Code::COMMIT_CONFLICT,
                    format!("somebody else has fitted or cleaned model `{name}` meanwhile"),
                )
                .with_hint("nothing was changed; look at huitong.models before you fit it again")),
            }
        });
        row.version = version.await?;
        Ok((row, columns))
    }
}

fn members(rows: u64) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

fn spelled(columns: &Schema) -> String {
    let column = |field: &Arc<Field>| format!("{} {}", field.name(), field.data_type());
    columns.fields().iter().map(column).collect::<Vec<_>>().join(", ")
}

/// Notes how good a fit is, if its rows say.
async fn measure(session: &Session, fit: &FitRow, columns: &Schema) -> Result<()> {
    let names = session.engine().names();
    let is_number = columns.field_with_name(ACCURACY).is_ok_and(|field| field.data_type().is_numeric());
    let Some(model) = names.objects().find(|object| object.definition == fit.location).filter(|_| is_number) else {
        return Ok(());
    };
    let (table, column) = (quoted_table(&model.name), quoted(ACCURACY));
    let mean = format!("SELECT avg(CAST({column} AS DOUBLE)) FROM {table} VERSION AS OF {}", fit.version);
    let accuracy = number(session, &mean).await?.filter(|mean| mean.is_finite());
    session.engine().state().note_fit(&FitRow { accuracy, ..fit.clone() }).await
}

/// The number that a query has. (Boxed: it is a statement inside of one.)
fn number<'a>(session: &'a Session, sql: &'a str) -> BoxFuture<'a, Result<Option<f64>>> {
    Box::pin(async move {
        let Answer::Rows(rows) = session.execute(sql).await? else {
            return Err(Error::new(Code::INTERNAL, "a question about a model is no query"));
        };
        let batches: Vec<RecordBatch> = rows.stream.try_collect().await.map_err(of_datafusion)?;
        let first = batches.iter().find(|batch| batch.num_rows() > 0).map(|batch| batch.column(0));
        let numbers = first.filter(|column| *column.data_type() == DataType::Float64 && column.is_valid(0));
        Ok(numbers.map(|column| column.as_primitive::<Float64Type>().value(0)))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::statement::parse;

    #[test]
    fn models_are_spelled_as_tables() {
        for sql in [
            "CREATE MODEL m AS SELECT ts_fit(t, v) AS model FROM x",
            "create or replace /* 模型 */ model 宏观.m AS SELECT k, TS_FIT(t, v) FROM x GROUP BY k",
            "CREATE MODEL IF NOT EXISTS m AS SELECT ts_update(m.model, t, v) AS m FROM x",
        ] {
            let parsed = parse(sql).unwrap();
            assert!(parsed.is_of_model, "{sql}");
            assert_eq!(kind(table::form(&parsed).unwrap(), &parsed.declared).unwrap(), "forecast", "{sql}");
        }
        assert!(parse("DROP MODEL IF EXISTS a, b").unwrap().is_of_model);
        for sql in ["CREATE TABLE model AS SELECT 1", "DROP TABLE model", "SELECT 'create model'"] {
            assert!(!parse(sql).unwrap().is_of_model, "{sql}");
        }
        let distinct: HashSet<_> = FITTERS.iter().map(|(name, _)| name).collect();
        assert_eq!(distinct.len(), FITTERS.len());
    }

    #[test]
    fn what_fits_nothing_is_no_model() {
        for sql in [
            "CREATE MODEL m AS SELECT 1 AS a",
            "CREATE MODEL m (a INT)",
            "CREATE MODEL m PARTITIONED BY (k) AS SELECT k, ts_fit(t, v) AS f FROM x GROUP BY k",
            "CREATE MODEL m COMMENT 'x' AS SELECT ts_fit(t, v) AS f FROM x",
        ] {
            let refused = parse(sql).and_then(|parsed| kind(table::form(&parsed)?, &parsed.declared).map(drop));
            let code = refused.map_err(|error| error.code);
            assert!(
                matches!(code, Err(code) if code == Code::UNSUPPORTED_STATEMENT || code == Code::SYNTAX),
                "{sql}: {code:?}"
            );
        }
    }
}
