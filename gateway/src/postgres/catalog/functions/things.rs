//! Functions about schemas, tables and roles.

use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};

use arrow::datatypes::DataType;
use huitong_catalog::{Code, Error, Result};
use huitong_engine::{Session, system};

use super::{Answer, Body, Function, Row, any, first, number, text};
use crate::postgres::catalog::oids::{self, Relation, Schema};
use crate::postgres::catalog::{INFORMATION_SCHEMA, SCHEMA, lists, procedures};

/// What a session may know of, read once for all rows of a call.
pub struct Things {
    session: Session,
    own: String,
    relations: OnceCell<HashMap<u32, Relation>>,
    schemas: OnceCell<Vec<Schema>>,
    roles: OnceCell<BTreeMap<u32, String>>,
}

impl Things {
    pub fn new(session: &Session) -> Self {
        let (session, own) = (session.clone(), session.settings().schema);
        Self { session, own, relations: OnceCell::new(), schemas: OnceCell::new(), roles: OnceCell::new() }
    }

    fn relations(&self) -> &HashMap<u32, Relation> {
        self.relations.get_or_init(|| oids::relations(&self.session).into_iter().map(|one| (one.oid, one)).collect())
    }

    fn relation(&self, oid: u32) -> Option<&Relation> {
        self.relations().get(&oid)
    }

    fn schemas(&self) -> &[Schema] {
        self.schemas.get_or_init(|| oids::schemas(&self.session))
    }

    fn role(&self, oid: u32) -> Option<&String> {
        self.roles.get_or_init(|| oids::roles(&self.session)).get(&oid)
    }

    /// A schema by its name or its number.
    fn schema(&self, name: &str) -> Result<&Schema> {
        let plain = parts(name).pop().unwrap_or_default();
        let number = name.parse::<u32>().ok();
        let found = self.schemas().iter().find(|schema| schema.name == plain || Some(schema.oid) == number);
        found.ok_or_else(|| {
            Error::new(Code::UNKNOWN_SCHEMA, format!("unknown schema `{plain}`"))
                .with_suggestion(&plain, self.schemas().iter().map(|schema| schema.name.as_str()))
        })
    }

    /// A table by its name, which may hold its schema and quotes, or by its number.
    fn table(&self, name: &str) -> Result<&Relation> {
        let unknown = || self.session.names().unknown_table(name);
        if let Ok(oid) = name.parse() {
            return self.relation(oid).ok_or_else(unknown);
        }
        let parts = parts(name);
        let find = |schema: &str, table: &str| {
            self.relations().values().find(|relation| relation.schema == schema && relation.name == table)
        };
        match parts.as_slice() {
            [table] => find(&self.own, table).or_else(|| find(SCHEMA, table)),
            [schema, table] | [_, schema, table] => find(schema, table),
            _ => None,
        }
        .ok_or_else(unknown)
    }
}

pub fn all(session: &Session) -> Vec<Function> {
    let of = |name, body: fn(&Things, Row<'_>) -> Answer| {
        let body = Body::Things(Box::new(session.clone()), std::sync::Arc::new(body));
        Function { body, ..text(name, |_| Ok(None)) }
    };
    let oid = |name, body| Function { returns: DataType::Int32, ..of(name, body) };
    let yes = |name, body| Function { returns: DataType::Boolean, ..of(name, body) };
    vec![
        of("pg_get_userbyid", |things, row| {
            let name = |oid| things.role(oid).cloned().unwrap_or_else(|| format!("unknown (OID={oid})"));
            Ok(number(row).map(name))
        }),
        yes("pg_table_is_visible", |things, row| {
            let is_visible = |relation: &Relation| relation.schema == things.own || relation.schema == SCHEMA;
            Ok(number(row).and_then(|oid| things.relation(oid)).map(|relation| is_visible(relation).to_string()))
        }),
        of("pg_get_viewdef", |things, row| {
            let Some(name) = first(row) else { return Ok(None) };
            let Ok(relation) = things.table(name) else { return Ok(None) };
            Ok(lists::definition(&things.session, relation))
        }),
        // What `oid::regclass` shows.
        of("huitong_relation_name", |things, row| {
            let Some(oid) = number(row) else { return Ok(first(row).map(str::to_owned)) };
            Ok(Some(match things.relation(oid) {
                Some(relation) if [things.own.as_str(), SCHEMA].contains(&relation.schema.as_str()) => {
                    relation.name.clone()
                }
                Some(relation) => format!("{}.{}", relation.schema, relation.name),
                None if oid == 0 => "-".to_owned(),
                None => oid.to_string(),
            }))
        }),
        // What `'name'::regclass` means; a number is itself.
        oid("huitong_relation_oid", |things, row| match first(row) {
            None => Ok(None),
            Some(number) if number.parse::<u32>().is_ok() => Ok(Some(number.to_owned())),
            Some(name) => things.table(name).map(|relation| Some(relation.oid.to_string())),
        }),
        oid("to_regclass", |things, row| {
            Ok(first(row).and_then(|name| things.table(name).ok()).map(|relation| relation.oid.to_string()))
        }),
        of("huitong_schema_name", |things, row| {
            let Some(oid) = number(row) else { return Ok(first(row).map(str::to_owned)) };
            let found = things.schemas().iter().find(|schema| schema.oid == oid);
            Ok(Some(found.map_or_else(|| oid.to_string(), |schema| schema.name.clone())))
        }),
        // What `'name'::regnamespace` means.
        oid("huitong_schema_oid", |things, row| match first(row) {
            None => Ok(None),
            Some(name) => things.schema(name).map(|schema| Some(schema.oid.to_string())),
        }),
        // What `'name'::regproc` means, and what `oid::regproc` shows.
        oid("huitong_function_oid", |_, row| {
            let Some(name) = first(row) else { return Ok(None) };
            let plain = parts(name.split('(').next().unwrap_or(name)).pop().unwrap_or_default();
            match name.parse::<u32>().ok().or_else(|| procedures::oid(&plain)) {
                Some(oid) => Ok(Some(oid.to_string())),
                None => Err(Error::new(Code::UNKNOWN_FUNCTION, format!("unknown function `{name}`"))),
            }
        }),
        of("huitong_function_name", |_, row| {
            let Some(oid) = number(row) else { return Ok(first(row).map(str::to_owned)) };
            Ok(Some(procedures::name(oid).unwrap_or_else(|| if oid == 0 { "-".to_owned() } else { oid.to_string() })))
        }),
        Function {
            signature: any(datafusion::logical_expr::Volatility::Stable),
            ..yes("has_schema_privilege", of_schema)
        },
        yes("has_table_privilege", of_table),
        yes("has_any_column_privilege", of_table),
        yes("has_column_privilege", |things, row| match row {
            [user, table, _, right] => of_table(things, &[*user, *table, *right]),
            [table, _, right] => of_table(things, &[*table, *right]),
            _ => Ok(None),
        }),
    ]
}

/// Whether a right on a schema is had: everybody reads and makes tables, but not in those of the program.
fn of_schema(things: &Things, row: Row<'_>) -> Answer {
    let [.., Some(name), Some(right)] = row else { return Ok(None) };
    let schema = things.schema(name)?;
    let is_fixed = [SCHEMA, INFORMATION_SCHEMA, system::SCHEMA].contains(&schema.name.as_str());
    Ok(Some((!is_fixed || !right.to_ascii_lowercase().contains("create")).to_string()))
}

/// Whether a right on a table is had: what is there can be read, and rows can be changed where there are rows.
fn of_table(things: &Things, row: Row<'_>) -> Answer {
    let [.., Some(name), Some(right)] = row else { return Ok(None) };
    let relation = things.table(name)?;
    let is_fixed = relation.kind == 'v' || [SCHEMA, system::SCHEMA].contains(&relation.schema.as_str());
    let one = |right: &str| match right.trim().split(' ').next().unwrap_or_default() {
        "select" => true,
        "insert" | "update" | "delete" => !is_fixed,
        // There are no foreign keys, triggers and TRUNCATE.
        _ => false,
    };
    Ok(Some(right.to_ascii_lowercase().split(',').any(one).to_string()))
}

/// The parts of a name between dots, around which there may be spaces; one without quotes is folded.
pub fn parts(name: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    // Spaces that belong to the part if more of it comes.
    let mut gap = String::new();
    let mut rest = name.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.peek() == Some(&'"') => {
                rest.next();
                part.push('"');
            }
            c if quoted && c != '"' => part.push(c),
            '.' if !quoted => {
                gap.clear();
                parts.push(std::mem::take(&mut part));
            }
            c if c.is_whitespace() => {
                if !part.is_empty() {
                    gap.push(c);
                }
            }
            c => {
                part.extend(gap.drain(..));
                if c == '"' { quoted = !quoted } else { part.extend(c.to_lowercase()) }
            }
        }
    }
    parts.push(part);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_at_dots() {
        assert_eq!(parts("Public.\"A.b\"\"c\""), ["public", "A.b\"c"]);
        assert_eq!(parts(" \"public\" . \" A b \" "), ["public", " A b "]);
        assert_eq!(parts("a b . c"), ["a b", "c"]);
        assert_eq!(parts("统计"), ["统计"]);
    }
}
