//! Who may see what, from outside: users with the password of all, and the city's rules between them and the rows.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Int64Array, RecordBatch};
use arrow_flight::sql::{CommandStatementIngest, TableDefinitionOptions, TableExistsOption, TableNotExistOption};
use futures::stream;

use crate::calls::Caller;
use crate::city::City;
use crate::http::Client;
use crate::work::{PASSWORD, Server, huitong, run, sql};

const RESIDENT: &str = "dataset: population.resident
zh: 常住人口
en: Residents
owner: police
share: {type: conditional, when: 依法履职}
cycle: daily
basis: 户口登记条例
key: [id]
fields:
  - {name: id, type: bigint, zh: 编号, en: number}
  - {name: citizen_id, element: citizen_id}
  - {name: name, element: person_name}
  - {name: born, element: birth_date}
  - {name: office, type: string, zh: 登记机关, en: office}
  - {name: income, type: bigint, zh: 收入, en: income, grade: 4}
  - {name: note, type: string, zh: 备注, en: note, grade: core}
";

const POLICY: &str = r#"
@id("own") @mask("none")
permit (principal in Role::"steward", action, resource) when { principal has department && principal.department == resource.owner };
@id("analysis")
permit (principal in Role::"analyst", action == Action::"read", resource) when { resource.grade <= 4 };
@id("links") @mask("hash")
permit (principal in Role::"modeller", action == Action::"read", resource == Field::"population.resident.citizen_id")
when { context has purpose };
@id("hidden office") @rows("office = '机密'")
forbid (principal, action == Action::"read", resource) unless { principal in Role::"steward" };
@id("own office") @mask("none") @rows("office = principal.department")
permit (principal in Department::"civil", action == Action::"read", resource in Dataset::"population.resident")
when { resource.grade <= 4 };
@id("check") @mask("none")
permit (principal == User::"checker", action == Action::"read", resource == Field::"population.resident.name")
when { context has purpose && context.purpose == "核查" };
@id("an office holder") @mask("none")
permit (principal == User::"wang", action, resource);
"#;

const ROWS: &str = "INSERT INTO population.resident VALUES \
    (1, '11010519491231002X', '王小芳', DATE '1949-12-31', 'civil', 100, 'a'), \
    (2, '110105194912310011', '李雷', DATE '1997-02-03', 'police', 200, 'b'), \
    (3, '110105194912310038', '欧阳娜', DATE '2001-07-01', '机密', 0, 'secret-row')";

const STANDING: &str = "ALTER USER steward DEPARTMENT 'police' ROLES ('steward') CLEARANCE 4; \
    ALTER USER analyst DEPARTMENT police ROLES (analyst); ALTER USER modeller ROLES ('modeller'); \
    ALTER USER clerk DEPARTMENT 'civil'";

fn open() -> City {
    let users = ["steward", "analyst", "modeller", "clerk", "nobody"];
    let city = City::open(&[("population/resident.yaml", RESIDENT), ("policy.cedar", POLICY)], &users);
    city.make_user("shen", "AUDITOR");
    city.ask("wang", STANDING).expect("standing");
    city.ask("steward", ROWS).expect("rows");
    city
}

#[test]
fn each_sees_the_city_as_its_rules_have_it() {
    let city = open();
    for backend in ["local", "staged"] {
        let ask = |user: &str, query: &str| city.ask(user, &format!("SET huitong.backend = '{backend}'; {query}"));
        let all = "SELECT * FROM population.resident ORDER BY id";
        assert_eq!(
            ask("steward", all),
            Ok("id,citizen_id,name,born,office,income,note\n\
                1,11010519491231002X,王小芳,1949-12-31,civil,100,a\n\
                2,110105194912310011,李雷,1997-02-03,police,200,b\n\
                3,110105194912310038,欧阳娜,2001-07-01,机密,0,secret-row\n"
                .to_owned()),
            "{backend}"
        );
        assert_eq!(
            ask("analyst", all),
            Ok("id,citizen_id,name,born,office,income\n\
                1,110105************,王**,1945-01-01,civil,100\n\
                2,110105************,李*,1995-01-01,police,200\n"
                .to_owned()),
            "{backend}"
        );
        assert_eq!(
            ask("clerk", all),
            Ok("id,citizen_id,name,born,office,income\n\
                1,11010519491231002X,王小芳,1949-12-31,civil,100\n"
                .to_owned()),
            "{backend}"
        );
        let count = "SELECT count(*) AS n, sum(income) AS s, min(born) AS b FROM population.resident";
        assert_eq!(ask("analyst", count), Ok("n,s,b\n2,300,1945-01-01\n".to_owned()), "{backend}");
        assert_eq!(
            ask("analyst", "SELECT id FROM population.resident WHERE income >= 100 AND born < DATE '1950-01-01'"),
            Ok("id\n1\n".to_owned()),
            "{backend}"
        );
        // Pseudonyms match within a purpose, and not across purposes.
        let pseudonym = |purpose: &str| {
            let query =
                format!("SET huitong.purpose = '{purpose}'; SELECT min(citizen_id) AS c FROM population.resident");
            ask("modeller", &query).expect("pseudonyms")
        };
        assert_eq!(pseudonym("关联分析"), pseudonym("关联分析"), "{backend}");
        assert_ne!(pseudonym("关联分析"), pseudonym("统计"), "{backend}");
        assert_eq!(pseudonym("统计").trim_end().len(), "c\n".len() + 64, "{backend}");
    }
}

#[test]
fn what_is_not_to_be_seen_is_not_there() {
    let city = open();
    let missing = city.ask("nobody", "SELECT * FROM population.no_such").unwrap_err();
    for user in ["nobody", "admin", "wang", "shen", "modeller"] {
        for query in [
            "SELECT * FROM population.resident",
            "SELECT count(*) FROM population.resident",
            "EXPLAIN SELECT * FROM population.resident",
            "CREATE VIEW v AS SELECT * FROM population.resident",
            "INSERT INTO population.resident SELECT 9, NULL, NULL, NULL, NULL, NULL, NULL",
            "UPDATE population.resident SET income = 0",
            "DELETE FROM population.resident",
        ] {
            let told = city.ask(user, query).unwrap_err();
            // An auditor changes nothing, whatever there is.
            let is_known = told.contains("HT0102") || user == "shen" && told.contains("changes nothing");
            assert!(is_known && !told.contains("did you mean"), "{user}: {query}: {told}");
        }
        let told = city.ask(user, "SELECT * FROM population.resident").unwrap_err();
        let alike = missing.replace("no_such", "resident");
        let first = |text: &str| text.lines().next().unwrap_or_default().to_owned();
        assert_eq!(first(&told), first(&alike), "{user}");
        let lists = "SELECT (SELECT count(*) FROM huitong.datasets) + (SELECT count(*) FROM huitong.fields) + \
            (SELECT count(*) FROM information_schema.columns WHERE table_name = 'resident') + \
            (SELECT count(*) FROM search('常住人口') WHERE kind IN ('dataset', 'field')) AS n";
        assert_eq!(city.ask(user, lists), Ok("n\n0\n".to_owned()), "{user}");
    }
    // The same over HTTP, for the words that a browser sends.
    let found = |user: &str, words: &str| {
        let client = Client::stranger(&city.door("http")).signed_in(user, PASSWORD);
        let answer = client.get(&format!("/api/v1/search?q={words}&limit=100"));
        assert_eq!(answer.status, 200, "{user}: {}", answer.text());
        let document = answer.json();
        let rows = document["rows"].as_array().cloned().expect("rows");
        rows.iter().filter(|row| row.to_string().contains("resident")).count()
    };
    let (name, initials) = ("%E5%B8%B8%E4%BD%8F%E4%BA%BA%E5%8F%A3", "czrk");
    for words in [name, initials] {
        assert!(found("analyst", words) > 0, "{words}");
        assert_eq!(found("nobody", words), 0, "{words}");
    }
    assert_eq!(found("analyst", "%E5%A4%87%E6%B3%A8"), 0, "a column that is not given");
    assert!(found("steward", "%E5%A4%87%E6%B3%A8") > 0);
    // A column that is not given is no column.
    for query in [
        "SELECT note FROM population.resident",
        "SELECT id FROM population.resident WHERE note LIKE 's%'",
        "SELECT r FROM population.resident r ORDER BY r.note",
    ] {
        assert!(city.ask("analyst", query).unwrap_err().contains("HT0103"), "{query}");
    }
    for list in ["huitong.fields", "search('备注')", "search('note')"] {
        let found = city.ask("analyst", &format!("SELECT count(*) AS n FROM {list} WHERE name = 'note'"));
        assert_eq!(found, Ok("n\n0\n".to_owned()), "{list}");
    }
    // Rules may name those whom they hide.
    assert!(!city.ask("analyst", "SELECT rows FROM huitong.grants").expect("one's own").contains("机密"));
    assert!(city.ask("shen", "SELECT rows FROM huitong.grants").expect("those of all").contains("机密"));
}

/// Whoever may not see something is told that there is none; the auditor is told what it was.
#[test]
fn denials_are_on_record() {
    let city = open();
    city.make_user("guest", "");
    for (user, statement, code) in [
        ("nobody", "SELECT * FROM population.resident", "HT0102"),
        ("nobody", "UPDATE population.resident SET income = 0", "HT0102"),
        ("nobody", "SELECT * FROM population.no_such", "HT0102"),
        ("nobody", "UPDATE population.no_such SET income = 0", "HT0102"),
        ("analyst", "SELECT id FROM population.resident WHERE note LIKE 's%'", "HT0103"),
        ("analyst", "SELECT id FROM population.resident WHERE no_such > 1", "HT0103"),
        ("analyst", "DELETE FROM population.resident", "HT0204"),
        ("guest", "EXPLAIN SELECT * FROM population.resident", "HT0102"),
        ("guest", "EXPLAIN SELECT * FROM population.no_such", "HT0102"),
    ] {
        let told = city.ask(user, statement).unwrap_err();
        assert!(told.contains(code) && !told.contains("denied"), "{user}: {statement}: {told}");
    }
    let loaded =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(async {
            let mut caller = Caller::connect(&city.address(), "guest").await;
            let rows =
                RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).expect("rows");
            let command = CommandStatementIngest {
                table: "resident".to_owned(),
                schema: Some("population".to_owned()),
                table_definition_options: Some(TableDefinitionOptions {
                    if_not_exist: TableNotExistOption::Fail.into(),
                    if_exists: TableExistsOption::Append.into(),
                }),
                ..CommandStatementIngest::default()
            };
            caller.sql.execute_ingest(command, stream::iter([Ok(rows)])).await
        });
    assert!(loaded.expect_err("there is no such table").to_string().contains("HT0102"));
    let failed = "SELECT DISTINCT actor, action, error_code, allowed, objects FROM huitong.audit \
        WHERE outcome = 'failed' AND actor IN ('nobody', 'analyst', 'guest') ORDER BY actor, action, error_code, objects";
    let expected = "actor,action,error_code,allowed,objects\n\
        analyst,command,HT0204,false,\n\
        analyst,query,HT0103,false,population.resident\n\
        analyst,query,HT0103,,\n\
        guest,command,HT0102,false,population.resident\n\
        guest,query,HT0102,false,population.resident\n\
        guest,query,HT0102,,\n\
        nobody,command,HT0102,false,population.resident\n\
        nobody,command,HT0102,,\n\
        nobody,query,HT0102,false,population.resident\n\
        nobody,query,HT0102,,\n";
    let begun = Instant::now();
    while city.ask("shen", failed).as_deref() != Ok(expected) {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", city.ask("shen", failed));
        std::thread::sleep(Duration::from_millis(50));
    }
    let policies = "SELECT DISTINCT policies LIKE '%analysis%' AS told FROM huitong.audit \
        WHERE outcome = 'failed' AND actor = 'analyst' AND action = 'query' AND NOT allowed";
    assert_eq!(city.ask("shen", policies), Ok("told\ntrue\n".to_owned()));
}

#[test]
fn nothing_tells_of_hidden_rows_and_values() {
    let city = open();
    // Each of these fails, or does something else, for the row or value that is hidden.
    let probes = [
        "SELECT id FROM population.resident WHERE 100 / income > 0 ORDER BY id",
        "SELECT id FROM population.resident WHERE 1 / (income - income) = 1 AND office = '机密'",
        "SELECT CASE WHEN office = '机密' THEN 1 / 0 ELSE 0 END AS x FROM population.resident",
        "SELECT sum(1 / income) AS x FROM population.resident",
        "SELECT max(office) AS x, min(income) AS y FROM population.resident",
        "SELECT id FROM population.resident WHERE CAST(office AS VARCHAR) = '机密' OR income = 0",
        "SELECT count(*) AS n FROM population.resident a JOIN population.resident b ON 100 / a.income = 100 / b.income",
        "SELECT id, lead(id) OVER (ORDER BY id) AS l FROM population.resident ORDER BY id",
        "SELECT id FROM population.resident EXCEPT SELECT 1",
        "SELECT id FROM population.resident WHERE id IN (SELECT 3)",
    ];
    let before: Vec<_> = probes.iter().map(|probe| city.ask("analyst", probe)).collect();
    let change = "DELETE FROM population.resident WHERE office = '机密'; \
        UPDATE population.resident SET note = 'other'";
    city.ask("steward", change).expect("changed");
    for (probe, before) in probes.iter().zip(before) {
        assert_eq!(city.ask("analyst", probe), before, "{probe}");
    }
    // Masked values do not come out by way of a comparison.
    for (probe, answer) in [
        ("SELECT count(*) AS n FROM population.resident WHERE name = '王小芳'", "n\n0\n"),
        ("SELECT count(*) AS n FROM population.resident WHERE citizen_id LIKE '%1002X'", "n\n0\n"),
        ("SELECT count(*) AS n FROM population.resident WHERE name LIKE '王%'", "n\n1\n"),
        ("SELECT count(*) AS n FROM population.resident WHERE born = DATE '1949-12-31'", "n\n0\n"),
    ] {
        assert_eq!(city.ask("analyst", probe), Ok(answer.to_owned()), "{probe}");
    }
    let plan = city.ask("analyst", "EXPLAIN SELECT id FROM population.resident WHERE income > 5").expect("a plan");
    assert!(!plan.contains("mask") && !plan.contains("机密") && !plan.contains("backend"), "{plan}");
    // Nor does what is wrong with a file, whose path may hold a value.
    let files = city.files("population");
    assert!(!files.is_empty());
    files.into_iter().for_each(|file| std::fs::remove_file(file).expect("removed"));
    let told = city.ask("analyst", "SELECT id FROM population.resident WHERE id > 0").unwrap_err();
    assert!(told.contains("HT0301") && !told.contains(".parquet"), "{told}");
    let told = city.ask("wang", "SELECT id FROM population.resident WHERE id > 0").unwrap_err();
    assert!(!told.contains(".parquet"), "{told}");
}

#[test]
fn changes_obey_the_same_rules() {
    let city = open();
    for change in [
        "INSERT INTO population.resident SELECT 9, NULL, NULL, NULL, NULL, NULL",
        "UPDATE population.resident SET income = 0 WHERE id = 1",
        "DELETE FROM population.resident WHERE office = '机密'",
        "MERGE INTO population.resident r USING (SELECT 1 AS id) s ON r.id = s.id WHEN MATCHED THEN DELETE",
    ] {
        let told = city.ask("analyst", change).unwrap_err();
        assert!(told.contains("HT0204"), "{change}: {told}");
    }
    // Kept in order by whoever runs the platform, who does not read it.
    let files = "SELECT count(*) AS n FROM population.resident";
    city.ask("steward", "INSERT INTO population.resident SELECT 4, NULL, NULL, NULL, NULL, NULL, NULL")
        .expect("a file");
    city.ask("admin", "OPTIMIZE population.resident").expect("put together");
    assert_eq!(city.ask("steward", files), Ok("n\n4\n".to_owned()));
    let delete = "DELETE FROM population.resident WHERE id = 4 AND name IS DISTINCT FROM '王小芳'";
    city.ask("steward", delete).expect("as it was");
    // … and is told what was done, without the values in it.
    let history =
        city.ask("admin", "DESCRIBE HISTORY population.resident").expect("the table is the operator's to keep");
    assert!(history.contains("DELETE") && history.contains("predicate") && !history.contains("王小芳"), "{history}");
    for change in ["DROP TABLE population.resident", "ALTER TABLE population.resident ADD COLUMN x INT"] {
        for user in ["analyst", "steward"] {
            let told = city.ask(user, change).unwrap_err();
            assert!(told.contains("HT0204"), "{user}: {change}: {told}");
        }
    }
    // What is made of it holds what its maker may see, and is there for its maker alone.
    city.ask("analyst", "CREATE TABLE mine AS SELECT name, income FROM population.resident").expect("made");
    let mine = "SELECT * FROM mine ORDER BY income";
    assert_eq!(city.ask("analyst", mine), Ok("name,income\n王**,100\n李*,200\n".to_owned()));
    assert!(city.ask("steward", mine).unwrap_err().contains("HT0102"));
    // It can be given away, by its owner and by nobody else.
    assert!(city.ask("admin", "ALTER TABLE mine OWNER TO admin").unwrap_err().contains("HT0102"));
    assert!(city.ask("analyst", "ALTER TABLE mine OWNER TO nobody_there").unwrap_err().contains("HT0206"));
    assert!(city.ask("steward", "ALTER TABLE population.resident OWNER TO steward").unwrap_err().contains("HT0204"));
    // It goes to whoever sees the same of what it was made of, or all of it, and to nobody else.
    for (user, department) in [("colleague", "police"), ("checker", "police"), ("stranger", "civil")] {
        city.make_user(user, "");
        city.ask("wang", &format!("ALTER USER {user} DEPARTMENT {department} ROLES (analyst)")).expect("a user");
    }
    city.ask(
        "steward",
        "CREATE TABLE taken AS SELECT * FROM population.resident; CREATE TABLE ids AS SELECT id FROM taken",
    )
    .expect("copies");
    let for_a_check = "SET huitong.purpose = '核查'; CREATE TABLE plain AS SELECT name FROM population.resident";
    city.ask("checker", for_a_check).expect("a copy");
    assert_eq!(city.ask("checker", "SELECT min(name) AS n FROM plain"), Ok("n\n李雷\n".to_owned()));
    for (user, table, receivers) in [
        ("checker", "plain", &["colleague", "analyst"][..]),
        ("analyst", "mine", &["clerk", "nobody", "wang", "stranger"][..]),
        ("steward", "taken", &["analyst", "clerk", "nobody", "wang", "shen"]),
        ("steward", "ids", &["analyst", "clerk", "nobody"]),
    ] {
        for to in receivers {
            let told = city.ask(user, &format!("ALTER TABLE {table} OWNER TO {to}")).expect_err(to);
            assert!(told.contains("HT0204") && told.contains("`population.resident`"), "{table} to {to}: {told}");
        }
    }
    assert_eq!(city.ask("steward", "SELECT count(*) AS n FROM taken"), Ok("n\n3\n".to_owned()));
    city.ask("analyst", "ALTER TABLE mine OWNER TO colleague").expect("given");
    assert_eq!(city.ask("colleague", mine), Ok("name,income\n王**,100\n李*,200\n".to_owned()));
    city.ask("colleague", "ALTER TABLE mine OWNER TO steward").expect("given");
    assert_eq!(city.ask("steward", mine), Ok("name,income\n王**,100\n李*,200\n".to_owned()));
    assert!(city.ask("analyst", mine).unwrap_err().contains("HT0102"));
    assert_eq!(
        city.ask("steward", "SELECT count(*) AS n FROM population.resident"),
        Ok("n\n3\n".to_owned()),
        "nothing was changed"
    );
}

/// Who runs the platform, who says what may be seen and who looks after them are three, and none of them reads data.
#[test]
fn offices_are_three() {
    let city = open();
    for (user, refused) in [
        ("admin", "ALTER USER clerk CLEARANCE 4"),
        ("admin", "ALTER USER wang PASSWORD 'taken-over-1'"),
        ("admin", "ALTER USER shen PASSWORD 'taken-over-1'"),
        ("admin", "DROP USER shen"),
        ("admin", "CREATE USER other PASSWORD 'test-password-1' SECURITY ADMIN"),
        ("admin", "CALL huitong.apply_model(files => '{}')"),
        ("wang", "CREATE USER other PASSWORD 'test-password-1'"),
        ("wang", "ALTER USER clerk PASSWORD 'taken-over-1'"),
        ("wang", "ALTER USER wang ROLES ('steward')"),
        ("wang", "ALTER USER admin CLEARANCE core"),
        ("wang", "SELECT 1 AS n FROM huitong.executors"),
        ("shen", "ALTER USER clerk CLEARANCE 4"),
        ("shen", "CREATE USER other PASSWORD 'test-password-1'"),
        ("shen", "CREATE TABLE kept AS SELECT * FROM huitong.audit"),
        ("admin", "CREATE OR REPLACE TABLE population.resident AS SELECT 1 AS id"),
        ("clerk", "ALTER USER clerk CLEARANCE 4"),
        ("clerk", "ALTER USER clerk ROLES ('steward')"),
    ] {
        let told = city.ask(user, refused).unwrap_err();
        assert!(["HT0204", "HT0102", "HT0111"].iter().any(|code| told.contains(code)), "{user}: {refused}: {told}");
    }
    let told = city.ask("wang", "ALTER USER clerk ROLES ('stewart')").unwrap_err();
    assert!(told.contains("did you mean `steward`"), "{told}");
    city.ask("wang", "CREATE USER second PASSWORD 'test-password-1' AUDITOR")
        .expect("appointed by the security office");
    // What somebody is no more ends at once.
    let count = "SELECT count(*) AS n FROM population.resident";
    assert_eq!(city.ask("analyst", count), Ok("n\n2\n".to_owned()));
    city.ask("wang", "ALTER USER analyst ROLES ()").expect("taken away");
    assert!(city.ask("analyst", count).unwrap_err().contains("HT0102"));
}

/// A token is for reading, for a purpose or for some schemas, and never for more than its user may do.
#[test]
fn a_token_only_takes_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    let dir = dir.to_str().expect("text");
    let serve = || Server::start(&["serve", "--dir", dir, "--listen", "127.0.0.1:0"], folder.path());
    let server = serve();
    sql(&server.address("flight"), "csv", "CREATE TABLE t AS SELECT 1 AS n; CREATE SCHEMA 统计").expect("made");
    assert!(server.stop(), "the server did not stop well");
    let token = |limits: &[&str]| {
        let output = run(&[&["user", "token", "admin", "--dir", dir], limits].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let (reading, counting, elsewhere) =
        (token(&["--scope", "read"]), token(&["--purpose", "统计分析"]), token(&["--schema", "统计"]));
    let server = serve();
    let url = format!("grpc://{}", server.address("flight"));
    let ask = |token: &str, script: &str| {
        let output = huitong()
            .args(["sql", "--url", &url, "--format", "csv", "-c", script])
            .env_remove("HUITONG_PASSWORD")
            .env("HUITONG_TOKEN", token)
            .output()
            .expect("the program starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
    };
    assert_eq!(ask(&reading, "SET huitong.backend = 'local'; SELECT n FROM t"), Ok("n\n1\n".to_owned()));
    for change in
        ["INSERT INTO t VALUES (2)", "CREATE TABLE u AS SELECT 1 AS n", "CREATE USER x PASSWORD 'long-enough-1'"]
    {
        let told = ask(&reading, change).unwrap_err();
        assert!(told.contains("HT0204") && told.contains("for reading"), "{change}: {told}");
    }
    ask(&counting, "INSERT INTO t VALUES (2)").expect("no limit to reading");
    assert!(ask(&counting, "SET huitong.purpose = '别的'").unwrap_err().contains("HT0107"));
    assert!(ask(&counting, "SHOW huitong.purpose").is_ok_and(|shown| shown.contains("统计分析")));
    assert!(ask(&elsewhere, "SELECT n FROM t").unwrap_err().contains("HT0102"));
    for beyond in
        ["ALTER USER admin PASSWORD 'taken-over-1'", "CALL huitong.submit_job(name => 'j', sql => 'SELECT 1')"]
    {
        assert!(ask(&elsewhere, beyond).unwrap_err().contains("HT0204"), "{beyond}");
    }
    ask(&elsewhere, "CREATE TABLE 统计.u AS SELECT 1 AS n; SELECT n FROM 统计.u").expect("within its schema");
}

const TITLE: &str = "dataset: housing.title
zh: 不动产登记
en: Titles
owner: civil
share: {type: conditional, when: 依法履职}
cycle: daily
basis: 不动产登记暂行条例
key: [id]
fields:
  - {name: id, type: bigint, zh: 编号, en: number}
  - {name: holder, element: citizen_id}
  - {name: use, type: string, zh: 用途, en: use}
  - {name: area, type: double, zh: 面积, en: area}
  - {name: price, type: \"decimal(12,2)\", zh: 价格, en: price, mask: \"aggregate(3, holder)\"}
";

const PRICES: &str = r#"
@id("own") @mask("none")
permit (principal in Role::"steward", action, resource);
@id("market")
permit (principal in Role::"analyst", action == Action::"read", resource in Dataset::"housing.title");
@id("prices only")
permit (principal in Role::"modeller", action == Action::"read", resource == Field::"housing.title.price");
"#;

/// Three dwellings of three holders, two shops of one holder and one of another, four garages of which two have a price.
const TITLES: &str = "INSERT INTO housing.title VALUES \
    (1, '110105194912310011', 'dwelling', 80, 100.50), (2, '11010519491231002X', 'dwelling', 90, 200.25), \
    (3, '110105194912310038', 'dwelling', 70, 300.25), \
    (4, '110105194912310011', 'shop', 10, 7777.77), (5, '110105194912310011', 'shop', 20, 8888.88), \
    (6, '110105194912310038', 'shop', 30, 9999.99), \
    (7, '110105194912310011', 'garage', 1, 5), (8, '11010519491231002X', 'garage', 2, 6), \
    (9, '110105194912310038', 'garage', 3, NULL), (10, '110105194912310046', 'garage', 4, NULL)";

#[test]
fn some_values_are_seen_over_groups_alone() {
    let city =
        City::open(&[("housing/title.yaml", TITLE), ("policy.cedar", PRICES)], &["steward", "analyst", "modeller"]);
    let roles =
        "ALTER USER steward ROLES (steward); ALTER USER analyst ROLES (analyst); ALTER USER modeller ROLES (modeller)";
    city.ask("wang", roles).expect("roles");
    city.ask("steward", TITLES).expect("rows");
    for backend in ["local", "staged"] {
        let ask = |user: &str, query: &str| city.ask(user, &format!("SET huitong.backend = '{backend}'; {query}"));
        let told = |query: &str| ask("analyst", query).unwrap_or_else(|error| panic!("{backend}: {query}: {error}"));
        assert_eq!(
            told(
                "SELECT use, count(*) AS n, sum(price) AS s, count(price) AS c FROM housing.title GROUP BY use ORDER BY use"
            ),
            "use,n,s,c\ndwelling,3,601.00,3\ngarage,,,\nshop,,,\n"
        );
        // Groups without such a column are as they are.
        assert_eq!(
            told("SELECT use, count(*) AS n FROM housing.title GROUP BY use ORDER BY use"),
            "use,n\ndwelling,3\ngarage,4\nshop,3\n"
        );
        assert_eq!(
            told("SELECT avg(price) AS a, min(area) AS m FROM housing.title WHERE use = 'dwelling' AND area > 1"),
            "a,m\n200.333333,70.0\n"
        );
        assert_eq!(told("SELECT avg(price) AS a FROM housing.title WHERE use = 'shop'"), "a\n\"\"\n");
        assert_eq!(told("SELECT sum(price) AS a FROM housing.title WHERE id = 1"), "a\n\"\"\n");
        // Through names of columns, of tables and of queries.
        for query in [
            "SELECT sum(t.price) AS s FROM housing.title AS t WHERE t.use IN (SELECT 'dwelling')",
            "WITH d AS (SELECT use, price AS p FROM housing.title) SELECT sum(p) AS s FROM d WHERE use = 'dwelling'",
            "SELECT s FROM (SELECT use AS u, sum(price) AS s FROM housing.title GROUP BY use HAVING sum(price) > 0) x",
            "SELECT max(s) AS s FROM (SELECT use, sum(price) AS s FROM housing.title GROUP BY use)",
            "SELECT sum(price) AS s FROM (SELECT * FROM housing.title) d WHERE use LIKE 'd%'",
        ] {
            assert_eq!(told(query), "s\n601.00\n", "{backend}: {query}");
        }
        // Rows show nothing, whatever is made of them.
        for query in [
            "SELECT count(*) AS n FROM housing.title WHERE price > 0",
            "SELECT count(*) AS n FROM housing.title t JOIN (VALUES (100.50)) v (p) ON t.price = v.p",
            "SELECT count(*) AS n FROM (SELECT DISTINCT price FROM housing.title) WHERE price IS NOT NULL",
            "SELECT count(*) AS n FROM (SELECT sum(price) OVER () AS s FROM housing.title) WHERE s IS NOT NULL",
            "SELECT count(*) AS n FROM (SELECT price FROM housing.title ORDER BY price LIMIT 3) WHERE price IS NOT NULL",
            "SELECT count(*) AS n FROM housing.title t WHERE EXISTS (SELECT 1 FROM (VALUES (100.50)) v (p) WHERE v.p = t.price)",
        ] {
            assert_eq!(told(query), "n\n0\n", "{backend}: {query}");
        }
        // What could single out one value is refused.
        for query in [
            "SELECT max(price) FROM housing.title",
            "SELECT array_agg(price) FROM housing.title",
            "SELECT sum(price + 0) FROM housing.title",
            "SELECT sum(CASE WHEN id = 1 THEN price ELSE 0 END) FROM housing.title",
            "SELECT sum(price) FILTER (WHERE id = 1) FROM housing.title",
            "SELECT sum(DISTINCT price) FROM housing.title",
            "SELECT sum(price), count(*) FILTER (WHERE price > 100) FROM housing.title",
            "SELECT sum(price) FROM housing.title GROUP BY price > 100",
            "SELECT sum(price) FROM housing.title GROUP BY ROLLUP (use)",
            "SELECT sum(price) FROM housing.title WHERE price > 100",
            "SELECT sum(price) FROM housing.title t WHERE EXISTS (SELECT 1 FROM (VALUES (100.50)) v (p) WHERE v.p = t.price)",
            "SELECT sum(price), count(*) FILTER (WHERE EXISTS (SELECT 1 FROM (VALUES (1.0)) v (p) WHERE v.p = price)) FROM housing.title",
            "SELECT sum(price) FROM housing.title JOIN (SELECT 1 AS id UNION ALL SELECT 1) x USING (id)",
            "SELECT sum(price) FROM (SELECT price FROM housing.title LIMIT 1)",
            "SELECT sum(p) FROM (SELECT price * 2 AS p FROM housing.title)",
            "SELECT sum(price) FROM (SELECT price FROM housing.title UNION ALL SELECT 0.0)",
        ] {
            let told = ask("analyst", query).expect_err(query);
            assert!(
                told.contains("HT0204") && told.contains("at least 3 different `holder`"),
                "{backend}: {query}: {told}"
            );
        }
        // Of a small group nothing is told by an error, either.
        assert_eq!(told("SELECT 1 / (sum(price) - 7777.77) AS x FROM housing.title WHERE id = 4"), "x\n\"\"\n");
        assert_eq!(
            told("SELECT use FROM housing.title GROUP BY use HAVING 1 / (sum(price) - 26666.64) > 0 OR count(*) > 3"),
            "use\n"
        );
        // Who is given nothing but prices has them over all rows.
        assert_eq!(
            ask("modeller", "SELECT count(price) AS n FROM housing.title"),
            Ok("n\n8\n".to_owned()),
            "{backend}"
        );
        assert_eq!(ask("modeller", "SELECT count(*) AS n FROM housing.title"), Ok("n\n0\n".to_owned()), "{backend}");
        assert_eq!(
            ask("steward", "SELECT max(price) AS m FROM housing.title"),
            Ok("m\n9999.99\n".to_owned()),
            "{backend}"
        );
    }
    // Kept results follow the rules of whoever keeps them.
    city.ask("analyst", "CREATE VIEW public.prices AS SELECT use, avg(price) AS a FROM housing.title GROUP BY use")
        .expect("a view");
    assert_eq!(city.ask("analyst", "SELECT count(a) AS n FROM public.prices"), Ok("n\n1\n".to_owned()));
    // … and with them what they are made of: a sum has the grade of its values, and ends with the right to them.
    let sources = "SELECT source_column FROM huitong.lineage WHERE target = 'prices' AND source_column <> '' ORDER BY source_column";
    let sources = city.ask("analyst", sources).expect("lineage");
    assert!(sources.contains("price\n") && sources.contains("holder\n") && !sources.contains('\u{1F}'), "{sources}");
    assert_eq!(city.ask("analyst", "SELECT price FROM housing.title WHERE id = 1"), Ok("price\n\"\"\n".to_owned()));
    assert_eq!(
        city.ask("analyst", "SELECT mask FROM huitong.grants WHERE \"column\" = 'price'"),
        Ok("mask\n\"aggregate(3,holder)\"\n".to_owned())
    );
}

#[test]
fn loads_and_checks_are_known_to_those_who_see_all() {
    let city = open();
    city.ask("steward", "INSERT INTO population.resident VALUES (4, '1', '张三', NULL, 'civil', 1, NULL)")
        .expect("a row");
    city.ask("steward", "INSERT INTO population.resident VALUES (NULL, '1', '张三', NULL, 'civil', 1, NULL)")
        .expect_err("a key");
    let loads = "SELECT command, state, rows, error_code IS NULL AS well, \"user\" FROM huitong.loads WHERE \"table\" = 'resident' ORDER BY ended";
    assert_eq!(
        city.ask("steward", loads),
        Ok("command,state,rows,well,user\nINSERT,done,3,true,steward\nINSERT,done,1,true,steward\nINSERT,failed,,false,steward\n".to_owned())
    );
    for user in ["analyst", "clerk", "nobody", "admin", "wang"] {
        assert_eq!(city.ask(user, loads), Ok("command,state,rows,well,user\n".to_owned()), "{user}");
    }
    let checks = "SELECT name, violations, checked_by FROM huitong.checks WHERE violations IS NOT NULL ORDER BY name";
    assert_eq!(city.ask("steward", checks), Ok("name,violations,checked_by\n".to_owned()));
    // An operator is told numbers, and so is whoever sees all of the rows; others are not.
    for user in ["steward", "admin"] {
        let found = city.ask(user, "CHECK TABLE population.resident").expect("checked");
        assert!(found.contains("format") && found.contains(",1\n"), "{found}");
        assert!(city.ask("steward", checks).expect("kept").contains(&format!(",1,{user}\n")), "{user}");
    }
    for user in ["analyst", "clerk", "nobody", "wang"] {
        assert!(city.ask(user, "CHECK TABLE population.resident").is_err(), "{user}");
        assert_eq!(city.ask(user, checks), Ok("name,violations,checked_by\n".to_owned()), "{user}");
    }
}
