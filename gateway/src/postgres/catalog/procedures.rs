//! `pg_proc`: the functions of SQL, and those that read and write values of types. Clients ask by the latter whether a type is a list;
//! nothing calls them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use huitong_catalog::Result;
use huitong_engine::functions::listed::{self, Kind, Listed};

use super::lists::{List, Same};
use super::oids;
use crate::postgres::types::{self, Shape};

/// The list's name.
pub const NAME: &str = "pg_proc";

/// Numbers begin here; PostgreSQL's own are below 10 000, and so are these.
const FIRST: u32 = 9_000;
/// Those of the functions of SQL.
const FIRST_OF_SQL: u32 = 7_000;
/// The schema of PostgreSQL's own functions. psql's `\df` shows the others.
const PG_CATALOG: i32 = 11;

/// The functions of SQL, the same in every session.
static OF_SQL: LazyLock<BTreeMap<String, Listed>> = LazyLock::new(listed::all);

/// What a type has: from text, to text, from the protocol's binary form, to it.
pub const DIRECTIONS: [&str; 4] = ["in", "out", "recv", "send"];

/// Names of all of them, in the order of their numbers. PostgreSQL writes some without `_`.
fn names() -> impl Iterator<Item = String> {
    let array = std::iter::once("array_subscript_handler".to_owned());
    let lists = DIRECTIONS.iter().map(|direction| of_type("array", direction));
    let plain = types::ALL.iter().flat_map(|told| DIRECTIONS.iter().map(|direction| of_type(told.name, direction)));
    array.chain(lists).chain(plain)
}

/// A type's function.
pub fn of_type(name: &str, direction: &str) -> String {
    let gap = match name {
        "array" | "date" | "time" | "timestamp" | "timestamptz" | "interval" | "numeric" | "uuid" | "json" => "_",
        _ => "",
    };
    format!("{name}{gap}{direction}")
}

/// All functions with their numbers.
fn numbered() -> impl Iterator<Item = (u32, String)> {
    (FIRST..).zip(names()).chain((FIRST_OF_SQL..).zip(OF_SQL.keys().cloned()))
}

/// The number of a function.
pub fn oid(name: &str) -> Option<u32> {
    numbered().find(|(_, known)| known == name).map(|(oid, _)| oid)
}

/// The function with a number.
pub fn name(oid: u32) -> Option<String> {
    numbered().find(|(known, _)| *known == oid).map(|(_, name)| name)
}

/// The function of SQL with a number.
fn of_sql(oid: u32) -> Option<&'static Listed> {
    OF_SQL.values().nth(usize::try_from(oid.checked_sub(FIRST_OF_SQL)?).ok()?)
}

/// Numbers of the types that a function takes; none if it takes several, or that is not known.
pub fn arguments(oid: u32) -> Option<Vec<u32>> {
    let known = of_sql(oid)?.arguments.as_ref()?;
    Some(known.iter().map(|told| Shape::of(told).oid()).collect())
}

/// Whether it answers a table.
pub fn is_table(oid: u32) -> bool {
    of_sql(oid).is_some_and(|listed| listed.kind == Kind::Table)
}

/// The number of the type of its values, where it is known; 0 if not.
pub fn returns(oid: u32) -> u32 {
    of_sql(oid).and_then(|listed| listed.returns.as_ref()).map_or(0, |told| Shape::of(told).oid())
}

pub fn rows() -> Result<RecordBatch> {
    use Same::{Flag, NoList, NoNumber, NoText, Number, Text};
    let all: Vec<(u32, String)> = numbered().collect();
    let numbers = || all.iter().map(|(oid, _)| *oid);
    let count = |oid: u32| arguments(oid).map_or(1, |types| i32::try_from(types.len()).unwrap_or(i32::MAX));
    List::new(all.len())
        .oids("oid", numbers())
        .text("proname", all.iter().map(|(_, name)| Some(name.as_str())))
        .numbers("pronamespace", numbers().map(|oid| Some(schema(oid))))
        .same(&[("proowner", Number(10)), ("prolang", Number(12))])
        .same(&[("procost", Number(1))])
        .of_type(&DataType::Float32)?
        .same(&[("prorows", Number(0))])
        .of_type(&DataType::Float32)?
        .same(&[("provariadic", Number(0)), ("prosupport", Text("-"))])
        .text("prokind", numbers().map(|oid| Some(kind(oid))))
        .same(&[("prosecdef", Flag(false)), ("proleakproof", Flag(false)), ("proisstrict", Flag(true))])
        .flags("proretset", numbers().map(is_table))
        .same(&[("provolatile", Text("i")), ("proparallel", Text("s"))])
        .numbers("pronargs", numbers().map(|oid| Some(count(oid))))
        .same(&[("pronargdefaults", Number(0))])
        .oids("prorettype", numbers().map(returns))
        .same(&[("proargtypes", NoList), ("proallargtypes", NoList), ("proargmodes", NoList)])
        .same(&[("proargnames", NoList), ("proargdefaults", NoText), ("protrftypes", NoList)])
        .same(&[("prosrc", Text("")), ("probin", NoText), ("prosqlbody", NoText), ("proconfig", NoList)])
        .same(&[("proacl", NoList), ("prorelid", NoNumber)])
        .build()
}

/// What a function is, in PostgreSQL's letters.
fn kind(oid: u32) -> &'static str {
    match of_sql(oid).map(|listed| listed.kind) {
        Some(Kind::Aggregate) => "a",
        Some(Kind::Window) => "w",
        Some(Kind::Scalar | Kind::Table) | None => "f",
    }
}

fn schema(oid: u32) -> i32 {
    match of_sql(oid) {
        Some(listed) if listed.is_own => i32::try_from(oids::of_schema("public")).unwrap_or(PG_CATALOG),
        _ => PG_CATALOG,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_names_and_numbers() {
        for known in ["array_recv", "array_in", "int4in", "timestamptz_recv", "textsend"] {
            assert_eq!(oid(known).and_then(name).as_deref(), Some(known));
        }
        assert!(oid("nothing").is_none() && name(1).is_none());
        assert_eq!(rows().unwrap().num_rows(), names().count() + OF_SQL.len());
        assert!(FIRST_OF_SQL + u32::try_from(OF_SQL.len()).unwrap() <= FIRST, "numbers are used twice");
    }

    #[test]
    fn functions_of_sql_are_told() {
        let of = |name: &str| oid(name).unwrap();
        assert_eq!((kind(of("sum")), kind(of("abs")), kind(of("row_number"))), ("a", "f", "w"));
        assert_eq!((returns(of("pi")), arguments(of("pi"))), (types::FLOAT8.oid, Some(Vec::new())));
        assert_eq!((schema(of("abs")), schema(of("ts_forecast"))), (PG_CATALOG, 2200));
        assert_eq!((returns(of("int4in")), arguments(of("int4in"))), (0, None));
    }
}
