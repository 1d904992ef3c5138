//! The command line of `huitong sql` and its kin: what goes where, and what is told when an argument is wrong.

use std::fs;
use std::path::Path;
use std::process::Output;

use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::{CommandStatementIngest, ProstMessageExt};
use arrow_flight::{FlightData, FlightDescriptor, SchemaAsIpc};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use prost::Message;

use crate::work::{PASSWORD, Server, huitong, run, sql};

fn serve(folder: &Path) -> Server {
    let dir = folder.join("data");
    Server::start(&["serve", "--dir", dir.to_str().expect("text"), "--listen", "127.0.0.1:0"], folder)
}

fn url(server: &Server) -> String {
    format!("grpc://{}", server.address("flight"))
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn an_output_file_is_replaced_only_when_all_went_well() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let exports = folder.path().join("exports");
    fs::create_dir(&exports).expect("made");
    let file = exports.join("表.csv");
    let write = |script: &str, to: &Path| {
        run(&["sql", "--url", &url(&server), "--format", "csv", "-o", to.to_str().expect("text"), "-c", script])
    };
    fs::write(&file, "old\n").expect("written");
    for broken in ["SELECT 1 AS n; SELECT nothing", "SELECT CAST('x' AS INT)", "SELECT 'open"] {
        let output = write(broken, &file);
        assert!(!output.status.success(), "{broken}");
        assert_eq!(fs::read_to_string(&file).expect("read"), "old\n", "{broken}");
    }
    assert!(write("SELECT 1 AS n; SELECT 2 AS m", &file).status.success());
    assert_eq!(fs::read_to_string(&file).expect("read"), "n\n1\n\nm\n2\n");
    // A link stays a link, and nothing else is left in the directory.
    let link = exports.join("link.csv");
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    assert!(write("SELECT 3 AS n", &link).status.success());
    assert_eq!(fs::read_to_string(&file).expect("read"), "n\n3\n");
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_dir(&exports).expect("listed").count(), 2);
    let output = write("SELECT 4 AS n", Path::new("/dev/stdout"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "n\n4\n");
}

#[test]
fn what_is_typed_wins_over_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let with = |variables: [(&str, &str); 2], arguments: &[&str]| {
        let arguments = ["sql", "--format", "csv", "-c", "SELECT 1 AS n"].iter().chain(arguments);
        let output = huitong().args(arguments).envs(variables).output().expect("the program starts");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned() + &told(&output))
    };
    let here = url(&server);
    let nowhere = [("HUITONG_URL", "grpc://127.0.0.1:1"), ("HUITONG_USER", "nobody")];
    let own = folder.path().join("own");
    let own = own.to_str().expect("text");
    assert_eq!(with(nowhere, &["--dir", own]), (true, "n\n1\n".to_owned()));
    assert_eq!(with(nowhere, &["--url", &here, "--user", "admin"]), (true, "n\n1\n".to_owned()));
    assert_eq!(with([("HUITONG_URL", &here), ("HUITONG_USER", "")], &[]), (true, "n\n1\n".to_owned()));
    let (ok, said) = with([("HUITONG_URL", &here), ("HUITONG_USER", "nobody")], &[]);
    assert!(!ok && said.contains("HT0202"), "{said}");
    for two in [["--url", &here], ["--user", "admin"]] {
        let (ok, said) = with([("HUITONG_URL", ""), ("HUITONG_USER", "")], &[two[0], two[1], "--dir", own]);
        assert!(!ok && said.contains("cannot be used with"), "{said}");
    }
}

#[test]
fn statements_may_begin_with_a_comment_but_not_be_an_option() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let ask = |arguments: &[&str]| {
        let output = huitong().args(["sql", "--url", &url(&server)]).args(arguments).output().expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), told(&output))
    };
    let nothing = (Some(0), String::new(), String::new());
    for empty in ["-- 只有注释", "--只有注释", "--", "/* nothing */", "", " ; ;"] {
        assert_eq!(ask(&["-c", empty]), nothing, "{empty}");
    }
    let (code, out, _) = ask(&["--format", "csv", "-c", "-- format\nSELECT 1 AS n -- one"]);
    assert_eq!((code, out.as_str()), (Some(0), "n\n1\n"));
    let (code, out, _) = ask(&["--format", "csv", "-c--dir\nSELECT 1 AS n"]);
    assert_eq!((code, out.as_str()), (Some(0), "n\n1\n"));
    for forgotten in [&["-c", "--format"][..], &["-c", "--format=csv"], &["--command", "--user"], &["-c", "-o"]] {
        let (code, _, told) = ask(forgotten);
        assert!(code == Some(2) && told.contains("the statement is missing"), "{forgotten:?}: {told}");
    }
    let (code, _, told) = ask(&["-c", "--format", "csv"]);
    assert!(code == Some(2) && told.contains("unexpected argument 'csv'"), "{told}");
}

#[test]
fn commands_on_users_make_no_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let typo = folder.path().join("ctiy");
    let place = ["--dir", typo.to_str().expect("text")];
    for verb in [
        &["list"][..],
        &["add", "li"],
        &["remove", "li"],
        &["disable", "li"],
        &["enable", "li"],
        &["password", "li"],
        &["token", "li"],
        &["tokens", "li"],
        &["revoke", "li", "--all"],
    ] {
        let output = run(&[&["user"], verb, &place].concat());
        assert!(!output.status.success() && told(&output).contains("HT0308"), "{verb:?}: {}", told(&output));
        assert!(!typo.exists(), "{verb:?}");
    }
    // An empty directory is none either, and stays empty.
    fs::create_dir(&typo).expect("made");
    assert!(told(&run(&["user", "list", place[0], place[1]])).contains("HT0308"));
    assert_eq!(fs::read_dir(&typo).expect("listed").count(), 0);
    // A configuration is explicit: its first administrator may be there before its first start.
    let config = folder.path().join("huitong.toml");
    fs::write(&config, "[storage]\nroot = \"lake\"\n[state]\npath = \"state.db\"\n").expect("written");
    let config = ["--config", config.to_str().expect("text")];
    assert!(told(&run(&["user", "list", config[0], config[1]])).contains("HT0308"));
    assert!(run(&["user", "add", "li", "--admin", config[0], config[1]]).status.success());
    let listed = run(&["user", "list", config[0], config[1]]);
    assert_eq!(String::from_utf8_lossy(&listed.stdout), "li\tsystem\n", "{}", told(&listed));
}

#[test]
fn every_error_of_the_client_has_a_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let file = folder.path().join("two.parquet");
    let file = file.to_str().expect("text");
    let url = url(&server);
    let cases: [(&[&str], &str, &str); 9] = [
        (
            &["--url", &url, "--format", "parquet", "-o", file, "-c", "SELECT 1 AS n; SELECT 2 AS n"],
            "HT0604",
            "one result",
        ),
        (&["--url", &url, "--format", "arrow", "-c", "SELECT 1 AS n; SELECT 2 AS n"], "HT0604", "one result"),
        (&["--url", &url, "-o", "/no/such/folder/x.csv", "-c", "SELECT 1"], "HT0604", "/no/such/folder/x.csv"),
        (&["--url", &url, "--format", "xml", "-c", "SELECT 1"], "HT0601", "one of table, csv"),
        (&["--url", &url, "-c", "SELECT 'open"], "HT0101", "never closed"),
        (&["--url", &url, "-f", "/no/such.sql"], "HT0301", "/no/such.sql"),
        (&["--url", "grpc://127.0.0.1:1", "-c", "SELECT 1"], "HT0408", "grpc://127.0.0.1:1"),
        (&["--url", "http://no host:1", "-c", "SELECT 1"], "HT0502", "no server address"),
        (&["--url", "127.0.0.1:50050", "-c", "SELECT 1"], "HT0502", "grpc://HOST:PORT"),
    ];
    for (arguments, code, part) in cases {
        let output = run(&[&["sql"], arguments].concat());
        let told = told(&output);
        assert!(!output.status.success() && told.contains(&format!("error[{code}]: ")), "{arguments:?}: {told}");
        assert!(told.contains(part), "{arguments:?}: {told}");
    }
    assert!(!Path::new(file).exists());
}

/// A client may send what is no Arrow at all.
#[test]
fn a_stream_of_rows_that_cannot_be_read_has_a_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let command = CommandStatementIngest { table: "x".into(), ..CommandStatementIngest::default() };
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let first = |header: &'static [u8]| FlightData {
        flight_descriptor: Some(descriptor.clone()),
        data_header: header.into(),
        ..FlightData::default()
    };
    let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    let schema = FlightData::from(SchemaAsIpc::new(&schema, &IpcWriteOptions::default()));
    let schema = FlightData { flight_descriptor: Some(descriptor.clone()), ..schema };
    let rubbish = FlightData { data_header: b"rubbish".as_slice().into(), ..FlightData::default() };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for messages in [vec![first(b"rubbish")], vec![first(b"")], vec![schema, rubbish]] {
        let address = format!("http://{}", server.address("flight"));
        let status = runtime.block_on(async {
            let channel = tonic::transport::Endpoint::from_shared(address).expect("an address").connect().await;
            let mut client = FlightServiceClient::new(channel.expect("connected"));
            let mut request = tonic::Request::new(futures::stream::iter(messages.clone()));
            let basic = STANDARD.encode(format!("admin:{PASSWORD}"));
            request.metadata_mut().insert("authorization", format!("Basic {basic}").parse().expect("ASCII"));
            match client.do_put(request).await {
                Err(status) => status,
                Ok(answers) => answers.into_inner().message().await.expect_err("rubbish was taken"),
            }
        });
        let code = status.metadata().get("huitong-code").and_then(|code| code.to_str().ok());
        assert_eq!(code, Some("HT0603"), "{messages:?}: {status}");
    }
}

#[test]
fn a_plan_with_figures_is_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let script = "EXPLAIN ANALYZE SELECT count(*) AS n FROM generate_series(1, 1000)";
    let plan = sql(&server.address("flight"), "table", script).expect("explained");
    assert!(!plan.contains("\\n") && plan.lines().filter(|line| line.ends_with("+|")).count() >= 2, "{plan}");
    let widths: Vec<_> = plan.lines().map(|line| line.chars().count()).collect();
    assert!(widths.iter().all(|width| *width == widths[0]), "{plan}");
    let plan = sql(&server.address("flight"), "markdown", script).expect("explained");
    assert!(plan.contains("<br>") && plan.lines().count() == 3, "{plan}");
}

#[test]
fn a_token_may_do_less_than_its_user() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("huitong.toml");
    fs::write(&config, "[storage]\nroot = \"lake\"\n[state]\npath = \"state.db\"\n").expect("written");
    let place = ["--config", config.to_str().expect("text")];
    let ask = |words: &[&str]| run(&[words, &place[..]].concat());
    assert!(ask(&["user", "add", "li"]).status.success());
    let limits = ["--scope", "read", "--purpose", "census", "--schema", "b", "--schema", "a"];
    let made = ask(&[&["user", "token", "li"][..], &limits[..]].concat());
    assert!(String::from_utf8_lossy(&made.stdout).starts_with("hts_"), "{}", told(&made));
    let listed = String::from_utf8_lossy(&ask(&["user", "tokens", "li"]).stdout).into_owned();
    assert!(listed.ends_with("\tread; purpose census; schemas a, b\n"), "{listed}");
    let refused = ask(&["user", "token", "li", "--schema", "a.b"]);
    assert!(!refused.status.success() && told(&refused).contains("HT0115"), "{}", told(&refused));
}
