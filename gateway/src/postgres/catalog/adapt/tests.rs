use super::*;
use datafusion::sql::parser::DFParser;

/// A session with one table of its own, whose name is a list's too.
struct Own;

impl Known for Own {
    fn is_table(&self, name: &str) -> bool {
        name == "pg_trigger"
    }

    fn is_list(&self, name: &str) -> bool {
        name.starts_with("pg_") || name.starts_with("information_schema.table_constraints")
    }

    fn is_empty(&self, name: &str) -> bool {
        !["pg_class", "pg_namespace", "pg_attribute", "pg_proc", "pg_type"].contains(&name)
    }
}

fn adapted(sql: &str) -> String {
    let mut statement = DFParser::parse_sql_with_dialect(sql, &PostgreSqlDialect {}).unwrap().pop_front().unwrap();
    adapt(&mut statement, &Own);
    statement.to_string()
}

#[test]
fn the_words_of_the_catalogue_are_spelled_out() {
    for (sql, expected) in [
        (
            "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relname OPERATOR(pg_catalog.~) '^(t)$' COLLATE pg_catalog.default",
            "SELECT c.relname FROM pg_catalog.pg_class c WHERE c.relname ~ '^(t)$'",
        ),
        ("SELECT 'a.b'::regclass::oid AS x", "SELECT huitong_relation_oid('a.b')::INT AS x"),
        ("SELECT 'a'::regclass", "SELECT huitong_relation_oid('a')"),
        ("SELECT 1::oid", "SELECT 1::INT AS \"oid\""),
        (
            "SELECT pg_catalog.format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a WHERE a.attrelid = '5'::pg_catalog.regclass",
            "SELECT format_type(a.atttypid, a.atttypmod) FROM pg_catalog.pg_attribute a WHERE a.attrelid = huitong_relation_oid('5')",
        ),
        (
            "SELECT a.attname, (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid) FROM pg_catalog.pg_attrdef d WHERE d.adrelid = a.attrelid) FROM pg_attribute a",
            "SELECT a.attname, NULL AS \"pg_get_expr\" FROM pg_attribute a",
        ),
        (
            "SELECT pol.polname, CASE WHEN pol.polroles = '{0}' THEN NULL END AS x FROM pg_catalog.pg_policy pol WHERE pol.polrelid = '5' ORDER BY 1",
            "SELECT CAST(NULL AS TEXT) AS polname, CAST(NULL AS TEXT) AS x WHERE false",
        ),
        (
            "SELECT t.oid, (CASE WHEN t.typtype = 'd' THEN (SELECT 1) ELSE NULL END) AS b, CASE WHEN t.typtype = 'b' THEN 1 END AS c FROM pg_type AS t",
            "SELECT t.oid, (NULL) AS b, CASE WHEN t.typtype = 'b' THEN 1 END AS c FROM pg_type AS t",
        ),
        (
            "SELECT CASE WHEN t.typtype = 'd' THEN 1 END AS b FROM pg_class AS t",
            "SELECT CASE WHEN t.typtype = 'd' THEN 1 END AS b FROM pg_class AS t",
        ),
        (
            "SELECT oid, typreceive, t.typsend FROM pg_catalog.pg_type t WHERE typreceive != 0 AND typreceive::TEXT != 'array_recv'",
            "SELECT oid, huitong_function_name(typreceive) AS \"typreceive\", huitong_function_name(t.typsend) AS \"typsend\" FROM pg_catalog.pg_type t \
             WHERE typreceive <> 0 AND huitong_function_name(typreceive) <> 'array_recv'",
        ),
        ("SELECT typreceive::TEXT FROM pg_trigger", "SELECT typreceive::TEXT FROM pg_trigger"),
        ("SELECT 1 WHERE 1 = ANY ($1::oid[])", "SELECT 1 WHERE 1 = ANY($1::INT UNSIGNED[])"),
        ("SELECT count(*) FROM pg_catalog.pg_index", "SELECT count(*) FROM pg_catalog.pg_index"),
        ("SELECT avg(indrelid) FROM pg_index", "SELECT avg(indrelid) FROM pg_index"),
        (
            "SELECT c.relname FROM pg_class c LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid",
            "SELECT c.relname FROM pg_class c LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid",
        ),
        (
            "SELECT n.nspname FROM pg_namespace n WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_inherits i WHERE i.inhrelid = 1)",
            "SELECT n.nspname FROM pg_namespace n WHERE false",
        ),
        (
            "SELECT (SELECT n.nspname FROM pg_namespace n WHERE n.oid = c.relnamespace) FROM pg_class c",
            "SELECT (SELECT max(n.nspname) FROM pg_namespace n WHERE n.oid = c.relnamespace) AS \"nspname\" FROM pg_class c",
        ),
        ("SELECT a LIKE 'x!_y!!\\' ESCAPE '!'", "SELECT a LIKE 'x\\_y!\\\\'"),
        (
            "SELECT p.prorettype::regtype <> 'trigger'::regtype FROM pg_proc p",
            "SELECT p.prorettype <> huitong_type_oid('trigger') FROM pg_proc p",
        ),
        ("SELECT format('%I', a)::regclass::oid AS x", "SELECT huitong_relation_oid(format('%I', a)) AS x"),
        ("SELECT current_schema", "SELECT current_schema()"),
        (
            "SELECT x.a FROM information_schema.table_constraints AS x, information_schema.tables AS t",
            "SELECT CAST(NULL AS TEXT) AS a WHERE false",
        ),
        (
            "SELECT t.a FROM information_schema.tables AS t LEFT JOIN information_schema.table_constraints AS x ON x.a = t.a",
            "SELECT t.a FROM information_schema.tables AS t LEFT JOIN pg_catalog.\"information_schema.table_constraints\" AS x ON x.a = t.a",
        ),
        (
            "SELECT ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid ORDER BY 1) AS x FROM pg_class c",
            "SELECT (SELECT array_agg(a.attname ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid) AS x FROM pg_class c",
        ),
        (
            "SELECT CASE WHEN a IN (SELECT s[i] FROM generate_series(1, 2) AS i, string_to_array('x', ',') s) THEN 1 END AS x FROM t",
            "SELECT CASE WHEN array_has((SELECT array_agg(s[i]) FROM generate_series(1, 2) AS i (i), (SELECT string_to_array('x', ',') AS s) s), a) THEN 1 END AS x FROM t",
        ),
        // It is the same in every statement that reads.
        ("EXPLAIN SELECT 1::oid AS a", "EXPLAIN SELECT 1::INT AS a"),
        ("CREATE TABLE t AS SELECT 1::oid AS a", "CREATE TABLE t AS SELECT 1::INT AS a"),
        ("INSERT INTO pg_x VALUES (1::oid)", "INSERT INTO pg_x VALUES (1::INT)"),
    ] {
        assert_eq!(adapted(sql), expected);
    }
}

#[test]
fn what_is_not_of_the_catalogue_stays() {
    for sql in [
        "SELECT 'pg_x'",
        "WITH pg_index AS (SELECT 1 AS a) SELECT a FROM pg_index",
        "SELECT a FROM pg_trigger",
        "SELECT a FROM s.pg_index",
        "SELECT id, (SELECT id FROM t WHERE id > 0) FROM t WHERE name <> 'pg_x'",
        "SELECT (SELECT avg(id) FROM t WHERE id > 0) FROM t WHERE name <> 'pg_x'",
        "SELECT current_schema FROM (SELECT 'mine' AS current_schema) x",
        "SELECT (SELECT v FROM generate_series(1, 2) AS s (v) WHERE v > 0)",
        "SELECT s.value FROM generate_series(1, 2) AS s",
        "SELECT a FROM t WHERE a IN (SELECT relname FROM pg_class)",
        "SELECT a COLLATE \"zh_CN\" FROM t",
        "SELECT (SELECT count(*) WHERE false)",
    ] {
        assert_eq!(adapted(sql), sql);
    }
}
