//! The door: who gets in, what they see, and what they are told when something is wrong.

use std::fs;

use crate::work::{Server, huitong, run, sql};

struct Door {
    server: Server,
    folder: tempfile::TempDir,
}

fn open() -> Door {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("data");
    let server =
        Server::start(&["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"], folder.path());
    Door { server, folder }
}

fn as_user(address: &str, user: &str, password: &str, script: &str) -> Result<String, String> {
    let url = format!("grpc://{address}");
    let output = huitong()
        .args(["sql", "--url", &url, "--user", user, "--format", "csv", "-c", script])
        .env("HUITONG_PASSWORD", password)
        .output()
        .expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}

#[test]
fn strangers_stay_out_and_users_see_their_part() {
    let door = open();
    let address = door.server.address("flight");
    let refused = as_user(&address, "admin", "wrong-password", "SELECT 1").unwrap_err();
    assert!(refused.contains("HT0202"), "{refused}");
    let made = "CREATE USER 李雷 PASSWORD 'correct-horse-1'; CREATE SCHEMA truth; CREATE SCHEMA owned; CREATE TABLE truth.answer AS SELECT 42 AS n; \
                CREATE TABLE public.open AS SELECT '公开' AS word";
    sql(&address, "csv", made).expect("the administrator makes things");
    let li = |script: &str| as_user(&address, "李雷", "correct-horse-1", script);
    // What has no contract is there for its maker alone.
    for hidden in [
        "SELECT * FROM open",
        "SELECT * FROM truth.answer",
        "SELECT * FROM huitong.executors",
        "SELECT * FROM truth.no_such_thing",
        "INSERT INTO open VALUES ('x')",
        "DROP TABLE open",
        "EXPLAIN SELECT * FROM open",
        "CREATE TABLE mine AS SELECT * FROM open",
    ] {
        let told = li(hidden).unwrap_err();
        assert!(told.contains("HT0102") && !told.contains("did you mean"), "{hidden}: {told}");
    }
    assert_eq!(
        li("SELECT count(*) AS n FROM information_schema.tables WHERE table_schema IN ('truth', 'public')"),
        Ok("n\n0\n".to_owned())
    );
    li("CREATE TABLE mine AS SELECT '自己的' AS word").expect("one's own");
    assert_eq!(li("SELECT word FROM mine"), Ok("word\n自己的\n".to_owned()));
    assert!(sql(&address, "csv", "SELECT * FROM mine").unwrap_err().contains("HT0102"), "administrators read no data");
    for forbidden in [
        "CREATE USER x PASSWORD 'long-enough-1'",
        "COPY (SELECT 1) TO '/tmp/x.csv'",
        "CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/etc'",
        "EXPLAIN ANALYZE SELECT 1",
    ] {
        let told = li(forbidden).unwrap_err();
        assert!(told.contains("HT0204"), "{forbidden}: {told}");
    }
    for refused in [
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '/tmp/x.csv'",
        "EXPLAIN ANALYZE INSERT INTO mine VALUES ('x')",
        "EXPLAIN INSERT INTO mine VALUES ('x')",
    ] {
        let told = li(refused).unwrap_err();
        assert!(told.contains("HT0106"), "{refused}: {told}");
    }
    assert!(li("EXPLAIN SELECT * FROM mine").is_ok_and(|plan| !plan.contains(".parquet") && !plan.contains("backend")));
    let settings = li("SET datafusion.execution.batch_size = 1").unwrap_err();
    assert!(settings.contains("HT0107"), "{settings}");
}

#[test]
fn mistakes_are_told_with_place_and_suggestion() {
    let door = open();
    let address = door.server.address("flight");
    sql(
        &address,
        "csv",
        "CREATE SCHEMA population; CREATE TABLE population.person AS SELECT 1 AS record_id, '王芳' AS name",
    )
    .expect("made");
    let cases = [
        ("SELECT nmae FROM population.person", "HT0103", "did you mean `name`?"),
        ("SELECT 1 FROM population.persn", "HT0102", "did you mean `population.person`?"),
        ("SELECT levenstein('a', 'b')", "HT0104", "levenshtein"),
        ("SELEC 1", "HT0101", "LINE 1: SELEC 1"),
        ("SELECT '王芳' FROM population.person WHERE", "HT0101", ""),
        ("SELECT 1/0", "HT0114", ""),
        ("SELECT CAST(name AS INT) FROM population.person", "HT0114", ""),
        ("UPDATE population.person SET nmae = 'x'", "HT0103", ""),
        ("TRUNCATE population.person", "HT0106", ""),
        ("PREPARE p AS SELECT $1", "HT0106", "`PREPARE p`"),
        ("SET huitong.backnd = 'auto'", "HT0107", "did you mean `huitong.backend`?"),
        ("SET huitong.backend = 'fast'", "HT0108", "auto, local, staged"),
        ("USE popultion", "HT0109", "did you mean `population`?"),
        ("SELECT * FROM population.person TABLESAMPLE (10)", "HT0106", ""),
        ("SELECT * FROM person FOR UPDATE", "HT0106", ""),
        ("CREATE TABLE population.person AS SELECT 1 AS a", "HT0111", ""),
        ("CREATE TABLE population.\"../x\" AS SELECT 1 AS a", "HT0115", ""),
        ("SELECT * FROM '/etc/passwd'", "HT01", ""),
        ("CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '/etc/passwd'", "HT0304", ""),
        ("COPY (SELECT 1) TO '/etc/x.csv'", "HT0304", ""),
    ];
    for (script, code, hint) in cases {
        let told = sql(&address, "csv", script).unwrap_err();
        assert!(told.contains(code) && told.contains(hint), "{script}: {told}");
    }
    let placed = sql(&address, "csv", "SELECT '王', nmae\nFROM population.person").unwrap_err();
    let lines: Vec<_> = placed.lines().collect();
    let at = lines.iter().position(|line| line.starts_with("LINE 1:")).expect("an excerpt");
    assert!(lines[at + 1].trim() == "^", "{placed}");
    let long = format!("SELECT {}nmae, {}1 FROM population.person", "1, ".repeat(1_000), "'王', ".repeat(500));
    let placed = sql(&address, "csv", &long).unwrap_err();
    let excerpt = placed.lines().find(|line| line.starts_with("LINE 1: …")).expect("a window");
    assert!(excerpt.contains(" nmae, '王'") && excerpt.ends_with('…') && excerpt.chars().count() < 120, "{placed}");
}

#[test]
fn files_that_are_gone_or_broken_are_named() {
    let door = open();
    let address = door.server.address("flight");
    sql(&address, "csv", "CREATE TABLE t AS SELECT 1 AS n; CREATE TABLE u AS SELECT 1 AS n").expect("made");
    let lake = door.folder.path().join("data/lake/public");
    let table = |name: &str| {
        fs::read_dir(&lake)
            .expect("the lake")
            .map(|e| e.expect("an entry").path())
            .find(|p| p.file_name().is_some_and(|f| f.to_string_lossy().starts_with(&format!("{name}."))))
            .expect("the table's directory")
    };
    let parquet = |name: &str| {
        fs::read_dir(table(name))
            .expect("files")
            .map(|e| e.expect("an entry").path())
            .find(|p| p.extension().is_some_and(|e| e == "parquet"))
            .expect("a data file")
    };
    fs::remove_file(parquet("t")).expect("removed");
    // A condition reads the footer while the statement is planned.
    for condition in ["", " WHERE n > 0"] {
        let told = sql(&address, "csv", &format!("SELECT n + 1 AS m FROM t{condition}")).unwrap_err();
        assert!(told.contains("HT0301") && told.contains(".parquet") && told.contains("public.t"), "{told}");
    }
    fs::write(parquet("u"), b"PAR1 this is no Parquet file PAR1").expect("written");
    for condition in ["", " WHERE n > 0"] {
        let told = sql(&address, "csv", &format!("SELECT n + 1 AS m FROM u{condition}")).unwrap_err();
        assert!(told.contains("HT0302") && told.contains("public.u"), "{told}");
    }
    let log = table("u").join("_delta_log/00000000000000000000.json");
    fs::write(&log, b"{ not json").expect("written");
    // A second server has no version in memory and must read the broken log.
    assert!(door.server.stop());
    let dir = door.folder.path().join("data");
    let output = run(&["sql", "--dir", dir.to_str().expect("text"), "-c", "SELECT * FROM u"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("HT0302") && told.contains("public.u"), "{told}");
    assert!(told.contains("_delta_log/00000000000000000000.json` is broken in line 1"), "{told}");
    assert!(!told.to_lowercase().contains("backtrace") && told.lines().count() < 6, "{told}");
}

#[test]
fn a_copy_is_whole_or_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("made");
    let config = folder.path().join("c.toml");
    fs::write(&config, format!("[storage]\nroot = \"lake\"\nallowed_paths = [\"{}\"]\n[state]\npath = \"s.db\"\n[listen]\nflight = \"127.0.0.1:0\"\n", out.display()))
        .expect("written");
    let server = Server::start(&["serve", "--config", config.to_str().expect("text")], folder.path());
    let address = server.address("flight");
    let names = || {
        let mut names: Vec<_> = fs::read_dir(&out)
            .expect("read")
            .map(|e| e.expect("an entry").file_name().into_string().expect("text"))
            .collect();
        names.sort();
        names
    };
    let copy =
        |query: &str, file: &str| sql(&address, "csv", &format!("COPY ({query}) TO '{}'", out.join(file).display()));
    copy("SELECT '王芳' AS 姓名, 1 AS n", "人口.csv").expect("copied");
    assert_eq!(fs::read_to_string(out.join("人口.csv")).expect("read"), "姓名,n\n王芳,1\n");
    copy("SELECT 2 AS n", "人口.csv").expect("copied over");
    assert_eq!(fs::read_to_string(out.join("人口.csv")).expect("read"), "n\n2\n");
    let failing = "SELECT 1 / (v - 90000) AS n FROM unnest(range(0, 100000)) AS t(v)";
    let told = copy(failing, "人口.csv").unwrap_err();
    assert!(told.contains("HT0114"), "{told}");
    assert_eq!(fs::read_to_string(out.join("人口.csv")).expect("read"), "n\n2\n", "what was there stays");
    let limited = format!(
        "SET huitong.statement_timeout = '1s'; COPY (SELECT count(*) AS n FROM unnest(range(0, 1000000)) a(v), unnest(range(0, 1000000)) b(w) WHERE v * w % 7 = 1) TO '{}'",
        out.join("slow.csv").display()
    );
    let told = sql(&address, "csv", &limited).unwrap_err();
    assert!(told.contains("HT0405"), "{told}");
    assert_eq!(names(), ["人口.csv"]);
    copy("SELECT 3 AS n", "a.parquet").expect("copied");
    let external = format!("CREATE EXTERNAL TABLE e STORED AS PARQUET LOCATION '{}'", out.join("a.parquet").display());
    sql(&address, "csv", &external).expect("made");
    let told = copy("SELECT n + 1 AS n FROM e", "a.parquet").unwrap_err();
    assert!(told.contains("HT0304") && told.contains("public.e"), "{told}");
    assert_eq!(sql(&address, "csv", "SELECT n FROM e").expect("read"), "n\n3\n");
    // Bounds in a file's footer leave NaN out.
    copy("SELECT CAST(x AS DOUBLE) AS f FROM (VALUES ('1'), ('NaN'), ('3')) AS v(x)", "nan.parquet").expect("copied");
    let external =
        format!("CREATE EXTERNAL TABLE nan STORED AS PARQUET LOCATION '{}'", out.join("nan.parquet").display());
    sql(&address, "csv", &external).expect("made");
    for backend in ["local", "staged"] {
        let asked = format!(
            "SET huitong.backend = '{backend}'; SELECT max(f) AS m, count(*) AS n FROM nan; SELECT f FROM nan WHERE f > 5"
        );
        assert_eq!(sql(&address, "csv", &asked), Ok("m,n\nNaN,3\n\nf\nNaN\n".to_owned()), "{backend}");
    }
    let folder = format!("COPY (SELECT 1 AS n) TO '{}/' STORED AS CSV", out.join("sub").display());
    let told = sql(&address, "csv", &folder).unwrap_err();
    assert!(told.contains("HT0106"), "{told}");
    let explained = sql(&address, "csv", "EXPLAIN SELECT n FROM e").expect("explained");
    assert!(explained.contains("local") && !explained.contains("18446744073709551615"), "{explained}");
}

#[test]
fn a_directory_is_held_by_one_process() {
    let door = open();
    let dir = door.folder.path().join("data");
    let output = run(&["sql", "--dir", dir.to_str().expect("text"), "-c", "SELECT 1"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("HT0305"), "{told}");
    assert!(door.server.stop());
    let output =
        run(&["sql", "--dir", dir.to_str().expect("text"), "--format", "csv", "-c", "SELECT 1 AS n; SELECT 2 AS m"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "n\n1\n\nm\n2\n");
}

#[test]
fn a_configuration_typo_stops_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("c.toml");
    fs::write(&config, "[storage]\nroot = \"lake\"\n[state]\npaht = \"state.db\"\n").expect("written");
    let output = run(&["serve", "--config", config.to_str().expect("text")]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("HT0501") && told.contains("paht") && told.contains("path"), "{told}");
    fs::write(&config, "[storage]\nroot = \"lake\"\n[state]\npath = \"s.db\"\n[listen]\nflight = \"0.0.0.0:0\"\n")
        .expect("written");
    let output = run(&["serve", "--config", config.to_str().expect("text")]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("HT0504"), "{told}");
}

#[test]
fn files_load_over_the_wire_and_in_process() {
    let door = open();
    let address = door.server.address("flight");
    let csv = door.folder.path().join("人口.csv");
    let bytes = gb18030("姓名,division,n\n王芳,007,1\n李雷,110,2\n");
    fs::write(&csv, bytes).expect("written");
    let url = format!("grpc://{address}");
    let csv = csv.to_str().expect("text");
    let load = |file: &str| run(&["load", "--url", &url, "public.people", file, "--encoding", "gb18030"]);
    for round in 1..=2 {
        let output = load(csv);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let counted = sql(&address, "csv", "SELECT count(*) AS n, min(division) AS d, max(\"姓名\") AS x FROM people");
        assert_eq!(counted, Ok(format!("n,d,x\n{},007,王芳\n", round * 2)));
    }
    let broken = door.folder.path().join("broken.csv");
    let mut text = String::from("姓名,division,n\n");
    (0..20_000).for_each(|n| text.push_str(&format!("甲,1,{n}\n")));
    text.push_str("乙,1,不是数\n");
    fs::write(&broken, text).expect("written");
    let output = run(&["load", "--url", &url, "public.people", broken.to_str().expect("text")]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("HT0603") && told.contains("20002"), "{told}");
    assert_eq!(sql(&address, "csv", "SELECT count(*) AS n FROM people"), Ok("n\n4\n".to_owned()));
}

/// GB18030 by hand for the few characters of the test, so that the test does not trust the library it tests with.
fn gb18030(text: &str) -> Vec<u8> {
    let table = [
        ('姓', [0xD0, 0xD5]),
        ('名', [0xC3, 0xFB]),
        ('王', [0xCD, 0xF5]),
        ('芳', [0xB7, 0xBC]),
        ('李', [0xC0, 0xEE]),
        ('雷', [0xC0, 0xD7]),
    ];
    let mut bytes = Vec::new();
    for c in text.chars() {
        match table.iter().find(|(known, _)| *known == c) {
            Some((_, code)) => bytes.extend_from_slice(code),
            None => bytes.push(u8::try_from(c).expect("ASCII")),
        }
    }
    bytes
}

/// Trees as deep as a chain is long once ended the process.
#[test]
fn a_long_chain_is_refused_and_the_server_lives() {
    let door = open();
    let address = door.server.address("flight");
    let chains = [
        vec!["SELECT 1"; 5_000].join(" UNION ALL "),
        format!("SELECT {}", vec!["1 = 2"; 20_000].join(" OR ")),
        format!("SELECT {}", vec!["'a'"; 20_000].join(" || ")),
        format!("SELECT {}", vec!["1"; 20_000].join(" + ")),
        format!("SELECT 1{}", "::BIGINT".repeat(20_000)),
        format!("SELECT * FROM {}", vec!["(SELECT 1)"; 5_000].join(" CROSS JOIN ")),
    ];
    for chain in chains {
        let file = door.folder.path().join("chain.sql");
        fs::write(&file, &chain).expect("written");
        let url = format!("grpc://{address}");
        let output = run(&["sql", "--url", &url, "-f", file.to_str().expect("text")]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        let shown: String = told.chars().take(300).collect();
        assert!(told.contains("HT0101") && told.contains("chains more than"), "{shown}");
    }
    // Below the bound they run.
    let sums = format!("SELECT {} AS n", vec!["1"; 300].join(" + "));
    assert_eq!(sql(&address, "csv", &sums), Ok("n\n300\n".to_owned()));
    let rows = format!("SELECT count(*) AS n FROM ({})", vec!["SELECT 1 AS a"; 300].join(" UNION ALL "));
    assert_eq!(sql(&address, "csv", &rows), Ok("n\n300\n".to_owned()));
}

#[test]
fn a_load_does_not_cut_fractions_off() {
    let door = open();
    let address = door.server.address("flight");
    sql(&address, "csv", "CREATE TABLE whole (n BIGINT)").expect("made");
    let file = door.folder.path().join("half.ndjson");
    let load = |text: &str| {
        fs::write(&file, text).expect("written");
        run(&["load", "--url", &format!("grpc://{address}"), "public.whole", file.to_str().expect("text")])
    };
    let output = load("{\"n\": 1}\n{\"n\": 1.5}\n");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && told.contains("HT0602") && told.contains("`n`"), "{told}");
    assert_eq!(sql(&address, "csv", "SELECT count(*) AS n FROM whole"), Ok("n\n0\n".to_owned()));
    let output = load("{\"n\": 9223372036854775807}\n{\"n\": -2}\n{\"n\": null}\n{\"n\": 3.0}\n");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let whole = sql(&address, "csv", "SELECT max(n) AS high, min(n) AS low, count(*) AS rows FROM whole");
    assert_eq!(whole, Ok("high,low,rows\n9223372036854775807,-2,4\n".to_owned()));
}

/// Changes of one table at the same time: each takes effect once, or says that it did not.
#[test]
fn changes_at_the_same_time_lose_nothing() {
    let door = open();
    let address = door.server.address("flight");
    sql(&address, "csv", "CREATE TABLE counter AS SELECT 0 AS n; INSERT INTO counter VALUES (0), (0)").expect("made");
    let (mut done, mut refused) = (0, 0);
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let one = |_| scope.spawn(|| sql(&address, "csv", "UPDATE counter SET n = n + 1"));
        let running: Vec<_> = (0..6).map(one).collect();
        running.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    for outcome in outcomes {
        match outcome {
            Ok(_) => done += 1,
            Err(told) => {
                assert!(told.contains("HT0306"), "{told}");
                refused += 1;
            }
        }
    }
    assert!(done > 0 && done + refused == 6, "{done} {refused}");
    let counted = sql(&address, "csv", "SELECT min(n) AS low, max(n) AS high, count(*) AS rows FROM counter");
    assert_eq!(counted, Ok(format!("low,high,rows\n{done},{done},3\n")));
}
