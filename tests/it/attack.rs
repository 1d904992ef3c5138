//! The platform under attack: by an analyst with an account, and by somebody who reaches its ports.
//!
//! The classes are those of published holes in systems of this kind; each case says of which it is an instance.

use std::path::Path;
use std::time::Duration;

use arrow_flight::Ticket;
use arrow_flight::flight_service_client::FlightServiceClient;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Request, Status};

use crate::city::City;
use crate::cluster::Cluster;
use crate::http::client::Client;
use crate::work::{PASSWORD, Server, huitong, run, sql, sql_as};

/// What has to be found nowhere.
const SECRETS: [&str; 4] = ["Pl4nted-Passw0rd-甲", "pl4ntedStoreKey", "Pl4nted-Value-乙", "110105194912310011"];

const PERSON: &str = "dataset: population.person
zh: 人
en: Persons
owner: civil
share: {type: conditional, when: 依法履职}
cycle: daily
basis: 户口登记条例
key: [id]
fields:
  - {name: id, type: bigint, zh: 编号, en: number}
  - {name: name, type: string, zh: 姓名, en: name}
  - {name: office, type: string, zh: 机关, en: office}
";

const POLICY: &str = r#"
@id("own") @mask("none")
permit (principal in Role::"steward", action, resource);
@id("by purpose") @rows("office = context.purpose")
permit (principal in Role::"analyst", action == Action::"read", resource);
"#;

fn city() -> City {
    let city = City::open(&[("population/person.yaml", PERSON), ("policy.cedar", POLICY)], &["steward", "analyst"]);
    city.ask("wang", "ALTER USER steward ROLES (steward); ALTER USER analyst ROLES (analyst)").expect("roles");
    let rows = "INSERT INTO population.person VALUES (1, '王芳', 'civil'), (2, '李雷', '{{ 7 * 7 }}')";
    city.ask("steward", rows).expect("rows");
    city
}

/// Row security by text that is put into a condition (as CVE-2025-48912), and templates (as GHSA-pg8m-4p8j-2p56).
#[test]
fn words_of_whoever_asks_are_values_and_nothing_else() {
    let city = city();
    let ask = |purpose: &str| {
        let quoted = purpose.replace('\'', "''");
        city.ask("analyst", &format!("SET huitong.purpose = '{quoted}'; SELECT count(*) AS n FROM population.person"))
    };
    assert_eq!(ask("civil"), Ok("n\n1\n".to_owned()));
    assert_eq!(ask("{{ 7 * 7 }}"), Ok("n\n1\n".to_owned()));
    for purpose in [
        "x' OR true --",
        "x' OR '1'='1",
        "civil'; SET huitong.purpose = 'civil",
        "office",
        "(SELECT 'civil')",
        "49",
        "${env:HOME}",
    ] {
        let told = ask(purpose);
        assert!(told.as_deref() == Ok("n\n0\n") || told.is_err(), "{purpose}: {told:?}");
    }
}

/// Figures that planners keep about tables, of which hidden rows are a part (as CVE-2025-8713, CVE-2017-7484): what is answered from them, and
/// plans that follow them.
#[test]
fn figures_of_the_planner_tell_of_no_hidden_row() {
    let city = city();
    let questions = [
        "SELECT min(id) AS a, max(id) AS b, count(*) AS n FROM population.person",
        "SELECT count(id) AS a, count(name) AS b, count(DISTINCT office) AS c FROM population.person",
        "SELECT min(name) AS a, max(name) AS b, min(office) AS c, max(office) AS d FROM population.person",
        "SELECT count(*) AS n FROM population.person WHERE id > 1000",
        "SELECT count(*) AS n FROM population.person WHERE id IS NULL OR id < 0",
        "SELECT id FROM population.person ORDER BY id DESC LIMIT 1",
        "SELECT 1 AS a FROM population.person WHERE id IN (SELECT max(id) FROM population.person)",
        "SELECT p.id FROM population.person p JOIN (VALUES (1), (2)) v (id) ON p.id = v.id ORDER BY p.id",
    ];
    let asked = |backend: &str, explain: &str| {
        let settings = format!("SET huitong.purpose = 'civil'; SET huitong.backend = '{backend}'");
        let questions = questions.map(|question| format!("{explain} {question}")).join("; ");
        city.ask("analyst", &format!("{settings}; {questions}"))
    };
    let all = || {
        let ways = ["local", "staged", "auto"]
            .map(|backend| ["", "EXPLAIN", "EXPLAIN VERBOSE"].map(|explain| (backend, explain)));
        ways.concat().into_iter().map(|(backend, explain)| asked(backend, explain)).collect::<Vec<_>>()
    };
    let before = all();
    assert!(before.iter().all(Result::is_ok), "{before:?}");
    assert!(before[0].as_ref().is_ok_and(|answers| answers.starts_with("a,b,n\n1,1,1\n")), "{before:?}");
    let extremes = "INSERT INTO population.person VALUES (-9000000, 'AAAA', ' '), (9000000, '龘龘', '龘'); \
        INSERT INTO population.person SELECT v + 10000, '名', 'hidden' FROM unnest(range(0, 50000)) AS r(v)";
    city.ask("steward", extremes).expect("hidden rows");
    city.ask("admin", "OPTIMIZE population.person").expect("put together");
    assert_eq!(
        city.ask("steward", "SELECT min(id) AS a, max(id) AS b FROM population.person"),
        Ok("a,b\n-9000000,9000000\n".to_owned())
    );
    assert_eq!(all(), before);
}

/// Functions and statements that read files, reach other machines or run programs: lists of what is forbidden were gone around again and
/// again (CVE-2024-39887, CVE-2024-53947, CVE-2025-55674), so there is a list of what is there; and an engine that reads files reads the
/// wrong ones (CVE-2024-9264, CVE-2026-27876).
#[test]
fn nothing_reads_files_or_reaches_out() {
    let city = city();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("secret.csv");
    std::fs::write(&file, format!("a\n{}\n", SECRETS[2])).expect("written");
    let path = file.to_str().expect("text");
    for user in ["analyst", "steward"] {
        for statement in [
            format!("SELECT * FROM '{path}'"),
            format!("SELECT * FROM \"{path}\""),
            format!("SELECT * FROM read_csv('{path}')"),
            format!("SELECT * FROM read_parquet('{path}')"),
            format!("SELECT * FROM parquet_metadata('{path}')"),
            format!("SELECT * FROM delta_scan('{path}')"),
            format!("SELECT pg_read_file('{path}')"),
            format!("SELECT pg_ls_dir('{}')", folder.path().display()),
            format!("SELECT lo_import('{path}')"),
            format!("SELECT load_extension('{path}')"),
            "SELECT dblink('host=127.0.0.1', 'SELECT 1')".to_owned(),
            "SELECT * FROM url('http://127.0.0.1:1/')".to_owned(),
            "SELECT input_file_name() FROM population.person".to_owned(),
            "SELECT file_row_index() FROM population.person".to_owned(),
            "SELECT getenv('HOME')".to_owned(),
            "SELECT current_setting('data_directory')".to_owned(),
            format!("COPY public.t FROM '{path}'"),
            "COPY public.t FROM PROGRAM 'id'".to_owned(),
            format!("COPY (SELECT 1) TO '{}/out.csv'", folder.path().display()),
            "COPY (SELECT 1) TO PROGRAM 'cat'".to_owned(),
            format!("CREATE EXTERNAL TABLE public.x STORED AS CSV LOCATION '{path}'"),
            format!("CREATE EXTERNAL TABLE public.x STORED AS CSV LOCATION 'file://{path}'"),
            "CREATE EXTERNAL TABLE public.x STORED AS PARQUET LOCATION '../../state.db'".to_owned(),
            "CREATE EXTERNAL TABLE public.x STORED AS DELTA LOCATION '/'".to_owned(),
            "CREATE FUNCTION f() RETURNS INT LANGUAGE plpython3u AS 'import os'".to_owned(),
            "CREATE SCHEMA \"../../etc\"".to_owned(),
            format!("ATTACH '{path}' AS x"),
            "INSTALL httpfs".to_owned(),
            "LOAD 'x'".to_owned(),
            "SET datafusion.catalog.location = '/'".to_owned(),
        ] {
            let told = city.ask(user, &statement).expect_err(&statement);
            assert!(told.contains("error[HT") && !told.contains("HT0001"), "{user}: {statement}: {told}");
            assert!(!told.contains(SECRETS[2]), "{user}: {statement}: {told}");
        }
    }
    assert!(!folder.path().join("out.csv").exists());
}

/// Path traversal (as CVE-2021-43798), and what a door answers to those who guess.
#[test]
fn paths_lead_nowhere() {
    let city = city();
    let client = Client::stranger(&city.door("http"));
    for path in [
        "/../../../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/api/v1/query/..%2f..%2fstate.db/result",
        "/api/v1/query/%00",
        "//etc/passwd",
        "/state.db",
    ] {
        let answer = client.get(path);
        assert!([400, 401, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains("root:"), "{path}");
    }
    for name in ["../x", "a/b", "..", "C:\\x"] {
        let told = city.ask("analyst", &format!("CREATE TABLE public.\"{name}\" (a INT)"));
        assert!(told.as_ref().is_err_and(|told| told.contains("HT")), "{name}: {told:?}");
    }
}

/// Keys and passwords that are the same everywhere (as CVE-2023-27524).
#[test]
fn no_two_platforms_have_a_secret_in_common() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut keys = Vec::new();
    for name in ["one", "two"] {
        let dir = folder.path().join(name);
        let dir = dir.to_str().expect("text");
        let server = Server::start(&["serve", "--dir", dir, "--listen", "127.0.0.1:0"], folder.path());
        for (user, password) in
            [("admin", "admin"), ("admin", ""), ("postgres", ""), ("root", "root"), ("admin", "huitong")]
        {
            let url = format!("grpc://{}", server.address("flight"));
            let mut command = huitong();
            command.env("HUITONG_PASSWORD", password).args(["sql", "--url", &url, "--user", user, "-c", "SELECT 1"]);
            let told = command.stdin(std::process::Stdio::null()).output().expect("run");
            assert!(!told.status.success(), "{user}/{password}");
        }
        assert!(server.stop());
        let key = run(&["audit", "key", "--dir", dir]);
        assert!(key.status.success(), "{}", String::from_utf8_lossy(&key.stderr));
        keys.push(key.stdout);
    }
    assert_ne!(keys[0], keys[1]);
}

/// Secrets in plans, errors, logs and histories (as CVE-2026-34214).
#[test]
fn a_planted_secret_is_found_nowhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("city");
    std::fs::create_dir(&dir).expect("a folder");
    let config = folder.path().join("huitong.toml");
    let text = format!(
        "[storage]\nroot = '{0}/lake'\n[state]\npath = '{0}/state.db'\n[listen]\nflight = '127.0.0.1:0'\nhttp = '127.0.0.1:0'\n\
         postgres = '127.0.0.1:0'\n[identity]\npostgres_tokens = true\n",
        dir.display()
    );
    std::fs::write(&config, text).expect("written");
    let config = config.to_str().expect("text");
    let serve = || Server::start_with(&["serve", "--config", config], folder.path(), &[("RUST_LOG", "debug")]);
    let server = serve();
    let address = server.address("flight");
    let [password, _, value, citizen] = SECRETS;
    let ask = |script: &str| sql(&address, "csv", script);
    ask(&format!("CREATE USER li PASSWORD '{password}'")).expect("a user");
    ask(&format!("CREATE USER li PASSWORD '{password}'")).expect_err("twice");
    ask(&format!("ALTER USER li PASSWORD '{password}-2'")).expect("changed");
    ask(&format!("ALTER USR li PASSWORD '{password}'")).expect_err("no statement");
    ask("CREATE TABLE t (a VARCHAR NOT NULL, b BIGINT)").expect("a table");
    ask("ALTER TABLE t ADD CONSTRAINT few CHECK (b < 10)").expect("a constraint");
    let rows = folder.path().join("rows.csv");
    std::fs::write(&rows, format!("a,b\n{value},1\n{citizen},2\n")).expect("written");
    let url = format!("grpc://{address}");
    let loaded = run(&["load", "--url", &url, "--user", "admin", "public.t", rows.to_str().expect("text")]);
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    ask("INSERT INTO t SELECT a, 11 FROM t").expect_err("against the constraint");
    ask("SELECT * FROM t WHERE CAST(a AS DATE) > DATE '2000-01-01'").expect_err("no day");
    ask("GRANT li").expect_err("no statement");
    sql_as(&address, "li", &format!("SELECT * FROM public.t WHERE a = '{value}'"))
        .expect_err("no right, and no such password");
    ask("SELECT CAST(a AS BIGINT) / 0 FROM t").expect_err("no number");
    let mut shown = ask("EXPLAIN VERBOSE SELECT * FROM t WHERE b > 1").expect("plans");
    let lists = "SELECT * FROM huitong.running; SELECT * FROM huitong.queries; SELECT * FROM huitong.sessions; SELECT * FROM huitong.loads";
    shown += &ask(lists).expect("lists");
    std::thread::sleep(Duration::from_secs(1));
    shown += &server.log();
    shown += &sql_as(&address, "li", "SELECT 1").expect_err("the password was changed");
    assert!(server.stop());
    let made = run(&["user", "token", "admin", "--config", config]);
    let made = String::from_utf8_lossy(&made.stdout).into_owned();
    let token = made.trim();
    assert!(token.starts_with("hts_") && token.len() > 20, "{made}");
    let changed = changed(token);
    let server = serve();
    shown += &tried(&server, token, Fate::SignsIn);
    shown += &tried(&server, &changed, Fate::IsRefused);
    let admin = |script: &str| sql(&server.address("flight"), "csv", script).expect("answered");
    let id = admin("SELECT id FROM huitong.tokens WHERE kind = 'personal'");
    admin(&format!("ALTER USER admin DROP TOKEN '{}'", id.trim_start_matches("id\n").trim()));
    shown += &tried(&server, token, Fate::IsRefused);
    shown += &admin(&format!("{lists}; SELECT * FROM huitong.tokens"));
    std::thread::sleep(Duration::from_secs(1));
    shown += &server.log();
    assert!(server.stop());
    shown += &started_with_secrets(folder.path());
    let mut wanted: Vec<&str> = SECRETS.to_vec();
    wanted.extend([token, &changed, PASSWORD]);
    for secret in wanted {
        assert!(!shown.contains(secret), "`{secret}` is told: …{}", around(&shown, secret));
        // Values are in the directory of the table and nowhere else.
        let is_value = [value, citizen].contains(&secret);
        let places = files_with(&dir, secret.as_bytes());
        assert!(
            places.iter().all(|place| is_value && place.contains("/lake/public/t.")),
            "`{secret}` is in {places:?}"
        );
    }
}

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    SignsIn,
    IsRefused,
}

fn changed(token: &str) -> String {
    let last = if token.ends_with('a') { 'b' } else { 'a' };
    format!("{}{last}", &token[..token.len() - 1])
}

/// Brings a token to each door; all that is told there.
fn tried(server: &Server, token: &str, fate: Fate) -> String {
    let told = [flight(server, token), http(server, token), postgres(server, token)];
    let texts = told.into_iter().zip(["flight", "http", "postgres"]).map(|(told, door)| {
        assert_eq!(told.is_ok(), fate == Fate::SignsIn, "{door}, {fate:?}: {told:?}");
        told.unwrap_or_else(|refusal| refusal)
    });
    texts.collect()
}

fn flight(server: &Server, token: &str) -> Result<String, String> {
    let url = format!("grpc://{}", server.address("flight"));
    let mut command = huitong();
    command.env_remove("HUITONG_PASSWORD").env("HUITONG_TOKEN", token);
    let output = command.args(["sql", "--url", &url, "-c", "SELECT 1 AS n"]).output().expect("the program starts");
    let text = all_of(&output);
    if output.status.success() { Ok(text) } else { Err(text) }
}

fn http(server: &Server, token: &str) -> Result<String, String> {
    let client = Client::stranger(&server.address("http")).with("authorization", &format!("Bearer {token}"));
    let answer = client.sql("SELECT 1 AS n");
    if answer.status == 200 { Ok(answer.text()) } else { Err(answer.text()) }
}

fn postgres(server: &Server, token: &str) -> Result<String, String> {
    let address = server.address("postgres");
    let (host, port) = address.split_once(':').expect("both");
    let options = PgConnectOptions::new_without_pgpass().host(host).port(port.parse().expect("a number"));
    let options = options.username("admin").password(token).database("city").ssl_mode(PgSslMode::Disable);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let connected = PgConnection::connect_with(&options).await.map_err(|error| format!("{error:?}"))?;
        connected.close().await.map_err(|error| format!("{error:?}"))?;
        Ok("connected".to_owned())
    })
}

/// Starts a server with the password of a database that it cannot use, in each place where that may stand; all that it tells.
fn started_with_secrets(folder: &Path) -> String {
    let secret = SECRETS[1];
    let database = |user: &str, host: &str| format!("postgres://{user}@{host}/city");
    let mut told = String::new();
    for (url, environment) in [
        (format!("url = '{}'", database(&format!("huitong:{secret}"), "127.0.0.1:1")), None),
        (format!("url = '{}'", database("huitong", "127.0.0.1:1")), Some(("PGPASSWORD", secret))),
        // Not safe, misspelt, and a second time.
        (format!("url = '{}'", database(&format!("huitong:{secret}"), "192.0.2.1:1")), None),
        (format!("ulr = '{}'", database(&format!("huitong:{secret}"), "127.0.0.1:1")), None),
        (format!("url = '{}?password={secret}'", database("huitong", "127.0.0.1:1")), None),
    ] {
        let config = folder.join("elsewhere.toml");
        let text = format!(
            "[storage]\nroot = '{0}/elsewhere'\n[state]\n{url}\n[engine]\nwork_dir = '{0}/work'\n[listen]\nflight = '127.0.0.1:0'\n",
            folder.display()
        );
        std::fs::write(&config, text).expect("written");
        let mut command = huitong();
        let output = command
            .env("RUST_LOG", "debug")
            .envs(environment)
            .args(["serve", "--config", config.to_str().expect("text")])
            .output();
        let output = output.expect("the program starts");
        assert!(!output.status.success(), "{url}: there is no such database");
        told += &all_of(&output);
    }
    assert!(told.matches("`127.0.0.1:1/city` cannot be opened").count() >= 2, "the password was not used: {told}");
    told
}

fn all_of(output: &std::process::Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

fn around(text: &str, secret: &str) -> String {
    let at = text.find(secret).unwrap_or_default();
    let begin = text.floor_char_boundary(at.saturating_sub(200));
    let end = text.floor_char_boundary((at + secret.len() + 100).min(text.len()));
    text[begin..end].to_owned()
}

fn files_with(folder: &Path, secret: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).expect("read").windows(secret.len()).any(|part| part == secret) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

/// The ports between the parts of a cluster (as CVE-2020-15087): whoever has no certificate of theirs is not listened to.
#[tokio::test(flavor = "multi_thread")]
async fn ports_between_nodes_are_for_nodes() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let cluster = tokio::task::spawn_blocking(Cluster::start).await.expect("a cluster");
    let certificates = cluster.folder().join("certs");
    let strangers = tempfile::tempdir().expect("a folder");
    let made = run(&["certs", "init", strangers.path().join("certs").to_str().expect("text")]);
    assert!(made.status.success());
    let file = |folder: &Path, name: &str| std::fs::read(folder.join(name)).expect("read");
    let tls = |identity: Option<Identity>, name: &str| {
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(file(&certificates, "ca.pem")))
            .domain_name(name);
        identity.into_iter().fold(tls, ClientTlsConfig::identity)
    };
    let of = |folder: &Path, node: &str| {
        Identity::from_pem(file(folder, &format!("{node}.pem")), file(folder, &format!("{node}.key")))
    };
    let (scheduler, executor) = (cluster.internal(), cluster.executor_address(0));
    for (address, name) in [(scheduler, "scheduler.huitong.internal"), (executor, "executor.huitong.internal")] {
        let plain = Endpoint::from_shared(format!("http://{address}")).expect("an address");
        let secured = |identity| {
            Endpoint::from_shared(format!("https://{address}"))
                .expect("an address")
                .tls_config(tls(identity, name))
                .expect("usable")
        };
        let foreign = of(&strangers.path().join("certs"), "executor");
        for (who, endpoint) in
            [("plain", plain), ("no certificate", secured(None)), ("foreign", secured(Some(foreign)))]
        {
            let told = asked(endpoint).await.expect_err(who);
            assert!(is_refusal(&told), "{who} at {name}: {told:?}");
        }
        // With a certificate the same questions are heard: what is refused above is refused for that.
        let told = asked(secured(Some(of(&certificates, "executor")))).await;
        assert!(told.as_ref().err().is_none_or(|told| !is_refusal(told)), "a node at {name}: {told:?}");
    }
}

/// A stock client of Ballista that hands in a plan, and one that asks for the rows of a shuffle.
async fn asked(endpoint: Endpoint) -> Result<(), Status> {
    let channel = endpoint.connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(10)).connect().await;
    let channel = channel.map_err(|error| Status::from_error(Box::new(error)))?;
    let plan = plan(channel.clone(), "/ballista.protobuf.SchedulerGrpc/ExecuteQuery").await;
    let rows = FlightServiceClient::new(channel).do_get(Request::new(Ticket { ticket: "{}".into() })).await.map(drop);
    // Which of the two a node serves depends on the node.
    match (plan, rows) {
        (Err(first), Err(second)) if is_refusal(&first) && !is_refusal(&second) => Err(second),
        (Err(first), Err(_)) => Err(first),
        _ => Ok(()),
    }
}

async fn plan(channel: Channel, method: &'static str) -> Result<(), Status> {
    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.map_err(|error| Status::from_error(Box::new(error)))?;
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    grpc.unary(Request::new(()), PathAndQuery::from_static(method), codec).await.map(drop)
}

/// Whether nobody was there to answer: the connection itself came to nothing. (What a server says comes without a source.)
fn is_refusal(told: &Status) -> bool {
    std::error::Error::source(told).is_some()
}
