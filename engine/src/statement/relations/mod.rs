//! Table functions over relations: `forecast(TABLE macro.indicator, time => month, value => v, horizon => 12)`.
//!
//! Each is another way of writing a query. The text is rewritten before it is planned: what runs are ordinary operators, which the
//! cluster spreads and which see of a table what whoever asks may see.

mod call;
mod disclosure;
mod duplicates;
mod linkage;
pub mod saved;
mod series;
mod spelling;
mod template;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    FunctionArg, Ident, ObjectName, ObjectNamePart, Query, TableAlias, TableFactor, VisitMut, VisitorMut,
};
use huitong_catalog::{Code, Error, Result};

use super::settings::fold;
pub use spelling::spell;

/// A table function over relations.
struct Function {
    name: &'static str,
    /// The query that a call means.
    query: fn(&[FunctionArg]) -> Result<Query>,
    /// Whether its `model` may be the name of a saved one.
    takes_models: bool,
}

const fn function_of(name: &'static str, query: fn(&[FunctionArg]) -> Result<Query>) -> Function {
    Function { name, query, takes_models: false }
}

/// All of them.
static FUNCTIONS: [Function; 14] = [
    function_of("forecast", |given| series::query(&series::FORECAST, given)),
    function_of("backtest", |given| series::query(&series::BACKTEST, given)),
    function_of("decompose", |given| series::query(&series::DECOMPOSE, given)),
    function_of("changepoints", |given| series::query(&series::CHANGEPOINTS, given)),
    function_of("turning_points", |given| series::query(&series::TURNING_POINTS, given)),
    function_of("features", |given| series::query(&series::FEATURES, given)),
    Function { name: "link", query: linkage::link, takes_models: true },
    function_of("link_block", linkage::block),
    function_of("link_train", linkage::train),
    function_of("one_to_one", |given| linkage::edges::query(&linkage::edges::ONE_TO_ONE, given)),
    function_of("connected_components", |given| linkage::edges::query(&linkage::edges::CONNECTED_COMPONENTS, given)),
    function_of("duplicate_pairs", duplicates::pairs),
    function_of("duplicate_groups", duplicates::groups),
    function_of("sdc_table", disclosure::table),
];

/// Puts the queries in the place of these functions, wherever they stand.
pub fn open(statement: &mut impl VisitMut) -> Result<()> {
    match VisitMut::visit(statement, &mut Opener) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Opener;

impl VisitorMut for Opener {
    type Break = Error;

    /// A relation may hold such functions itself, and is visited before.
    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Error> {
        match opened(factor) {
            Ok(None) => ControlFlow::Continue(()),
            Ok(Some(query)) => {
                *factor = query;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The query that a function means; none for what is none of these.
fn opened(factor: &TableFactor) -> Result<Option<TableFactor>> {
    let (name, arguments, alias, is_plain): (_, &[FunctionArg], _, _) = match factor {
        TableFactor::Table { name, args: Some(arguments), alias, with_ordinality, sample, .. } => {
            (name, &arguments.args, alias, !with_ordinality && sample.is_none())
        }
        TableFactor::Function { name, args, alias, lateral, with_ordinality } => {
            (name, args, alias, !lateral && !with_ordinality)
        }
        _ => return Ok(None),
    };
    let Some(function) = function(name) else { return Ok(None) };
    if !is_plain {
        let text = format!("{} takes no LATERAL, WITH ORDINALITY and TABLESAMPLE", function.name);
        return Err(Error::new(Code::UNSUPPORTED_STATEMENT, text));
    }
    if function.takes_models && saved::model(arguments).is_some() {
        return Ok(None);
    }
    let query = (function.query)(arguments)?;
    let alias = alias.clone().unwrap_or_else(|| named(function.name));
    Ok(Some(TableFactor::Derived { lateral: false, subquery: Box::new(query), alias: Some(alias), sample: None }))
}

fn function(name: &ObjectName) -> Option<&'static Function> {
    let [ObjectNamePart::Identifier(name)] = name.0.as_slice() else { return None };
    let name = fold(name);
    FUNCTIONS.iter().find(|function| function.name == name)
}

fn named(name: &str) -> TableAlias {
    TableAlias { explicit: true, name: Ident::new(name), columns: Vec::new(), at: None }
}

#[cfg(test)]
mod tests;
