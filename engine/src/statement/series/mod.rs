//! Table functions over relations of time series: `forecast(TABLE macro.indicator, time => month, value => v, horizon => 12)`.
//!
//! Each is another way of writing a query with an aggregate of time series, one group to a series, whose list becomes rows. The text is
//! rewritten before it is planned: what runs are ordinary operators, which the cluster spreads and which see of a table what whoever asks
//! may see.

mod arguments;
mod functions;
mod spelling;

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, GroupByExpr, Ident, ObjectName, ObjectNamePart, Query, Select, SelectItem, SetExpr, Statement,
    TableAlias, TableFactor, Value, VisitMut, VisitorMut,
};
use huitong_catalog::{Code, Error, Result};

use super::bind::function as call;
use super::settings::fold;
use arguments::Arguments;
use functions::{FUNCTIONS, Function};
pub use spelling::spell;

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

    /// The relation may hold such functions itself, and is visited before.
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
    let query = query(Arguments::read(function, arguments)?)?;
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

/// `SELECT by, rows.… FROM (SELECT by, unnest(aggregate(time, value, …)) FROM relation GROUP BY by)`.
fn query(arguments: Arguments) -> Result<Query> {
    let Arguments { function, relation, time, by, values } = &arguments;
    let rows = Ident::with_quote('"', "row of series");
    let keys: Vec<Ident> = by.iter().map(|key| key.name.clone()).collect();
    let list = call(function.aggregate, values.clone());
    let unnested = aliased(call("unnest", vec![list]), &rows);
    let grouped = by.iter().map(|key| aliased(key.expression.clone(), &key.name)).chain([unnested]);
    let mut inner = template()?;
    let select = select(&mut inner)?;
    select.projection = grouped.collect();
    select.group_by = GroupByExpr::Expressions(by.iter().map(|key| key.expression.clone()).collect(), Vec::new());
    from(select, relation.clone(), "series");
    let mut outer = template()?;
    let select = self::select(&mut outer)?;
    let columns = function.columns.iter().map(|column| {
        let name = if *column == TIME { time.name.clone() } else { Ident::new(*column) };
        aliased(field(&rows, column), &name)
    });
    select.projection =
        keys.iter().map(|key| SelectItem::UnnamedExpr(Expr::Identifier(key.clone()))).chain(columns).collect();
    from(select, inner, "series");
    Ok(outer)
}

/// The field of a row that is its time, which goes by the name that the relation has for it.
const TIME: &str = "ts";

/// A query of which parts are put in; written by the parser, since its parts are many.
fn template() -> Result<Query> {
    let parsed = super::peek("SELECT 0 FROM (SELECT 0) AS series");
    match parsed {
        Some(Statement::Query(query)) => Ok(*query),
        _ => Err(Error::new(Code::INTERNAL, "the query of a table function cannot be written")),
    }
}

fn select(query: &mut Query) -> Result<&mut Select> {
    match query.body.as_mut() {
        SetExpr::Select(select) => Ok(select),
        _ => Err(Error::new(Code::INTERNAL, "the query of a table function cannot be written")),
    }
}

fn from(select: &mut Select, query: Query, name: &str) {
    let derived =
        TableFactor::Derived { lateral: false, subquery: Box::new(query), alias: Some(named(name)), sample: None };
    if let Some(first) = select.from.first_mut() {
        first.relation = derived;
    }
}

fn aliased(expression: Expr, name: &Ident) -> SelectItem {
    // As it is written, whatever case it has.
    let alias =
        Ident { quote_style: Some(name.quote_style.unwrap_or('"')), value: arguments::folded(name), ..name.clone() };
    SelectItem::ExprWithAlias { expr: expression, alias }
}

fn field(row: &Ident, name: &str) -> Expr {
    let name = Expr::value(Value::SingleQuotedString(name.to_owned()));
    call("get_field", vec![Expr::Identifier(row.clone()), name])
}

#[cfg(test)]
mod tests;
