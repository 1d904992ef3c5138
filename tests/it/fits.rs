//! Models that were fitted: whose they are, and what is told of them to whom.

use crate::city::City;

const POLICY: &str = r#"
@id("write") @mask("none")
permit (principal in Role::"steward", action, resource);
"#;

const MADE: &str = "CREATE TABLE series AS \
    SELECT make_date(2015 + m / 12, m % 12 + 1, 1) AS month, CAST(m AS DOUBLE) AS v FROM unnest(range(0, 48)) AS r(m); \
    CREATE MODEL fit AS SELECT ts_fit(month, v, 'naive') AS model, CAST(0.5 AS DOUBLE) AS accuracy FROM series WHERE v <> 4242";

#[test]
fn a_model_is_its_makers() {
    let city = City::open(&[("policy.cedar", POLICY)], &["maker", "other"]);
    city.ask("maker", MADE).expect("a model");
    let listed = "SELECT name, version, accuracy, specification LIKE '%4242%' AS told FROM huitong.models";
    assert_eq!(city.ask("maker", listed), Ok("name,version,accuracy,told\nfit,0,0.5,true\n".to_owned()));
    let again = "CREATE OR REPLACE MODEL fit AS SELECT ts_fit(month, v, 'naive') AS model, CAST(1.5 AS DOUBLE) AS accuracy FROM series";
    for (statement, code) in [
        ("SELECT * FROM fit", "HT0102"),
        ("DROP MODEL fit", "HT0102"),
        ("DESCRIBE HISTORY fit", "HT0102"),
        ("VACUUM fit", "HT0102"),
        (again, "HT0102"),
        ("CREATE OR REPLACE MODEL fit AS SELECT ts_fit(now(), 1.0) AS model", "HT0111"),
    ] {
        let told = city.ask("other", statement).expect_err(statement);
        assert!(told.contains(code) && !told.contains("4242"), "{statement}: {told}");
    }
    for user in ["other", "wang", "admin"] {
        assert_eq!(city.ask(user, "SELECT count(*) AS n FROM huitong.models"), Ok("n\n0\n".to_owned()), "{user}");
    }
    city.ask("maker", again).expect("fitted again");
    let fits = "SELECT version, accuracy, members FROM huitong.models ORDER BY version";
    assert_eq!(city.ask("maker", fits), Ok("version,accuracy,members\n0,0.5,1\n1,1.5,1\n".to_owned()));
    assert_eq!(city.ask("maker", "SELECT accuracy FROM fit VERSION AS OF 0"), Ok("accuracy\n0.5\n".to_owned()));
    city.ask("maker", "DESCRIBE HISTORY fit; VACUUM fit").expect("kept in order");
    // Whoever keeps the platform in order may drop it and bring it back, and sees nothing of it; its maker has it as it was.
    city.ask("admin", "DROP MODEL fit").expect("dropped");
    city.ask("admin", "UNDROP TABLE fit").expect("brought back");
    assert_eq!(city.ask("maker", "SELECT accuracy FROM fit"), Ok("accuracy\n1.5\n".to_owned()));
    assert_eq!(city.ask("maker", fits), Ok("version,accuracy,members\n0,0.5,1\n1,1.5,1\n".to_owned()));
    // What it was fitted to is gone, or another's: it cannot be fitted from that again, and goes on as it is.
    city.ask("maker", "DROP TABLE series").expect("dropped");
    assert!(city.ask("maker", again).expect_err("no data").contains("HT0102"));
    assert_eq!(city.ask("maker", "SELECT accuracy FROM fit"), Ok("accuracy\n1.5\n".to_owned()));
}

/// Two who fit at the same time: each fit is whole, and no version is lost without a word.
#[test]
fn of_fits_at_one_time_each_is_a_version_or_is_refused() {
    let city = City::open(&[("policy.cedar", POLICY)], &["maker"]);
    city.ask("maker", MADE).expect("a model");
    let fit = |accuracy: usize| {
        let sql = format!(
            "CREATE OR REPLACE MODEL fit AS SELECT ts_fit(month, v, 'auto_ets') AS model, CAST({accuracy} AS DOUBLE) AS accuracy FROM series"
        );
        city.ask("maker", &sql)
    };
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = (1..=4).map(|accuracy| scope.spawn(move || fit(accuracy))).collect();
        all.into_iter().map(|fit| fit.join().expect("it ends")).collect()
    });
    for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(outcome.contains("HT0306"), "{outcome}");
    }
    let done = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(done > 0, "{outcomes:?}");
    let counted = "SELECT count(*) AS n, max(version) AS v FROM huitong.models";
    assert_eq!(city.ask("maker", counted), Ok(format!("n,v\n{},{done}\n", done + 1)));
    assert_eq!(city.ask("maker", "SELECT count(*) AS n FROM fit"), Ok("n\n1\n".to_owned()));
}
