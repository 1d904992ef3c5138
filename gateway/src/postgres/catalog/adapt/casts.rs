//! Casts to types that only the catalogue has.

use datafusion::sql::sqlparser::ast::{
    ArrayElemTypeDef, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Value,
};

use super::scope::last;
use super::{call, null};

/// What stands for a cast; none if it stays, perhaps with another type.
pub fn replacement(expr: &Expr, data_type: &mut DataType) -> Option<Expr> {
    if let DataType::Array(ArrayElemTypeDef::SquareBracket(item, _)) = data_type {
        return list(expr, item);
    }
    if let Some(number) = number(expr).filter(|_| is_number(data_type)) {
        return Some(number);
    }
    let name = name(data_type)?;
    let is_text = is_text(expr);
    let call = |function: &str| Some(call(function, vec![expr.clone()]));
    match name.as_str() {
        "regclass" if is_text => return call("huitong_relation_oid"),
        "regclass" => return call("huitong_relation_name"),
        "regtype" if is_text => return call("huitong_type_oid"),
        "regtype" => return Some(super::call("format_type", vec![expr.clone(), null()])),
        "regproc" | "regprocedure" if is_text => return call("huitong_function_oid"),
        "regproc" | "regprocedure" => return call("huitong_function_name"),
        "regnamespace" if is_text => return call("huitong_schema_oid"),
        "regnamespace" => return call("huitong_schema_name"),
        _ => {}
    }
    *data_type = plain(&name)?;
    None
}

/// What is shown as a name (see above), as the number that it is; none if it is no such thing.
pub fn number(expr: &Expr) -> Option<Expr> {
    let Expr::Function(function) = expr else { return None };
    let FunctionArguments::List(list) = &function.args else { return None };
    let Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(inner))) = list.args.first() else { return None };
    match last(&function.name)?.as_str() {
        "huitong_relation_name" => Some(call("huitong_relation_oid", vec![inner.clone()])),
        "huitong_function_name" | "huitong_schema_name" => Some(inner.clone()),
        "format_type" if matches!(list.args.as_slice(), [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(modifier))] if *modifier == null()) => {
            Some(inner.clone())
        }
        _ => None,
    }
}

/// Whether an expression is the number of something that was named.
pub fn is_numbered(expr: &Expr) -> bool {
    const NUMBERS: [&str; 4] =
        ["huitong_relation_oid", "huitong_type_oid", "huitong_function_oid", "huitong_schema_oid"];
    matches!(expr, Expr::Function(function) if last(&function.name).is_some_and(|name| NUMBERS.contains(&name.as_str())))
}

fn is_number(data_type: &DataType) -> bool {
    match data_type {
        DataType::Int(_) | DataType::Integer(_) | DataType::BigInt(_) => true,
        other => name(other).is_some_and(|name| ["oid", "int4", "int8"].contains(&name.as_str())),
    }
}

/// Lists in the catalogue are texts or not there at all.
fn list(expr: &Expr, item: &mut DataType) -> Option<Expr> {
    let name = name(item)?;
    let of_catalogue = ["name", "char", "oid", "xid", "regtype", "regclass", "regproc"].contains(&name.as_str());
    match of_catalogue {
        true if is_text(expr) => {
            *item = match name.as_str() {
                "name" | "char" => DataType::Text,
                // Of a parameter it is told that it is one of numbers of things (`types::of_parameter`).
                _ if is_parameter(expr) => DataType::IntUnsigned(None),
                _ => DataType::Int(None),
            };
            None
        }
        true => Some(expr.clone()),
        false => None,
    }
}

/// The name of a type that the parser does not know, without its schema.
fn name(data_type: &DataType) -> Option<String> {
    match data_type {
        DataType::Custom(name, _) => last(name),
        DataType::Regclass => Some("regclass".to_owned()),
        _ => None,
    }
}

fn plain(name: &str) -> Option<DataType> {
    Some(match name {
        "name" | "char" | "text" | "varchar" | "bpchar" | "regoper" | "aclitem" | "int2vector" | "oidvector"
        | "pg_node_tree" | "sql_identifier" | "character_data" | "yes_or_no" | "cstring" => DataType::Text,
        "oid" | "xid" | "cid" | "int4" | "cardinal_number" => DataType::Int(None),
        "int2" => DataType::SmallInt(None),
        "int8" => DataType::BigInt(None),
        "bool" => DataType::Boolean,
        "float8" => DataType::DoublePrecision,
        _ => return None,
    })
}

fn is_text(expr: &Expr) -> bool {
    match expr {
        Expr::Nested(inner) => is_text(inner),
        Expr::Value(value) => matches!(value.value, Value::SingleQuotedString(_) | Value::Placeholder(_)),
        _ => false,
    }
}

fn is_parameter(expr: &Expr) -> bool {
    matches!(expr, Expr::Value(value) if matches!(value.value, Value::Placeholder(_)))
}
