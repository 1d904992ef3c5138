//! Functions that clients ask of a server of PostgreSQL. They are about this session, and run in this process.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListBuilder, StringArray, StringBuilder};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Session;
use huitong_engine::error::into_datafusion;
use huitong_engine::planning::CATALOG;

use super::oids::{self, Relation};
use super::{SCHEMA, lists};
use crate::postgres::types;
use crate::postgres::variables::{SERVER_VERSION, Variables};

/// Arguments of one row as texts.
type Row<'a> = &'a [Option<&'a str>];
type Body = Arc<dyn Fn(Row<'_>) -> Result<Option<String>> + Send + Sync>;

/// A function of one session.
struct Function {
    name: &'static str,
    returns: DataType,
    signature: Signature,
    body: Body,
}

/// The functions for a session.
pub fn all(session: &Session, variables: &Arc<Variables>, process: i32) -> Vec<Arc<ScalarUDF>> {
    let functions = about_session(session, variables)
        .into_iter()
        .chain(about_things(session))
        .chain(about_types())
        .chain(constants())
        .chain(unknown_here())
        .chain([whole("pg_backend_pid", move |_| Ok(Some(process.to_string())))]);
    functions.map(|function| Arc::new(ScalarUDF::new_from_impl(function))).collect()
}

fn about_session(session: &Session, variables: &Arc<Variables>) -> Vec<Function> {
    let (shown, changed, own) = (variables.clone(), variables.clone(), session.clone());
    let schemas = session.clone();
    let user = session.principal().name.clone();
    vec![
        text("current_setting", move |row| match (row.first().copied().flatten(), row.get(1).copied().flatten()) {
            (None, _) => Ok(None),
            (Some(name), Some("true" | "t")) => Ok(shown.get(name).ok()),
            (Some(name), _) => shown.get(name).map(Some),
        }),
        Function {
            signature: any(Volatility::Volatile),
            ..text("set_config", move |row| match row {
                [Some(_), Some(_), Some("true" | "t"), ..] => {
                    Err(Error::new(Code::UNSUPPORTED_STATEMENT, "set_config for one transaction is not supported")
                        .with_hint("write SET LOCAL"))
                }
                [Some(name), Some(value), ..] => {
                    changed.set(name, value)?;
                    // Settings of the engine are not shown here; their value is as it was given.
                    Ok(changed.get(name).ok().or_else(|| Some((*value).to_owned())))
                }
                _ => Ok(None),
            })
        },
        text("current_schema", move |_| Ok(Some(own.settings().schema))),
        Function {
            returns: DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            ..text("current_schemas", move |row| {
                let own = schemas.settings().schema;
                let implicit = matches!(row.first(), Some(Some("true" | "t")));
                Ok(Some(if implicit { format!("{SCHEMA}{BETWEEN}{own}") } else { own }))
            })
        },
        constant("current_database", CATALOG),
        constant("current_catalog", CATALOG),
        text("version", |_| Ok(Some(format!("PostgreSQL {SERVER_VERSION}")))),
    ]
    .into_iter()
    .chain(["current_user", "session_user", "user", "current_role"].map(|name| {
        let user = user.clone();
        text(name, move |_| Ok(Some(user.clone())))
    }))
    .collect()
}

fn about_things(session: &Session) -> Vec<Function> {
    let s = || session.clone();
    let (users, visible, shown, found, views, spaces) = (s(), s(), s(), s(), s(), s());
    vec![
        text("pg_get_userbyid", move |row| {
            let oid = number(row);
            Ok(oid.map(|oid| oids::roles(&users).remove(&oid).unwrap_or_else(|| format!("unknown (OID={oid})"))))
        }),
        flag("pg_table_is_visible", move |row| {
            let own = visible.settings().schema;
            Ok(number(row).and_then(|oid| relation(&visible, oid)).map(|relation| (relation.schema == own).to_string()))
        }),
        text("pg_get_viewdef", move |row| {
            Ok(number(row)
                .and_then(|oid| relation(&views, oid))
                .and_then(|relation| lists::definition(&views, &relation)))
        }),
        // What `oid::regclass` shows.
        text("huitong_relation_name", move |row| {
            let Some(oid) = number(row) else { return Ok(row.first().copied().flatten().map(str::to_owned)) };
            let own = shown.settings().schema;
            Ok(Some(match relation(&shown, oid) {
                Some(relation) if relation.schema == own => relation.name,
                Some(relation) => format!("{}.{}", relation.schema, relation.name),
                None if oid == oids::PG_CLASS => "pg_class".to_owned(),
                None => oid.to_string(),
            }))
        }),
        // What `'name'::regclass` means.
        whole("huitong_relation_oid", move |row| match row.first().copied().flatten() {
            None => Ok(None),
            Some(name) => oid_of(&found, name).map(|oid| Some(oid.to_string())),
        }),
        text("huitong_schema_name", move |row| {
            let schemas = oids::schemas(&spaces);
            let oid = number(row);
            Ok(oid.map(|oid| schemas.into_iter().find(|schema| schema.oid == oid).map_or(oid.to_string(), |s| s.name)))
        }),
        {
            let session = s();
            whole("to_regclass", move |row| {
                Ok(row
                    .first()
                    .copied()
                    .flatten()
                    .and_then(|name| oid_of(&session, name).ok())
                    .map(|oid| oid.to_string()))
            })
        },
    ]
}

fn about_types() -> Vec<Function> {
    vec![
        text("format_type", |row| {
            let modifier = row.get(1).copied().flatten().and_then(|text| text.parse().ok()).unwrap_or(-1);
            Ok(number(row).map(|oid| type_name(oid, modifier)))
        }),
        whole("to_regtype", |row| Ok(row.first().copied().flatten().and_then(type_oid).map(|oid| oid.to_string()))),
        whole("huitong_type_oid", |row| {
            let Some(name) = row.first().copied().flatten() else { return Ok(None) };
            type_oid(name)
                .map(|oid| Some(oid.to_string()))
                .ok_or_else(|| Error::new(Code::TYPE_MISMATCH, format!("there is no type `{name}`")))
        }),
        text("quote_ident", |row| {
            let plain = |name: &str| {
                name.chars()
                    .enumerate()
                    .all(|(at, c)| c == '_' || c.is_ascii_lowercase() || (at > 0 && c.is_ascii_digit()))
            };
            let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
            Ok(row.first().copied().flatten().map(|name| if plain(name) { name.to_owned() } else { quoted(name) }))
        }),
        text("quote_literal", |row| {
            Ok(row.first().copied().flatten().map(|text| format!("'{}'", text.replace('\'', "''"))))
        }),
    ]
}

/// Functions with one answer.
fn constants() -> Vec<Function> {
    let always = |name, value: &'static str| flag(name, move |_| Ok(Some(value.to_owned())));
    let allowed = [
        "has_any_column_privilege",
        "has_column_privilege",
        "has_database_privilege",
        "has_function_privilege",
        "has_schema_privilege",
        "has_table_privilege",
        "pg_function_is_visible",
        "pg_type_is_visible",
        "pg_opclass_is_visible",
        "pg_collation_is_visible",
        "pg_has_role",
    ];
    let denied =
        ["has_sequence_privilege", "pg_is_in_recovery", "pg_is_other_temp_schema", "pg_relation_is_publishable"];
    let mut all: Vec<_> = allowed.map(|name| always(name, "true")).into_iter().collect();
    all.extend(denied.map(|name| always(name, "false")));
    all.extend([
        constant("pg_encoding_to_char", "UTF8"),
        whole("pg_char_to_encoding", |_| Ok(Some("6".to_owned()))),
        whole("pg_my_temp_schema", |_| Ok(Some("0".to_owned()))),
        constant("pg_advisory_unlock_all", ""),
    ]);
    all
}

/// Functions about what there is none of: they answer null.
fn unknown_here() -> Vec<Function> {
    let texts = [
        "col_description",
        "inet_client_addr",
        "inet_server_addr",
        "obj_description",
        "pg_get_constraintdef",
        "pg_get_expr",
        "pg_get_function_arguments",
        "pg_get_function_identity_arguments",
        "pg_get_function_result",
        "pg_get_functiondef",
        "pg_get_indexdef",
        "pg_get_partition_constraintdef",
        "pg_get_partkeydef",
        "pg_get_ruledef",
        "pg_get_serial_sequence",
        "pg_get_statisticsobjdef_columns",
        "pg_get_triggerdef",
        "pg_tablespace_location",
        "shobj_description",
    ];
    let sizes = ["pg_database_size", "pg_indexes_size", "pg_relation_size", "pg_table_size", "pg_total_relation_size"];
    let mut all: Vec<_> = texts.map(|name| text(name, |_| Ok(None))).into_iter().collect();
    all.extend(sizes.map(|name| Function { returns: DataType::Int64, ..text(name, |_| Ok(None)) }));
    all
}

/// The number of a type by one of its names; a number is itself.
fn type_oid(name: &str) -> Option<u32> {
    let name = name.rsplit('.').next().unwrap_or(name).trim_matches('"').to_lowercase();
    let of = |one: &types::PgType| match name.as_str() {
        name if name == one.name || name == type_name(one.oid, -1) => Some(one.oid),
        name if name == one.list_name || name == type_name(one.list_oid, -1) => Some(one.list_oid),
        _ => None,
    };
    name.parse().ok().or_else(|| types::ALL.iter().find_map(of))
}

/// A type as SQL writes it.
fn type_name(oid: u32, modifier: i32) -> String {
    let spelled = |told: &types::PgType| match *told {
        types::BOOL => "boolean",
        types::CHAR => "\"char\"",
        types::INT2 => "smallint",
        types::INT4 => "integer",
        types::INT8 => "bigint",
        types::FLOAT4 => "real",
        types::FLOAT8 => "double precision",
        types::BPCHAR => "character",
        types::VARCHAR => "character varying",
        types::TIME => "time without time zone",
        types::TIMESTAMP => "timestamp without time zone",
        types::TIMESTAMPTZ => "timestamp with time zone",
        told => told.name,
    };
    if let Some(told) = types::ALL.iter().find(|told| told.oid == oid) {
        return match *told {
            types::NUMERIC if modifier > 4 => {
                format!("numeric({},{})", (modifier - 4) >> 16, (modifier - 4) & 0x7ff)
            }
            _ => spelled(told).to_owned(),
        };
    }
    match types::ALL.iter().find(|told| told.list_oid == oid) {
        Some(told) => format!("{}[]", spelled(told)),
        None => "???".to_owned(),
    }
}

fn relation(session: &Session, oid: u32) -> Option<Relation> {
    oids::relations(session).into_iter().find(|relation| relation.oid == oid)
}

/// The number of a table by its name, which may hold its schema and quotes; a number is itself.
fn oid_of(session: &Session, name: &str) -> Result<u32> {
    if let Ok(oid) = name.parse() {
        return Ok(oid);
    }
    let unknown = || session.names().unknown_table(name);
    let parts = parts(name);
    let (schema, table) = match parts.as_slice() {
        [table] => (session.settings().schema, table.clone()),
        [schema, table] | [_, schema, table] => (schema.clone(), table.clone()),
        _ => return Err(unknown()),
    };
    let is_meant = |relation: &Relation| relation.schema == schema && relation.name == table;
    let found = oids::relations(session).into_iter().find(is_meant).map(|relation| relation.oid);
    let of_catalog = || (parts.len() == 1 || schema == SCHEMA).then(|| oids::of_relation(SCHEMA, &table));
    found.or_else(|| of_catalog().filter(|_| table.starts_with("pg_"))).ok_or_else(unknown)
}

/// The parts of a name between dots; one without quotes is folded.
fn parts(name: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                part.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            c if quoted => part.push(c),
            c => part.extend(c.to_lowercase()),
        }
    }
    parts.push(part);
    parts
}

fn number(row: Row<'_>) -> Option<u32> {
    row.first().copied().flatten().and_then(|text| text.parse().ok())
}

fn text(name: &'static str, body: impl Fn(Row<'_>) -> Result<Option<String>> + Send + Sync + 'static) -> Function {
    Function { name, returns: DataType::Utf8, signature: any(Volatility::Stable), body: Arc::new(body) }
}

fn flag(name: &'static str, body: impl Fn(Row<'_>) -> Result<Option<String>> + Send + Sync + 'static) -> Function {
    Function { returns: DataType::Boolean, ..text(name, body) }
}

fn whole(name: &'static str, body: impl Fn(Row<'_>) -> Result<Option<String>> + Send + Sync + 'static) -> Function {
    Function { returns: DataType::Int32, ..text(name, body) }
}

fn constant(name: &'static str, value: &'static str) -> Function {
    text(name, move |_| Ok(Some(value.to_owned())))
}

fn any(volatility: Volatility) -> Signature {
    Signature::one_of(vec![TypeSignature::Nullary, TypeSignature::VariadicAny], volatility)
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> DfResult<DataType> {
        Ok(self.returns.clone())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let alone = args.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        let rows = if alone { 1 } else { args.number_rows };
        let columns: Vec<ArrayRef> =
            args.args.iter().map(|arg| Ok(cast(&arg.to_array(rows)?, &DataType::Utf8)?)).collect::<DfResult<_>>()?;
        let answer = |row: usize| {
            let values: Vec<Option<&str>> = columns
                .iter()
                .map(|column| (!column.is_null(row)).then(|| column.as_string::<i32>().value(row)))
                .collect();
            (self.body)(&values).map_err(into_datafusion)
        };
        let answers = (0..rows).map(answer).collect::<DfResult<Vec<Option<String>>>>()?;
        let answers = match &self.returns {
            DataType::List(_) => lists(&answers),
            told => cast(&(Arc::new(answers.into_iter().collect::<StringArray>()) as ArrayRef), told)?,
        };
        match alone {
            true => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&answers, 0)?)),
            false => Ok(ColumnarValue::Array(answers)),
        }
    }
}

/// Stands between the items of an answer that is a list.
const BETWEEN: char = '\u{1f}';

fn lists(answers: &[Option<String>]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for answer in answers {
        answer.iter().flat_map(|items| items.split(BETWEEN)).for_each(|item| lists.values().append_value(item));
        lists.append(answer.is_some());
    }
    Arc::new(lists.finish())
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Function").field("name", &self.name).finish_non_exhaustive()
    }
}

/// In one session, a name is one function.
impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_spelled_as_in_sql() {
        for (oid, modifier, text) in [
            (23, -1, "integer"),
            (1043, -1, "character varying"),
            (1700, 983_046, "numeric(15,2)"),
            (1700, -1, "numeric"),
            (1009, -1, "text[]"),
            (1, -1, "???"),
        ] {
            assert_eq!(type_name(oid, modifier), text);
        }
    }

    #[test]
    fn names_are_cut_at_dots() {
        assert_eq!(parts("Public.\"A.b\"\"c\""), ["public", "A.b\"c"]);
        assert_eq!(parts("统计"), ["统计"]);
    }
}
