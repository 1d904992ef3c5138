use serde_json::{Value, json};

use super::{Condition, Measure, Order, Side, Spec, condition_of_sql, keys_of_sql};

fn persons() -> Value {
    json!({
        "comparisons": [
            {"column": "surname", "levels": [
                {"when": "null"},
                {"when": "exact", "term_frequency": true},
                {"when": {"jaro_winkler": 0.9}, "label": "alike"},
                {"when": "else"}]},
            {"name": "birth", "columns": ["birth"], "levels": [
                {"when": "null"}, {"when": "exact"}, {"when": {"days": 3}}, {"when": {"years": 1}}, {"when": "else"}]},
            {"name": "both", "levels": [
                {"when": {"all": [{"exact": ["surname", "given"]}, {"not": {"null": "given"}}]}},
                {"when": {"swapped": ["surname", "given"]}},
                {"when": {"any": [{"damerau_levenshtein": 1, "on": "surname"}, {"sql": "\"given_l\" = 'x'"}]}},
                {"when": "else"}]}],
        "blocking": [["birth"], {"name": "start", "equal": ["given", {"substr": ["surname", 1, 3]}]},
                     {"sql": "l.surname = r.given AND year(l.birth) = year(r.birth)"}],
        "prior": {"rules": [["id"]], "recall": 0.8},
        "training": {"sessions": [["birth"], {"rule": "start", "exclude": ["surname"]}], "max_iterations": 50}})
}

fn changed(change: impl FnOnce(&mut Value)) -> String {
    let mut persons = persons();
    change(&mut persons);
    Spec::parse(&persons.to_string()).unwrap_err().to_string()
}

#[test]
fn a_specification_is_read_and_written() {
    let spec = Spec::parse(&persons().to_string()).unwrap();
    assert_eq!(Spec::parse(&spec.to_json()).unwrap(), spec);
    assert_eq!(spec.to_json(), Spec::parse(&spec.to_json()).unwrap().to_json());
    assert_eq!(spec.columns(), ["birth", "given", "surname"]);
    assert_eq!(spec.term_frequency_columns(), ["surname"]);
    assert_eq!(spec.comparisons[0].values(), [-1, 2, 1, 0]);
    assert_eq!(spec.comparisons[1].levels[3].label, "years 1");
    assert_eq!(spec.training.sessions[0].excluded, ["birth"]);
    assert_eq!(spec.training.sessions[1].excluded, ["surname"]);
    assert_eq!(
        spec.blocking[1].sql("a", "b"),
        r#"a."given" = b."given" AND substr(a."surname", 1, 3) = substr(b."surname", 1, 3)"#
    );
    assert_eq!(
        spec.blocking[2].sql("l", "r"),
        r#"l."surname" = r."given" AND date_part('year', l."birth") = date_part('year', r."birth")"#
    );
}

#[test]
fn patterns_are_mixed_radix_numbers() {
    let spec = Spec::parse(&persons().to_string()).unwrap();
    assert_eq!(spec.radices(), [4, 5, 5]);
    assert_eq!(spec.levels_of(0), Some(vec![-1, -1, -1]));
    assert_eq!(spec.levels_of(3 + 4 * 4 + 20), Some(vec![2, 3, 0]));
    assert_eq!(spec.levels_of(99), Some(vec![2, 3, 3]));
    assert_eq!(spec.levels_of(100), None);
    assert_eq!(spec.levels_of(-1), None);
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_mend() {
    let error = changed(|spec| spec["comparisons"][0]["colunm"] = json!("x"));
    assert!(error.contains("comparisons[0]") && error.contains("`colunm`") && error.contains("`column`"), "{error}");
    let error = changed(|spec| spec["comparisons"][0]["levels"][2]["when"] = json!({"jaro_winkle": 0.9}));
    assert!(
        error.contains("comparisons[0].levels[2].when") && error.contains("did you mean `jaro_winkler`"),
        "{error}"
    );
    let error = changed(|spec| spec["comparisons"][0]["levels"][2]["when"] = json!({"jaro_winkler": 1.9}));
    assert!(error.contains("levels[2].when.jaro_winkler") && error.contains("from 0 to 1"), "{error}");
    let error = changed(|spec| spec["comparisons"][0]["levels"].as_array_mut().unwrap().truncate(3));
    assert!(error.contains("the last level must be \"else\""), "{error}");
    let error = changed(|spec| spec["comparisons"][0]["levels"][1] = json!({"when": "else"}));
    assert!(error.contains("never reached"), "{error}");
    let error = changed(|spec| spec["comparisons"][0]["levels"][1]["term_frequency"] = json!("given"));
    assert!(error.contains("`given`") && error.contains("own_u"), "{error}");
    let error = changed(|spec| spec["comparisons"][1]["name"] = json!("surname"));
    assert!(error.contains("two of the name `surname`"), "{error}");
    let error = changed(|spec| spec["training"]["sessions"][1]["rule"] = json!("end"));
    assert!(error.contains("`end`"), "{error}");
    let error = changed(|spec| spec["training"]["sessions"][1]["exclude"] = json!(["nobody"]));
    assert!(error.contains("nobody"), "{error}");
    let error = changed(|spec| spec["prior"] = json!({"recall": 0.5}));
    assert!(error.contains("belong together"), "{error}");
    let error = changed(|spec| spec["blocking"][0] = json!([]));
    assert!(error.contains("without keys"), "{error}");
    for garbage in ["", "null", "[]", "{", "{\"comparisons\": []}", "{\"comparisons\": [1]}", "\u{1F600}"] {
        assert!(Spec::parse(garbage).is_err(), "{garbage}");
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Spec::parse(&deep).is_err());
}

#[test]
fn patterns_that_do_not_fit_are_refused() {
    let comparison = |at: usize| {
        json!({"name": format!("c{at}"), "column": "x", "levels": [
            {"when": "null"}, {"when": "exact"}, {"when": {"jaro": 0.9}}, {"when": "else"}]})
    };
    let spec = |count: usize| json!({"comparisons": (0..count).map(comparison).collect::<Vec<_>>()}).to_string();
    assert!(Spec::parse(&spec(31)).is_ok());
    assert!(Spec::parse(&spec(32)).unwrap_err().to_string().contains("BIGINT"));
}

/// All forms that Splink's library of comparisons writes for DuckDB and that are understood.
#[test]
fn conditions_of_sql_are_understood() {
    for (sql, measure, order, threshold) in [
        ("jaro_winkler_similarity(\"a_l\", \"a_r\") >= 0.92", Measure::JaroWinkler, Order::AtLeast, 0.92),
        ("jaro_similarity(a_l, a_r) > 0.5", Measure::Jaro, Order::Above, 0.5),
        ("jaccard(\"a_l\", \"a_r\") >= 0.9", Measure::Jaccard, Order::AtLeast, 0.9),
        ("2 >= levenshtein(\"a_l\", \"a_r\")", Measure::Levenshtein, Order::AtMost, 2.0),
        ("damerau_levenshtein(\"a_l\", \"a_r\") <= 1", Measure::DamerauLevenshtein, Order::AtMost, 1.0),
        ("levenshtein(CAST(\"a_l\" AS TEXT), CAST(\"a_r\" AS TEXT)) <= 1", Measure::Levenshtein, Order::AtMost, 1.0),
        ("ABS(EPOCH(\"a_l\") - EPOCH(\"a_r\")) <= 2629800.0", Measure::Seconds, Order::AtMost, 2629800.0),
        (
            "ABS(EPOCH(try_strptime(\"a_l\", '%Y-%m-%d')) - EPOCH(try_strptime(\"a_r\", '%Y-%m-%d'))) <= 31557600.0",
            Measure::Seconds,
            Order::AtMost,
            31557600.0,
        ),
        ("abs(date_diff('day', \"a_l\", \"a_r\")) <= 3", Measure::Days, Order::AtMost, 3.0),
        ("ABS(\"a_l\" - \"a_r\") <= 3", Measure::Difference, Order::AtMost, 3.0),
        (
            "(ABS(\"a_l\" - \"a_r\") / (CASE WHEN \"a_r\" > \"a_l\" THEN \"a_r\" ELSE \"a_l\" END)) < 0.1",
            Measure::ShareOfLarger,
            Order::Below,
            0.1,
        ),
        ("array_length(list_intersect(\"a_l\", \"a_r\")) >= 2", Measure::Shared, Order::AtLeast, 2.0),
        (
            "jaro_winkler_similarity(NULLIF(regexp_extract(\"a_l\", '^[^@]+', 0), ''), \
             NULLIF(regexp_extract(\"a_r\", '^[^@]+', 0), '')) >= 0.88",
            Measure::JaroWinkler,
            Order::AtLeast,
            0.88,
        ),
    ] {
        let Condition::Compare(score, of, at) = condition_of_sql(sql, "").unwrap() else { panic!("{sql}") };
        assert_eq!((score.measure, of, at), (measure, order, threshold), "{sql}");
        assert_eq!((score.left.side, score.right.side), (Side::Left, Side::Right), "{sql}");
        assert_eq!(score.left.expression, score.right.expression, "{sql}");
    }
    let exact = |sql: &str| {
        let condition = condition_of_sql(sql, "").unwrap();
        condition.exact_columns().map(|columns| columns.into_iter().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(exact("\"a_l\" = \"a_r\""), Some(vec!["a".to_owned()]));
    assert_eq!(exact("(\"a_l\" = \"a_r\") AND (\"b_l\" = \"b_r\")"), Some(vec!["a".to_owned(), "b".to_owned()]));
    assert_eq!(exact("\"a_l\" = \"b_r\" AND \"a_r\" = \"b_l\""), None);
    assert_eq!(exact("substring(a_l, 1, 3) = substring(a_r, 1, 3)"), None);
    assert_eq!(exact("ELSE"), None);
}

#[test]
fn other_sql_is_refused_with_its_text() {
    for (sql, part) in [
        ("soundex(\"a_l\") = soundex(\"a_r\")", "soundex"),
        ("\"a_l\" LIKE \"a_r\"", "LIKE"),
        ("\"a\" = \"a_r\"", "a"),
        ("\"a_l\" = \"a_r\" AND random() < 0.5", "random"),
        ("list_max(list_transform(\"a_l\", x -> 1)) >= 0.9", "list_max"),
        ("abs(date_diff('month', \"a_l\", \"a_r\")) <= 3", "month"),
        ("regexp_extract(\"a_l\", '(', 0) = 'x'", "regexp_extract"),
        ("levenshtein(\"a_l\", \"a_r\") <= 100000", "100000"),
        ("1 = 1 extra", "extra"),
        ("", "SQL"),
    ] {
        let error = condition_of_sql(sql, "comparisons[0]").unwrap_err().to_string();
        assert!(error.contains(part) && error.contains("comparisons[0]"), "{sql}: {error}");
    }
    let nested = format!("{}a_l = a_r{}", "(".repeat(10_000), ")".repeat(10_000));
    assert!(condition_of_sql(&nested, "").is_err());
}

#[test]
fn rules_of_sql_become_keys() {
    let keys = keys_of_sql("(l.\"surname\" = r.\"surname\") AND (SUBSTRING(r.dob, 1, 4) = SUBSTRING(l.dob, 1, 4))", "")
        .unwrap();
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[1].left.sql("l"), "substr(l.\"dob\", 1, 4)");
    let keys = keys_of_sql("l.a = r.b", "").unwrap();
    assert_eq!((keys[0].left.column.as_str(), keys[0].right.column.as_str()), ("a", "b"));
    for sql in ["l.a = l.b", "l.a = r.a OR l.b = r.b", "l.a < r.a", "levenshtein(l.a, r.a) < 2", "a_l = a_r"] {
        assert!(keys_of_sql(sql, "").is_err(), "{sql}");
    }
}
