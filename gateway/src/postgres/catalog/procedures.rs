//! `pg_proc`: the functions that read and write values of types. Clients ask by them whether a type is a list; nothing calls them.

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use huitong_catalog::Result;

use super::lists::{List, Same};
use crate::postgres::types;

/// The list's name.
pub const NAME: &str = "pg_proc";

/// Numbers begin here; PostgreSQL's own are below 10 000, and so are these.
const FIRST: u32 = 9_000;

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

/// The number of a function.
pub fn oid(name: &str) -> Option<u32> {
    (FIRST..).zip(names()).find(|(_, known)| known == name).map(|(oid, _)| oid)
}

/// The function with a number.
pub fn name(oid: u32) -> Option<String> {
    (FIRST..).zip(names()).find(|(known, _)| *known == oid).map(|(_, name)| name)
}

pub fn rows() -> Result<RecordBatch> {
    use Same::{Flag, NoList, NoNumber, NoText, Number, Text};
    let names: Vec<String> = names().collect();
    List::new(names.len())
        .oids("oid", (FIRST..).take(names.len()))
        .text("proname", names.iter().map(|name| Some(name.as_str())))
        .same(&[("pronamespace", Number(11)), ("proowner", Number(10)), ("prolang", Number(12))])
        .same(&[("procost", Number(1))])
        .of_type(&DataType::Float32)?
        .same(&[("prorows", Number(0))])
        .of_type(&DataType::Float32)?
        .same(&[("provariadic", Number(0)), ("prosupport", Text("-")), ("prokind", Text("f"))])
        .same(&[("prosecdef", Flag(false)), ("proleakproof", Flag(false)), ("proisstrict", Flag(true))])
        .same(&[("proretset", Flag(false)), ("provolatile", Text("i")), ("proparallel", Text("s"))])
        .same(&[("pronargs", Number(1)), ("pronargdefaults", Number(0)), ("prorettype", Number(0))])
        .same(&[("proargtypes", NoList), ("proallargtypes", NoList), ("proargmodes", NoList)])
        .same(&[("proargnames", NoList), ("proargdefaults", NoText), ("protrftypes", NoList)])
        .same(&[("prosrc", Text("")), ("probin", NoText), ("prosqlbody", NoText), ("proconfig", NoList)])
        .same(&[("proacl", NoList), ("prorelid", NoNumber)])
        .build()
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
        assert_eq!(rows().unwrap().num_rows(), names().count());
    }
}
