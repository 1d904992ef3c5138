//! How clients call a column without an alias: by the name of the function, of the column below a cast, of the type of a constant.

use datafusion::sql::sqlparser::ast::{DataType, Expr, Query, SelectItem, SetExpr};

use super::scope::{folded, last};

/// What PostgreSQL calls a column that has no name.
const NAMELESS: &str = "?column?";

/// The name; none for what is called by its own name anyway.
pub fn name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => None,
        other => Some(of(other).unwrap_or_else(|| NAMELESS.to_owned())),
    }
}

/// The name that an expression has; none if there is none.
fn of(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Identifier(name) => Some(folded(name)),
        Expr::CompoundIdentifier(parts) => parts.last().map(folded),
        Expr::Function(function) => match last(&function.name)?.as_str() {
            // A bound value.
            "arrow_cast" => None,
            "huitong_relation_oid" | "huitong_relation_name" => Some("regclass".to_owned()),
            "huitong_type_oid" => Some("regtype".to_owned()),
            "huitong_function_oid" | "huitong_function_name" => Some("regproc".to_owned()),
            "huitong_schema_oid" | "huitong_schema_name" => Some("regnamespace".to_owned()),
            name => Some(name.to_owned()),
        },
        Expr::Cast { expr, data_type, .. } => of(expr).or_else(|| type_name(data_type)),
        Expr::TypedString(typed) => type_name(&typed.data_type),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => of(inner),
        Expr::CompoundFieldAccess { root, .. } => of(root),
        Expr::Case { else_result, .. } => {
            Some(else_result.as_deref().and_then(of).unwrap_or_else(|| "case".to_owned()))
        }
        Expr::Subquery(query) => of_query(query),
        Expr::Exists { .. } => Some("exists".to_owned()),
        Expr::Array(_) => Some("array".to_owned()),
        Expr::Interval(_) => Some("interval".to_owned()),
        Expr::AtTimeZone { .. } => Some("timezone".to_owned()),
        Expr::Extract { .. } => Some("extract".to_owned()),
        Expr::Substring { .. } => Some("substring".to_owned()),
        Expr::Position { .. } => Some("position".to_owned()),
        Expr::Overlay { .. } => Some("overlay".to_owned()),
        Expr::Trim { .. } => Some("btrim".to_owned()),
        Expr::Ceil { .. } => Some("ceil".to_owned()),
        Expr::Floor { .. } => Some("floor".to_owned()),
        _ => None,
    }
}

/// As its first column is called.
fn of_query(query: &Query) -> Option<String> {
    let SetExpr::Select(select) = query.body.as_ref() else { return None };
    match select.projection.first()? {
        SelectItem::UnnamedExpr(expr) => of(expr),
        SelectItem::ExprWithAlias { alias, .. } => Some(folded(alias)),
        _ => None,
    }
}

fn type_name(data_type: &DataType) -> Option<String> {
    Some(match data_type {
        DataType::Boolean | DataType::Bool => "bool".to_owned(),
        DataType::SmallInt(_) | DataType::Int2(_) => "int2".to_owned(),
        DataType::Int(_) | DataType::Integer(_) | DataType::Int4(_) => "int4".to_owned(),
        DataType::BigInt(_) | DataType::Int8(_) => "int8".to_owned(),
        DataType::Real | DataType::Float4 => "float4".to_owned(),
        DataType::DoublePrecision | DataType::Double(_) | DataType::Float8 | DataType::Float(_) => "float8".to_owned(),
        DataType::Numeric(_) | DataType::Decimal(_) | DataType::Dec(_) => "numeric".to_owned(),
        DataType::Varchar(_) | DataType::CharacterVarying(_) => "varchar".to_owned(),
        DataType::Char(_) | DataType::Character(_) => "bpchar".to_owned(),
        DataType::Text => "text".to_owned(),
        DataType::Bytea => "bytea".to_owned(),
        DataType::Date => "date".to_owned(),
        DataType::Time(..) => "time".to_owned(),
        DataType::Timestamp(_, zone) => match zone {
            datafusion::sql::sqlparser::ast::TimezoneInfo::None
            | datafusion::sql::sqlparser::ast::TimezoneInfo::WithoutTimeZone => "timestamp".to_owned(),
            _ => "timestamptz".to_owned(),
        },
        DataType::Interval { .. } => "interval".to_owned(),
        DataType::Uuid => "uuid".to_owned(),
        DataType::Regclass => "regclass".to_owned(),
        DataType::JSON => "json".to_owned(),
        DataType::Custom(name, _) => last(name)?,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::sql::sqlparser::parser::Parser;

    #[test]
    fn columns_are_called_as_by_postgres() {
        for (sql, expected) in [
            ("a", None),
            ("t.a", None),
            ("1", Some("?column?")),
            ("a + 1", Some("?column?")),
            ("-a", Some("?column?")),
            ("count(*)", Some("count")),
            ("Version()", Some("version")),
            ("pg_catalog.format_type(1, 2)", Some("format_type")),
            ("a::text", Some("a")),
            ("'1'::int", Some("int4")),
            ("(1)", Some("?column?")),
            ("CASE WHEN a THEN 1 END", Some("case")),
            ("CASE WHEN a THEN 1 ELSE b END", Some("b")),
            ("(SELECT max(a) FROM t)", Some("max")),
            ("EXISTS (SELECT 1)", Some("exists")),
            ("ARRAY[1]", Some("array")),
            ("INTERVAL '1 day'", Some("interval")),
            ("DATE '2026-11-26'", Some("date")),
            ("a = 1", Some("?column?")),
        ] {
            let parsed =
                Parser::new(&PostgreSqlDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_expr());
            assert_eq!(name(&parsed.unwrap()).as_deref(), expected, "{sql}");
        }
    }
}
