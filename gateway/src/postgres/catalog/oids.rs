//! Numbers of schemas, tables and roles. Clients ask for a number in one statement and use it in the next, so it is made from the
//! name: nothing needs to be kept, and it stays the same as long as the name does.

use std::collections::{BTreeMap, HashSet};

use datafusion::logical_expr::TableType;
use huitong_engine::namespace::table_type;
use huitong_engine::{Session, system};

use super::{MADE, SCHEMA, empty, lists};

/// Numbers below are PostgreSQL's own.
const FIRST: u32 = 16_384;

pub const PG_CATALOG: u32 = 11;
const PUBLIC: u32 = 2200;
/// The database.
pub const DATABASE: u32 = 16_383;
/// `pg_class` and `pg_namespace`, which descriptions name.
pub const PG_CLASS: u32 = 1259;

/// What a number stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    /// `r` for a table, `v` for a view.
    pub kind: char,
    pub owner: String,
}

/// A schema with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    pub oid: u32,
    pub name: String,
    pub owner: String,
}

/// The schemas that a session may know of.
pub fn schemas(session: &Session) -> Vec<Schema> {
    let names = session.names();
    let own = names.schemas().map(|name| {
        let owner = names.schema(name).map(|row| row.owner.clone()).unwrap_or_default();
        Schema { oid: of_schema(name), name: name.to_owned(), owner }
    });
    let fixed = [SCHEMA, "information_schema", system::SCHEMA].map(|name| Schema {
        oid: of_schema(name),
        name: name.to_owned(),
        owner: ADMINISTRATORS.to_owned(),
    });
    own.chain(fixed).collect()
}

/// The tables and views that it may know of.
pub fn relations(session: &Session) -> Vec<Relation> {
    let names = session.names();
    let own = names.objects().map(|object| Relation {
        oid: of_relation(object.name.schema(), object.name.table()),
        schema: object.name.schema().to_owned(),
        name: object.name.table().to_owned(),
        kind: if table_type(object.kind) == TableType::View { 'v' } else { 'r' },
        owner: object.owner.clone(),
    });
    let system = system::tables_for(session.principal()).map(|table| Relation {
        oid: of_relation(system::SCHEMA, table),
        schema: system::SCHEMA.to_owned(),
        name: table.to_owned(),
        kind: 'v',
        owner: ADMINISTRATORS.to_owned(),
    });
    let lists = lists().map(|(name, kind)| Relation {
        oid: of_relation(SCHEMA, name),
        schema: SCHEMA.to_owned(),
        name: name.to_owned(),
        kind,
        owner: ADMINISTRATORS.to_owned(),
    });
    apart(lists.chain(system).chain(own).collect())
}

/// The lists of the catalogue itself: those that PostgreSQL has as tables, and its views.
fn lists() -> impl Iterator<Item = (&'static str, char)> {
    const VIEWS: [&str; 22] = [
        "pg_cursors",
        "pg_indexes",
        "pg_keywords",
        "pg_locks",
        "pg_matviews",
        "pg_roles",
        "pg_rules",
        "pg_seclabels",
        "pg_sequences",
        "pg_settings",
        "pg_stat_activity",
        "pg_stat_all_tables",
        "pg_stat_database",
        "pg_stat_user_indexes",
        "pg_stat_user_tables",
        "pg_statio_user_tables",
        "pg_stats",
        "pg_tables",
        "pg_timezone_names",
        "pg_user",
        "pg_user_mappings",
        "pg_views",
    ];
    let names = lists::NAMES.into_iter().chain(MADE).chain(empty::names());
    let own = names.filter(|name| name.starts_with("pg_"));
    own.map(|name| (name, if VIEWS.contains(&name) { 'v' } else { 'r' }))
}

/// Two names may come to one number; the later one then gets the next that is free.
fn apart(mut relations: Vec<Relation>) -> Vec<Relation> {
    let mut taken = HashSet::new();
    for relation in &mut relations {
        while !taken.insert(relation.oid) {
            relation.oid = relation.oid % i32::MAX.unsigned_abs() + 1;
        }
    }
    relations
}

/// Who owns what belongs to the program.
pub const ADMINISTRATORS: &str = "huitong";

/// Names of roles by number: the owners of what the session may know of, and its own.
pub fn roles(session: &Session) -> BTreeMap<u32, String> {
    let schemas = schemas(session).into_iter().map(|schema| schema.owner);
    let relations = relations(session).into_iter().map(|relation| relation.owner);
    let own = session.principal().name.clone();
    schemas.chain(relations).chain([own]).map(|name| (of_role(&name), name)).collect()
}

pub fn of_schema(name: &str) -> u32 {
    match name {
        SCHEMA => PG_CATALOG,
        "public" => PUBLIC,
        name => number(&["schema", name]),
    }
}

pub fn of_relation(schema: &str, name: &str) -> u32 {
    match (schema, name) {
        (SCHEMA, "pg_class") => PG_CLASS,
        _ => number(&["relation", schema, name]),
    }
}

pub fn of_role(name: &str) -> u32 {
    number(&["role", name])
}

/// FNV-1a, within the numbers that are free and that fit a signed one.
fn number(parts: &[&str]) -> u32 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    let hash =
        bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    let span = u64::from(i32::MAX.unsigned_abs() - FIRST);
    FIRST + u32::try_from(hash % span).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_one_number_are_told_apart() {
        let relation =
            |oid, name: &str| Relation { oid, schema: "s".into(), name: name.into(), kind: 'r', owner: "o".into() };
        let found = apart(vec![relation(7, "a"), relation(7, "b"), relation(8, "c"), relation(7, "d")]);
        assert_eq!(found.iter().map(|one| one.oid).collect::<Vec<_>>(), [7, 8, 9, 10]);
    }

    #[test]
    fn numbers_are_of_names() {
        assert_eq!(of_schema("public"), 2200);
        assert_eq!(of_relation("人口", "person"), of_relation("人口", "person"));
        assert_ne!(of_relation("a", "bc"), of_relation("ab", "c"));
        for name in ["a", "b", "统计"] {
            assert!((FIRST..=i32::MAX.unsigned_abs()).contains(&of_schema(name)), "{name}");
        }
    }
}
