//! Table functions over relations: `forecast(TABLE macro.indicator, time => month, value => v, horizon => 12)`.
//!
//! Each is another way of writing a query. The text is rewritten before it is planned: what runs are ordinary operators, which the
//! cluster spreads and which see of a table what whoever asks may see.

mod call;
mod disclosure;
mod linkage;
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
}

/// All of them.
static FUNCTIONS: [Function; 10] = [
    Function { name: "forecast", query: |given| series::query(&series::FORECAST, given) },
    Function { name: "backtest", query: |given| series::query(&series::BACKTEST, given) },
    Function { name: "decompose", query: |given| series::query(&series::DECOMPOSE, given) },
    Function { name: "changepoints", query: |given| series::query(&series::CHANGEPOINTS, given) },
    Function { name: "turning_points", query: |given| series::query(&series::TURNING_POINTS, given) },
    Function { name: "features", query: |given| series::query(&series::FEATURES, given) },
    Function { name: "link", query: linkage::link },
    Function { name: "link_block", query: linkage::block },
    Function { name: "link_train", query: linkage::train },
    Function { name: "sdc_table", query: disclosure::table },
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
