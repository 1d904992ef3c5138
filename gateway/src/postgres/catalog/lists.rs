//! Lists with rows, in the columns of PostgreSQL 16.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use datafusion::sql::sqlparser::keywords::{
    ALL_KEYWORDS, ALL_KEYWORDS_INDEX, RESERVED_FOR_COLUMN_ALIAS, RESERVED_FOR_TABLE_ALIAS,
};
use huitong_catalog::identity::Office;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::Session;
use huitong_engine::namespace::View;
use huitong_engine::planning::CATALOG;

use super::oids::{self, Relation};
use super::procedures;
use crate::postgres::types::{self, PgType};
use crate::postgres::variables::Variables;

/// The lists of this file.
pub const NAMES: [&str; 13] = [
    "pg_am",
    "pg_authid",
    "pg_class",
    "pg_database",
    "pg_keywords",
    "pg_namespace",
    procedures::NAME,
    "pg_roles",
    "pg_settings",
    "pg_tables",
    "pg_type",
    "pg_user",
    "pg_views",
];

/// One of them as it is now.
pub fn list(name: &str, session: &Session, variables: &Variables) -> Result<Option<RecordBatch>> {
    Ok(Some(match name {
        "pg_am" => access_methods()?,
        "pg_class" => classes(session)?,
        "pg_database" => databases()?,
        "pg_keywords" => keywords()?,
        "pg_namespace" => namespaces(session)?,
        procedures::NAME => procedures::rows()?,
        "pg_authid" | "pg_roles" => roles(session)?,
        "pg_user" => users(session)?,
        "pg_settings" => settings(variables)?,
        "pg_tables" => tables(session)?,
        "pg_type" => all_types()?,
        "pg_views" => views(session)?,
        _ => return Ok(None),
    }))
}

/// A list of so many rows under construction.
pub struct List {
    rows: usize,
    columns: Vec<(String, ArrayRef)>,
}

impl List {
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Vec::new() }
    }

    pub fn text<'a>(mut self, name: &str, values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        self.columns.push((name.to_owned(), Arc::new(values.into_iter().collect::<StringArray>())));
        self
    }

    pub fn numbers(mut self, name: &str, values: impl IntoIterator<Item = Option<i32>>) -> Self {
        self.columns.push((name.to_owned(), Arc::new(values.into_iter().collect::<Int32Array>())));
        self
    }

    pub fn oids(self, name: &str, values: impl IntoIterator<Item = u32>) -> Self {
        self.numbers(name, values.into_iter().map(|oid| i32::try_from(oid).ok()))
    }

    pub fn flags(mut self, name: &str, values: impl IntoIterator<Item = bool>) -> Self {
        self.columns.push((name.to_owned(), Arc::new(values.into_iter().map(Some).collect::<BooleanArray>())));
        self
    }

    /// Columns that say the same in every row.
    pub fn same(mut self, values: &[(&str, Same)]) -> Self {
        let rows = self.rows;
        for (name, value) in values {
            self = match value {
                Text(text) => self.text(name, std::iter::repeat_n(Some(*text), rows)),
                NoList => {
                    let told = DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)));
                    self.columns.push(((*name).to_owned(), new_null_array(&told, rows)));
                    self
                }
                NoText => self.text(name, std::iter::repeat_n(None, rows)),
                Number(number) => self.numbers(name, std::iter::repeat_n(Some(*number), rows)),
                NoNumber => self.numbers(name, std::iter::repeat_n(None, rows)),
                Flag(flag) => self.flags(name, std::iter::repeat_n(*flag, rows)),
            };
        }
        self
    }

    /// The column before becomes one of another type.
    pub fn of_type(mut self, told: &DataType) -> Result<Self> {
        if let Some((_, column)) = self.columns.last_mut() {
            *column = cast(column, told).map_err(unbuilt)?;
        }
        Ok(self)
    }

    pub fn build(mut self) -> Result<RecordBatch> {
        // Rows of what has a number have one of the transaction that wrote them.
        let has = |name: &str| self.columns.iter().any(|(known, _)| known == name);
        if has("oid") && !has("xmin") {
            self = self.same(&[("xmin", Number(1))]);
        }
        let named = self.columns.into_iter().map(|(name, column)| (name, column, true));
        RecordBatch::try_from_iter_with_nullable(named).map_err(unbuilt)
    }
}

/// A value of all rows.
#[derive(Clone, Copy)]
pub enum Same {
    Text(&'static str),
    NoText,
    /// Null, of lists of texts: rights and options, which nothing has here.
    NoList,
    Number(i32),
    NoNumber,
    Flag(bool),
}

use Same::{Flag, NoList, NoNumber, NoText, Number, Text};

fn unbuilt(error: arrow::error::ArrowError) -> Error {
    Error::new(Code::INTERNAL, "a list of the catalogue could not be built").caused_by(error)
}

fn namespaces(session: &Session) -> Result<RecordBatch> {
    let schemas = oids::schemas(session);
    List::new(schemas.len())
        .oids("oid", schemas.iter().map(|schema| schema.oid))
        .text("nspname", schemas.iter().map(|schema| Some(schema.name.as_str())))
        .oids("nspowner", schemas.iter().map(|schema| oids::of_role(&schema.owner)))
        .same(&[("nspacl", NoList)])
        .build()
}

fn classes(session: &Session) -> Result<RecordBatch> {
    let rows = oids::relations(session);
    let kinds: Vec<String> = rows.iter().map(|row| row.kind.to_string()).collect();
    List::new(rows.len())
        .oids("oid", rows.iter().map(|row| row.oid))
        .text("relname", rows.iter().map(|row| Some(row.name.as_str())))
        .oids("relnamespace", rows.iter().map(|row| oids::of_schema(&row.schema)))
        .same(&[("reltype", Number(0)), ("reloftype", Number(0))])
        .oids("relowner", rows.iter().map(|row| oids::of_role(&row.owner)))
        .numbers("relam", rows.iter().map(|row| Some(if row.kind == 'r' { 2 } else { 0 })))
        .same(&[("relfilenode", Number(0)), ("reltablespace", Number(0)), ("relpages", Number(0))])
        .same(&[("reltuples", Number(-1))])
        .of_type(&DataType::Float32)?
        .same(&[("relallvisible", Number(0)), ("reltoastrelid", Number(0))])
        .same(&[("relhasindex", Flag(false)), ("relisshared", Flag(false)), ("relpersistence", Text("p"))])
        .text("relkind", kinds.iter().map(|kind| Some(kind.as_str())))
        .same(&[("relnatts", NoNumber), ("relchecks", Number(0)), ("relhasrules", Flag(false))])
        .same(&[("relhastriggers", Flag(false)), ("relhassubclass", Flag(false)), ("relrowsecurity", Flag(false))])
        .same(&[("relforcerowsecurity", Flag(false)), ("relispopulated", Flag(true)), ("relreplident", Text("n"))])
        .same(&[("relispartition", Flag(false)), ("relrewrite", Number(0)), ("relfrozenxid", Number(0))])
        .same(&[("relminmxid", Number(0)), ("relacl", NoList), ("reloptions", NoList), ("relpartbound", NoText)])
        .same(&[("relhasoids", Flag(false)), ("xmin", Number(1)), ("tableoid", Number(1259))])
        .build()
}

fn databases() -> Result<RecordBatch> {
    List::new(1)
        .oids("oid", [oids::DATABASE])
        .text("datname", [Some(CATALOG)])
        .oids("datdba", [oids::of_role(oids::ADMINISTRATORS)])
        .same(&[("encoding", Number(6)), ("datlocprovider", Text("c")), ("datistemplate", Flag(false))])
        .same(&[("datallowconn", Flag(true)), ("datconnlimit", Number(-1)), ("datfrozenxid", Number(0))])
        .same(&[("datminmxid", Number(0)), ("dattablespace", Number(1663)), ("datcollate", Text("C"))])
        .same(&[("datctype", Text("C")), ("daticulocale", NoText), ("daticurules", NoText)])
        .same(&[("datcollversion", NoText), ("datacl", NoList)])
        .build()
}

fn roles(session: &Session) -> Result<RecordBatch> {
    let rows: Vec<_> = oids::roles(session).into_iter().collect();
    let own = session.principal();
    let is_admin = |name: &str| name == own.name && own.holds(Office::System);
    List::new(rows.len())
        .oids("oid", rows.iter().map(|(oid, _)| *oid))
        .text("rolname", rows.iter().map(|(_, name)| Some(name.as_str())))
        .flags("rolsuper", rows.iter().map(|(_, name)| is_admin(name)))
        .same(&[("rolinherit", Flag(true))])
        .flags("rolcreaterole", rows.iter().map(|(_, name)| is_admin(name)))
        .same(&[("rolcreatedb", Flag(false)), ("rolcanlogin", Flag(true)), ("rolreplication", Flag(false))])
        .same(&[("rolconnlimit", Number(-1)), ("rolpassword", NoText), ("rolvaliduntil", NoText)])
        .same(&[("rolbypassrls", Flag(false)), ("rolconfig", NoList)])
        .build()
}

fn users(session: &Session) -> Result<RecordBatch> {
    let rows: Vec<_> = oids::roles(session).into_iter().collect();
    let own = session.principal();
    List::new(rows.len())
        .text("usename", rows.iter().map(|(_, name)| Some(name.as_str())))
        .oids("usesysid", rows.iter().map(|(oid, _)| *oid))
        .same(&[("usecreatedb", Flag(false))])
        .flags("usesuper", rows.iter().map(|(_, name)| *name == own.name && own.holds(Office::System)))
        .same(&[("userepl", Flag(false)), ("usebypassrls", Flag(false)), ("passwd", NoText)])
        .same(&[("valuntil", NoText), ("useconfig", NoList)])
        .build()
}

fn settings(variables: &Variables) -> Result<RecordBatch> {
    let rows = variables.all();
    List::new(rows.len())
        .text("name", rows.iter().map(|(name, _)| Some(*name)))
        .text("setting", rows.iter().map(|(_, value)| Some(value.as_str())))
        .same(&[("unit", NoText), ("category", Text("huitong")), ("short_desc", Text("")), ("extra_desc", NoText)])
        .same(&[("context", Text("user")), ("vartype", Text("string")), ("source", Text("default"))])
        .same(&[("min_val", NoText), ("max_val", NoText), ("enumvals", NoList), ("boot_val", NoText)])
        .same(&[
            ("reset_val", NoText),
            ("sourcefile", NoText),
            ("sourceline", NoNumber),
            ("pending_restart", Flag(false)),
        ])
        .build()
}

fn tables(session: &Session) -> Result<RecordBatch> {
    let rows: Vec<Relation> = oids::relations(session).into_iter().filter(|row| row.kind == 'r').collect();
    List::new(rows.len())
        .text("schemaname", rows.iter().map(|row| Some(row.schema.as_str())))
        .text("tablename", rows.iter().map(|row| Some(row.name.as_str())))
        .text("tableowner", rows.iter().map(|row| Some(row.owner.as_str())))
        .same(&[("tablespace", NoText), ("hasindexes", Flag(false)), ("hasrules", Flag(false))])
        .same(&[("hastriggers", Flag(false)), ("rowsecurity", Flag(false))])
        .build()
}

fn views(session: &Session) -> Result<RecordBatch> {
    let rows: Vec<Relation> = oids::relations(session).into_iter().filter(|row| row.kind == 'v').collect();
    let definitions: Vec<Option<String>> = rows.iter().map(|row| definition(session, row)).collect();
    List::new(rows.len())
        .text("schemaname", rows.iter().map(|row| Some(row.schema.as_str())))
        .text("viewname", rows.iter().map(|row| Some(row.name.as_str())))
        .text("viewowner", rows.iter().map(|row| Some(row.owner.as_str())))
        .text("definition", definitions.iter().map(Option::as_deref))
        .build()
}

/// The query of a view.
pub fn definition(session: &Session, relation: &Relation) -> Option<String> {
    let names = session.names();
    let object = names.objects().find(|o| o.name.schema() == relation.schema && o.name.table() == relation.name)?;
    // What a view is made of is its maker's.
    let principal = session.principal();
    let is_own = object.owner == principal.name || principal.is_operator();
    (relation.kind == 'v' && is_own).then(|| View::parse(&object.definition).query.to_owned())
}

fn access_methods() -> Result<RecordBatch> {
    List::new(1)
        .oids("oid", [2])
        .text("amname", [Some("delta")])
        .same(&[("amhandler", Number(0)), ("amtype", Text("t"))])
        .build()
}

/// The words of SQL: those that a name cannot be without quotes, and all others.
fn keywords() -> Result<RecordBatch> {
    let words: Vec<String> = ALL_KEYWORDS.iter().map(|word| word.to_lowercase()).collect();
    let is_reserved = |at: usize| {
        let word = ALL_KEYWORDS_INDEX.get(at);
        word.is_some_and(|word| RESERVED_FOR_COLUMN_ALIAS.contains(word) || RESERVED_FOR_TABLE_ALIAS.contains(word))
    };
    let codes: Vec<&str> = (0..words.len()).map(|at| if is_reserved(at) { "R" } else { "U" }).collect();
    let told = codes.iter().map(|code| Some(if *code == "R" { "reserved" } else { "unreserved" }));
    List::new(words.len())
        .text("word", words.iter().map(|word| Some(word.as_str())))
        .text("catcode", codes.iter().map(|code| Some(*code)))
        .flags("barelabel", codes.iter().map(|code| *code == "U"))
        .text("catdesc", told)
        .same(&[("baredesc", NoText)])
        .build()
}

/// A type's category: `A` for lists, `B` booleans, `D` times, `N` numbers, `S` texts, `T` spans, `U` others.
fn category(told: PgType) -> &'static str {
    match told {
        types::BOOL => "B",
        types::DATE | types::TIME | types::TIMESTAMP | types::TIMESTAMPTZ => "D",
        types::INT2 | types::INT4 | types::INT8 | types::FLOAT4 | types::FLOAT8 | types::NUMERIC | types::OID => "N",
        types::TEXT | types::VARCHAR | types::BPCHAR | types::NAME => "S",
        types::INTERVAL => "T",
        types::CHAR => "Z",
        _ => "U",
    }
}

fn all_types() -> Result<RecordBatch> {
    struct Row {
        oid: u32,
        name: &'static str,
        size: i16,
        category: &'static str,
        item: u32,
        list: u32,
        /// What its functions are called after.
        functions: &'static str,
    }
    let one = types::ALL.iter().map(|told| Row {
        oid: told.oid,
        name: told.name,
        size: told.size,
        category: category(*told),
        item: 0,
        list: told.list_oid,
        functions: told.name,
    });
    let many = types::ALL.iter().map(|told| Row {
        oid: told.list_oid,
        name: told.list_name,
        size: -1,
        category: "A",
        item: told.oid,
        list: 0,
        functions: "array",
    });
    let rows: Vec<Row> = one.chain(many).collect();
    let function = |direction: &'static str| {
        let oids = rows.iter().map(|row| procedures::oid(&procedures::of_type(row.functions, direction)).unwrap_or(0));
        oids.collect::<Vec<_>>()
    };
    let [input, output, receive, send] = procedures::DIRECTIONS.map(function);
    let subscript = procedures::oid("array_subscript_handler").unwrap_or(0);
    let by_value = |row: &Row| (1..=8).contains(&row.size);
    List::new(rows.len())
        .oids("oid", rows.iter().map(|row| row.oid))
        .text("typname", rows.iter().map(|row| Some(row.name)))
        .same(&[("typnamespace", Number(11)), ("typowner", Number(10))])
        .numbers("typlen", rows.iter().map(|row| Some(i32::from(row.size))))
        .of_type(&DataType::Int16)?
        .flags("typbyval", rows.iter().map(by_value))
        .same(&[("typtype", Text("b"))])
        .text("typcategory", rows.iter().map(|row| Some(row.category)))
        .same(&[("typispreferred", Flag(false)), ("typisdefined", Flag(true)), ("typdelim", Text(","))])
        .same(&[("typrelid", Number(0))])
        .oids("typsubscript", rows.iter().map(|row| if row.item > 0 { subscript } else { 0 }))
        .oids("typelem", rows.iter().map(|row| row.item))
        .oids("typarray", rows.iter().map(|row| row.list))
        .oids("typinput", input)
        .oids("typoutput", output)
        .oids("typreceive", receive)
        .oids("typsend", send)
        .same(&[("typmodin", Number(0)), ("typmodout", Number(0)), ("typanalyze", Number(0))])
        .same(&[("typalign", Text("i")), ("typstorage", Text("p")), ("typnotnull", Flag(false))])
        .same(&[("typbasetype", Number(0)), ("typtypmod", Number(-1)), ("typndims", Number(0))])
        .same(&[("typcollation", Number(0)), ("typdefaultbin", NoText), ("typdefault", NoText), ("typacl", NoList)])
        .build()
}
