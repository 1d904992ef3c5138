use super::*;

#[test]
fn names_that_are_safe_as_directories_pass() {
    let long_cjk = "人".repeat(82);
    for name in ["population", "人口", "t1", "_private", "2024年人口", "A", "〇五", &"a".repeat(128), &long_cjk]
    {
        assert!(check_name("table", name).is_ok(), "{name}");
    }
}

#[test]
fn everything_else_is_refused() {
    let too_many_bytes = "人".repeat(86);
    let names = [
        "",
        ".",
        "..",
        "a.b",
        "a/b",
        "a\\b",
        "a b",
        "a\0b",
        "a\nb",
        "\u{202e}abc",
        "a\u{200b}b",
        "a-b",
        "a'b",
        "a\"b",
        "C:",
        "%2e%2e",
        "e\u{301}",
        "_delta_log",
        "_DELTA_index",
        "人口,表",
        &"a".repeat(129),
        &too_many_bytes,
    ];
    for name in names {
        let error = check_name("table", name).expect_err(name);
        assert_eq!(error.code, Code::NAME_NOT_ALLOWED, "{name}");
        assert!(error.message.chars().count() < 160 && !error.message.contains(['\n', '\0']), "{}", error.message);
    }
}

#[test]
fn parsing_follows_sql() {
    let cases = [
        ("population", "main.population"),
        ("  Population ", "main.population"),
        ("Base.Population", "base.population"),
        ("\"Base\".人口", "Base.人口"),
        ("base.\"Population\"", "base.Population"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            TableName::parse(text, "main").map(|name| name.to_string()).ok().as_deref(),
            Some(expected),
            "{text}"
        );
    }
    for text in ["", ".", "a.", ".a", "a.b.c", "\"a", "\"a\"b", "\"a\"\"b\"", "\"a.b\"", "a..b", "\"\".a", "../a"] {
        assert_eq!(TableName::parse(text, "main").map_err(|error| error.code), Err(Code::NAME_NOT_ALLOWED), "{text}");
    }
}

#[test]
fn reserved_schemas_are_refused_in_any_case() {
    for schema in ["huitong", "HUITONG", "information_schema", "truth"] {
        let name = TableName::new(schema, "t").unwrap();
        assert_eq!(name.require_unreserved().map_err(|error| error.code), Err(Code::NAME_NOT_ALLOWED));
    }
    assert!(TableName::new("base", "truth").unwrap().require_unreserved().is_ok());
}
