use super::super::parse;
use huitong_catalog::{Code, Result};

fn read(sql: &str) -> Result<String> {
    parse(sql).map(|parsed| parsed.statement.to_string())
}

#[test]
fn a_function_is_a_query_with_an_aggregate() {
    let expected = "SELECT * FROM (SELECT \"district\", \"Sector\", get_field(\"row of series\", 'step') AS \"step\", \
        get_field(\"row of series\", 'ts') AS \"month\", get_field(\"row of series\", 'yhat') AS \"yhat\"";
    for relation in ["TABLE macro.indicator", "(SELECT * FROM macro.indicator)", "( SELECT *\nFROM macro.indicator )"] {
        let sql = format!(
            "SELECT * FROM forecast({relation}, time => month, value => v, by => (district, \"Sector\"), horizon => 12)"
        );
        let told = read(&sql).unwrap();
        assert!(told.starts_with(expected), "{told}");
        let inner = "FROM (SELECT district AS \"district\", \"Sector\" AS \"Sector\", \
            unnest(ts_forecast(month, v, 12, 'auto";
        assert!(told.contains(inner), "{told}");
        assert!(
            told.contains(
                "macro.indicator) AS \"row of relation\" GROUP BY district, \"Sector\") AS series) AS forecast"
            ),
            "{told}"
        );
    }
}

#[test]
fn functions_stand_wherever_tables_do() {
    for sql in [
        "WITH f AS (SELECT * FROM forecast(TABLE t, time => d, value => v, horizon => 3)) SELECT * FROM f",
        "CREATE TABLE x AS SELECT * FROM forecast((SELECT d, v FROM t WHERE v > 0), time => d, value => v, horizon => 3) AS f",
        "EXPLAIN SELECT * FROM t JOIN FORECAST ( TABLE \"T\".t , time=>d, value=>v, horizon=>$1) f ON f.d = t.d",
    ] {
        let told = read(sql).unwrap();
        assert!(told.contains("ts_forecast(d, v, "), "{told}");
    }
    // Names of tables and columns may be the same.
    assert_eq!(read("SELECT forecast FROM forecast").unwrap(), "SELECT forecast FROM forecast");
}

#[test]
fn mistakes_say_what_is_wrong() {
    for (arguments, told) in [
        ("TABLE t", "`time` is missing"),
        ("time => d, value => v, horizon => 1", "the relation is missing"),
        ("t, time => d, value => v, horizon => 1", "the relation is missing"),
        ("TABLE t, time => d, value => v", "`horizon` is missing"),
        ("TABLE t, time => d, value => v, horizn => 1", "no argument `horizn`"),
        ("TABLE t, time => d, value => v, horizon => 1, horizon => 2", "`horizon` is there twice"),
        ("TABLE t, time => d, value => v, by => (a + 1), horizon => 1", "`a + 1` is none"),
        ("TABLE t, time => d, value => v, by => (a, a), horizon => 1", "two columns `a`"),
        ("TABLE t, time => step, value => v, horizon => 1", "two columns `step`"),
        ("TABLE t, time => d, value => v, by => t.a, horizon => 1", "`t.a` is none"),
        ("TABLE t, d, value => v, horizon => 1", "`d` has no name"),
    ] {
        let error = read(&format!("SELECT * FROM forecast({arguments})")).unwrap_err();
        assert_eq!(error.code, Code::TYPE_MISMATCH, "{arguments}");
        assert!(error.message.contains(told), "{arguments}: {}", error.message);
        assert!(error.hint.is_some(), "{arguments}");
    }
    let error = read("SELECT * FROM forecast(TABLE t, time => d, value => v, horizn => 1)").unwrap_err();
    assert!(error.hint.unwrap().contains("`horizon`"));
}

#[test]
fn explanations_and_regressors_are_of_another_aggregate() {
    let read = |arguments: &str| {
        read(&format!("SELECT * FROM forecast(TABLE t, time => d, value => v, horizon => 3, {arguments})")).unwrap()
    };
    let told = read("explain => false, calendar => 'CN', period => [24, 168]");
    let plain = r#"ts_forecast(d, v, 3, 'auto', '{"period":[24,168],"calendar":"CN"}')"#;
    assert!(told.contains(plain) && !told.contains("words_zh"), "{told}");
    let told = read("explain => true");
    assert!(told.contains("ts_explain(d, v, 3, 'auto')) AS") && told.contains("'words_zh'"), "{told}");
    let told = read("given => (rate, \"投资\"), model => 'ces'");
    let given = r#"ts_explain(d, v, 3, 'ces', '{"names":["rate","投资"],"origins":0}', [rate, "投资"])"#;
    assert!(told.contains(given), "{told}");
    let told = read("given => rate, explain => true, origins => 9");
    assert!(told.contains(r#"'{"origins":9,"names":["rate"]}', [rate])"#), "{told}");
    for (arguments, what) in [
        ("origins => 3", "goes with `explain => true`"),
        ("explain => 1", "true or false"),
        ("given => (a + 1)", "`given` takes"),
    ] {
        let sql = format!("SELECT * FROM forecast(TABLE t, time => d, value => v, horizon => 3, {arguments})");
        let error = parse(&sql).unwrap_err();
        assert!(error.code == Code::TYPE_MISMATCH && error.message.contains(what), "{arguments}: {}", error.message);
    }
    let told =
        parse("SELECT * FROM backtest(TABLE t, time => d, value => v, horizon => 3, folds => 4, step => 1)").unwrap();
    let told = told.statement.to_string();
    assert!(told.contains(r#"ts_backtest(d, v, 3, 4, 'auto', '{"step":1}')"#) && told.contains("'cutoff'"), "{told}");
}

#[test]
fn records_are_paired_by_joins() {
    let told = read(
        "SELECT * FROM link_block(TABLE x.a, TABLE b, id => (i, \"J\"), rules => ((n, upper(d)), p), max_pairs => $1)",
    )
    .unwrap();
    for part in [
        "SELECT i AS id, n AS \"key 0 of rule 0\", upper(d) AS \"key 1 of rule 0\", p AS \"key 0 of rule 1\" FROM (SELECT * FROM x.a) AS \"row of relation\"",
        "SELECT \"J\" AS id, n AS \"key 0 of rule 0\", upper(d) AS \"key 1 of rule 0\", p AS \"key 0 of rule 1\" FROM (SELECT * FROM b) AS \"row of relation\"",
        "ON l.\"key 0 of rule 0\" = r.\"key 0 of rule 0\" AND l.\"key 1 of rule 0\" = r.\"key 1 of rule 0\"",
        "__pairs_within(estimate.pairs, $1, 'n, upper(d)', estimate.worst)",
        " UNION ALL ",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    let told = read("SELECT * FROM link_block((SELECT * FROM a), id => i, rules => ((n, d)))").unwrap();
    assert!(told.contains("l.id < r.id") && !told.contains("UNION ALL"), "{told}");
    for (arguments, what) in [
        ("id => i, rules => n", "a relation is missing"),
        ("TABLE a, rules => n", "`id` is missing"),
        ("TABLE a, id => (i, j), rules => n", "of each relation one"),
        ("TABLE a, TABLE b, TABLE c, id => i, rules => n", "has no name"),
    ] {
        let error = read(&format!("SELECT * FROM link_block({arguments})")).unwrap_err();
        assert!(error.code == Code::TYPE_MISMATCH && error.message.contains(what), "{arguments}: {}", error.message);
    }
}

#[test]
fn a_call_with_a_saved_model_waits_for_it() {
    let told = read("SELECT * FROM link(TABLE a, id => i, model => s.m)").unwrap();
    assert_eq!(told, "SELECT * FROM link((SELECT * FROM a), id => i, model => s.m)");
    let told = read("SELECT * FROM link(TABLE a, id => i, model => 'cn_person')").unwrap();
    assert!(told.contains("link_score('{") && told.contains("tf_variant_key") && told.contains("LEFT JOIN"), "{told}");
    // A count of keys needs no frequencies.
    assert_eq!(told.matches("LEFT JOIN").count(), 14, "{told}");
    let error = read("SELECT * FROM link(TABLE a, id => i, model => '{\"comparison\": 1}')").unwrap_err();
    assert!(error.message.contains("comparisons"), "{}", error.message);
}

#[test]
fn cells_come_with_their_totals_or_get_them() {
    let told = read("SELECT * FROM sdc_table(TABLE t, dims => (a, \"B\"), min_cell => 5)").unwrap();
    assert!(told.contains(r#"sdc_protect('{"min_cell":5}'"#) && !told.contains("CUBE"), "{told}");
    assert!(told.contains("AS \"a\"") && told.contains("AS \"B\""), "{told}");
    let told = read("SELECT * FROM sdc_table(TABLE t, dims => a, measure => v)").unwrap();
    assert!(told.contains("GROUP BY CUBE") && told.contains("contributors, top"), "{told}");
    for (arguments, what) in [
        ("dominance => 80", "there is no `measure`"),
        ("p_percent => 10", "there is no `measure`"),
        ("key => k", "for the methods"),
        ("key => k, method => 'suppress'", "for the methods"),
    ] {
        let error = read(&format!("SELECT * FROM sdc_table(TABLE t, dims => a, {arguments})")).unwrap_err();
        assert!(error.message.contains(what), "{arguments}: {}", error.message);
    }
}

#[test]
fn filings_are_paired_by_their_keys() {
    let parts = "id => i, title => t, abstract => coalesce(a, b), phase => p";
    let told = read(&format!("SELECT * FROM duplicate_pairs(TABLE x.new, {parts})")).unwrap();
    let features = "project_features(NULL, t, coalesce(a, b), NULL, NULL, NULL, NULL, NULL, NULL, p) AS features";
    assert!(told.contains(features) && told.contains("id_l < id_r") && told.contains("n <= 20"), "{told}");
    // Once for the keys, and once for each side.
    assert_eq!(told.matches("x.new").count(), 3, "{told}");
    let told =
        read(&format!("SELECT * FROM duplicate_pairs(TABLE n, against => TABLE r, {parts}, review => $1)")).unwrap();
    assert!(told.contains("l.id <> r.id") && told.contains("project_relation(l, r, score >= $1)"), "{told}");
    assert_eq!(told.matches("FROM r)").count(), 2, "{told}");
    // Of a register with an index only candidates are read.
    let told =
        read("SELECT * FROM duplicate_pairs(TABLE n, against => TABLE r, index => TABLE k, id => i, features => f)")
            .unwrap();
    assert_eq!((told.matches("FROM r)").count(), told.matches("FROM k)").count()), (1, 1), "{told}");
    assert!(told.contains("= pair.\"id of a candidate\""), "{told}");
    let told = read("SELECT * FROM duplicate_groups(TABLE p, min_score => 0.8)").unwrap();
    assert!(told.contains("link_components(id_l, id_r)") && told.contains("score >= 0.8"), "{told}");
    for (arguments, what) in [
        ("id => i, title => t", "the relation is missing"),
        ("TABLE n, title => t", "`id` is missing"),
        ("TABLE n, id => (i, j), title => t", "both relations have"),
        ("TABLE n, id => i, title => t, against => 3", "`against` takes a relation"),
        ("TABLE n, id => i, title => t, spec => 'cn_firm'", "spec"),
        ("TABLE n, id => i, title => t, max_block => t", "takes a number"),
    ] {
        let error = read(&format!("SELECT * FROM duplicate_pairs({arguments})")).unwrap_err();
        assert!(error.code == Code::TYPE_MISMATCH && error.message.contains(what), "{arguments}: {}", error.message);
    }
}
