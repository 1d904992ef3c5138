//! What a statement asks for and answers, before it has values.

use std::collections::HashMap;

use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as Sql;
use huitong_catalog::Result;

use super::{Parsed, Prepared, bind, prepare};
use crate::error::of_datafusion;
use crate::session::Session;

/// A statement's columns and parameters.
#[derive(Debug, Clone)]
pub struct Described {
    /// Columns of the answer, if values of the parameters' types are bound; none of a command.
    pub schema: Option<SchemaRef>,
    /// Types of `$1`, `$2`, …; text where the statement does not say.
    pub parameters: Vec<DataType>,
}

/// Plans a statement as far as it goes without values. `given` are types that the client says, by number.
pub async fn describe(session: &Session, parsed: Parsed, given: &[Option<DataType>]) -> Result<Described> {
    let (limits, casts) = (bind::limits(&parsed), bind::casts(&parsed));
    let (as_values, lists) = bind::lists_as_values(&parsed);
    let known = known(session, &as_values).await;
    let kind = |number: usize| match (given.get(number - 1), known.get(&format!("${number}"))) {
        (Some(Some(kind)), _) => kind.clone(),
        (_, Some(Some(kind))) if lists.contains(&number) => bind::list_of(plain(kind)),
        (_, Some(Some(kind))) => plain(kind),
        _ if lists.contains(&number) && !casts.contains_key(&number) => bind::list_of(DataType::Utf8),
        _ if casts.contains_key(&number) => casts[&number].clone(),
        _ if limits.contains(&number) => DataType::Int64,
        _ => DataType::Utf8,
    };
    let parameters: Vec<_> = (1..=parsed.parameters).map(kind).collect();
    let example = |(number, kind): (usize, &DataType)| match limits.contains(&number) {
        true => Ok(ScalarValue::Int64(Some(0))),
        false => ScalarValue::try_from(kind).map_err(of_datafusion),
    };
    let examples = (1..).zip(&parameters).map(example).collect::<Result<Vec<_>>>()?;
    let schema = match prepare(session, bind(parsed, &examples)?).await? {
        Prepared::Query(planned) => Some(planned.certain_schema()),
        Prepared::Command(_) => None,
    };
    Ok(Described { schema, parameters })
}

/// Types of parameters that the planner knows. What it cannot plan without values is planned with them, and told then.
async fn known(session: &Session, parsed: &Parsed) -> HashMap<String, Option<DataType>> {
    let is_planned = matches!(&parsed.statement, Statement::Statement(sql)
        if matches!(sql.as_ref(), Sql::Query(_) | Sql::Insert(_) | Sql::Update(_) | Sql::Delete(_)));
    if parsed.parameters == 0 || parsed.own.is_some() || !is_planned {
        return HashMap::new();
    }
    let Ok(context) = session.statement_context() else { return HashMap::new() };
    let plan = context.plan(parsed).await.ok();
    plan.and_then(|plan| plan.get_parameter_types().ok()).unwrap_or_default()
}

/// A type as every client can bind it.
fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Utf8View | DataType::LargeUtf8 | DataType::Null => DataType::Utf8,
        DataType::BinaryView | DataType::LargeBinary => DataType::Binary,
        DataType::Dictionary(_, value) => plain(value),
        DataType::List(item) | DataType::LargeList(item) if !item.data_type().is_nested() => {
            bind::list_of(plain(item.data_type()))
        }
        other if other.is_nested() => DataType::Utf8,
        other => other.clone(),
    }
}
