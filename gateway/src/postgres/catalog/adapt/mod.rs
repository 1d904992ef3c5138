//! Parsed statements in words that the engine reads.
//!
//! Clients ask in the dialect of PostgreSQL's own catalogue: operators and functions with a schema, collations, casts to names of
//! things, subqueries over lists that are empty here. What has one meaning wherever it stands is spelled out wherever it stands; what is
//! done about lists is done where a name means a list, and not a table, a view or a part of the statement itself.

/// Casts to types that only the catalogue has.
mod casts;

/// How clients call a column without an alias.
mod called;

/// Kinds of types.
mod kinds;

/// Parts that have no rows.
mod nothing;

/// Patterns of dates and times.
mod patterns;

/// Functions of types.
mod directions;

/// Which names are lists.
mod scope;

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList, FunctionArguments,
    Ident, ObjectName, Query, Select, SelectItem, SetExpr, Statement as Sql, TableAlias, TableAliasColumnDef,
    TableFactor, Value, Visit, VisitMut, VisitorMut,
};

use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::{INFORMATION_SCHEMA, SCHEMA};
pub use called::name as column_name;
pub use scope::Known;
use scope::Scope;

/// Adapts a statement; `known` tells which tables and views of its own a session has.
pub fn adapt(statement: &mut Statement, known: &dyn Known) {
    match statement {
        Statement::Statement(sql) => match sql.as_mut() {
            Sql::Query(query) => of_query(query, known),
            other => all(other, known),
        },
        Statement::Explain(explain) => adapt(&mut explain.statement, known),
        Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => all(query.as_mut(), known),
        Statement::CopyTo(_) | Statement::CreateExternalTable(_) | Statement::Reset(_) => {}
    }
}

fn all(part: &mut (impl Visit + VisitMut), known: &dyn Known) {
    let scope = Scope::new(part, known);
    // It never breaks off.
    let _: ControlFlow<()> = VisitMut::visit(part, &mut Adapt { scope });
}

/// Columns of the answer keep the names that they had before.
fn of_query(query: &mut Query, known: &dyn Known) {
    let names = |query: &mut Query| -> Vec<Option<String>> {
        let items = first_select(&mut query.body).map(|select| select.projection.as_slice()).unwrap_or_default();
        items
            .iter()
            .map(|item| if let SelectItem::UnnamedExpr(expr) = item { column_name(expr) } else { None })
            .collect()
    };
    let before = names(query);
    all(query, known);
    let after = names(query);
    let Some(select) = first_select(&mut query.body) else { return };
    for ((item, before), after) in select.projection.iter_mut().zip(before).zip(after) {
        if let (SelectItem::UnnamedExpr(expr), Some(name)) = (&*item, before)
            && after.as_ref() != Some(&name)
        {
            *item = SelectItem::ExprWithAlias { expr: expr.clone(), alias: Ident::with_quote('"', name) };
        }
    }
}

fn first_select(body: &mut SetExpr) -> Option<&mut Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(&mut query.body),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

struct Adapt<'a> {
    scope: Scope<'a>,
}

impl VisitorMut for Adapt<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        self.scope.enter(query);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        kinds::fold(&mut query.body, &self.scope);
        nothing::fold_query(query, &self.scope);
        self.scope.leave();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        let is_of_types = |factor: &TableFactor| match factor {
            TableFactor::Table { name, .. } => self.scope.list(name).is_some_and(|list| list == "pg_type"),
            _ => false,
        };
        // Queries around this one would compare numbers.
        if self.scope.is_top() && matches!(select.from.as_slice(), [from] if is_of_types(&from.relation)) {
            directions::name(select);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        // Functions in the place of tables: of words that a parser keeps there is a list, the others are the engine's.
        let TableFactor::Table { name, args, alias, .. } = factor else { return ControlFlow::Continue(()) };
        if args.is_none() && name.0.len() > 1 {
            // What is missing in the engine's `information_schema` is here.
            if let Some(list) = self.scope.list(name).filter(|list| list.starts_with(INFORMATION_SCHEMA)) {
                let own = list.trim_start_matches(INFORMATION_SCHEMA).trim_start_matches('.');
                alias.get_or_insert_with(|| called(own));
                *name = ObjectName::from(vec![Ident::new(SCHEMA), Ident::with_quote('"', list)]);
            }
            return ControlFlow::Continue(());
        }
        if args.is_some()
            && let Some(function) = scope::last(name)
            && (name.0.len() == 1 || name.0[0].to_string().eq_ignore_ascii_case(SCHEMA))
        {
            if function == "pg_get_keywords" {
                *name = ObjectName::from(vec![Ident::new(SCHEMA), Ident::new("pg_keywords")]);
                *args = None;
            } else {
                if name.0.len() == 2 {
                    *name = ObjectName::from(vec![Ident::new(&function)]);
                }
                called_as_its_table(&function, alias, &self.scope);
                if let Some(row) = one_row(&function, factor) {
                    *factor = row;
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let Some(columns) = columns(factor) {
            *factor = columns;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(new) = self.replacement(expr) {
            *expr = new;
        }
        ControlFlow::Continue(())
    }
}

impl Adapt<'_> {
    /// What stands for an expression; none if it stays.
    fn replacement(&self, expr: &mut Expr) -> Option<Expr> {
        match expr {
            Expr::Collate { expr, collation } => is_plain(collation).then(|| expr.as_ref().clone()),
            Expr::BinaryOp { left, op, right } => {
                // A thing that is compared with one that is named is compared by its number.
                let (of_left, of_right) = (casts::is_numbered(left), casts::is_numbered(right));
                if let Some(number) = of_right.then(|| casts::number(left)).flatten() {
                    **left = number;
                }
                if let Some(number) = of_left.then(|| casts::number(right)).flatten() {
                    **right = number;
                }
                if let BinaryOperator::PGCustomBinaryOperator(parts) = op
                    && let Some(plain) = parts.last().and_then(|name| operator(name))
                {
                    *op = plain;
                }
                None
            }
            Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } => {
                casts::replacement(expr, data_type)
            }
            Expr::Subquery(query) if nothing::has_no_rows(query) => Some(null()),
            Expr::Subquery(query) => {
                nothing::one_row(query, &self.scope);
                None
            }
            Expr::Exists { subquery, negated } if nothing::has_no_rows(subquery) => Some(flag(*negated)),
            Expr::InSubquery { subquery, negated, .. } if nothing::has_no_rows(subquery) => Some(flag(*negated)),
            Expr::InSubquery { expr, subquery, negated: false } => nothing::held(expr, subquery),
            Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
                if let Some(plain) = escape_char.as_ref().and_then(|escape| with_backslash(pattern, &escape.value)) {
                    **pattern = plain;
                    *escape_char = None;
                }
                None
            }
            Expr::Function(function) => {
                without_schema(function);
                patterns::spell(function);
                nothing::array_of(function, &self.scope)
            }
            Expr::Identifier(name) if name.quote_style.is_none() && !self.scope.is_own(name) => {
                match name.value.to_lowercase().as_str() {
                    known @ ("current_schema" | "current_catalog") => Some(call(known, vec![])),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}

/// The column of a function in the place of a table is called as the table is.
fn called_as_its_table(function: &str, alias: &mut Option<TableAlias>, scope: &Scope<'_>) {
    if let Some(alias) = alias.as_mut().filter(|alias| alias.columns.is_empty())
        && ["generate_series", "unnest"].contains(&function)
        && scope.is_used(&alias.name)
    {
        alias.columns.push(TableAliasColumnDef { name: alias.name.clone(), data_type: None });
    }
}

/// The standard's list of columns with PostgreSQL's names of types, and with what the engine leaves out of it.
const COLUMNS: &str = "SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable, \
    huitong_data_type(data_type, false) AS data_type, character_maximum_length, character_octet_length, numeric_precision, \
    numeric_precision_radix, numeric_scale, datetime_precision, interval_type, table_catalog AS udt_catalog, \
    'pg_catalog' AS udt_schema, huitong_data_type(data_type, true) AS udt_name, CAST(NULL AS TEXT) AS domain_name, \
    'NO' AS is_identity, CAST(NULL AS TEXT) AS identity_generation, 'NEVER' AS is_generated, \
    CAST(NULL AS TEXT) AS generation_expression, CAST(NULL AS TEXT) AS collation_name, 'YES' AS is_updatable \
    FROM information_schema.columns";

fn columns(factor: &TableFactor) -> Option<TableFactor> {
    let TableFactor::Table { name, args: None, alias, .. } = factor else { return None };
    let parts: Vec<String> = name.0.iter().map(|part| part.as_ident().map(scope::folded)).collect::<Option<_>>()?;
    let is_meant =
        matches!(parts.as_slice(), [.., schema, table] if schema == INFORMATION_SCHEMA && table == "columns");
    if !is_meant {
        return None;
    }
    let Some(Sql::Query(subquery)) = Parser::parse_sql(&PostgreSqlDialect {}, COLUMNS).ok()?.pop() else { return None };
    let alias = Some(alias.clone().unwrap_or_else(|| called("columns")));
    Some(TableFactor::Derived { lateral: false, subquery, alias, sample: None })
}

/// A function of one value in the place of a table is a table of one row.
fn one_row(function: &str, factor: &TableFactor) -> Option<TableFactor> {
    let TableFactor::Table { name, args: Some(args), alias, .. } = factor else { return None };
    if !ONE_VALUE.contains(&function) {
        return None;
    }
    let list = FunctionArgumentList { duplicate_treatment: None, args: args.args.clone(), clauses: Vec::new() };
    let Expr::Function(value) = call(function, Vec::new()) else { return None };
    let value = Expr::Function(Function { args: FunctionArguments::List(list), ..value });
    let column = match alias {
        Some(alias) => alias.columns.first().map_or_else(|| alias.name.clone(), |column| column.name.clone()),
        None => name.0.last()?.as_ident()?.clone(),
    };
    let mut table = alias.clone().unwrap_or_else(|| called(function));
    table.columns.clear();
    let mut parsed = Parser::parse_sql(&PostgreSqlDialect {}, "SELECT 1").ok()?;
    let Some(Sql::Query(mut query)) = parsed.pop() else { return None };
    first_select(&mut query.body)?.projection = vec![SelectItem::ExprWithAlias { expr: value, alias: column }];
    Some(TableFactor::Derived { lateral: false, subquery: query, alias: Some(table), sample: None })
}

/// Functions of one value that clients write in the place of a table.
const ONE_VALUE: [&str; 7] = [
    "current_database",
    "current_schema",
    "current_schemas",
    "current_setting",
    "parse_ident",
    "string_to_array",
    "version",
];

fn called(name: &str) -> TableAlias {
    TableAlias { explicit: true, name: Ident::new(name), columns: Vec::new(), at: None }
}

/// Collations that order texts by their bytes, as the engine does.
fn is_plain(collation: &ObjectName) -> bool {
    scope::last(collation)
        .is_some_and(|name| ["default", "c", "posix", "ucs_basic"].contains(&name.to_lowercase().as_str()))
}

fn operator(name: &str) -> Option<BinaryOperator> {
    Some(match name {
        "~" => BinaryOperator::PGRegexMatch,
        "~*" => BinaryOperator::PGRegexIMatch,
        "!~" => BinaryOperator::PGRegexNotMatch,
        "!~*" => BinaryOperator::PGRegexNotIMatch,
        "~~" => BinaryOperator::PGLikeMatch,
        "!~~" => BinaryOperator::PGNotLikeMatch,
        "=" => BinaryOperator::Eq,
        "<>" | "!=" => BinaryOperator::NotEq,
        "<" => BinaryOperator::Lt,
        ">" => BinaryOperator::Gt,
        "<=" => BinaryOperator::LtEq,
        ">=" => BinaryOperator::GtEq,
        "||" => BinaryOperator::StringConcat,
        "+" => BinaryOperator::Plus,
        "-" => BinaryOperator::Minus,
        _ => return None,
    })
}

/// A pattern in which `\` stands before what means itself, since the engine knows no other sign for it; none if it is so already.
fn with_backslash(pattern: &Expr, escape: &Value) -> Option<Expr> {
    let Value::SingleQuotedString(escape) = escape else { return None };
    if escape == "\\" || escape.chars().count() != 1 {
        return None;
    }
    // The sign twice means itself, and is put aside while once is replaced.
    const ASIDE: &str = "\u{1}";
    let twice = escape.repeat(2);
    let steps = [("\\", "\\\\"), (twice.as_str(), ASIDE), (escape.as_str(), "\\"), (ASIDE, escape.as_str())];
    if let Expr::Value(value) = pattern
        && let Value::SingleQuotedString(pattern) = &value.value
    {
        return Some(text(&steps.iter().fold(pattern.clone(), |pattern, (from, to)| pattern.replace(from, to))));
    }
    let replaced = |pattern: Expr, (from, to): &(&str, &str)| call("replace", vec![pattern, text(from), text(to)]);
    Some(steps.iter().fold(Expr::Nested(Box::new(pattern.clone())), replaced))
}

/// The functions of the catalogue are known without its name.
fn without_schema(function: &mut Function) {
    if let [schema, name] = function.name.0.as_slice()
        && let (Some(schema), Some(name)) = (schema.as_ident(), name.as_ident())
        && schema.value.eq_ignore_ascii_case(SCHEMA)
    {
        function.name = ObjectName::from(vec![name.clone()]);
    }
}

fn null() -> Expr {
    Expr::value(Value::Null)
}

fn flag(value: bool) -> Expr {
    Expr::value(Value::Boolean(value))
}

fn text(text: &str) -> Expr {
    Expr::value(Value::SingleQuotedString(text.to_owned()))
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

#[cfg(test)]
mod tests;
