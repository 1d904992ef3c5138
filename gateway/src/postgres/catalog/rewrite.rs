//! Statements about the lists, in words that the engine reads.
//!
//! Clients ask in the dialect of PostgreSQL's own catalogue: operators with a schema, collations, casts to names of things,
//! subqueries over lists that are empty here. Only statements that speak of the catalogue are touched, and each change keeps their
//! meaning: what is left out has no effect here, and what is put in is what the part would answer.

use std::borrow::Cow;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    Array, BinaryOperator, CastKind, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, GroupByExpr, Ident, JoinOperator, ObjectName, Query, Select, SelectItem, SetExpr, Statement,
    TableFactor, TableWithJoins, Value, Visit, VisitMut, Visitor, VisitorMut,
};
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};

use super::{SCHEMA, empty};

/// Marks of statements about the catalogue.
const MARKS: [&str; 7] = ["pg_", "::reg", "as reg", "::oid", "::name", "current_schema", "current_catalog"];

/// Bytes of the longest statement that is looked at.
const BYTES_MAX: usize = 32 * 1024;

/// The statement as the engine is given it; unchanged if it is not about the catalogue, or cannot be read.
pub fn rewrite(sql: &str) -> Cow<'_, str> {
    // The syntax tree of a long text takes a thousand times its memory, and statements about the catalogue are short.
    if sql.len() > BYTES_MAX {
        return Cow::Borrowed(sql);
    }
    let lower = sql.to_ascii_lowercase();
    if !MARKS.iter().any(|mark| lower.contains(mark)) {
        return Cow::Borrowed(sql);
    }
    let Ok(mut statements) = Parser::parse_sql(&PostgreSqlDialect {}, sql) else { return Cow::Borrowed(sql) };
    let [statement @ Statement::Query(_)] = statements.as_mut_slice() else { return Cow::Borrowed(sql) };
    let before = statement.to_string();
    statement.visit(&mut Rewrite).is_break();
    let after = statement.to_string();
    // A place in an error is of the text that the client sent, so that one is kept wherever it can be.
    if before == after { Cow::Borrowed(sql) } else { Cow::Owned(after) }
}

/// How many parameters a statement has: the highest number among them. Where a part is left out, its parameters are too.
pub fn parameters(sql: &str) -> usize {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().unwrap_or_default();
    let number = |token: &Token| match token {
        Token::Placeholder(name) => name.strip_prefix('$').and_then(|number| number.parse().ok()),
        _ => None,
    };
    tokens.iter().filter_map(number).max().unwrap_or(0)
}

struct Rewrite;

impl VisitorMut for Rewrite {
    type Break = ();

    fn post_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if folded(&mut query.body) {
            query.limit_clause = None;
            query.order_by = None;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        // Functions in the place of tables: of words that a parser keeps there is a list, the others are the engine's.
        if let TableFactor::Table { name, args, .. } = factor
            && args.is_some()
            && let Some(function) = last(name)
        {
            if function == "pg_get_keywords" {
                *name = ObjectName::from(vec![Ident::new(SCHEMA), Ident::new("pg_keywords")]);
                *args = None;
            } else if name.0.len() == 2 && name.0[0].to_string().eq_ignore_ascii_case(SCHEMA) {
                *name = ObjectName::from(vec![Ident::new(function)]);
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Some(new) = replacement(expr) {
            *expr = new;
        }
        ControlFlow::Continue(())
    }
}

/// What stands for an expression; none if it stays.
fn replacement(expr: &mut Expr) -> Option<Expr> {
    match expr {
        Expr::Collate { expr, .. } => Some(expr.as_ref().clone()),
        Expr::BinaryOp { op, .. } => {
            if let BinaryOperator::PGCustomBinaryOperator(parts) = op
                && let Some(plain) = parts.last().and_then(|name| operator(name))
            {
                *op = plain;
            }
            None
        }
        Expr::Cast { kind: CastKind::Cast | CastKind::DoubleColon, expr, data_type, .. } => cast(expr, data_type),
        Expr::Subquery(query) if is_folded(query) => Some(null()),
        Expr::Subquery(query) => {
            one_row(query);
            None
        }
        Expr::Exists { subquery, negated } if is_folded(subquery) => Some(flag(*negated)),
        Expr::InSubquery { subquery, negated, .. } if is_folded(subquery) => Some(flag(*negated)),
        Expr::Like { pattern, escape_char, .. } | Expr::ILike { pattern, escape_char, .. } => {
            if let Some(Value::SingleQuotedString(escape)) = escape_char.as_ref().map(|escape| &escape.value)
                && escape != "\\"
            {
                // The engine knows one escape.
                let text = |text: &str| Expr::Value(Value::SingleQuotedString(text.to_owned()).into());
                let doubled = call("replace", vec![pattern.as_ref().clone(), text("\\"), text("\\\\")]);
                **pattern = call("replace", vec![doubled, text(escape), text("\\")]);
                *escape_char = None;
            }
            None
        }
        // `= ANY ('{r,v}')`.
        Expr::AnyOp { right, .. } => {
            if let Some(items) = right_list(right) {
                **right = items;
            }
            None
        }
        Expr::Function(function) => {
            function_without_schema(function);
            if let Some(length) = length_of_path(function) {
                return Some(length);
            }
            match &function.args {
                FunctionArguments::Subquery(query) if is_folded(query) => Some(call("make_array", vec![])),
                _ => None,
            }
        }
        Expr::Identifier(name) if name.quote_style.is_none() => match name.value.to_lowercase().as_str() {
            known @ ("current_schema" | "current_catalog") => Some(call(known, vec![])),
            _ => None,
        },
        _ => None,
    }
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

/// Casts to types that only the catalogue has.
fn cast(expr: &Expr, data_type: &mut DataType) -> Option<Expr> {
    let (name, is_list) = match data_type {
        DataType::Custom(name, _) => (last(name)?, false),
        DataType::Array(_) => (data_type.to_string().to_lowercase().trim_end_matches("[]").to_owned(), true),
        DataType::Regclass => ("regclass".to_owned(), false),
        _ => return None,
    };
    let name = name.rsplit('.').next().unwrap_or(&name).trim_matches('"').to_owned();
    if is_list {
        // Lists in the catalogue are texts or not there at all.
        return ["name", "char", "oid", "regtype", "regclass"].contains(&name.as_str()).then(|| expr.clone());
    }
    let is_text = matches!(expr, Expr::Value(value) if matches!(value.value, Value::SingleQuotedString(_) | Value::Placeholder(_)));
    let call = |function: &str| Some(call(function, vec![expr.clone()]));
    match name.as_str() {
        "regclass" if is_text => return call("huitong_relation_oid"),
        "regclass" => return call("huitong_relation_name"),
        "regtype" if is_text => return call("huitong_type_oid"),
        "regtype" => return Some(self::call("format_type", vec![expr.clone(), null()])),
        "regnamespace" if !is_text => return call("huitong_schema_name"),
        _ => {}
    }
    let plain = match name.as_str() {
        "name" | "char" | "text" | "varchar" | "bpchar" | "regproc" | "regprocedure" | "regoper" | "aclitem"
        | "int2vector" | "oidvector" | "pg_node_tree" | "sql_identifier" | "character_data" | "yes_or_no"
        | "cstring" => DataType::Text,
        "oid" | "xid" | "cid" | "int4" | "cardinal_number" => DataType::Int(None),
        "int2" => DataType::SmallInt(None),
        "int8" => DataType::BigInt(None),
        "bool" => DataType::Boolean,
        "float8" => DataType::DoublePrecision,
        _ => return None,
    };
    *data_type = plain;
    None
}

/// `array_upper(current_schemas(…), 1)`, which pgJDBC counts up to: the path has one schema, and `pg_catalog` before it if it is
/// asked for.
fn length_of_path(function: &Function) -> Option<Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    let [FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Function(path))), _] = list.args.as_slice() else {
        return None;
    };
    if last(&function.name)? != "array_upper" || last(&path.name)? != "current_schemas" {
        return None;
    }
    let length = if path.args.to_string().to_lowercase() == "(true)" { "2" } else { "1" };
    Some(Expr::Value(Value::Number(length.to_owned(), false).into()))
}

/// The functions of the catalogue are known without its name.
fn function_without_schema(function: &mut Function) {
    let parts: Vec<_> = function.name.0.iter().filter_map(|part| part.as_ident()).cloned().collect();
    if let [schema, name] = parts.as_slice()
        && schema.value.eq_ignore_ascii_case(SCHEMA)
    {
        function.name = ObjectName::from(vec![name.clone()]);
    }
}

/// `'{a,b}'` as a list of texts.
fn right_list(right: &Expr) -> Option<Expr> {
    let inner = match right {
        Expr::Nested(inner) => inner,
        other => other,
    };
    let Expr::Value(value) = inner else { return None };
    let Value::SingleQuotedString(text) = &value.value else { return None };
    let items = text.strip_prefix('{')?.strip_suffix('}')?;
    let item = |item: &str| Expr::Value(Value::SingleQuotedString(item.trim_matches('"').to_owned()).into());
    Some(Expr::Array(Array { elem: items.split(',').map(item).collect(), named: true }))
}

/// Makes parts of a query that read an empty list say that they have no rows; answers whether all of it does.
fn folded(body: &mut SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => {
            if reads_nothing(select) && !counts(select) {
                fold(select);
            }
            has_no_rows(select)
        }
        SetExpr::SetOperation { left, right, .. } => {
            let (left, right) = (folded(left), folded(right));
            left && right
        }
        SetExpr::Query(query) => is_folded(query),
        _ => false,
    }
}

/// Whether a list without rows is joined so that nothing is left.
fn reads_nothing(select: &Select) -> bool {
    select.from.iter().any(|from| {
        let kept = |join: &JoinOperator| {
            matches!(
                join,
                JoinOperator::Left(_)
                    | JoinOperator::LeftOuter(_)
                    | JoinOperator::LeftSemi(_)
                    | JoinOperator::LeftAnti(_)
            )
        };
        let inner = |join: &JoinOperator| {
            matches!(join, JoinOperator::Join(_) | JoinOperator::Inner(_) | JoinOperator::CrossJoin(_))
        };
        // A right or full join keeps rows of the other side.
        let plain = from.joins.iter().all(|join| kept(&join.join_operator) || inner(&join.join_operator));
        let of_join = || from.joins.iter().any(|join| inner(&join.join_operator) && is_nothing(&join.relation));
        plain && (is_nothing(&from.relation) || of_join())
    })
}

fn is_nothing(factor: &TableFactor) -> bool {
    match factor {
        TableFactor::Table { name, args: None, .. } => {
            let schema = name.0.len() < 2 || name.0.iter().any(|part| part.to_string().eq_ignore_ascii_case(SCHEMA));
            schema && last(name).is_some_and(|name| empty::is_empty(&name))
        }
        // Rights and options, of which nothing has any here.
        TableFactor::Table { name, args: Some(args), .. } if last(name).as_deref() == Some("unnest") => {
            let of = args.args.iter().map(|arg| arg.to_string().to_lowercase()).collect::<String>();
            ["acl", "options"].iter().any(|ending| of.ends_with(ending))
        }
        TableFactor::Derived { subquery, .. } => is_folded(subquery),
        TableFactor::NestedJoin { table_with_joins, .. } => {
            let TableWithJoins { relation, joins } = table_with_joins.as_ref();
            joins.is_empty() && is_nothing(relation)
        }
        _ => false,
    }
}

/// A subquery that stands for a value has one row at most, since it asks by number; the engine wants to be sure.
fn one_row(query: &mut Query) {
    let (None, None, SetExpr::Select(select)) = (&query.limit_clause, &query.with, query.body.as_mut()) else { return };
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(all, _) if all.is_empty());
    if let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] = select.projection.as_mut_slice()
        && select.selection.is_some()
        && !grouped
        && !aggregates(expr)
    {
        *expr = call("max", vec![expr.clone()]);
        query.order_by = None;
    }
}

/// Whether a query answers a row even if it reads none: an aggregate without groups.
fn counts(select: &Select) -> bool {
    let grouped = !matches!(&select.group_by, GroupByExpr::Expressions(all, _) if all.is_empty());
    !grouped && select.projection.iter().any(aggregates)
}

/// Whether a part of a statement is an aggregate; those of subqueries are theirs.
fn aggregates(part: &impl Visit) -> bool {
    part.visit(&mut Aggregates(0)).is_break()
}

/// Looks for them, at a depth of subqueries.
struct Aggregates(usize);

impl Visitor for Aggregates {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.0 -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        const NAMES: [&str; 9] =
            ["count", "sum", "min", "max", "array_agg", "string_agg", "bool_and", "bool_or", "every"];
        match expr {
            Expr::Function(function) if self.0 == 0 && function.over.is_none() => {
                match last(&function.name).is_some_and(|name| NAMES.contains(&name.as_str())) {
                    true => ControlFlow::Break(()),
                    false => ControlFlow::Continue(()),
                }
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Leaves the names of the columns and nothing else.
fn fold(select: &mut Select) {
    let named = |item: &SelectItem| match item {
        SelectItem::ExprWithAlias { alias, .. } => Some(alias.clone()),
        SelectItem::UnnamedExpr(expr) => Some(column_name(expr)),
        _ => None,
    };
    // `*` would need the columns of the list, which are read as they are.
    let Some(mut names) = select.projection.iter().map(named).collect::<Option<Vec<_>>>() else { return };
    // The engine wants columns of different names.
    for at in 1..names.len() {
        if names[..at].contains(&names[at]) {
            names[at] = Ident::with_quote('"', format!("{} {at}", names[at].value));
        }
    }
    let cast = Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(null()),
        data_type: DataType::Text,
        array: false,
        format: None,
    };
    select.projection =
        names.into_iter().map(|alias| SelectItem::ExprWithAlias { expr: cast.clone(), alias }).collect();
    select.distinct = None;
    select.from = Vec::new();
    select.selection = Some(flag(false));
    select.group_by = GroupByExpr::Expressions(Vec::new(), Vec::new());
    select.having = None;
    select.sort_by = Vec::new();
}

/// How PostgreSQL calls a column without an alias.
fn column_name(expr: &Expr) -> Ident {
    match expr {
        Expr::Identifier(name) => name.clone(),
        Expr::CompoundIdentifier(parts) => parts.last().cloned().unwrap_or_else(|| Ident::new("column")),
        Expr::Function(function) => Ident::new(last(&function.name).unwrap_or_default()),
        Expr::Cast { expr, .. } | Expr::Nested(expr) => column_name(expr),
        Expr::Case { .. } => Ident::with_quote('"', "case"),
        _ => Ident::with_quote('"', "?column?"),
    }
}

fn is_folded(query: &Query) -> bool {
    fn of(body: &SetExpr) -> bool {
        match body {
            SetExpr::Select(select) => has_no_rows(select),
            SetExpr::SetOperation { left, right, .. } => of(left) && of(right),
            SetExpr::Query(query) => is_folded(query),
            _ => false,
        }
    }
    of(&query.body)
}

fn has_no_rows(select: &Select) -> bool {
    select.from.is_empty() && select.selection == Some(flag(false))
}

fn last(name: &ObjectName) -> Option<String> {
    name.0.last()?.as_ident().map(|name| match name.quote_style {
        Some(_) => name.value.clone(),
        None => name.value.to_lowercase(),
    })
}

fn null() -> Expr {
    Expr::Value(Value::Null.into())
}

fn flag(value: bool) -> Expr {
    Expr::Value(Value::Boolean(value).into())
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
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted() {
        assert_eq!(parameters("SELECT $2, '$5', $1"), 2);
        assert_eq!(parameters(&rewrite("SELECT polname FROM pg_policy WHERE oid = $1")), 0);
    }

    #[test]
    fn the_words_of_the_catalogue_are_spelled_out() {
        for (sql, expected) in [
            (
                "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '^(t)$' COLLATE pg_catalog.default",
                "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relname ~ '^(t)$'",
            ),
            ("SELECT 'a.b'::regclass::oid", "SELECT huitong_relation_oid('a.b')::INT"),
            (
                "SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a WHERE a.attrelid = '5'::pg_catalog.regclass",
                "SELECT format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a WHERE a.attrelid = huitong_relation_oid('5')",
            ),
            (
                "SELECT a.attname, (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid) FROM pg_attribute a",
                "SELECT a.attname, NULL FROM pg_attribute a",
            ),
            (
                "SELECT pol.polname, CASE WHEN pol.polroles = '{0}' THEN NULL END AS x FROM pg_catalog.pg_policy pol WHERE pol.polrelid = '5' ORDER BY 1",
                "SELECT CAST(NULL AS TEXT) AS polname, CAST(NULL AS TEXT) AS x WHERE false",
            ),
            ("SELECT count(*) FROM pg_catalog.pg_index", "SELECT count(*) FROM pg_catalog.pg_index"),
            (
                "SELECT c.relname FROM pg_class c LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid",
                "SELECT c.relname FROM pg_class c LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid",
            ),
            (
                "SELECT n.nspname FROM pg_namespace n WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = 1)",
                "SELECT n.nspname FROM pg_namespace n WHERE false",
            ),
            (
                "SELECT relname FROM pg_class WHERE relkind = ANY ('{r,v}')",
                "SELECT relname FROM pg_class WHERE relkind = ANY(ARRAY['r', 'v'])",
            ),
            (
                "SELECT s.r FROM pg_catalog.generate_series(1, array_upper(current_schemas(false), 1)) AS s (r)",
                "SELECT s.r FROM generate_series(1, 1) AS s (r)",
            ),
            ("SELECT  'pg_x'", "SELECT  'pg_x'"),
            ("SELECT a FROM t WHERE b = 1 -- 甲", "SELECT a FROM t WHERE b = 1 -- 甲"),
            ("INSERT INTO pg_x VALUES (1::oid)", "INSERT INTO pg_x VALUES (1::oid)"),
        ] {
            assert_eq!(rewrite(sql), expected);
        }
    }
}
