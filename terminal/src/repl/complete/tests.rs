use super::*;

fn names() -> Vec<Name> {
    let table = |schema: &str, name: &str| Name::Table {
        schema: schema.into(),
        name: name.into(),
        kind: "table".into(),
        comment: None,
    };
    let column = |schema: &str, table: &str, name: &str| Name::Column {
        schema: schema.into(),
        table: table.into(),
        name: name.into(),
        data_type: "text".into(),
        comment: None,
    };
    vec![
        Name::Schema { name: "population".into(), comment: None },
        Name::Schema { name: "人口".into(), comment: None },
        table("population", "resident"),
        table("人口", "户籍"),
        table("population", "Mixed Case"),
        column("population", "resident", "id"),
        column("population", "resident", "Name"),
        column("人口", "户籍", "姓名"),
        column("人口", "户籍", "性别"),
        Name::Function { name: "regexp_like".into() },
    ]
}

/// The cursor stands at `^`.
fn check(input: &str, start: &str, expected: &[&str]) {
    let at = input.find('^').unwrap();
    let line = input.replace('^', "");
    let (found_at, found) = candidates(&line, at, &names());
    assert_eq!(
        (&line[..found_at], found.as_slice()),
        (start, expected.iter().map(|c| c.to_string()).collect::<Vec<_>>().as_slice()),
        "{input}"
    );
}

#[test]
fn a_dot_opens_what_is_before_it() {
    check("select * from population.^", "select * from population.", &["\"Mixed Case\"", "resident"]);
    check("select * from 人口.户^", "select * from 人口.", &["户籍"]);
    check("select 户籍.姓^ from 户籍", "select 户籍.", &["姓名"]);
    check("select r.^ from population.resident as r", "select r.", &["\"Name\"", "id"]);
    check("select R.i^ from population.resident r where 1", "select R.", &["id"]);
    check("select population.resident.I^", "select population.resident.", &["id"]);
    check("select \"population\".\"resident\".n^", "select \"population\".\"resident\".", &["\"Name\""]);
    check("select nothing.^", "select nothing.", &[]);
}

#[test]
fn after_from_come_tables_and_schemas() {
    check("select * from re^", "select * from ", &["resident"]);
    check("select * FROM ^", "select * FROM ", &["\"Mixed Case\"", "population", "resident", "人口", "户籍"]);
    check("select * from \"Mix^", "select * from ", &["\"Mixed Case\""]);
    check("\\d r^", "\\d ", &["resident"]);
}

#[test]
fn elsewhere_come_columns_of_the_named_tables_then_the_rest_in_the_case_typed() {
    check("select 性^ from 户籍", "select ", &["性别"]);
    check("select 性^ from resident", "select ", &[]);
    check("sel^", "", &["select"]);
    check("SEL^", "", &["SELECT"]);
    check("select re^", "select ", &["regexp_like", "resident", "recursive", "replace", "revoke"]);
}

#[test]
fn commands_complete_too() {
    check("\\ti^", "", &["\\timing"]);
    check("  \\d^", "  ", &["\\d", "\\dn"]);
    check("\\format n^", "\\format ", &["ndjson"]);
}

#[test]
fn names_that_sql_reads_otherwise_are_quoted() {
    for (name, typed) in [
        ("户籍", "户籍"),
        ("a_1", "a_1"),
        ("Aa", "\"Aa\""),
        ("1a", "\"1a\""),
        ("order", "\"order\""),
        ("a\"b", "\"a\"\"b\""),
        ("", "\"\""),
    ] {
        assert_eq!(quoted(name), typed);
    }
}

#[test]
fn any_input_and_cursor_is_answered() {
    for line in ["", "\"", "a.\"b", "..", "\\", "select '中\"文", "é.e\u{301}"] {
        for at in 0..=line.len() + 1 {
            let (start, _) = candidates(line, at, &names());
            assert!(start <= at.max(line.len()));
        }
    }
}
