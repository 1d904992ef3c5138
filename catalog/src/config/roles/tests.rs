use super::*;

const STORAGE: &str = "[storage]\nroot = 'data'\n";
const TLS: &str = "[tls]\ncert = 's.pem'\nkey = '/k/s.key'\n";
const INTERNAL: &str = "[internal_tls]\nca = 'ca.pem'\ncert = 'n.pem'\nkey = 'n.key'\n";
const EXECUTOR: &str = "[executor]\nscheduler = 'http://127.0.0.1:50060'\nwork_dir = '/var/w'\n";

#[test]
fn serve_needs_only_a_root() {
    let serve = serve(STORAGE).unwrap();
    let expected = Serve {
        storage: Storage {
            root: Root::Directory("/etc/huitong/data".into()),
            allowed_paths: vec![],
            compact_after_files: 50,
        },
        keep_dropped: Duration::from_secs(3600),
        state: StatePlace::File("/etc/huitong/huitong.db".into()),
        flight: "127.0.0.1:50050".parse().unwrap(),
        postgres: None,
        http: None,
        tls: None,
        engine: Engine { local_bytes_max: None, target_partitions: None, memory: Memory::Percent(70), work_dir: None },
        admission: Admission {
            running_max: None,
            user_running_max: None,
            queued_max: 1000,
            wait_max: Duration::from_secs(600),
            statement_timeout: None,
            abandoned_after: Some(Duration::from_secs(1800)),
            doors: vec![],
            groups: vec![],
        },
        clients: Clients {
            user_sessions_max: NonZeroU32::new(1000).unwrap(),
            idle_after: Some(Duration::from_secs(12 * 3600)),
            result_bytes_max: None,
            keep_alive: Some(Duration::from_secs(10)),
        },
        identity: Identity::default(),
        history_keep: Some(Duration::from_secs(180 * 24 * 3600)),
        audit: Audit {
            wait: AuditWait::Grade3,
            seal_after: Duration::from_secs(60),
            seal_records: NonZeroU32::new(10_000).unwrap(),
        },
        log_level: "info".to_owned(),
    };
    assert_eq!(serve, expected);
}

#[test]
fn dropped_tables_are_kept_as_long_as_one_says() {
    for (text, span) in
        [("'0s'", Some(0)), ("'90m'", Some(5_400)), ("'7d'", Some(604_800)), ("'1'", None), ("60", None)]
    {
        let read = serve(&format!("{STORAGE}keep_dropped = {text}\n"));
        let read = read.map(|serve| serve.keep_dropped.as_secs()).map_err(|error| (error.code, error.message));
        match span {
            Some(span) => assert_eq!(read, Ok(span), "{text}"),
            None => {
                let (code, message) = read.unwrap_err();
                assert!(code == Code::BAD_VALUE && message.contains("`storage.keep_dropped`"), "{message}");
            }
        }
    }
}

#[test]
fn the_audit_is_waited_for_as_one_says() {
    for (text, wait) in [("'all'", AuditWait::All), ("'grade3'", AuditWait::Grade3), ("'none'", AuditWait::None)] {
        assert_eq!(serve(&format!("{STORAGE}[audit]\nwait = {text}\n")).unwrap().audit.wait, wait);
    }
    for line in ["wait = 'some'", "wait = true", "seal_after = '0s'", "seal_after = '2d'", "seal_records = 0"] {
        let error = serve(&format!("{STORAGE}[audit]\n{line}\n")).unwrap_err();
        assert_eq!(error.code, Code::BAD_VALUE, "{line}");
        assert!(error.message.contains("`audit."), "{}", error.message);
    }
}

#[test]
fn an_executor_needs_a_scheduler_and_a_work_directory() {
    let executor = executor(&format!("{STORAGE}{EXECUTOR}")).unwrap();
    assert_eq!(executor.scheduler.as_str(), "http://127.0.0.1:50060/");
    assert_eq!((executor.advertise_host.as_str(), executor.listen.port()), ("127.0.0.1", 50061));
    assert_eq!((executor.grace, executor.slots, executor.memory), (Duration::from_secs(30), None, Memory::Percent(70)));
    for key in ["scheduler", "work_dir"] {
        let lines = EXECUTOR.lines().filter(|line| !line.starts_with(key)).collect::<Vec<_>>().join("\n");
        let error = Executor::from_document(&document(&format!("{STORAGE}{lines}"))).unwrap_err();
        assert_eq!(error.code, Code::MISSING_KEY);
        assert!(error.message.contains(key), "{}", error.message);
    }
}

#[test]
fn no_listener_beyond_loopback_without_tls() {
    let cases = [
        ("flight = '0.0.0.0:50050'", "", Some("listen.flight")),
        ("flight = '[::]:50050'", INTERNAL, Some("listen.flight")),
        ("flight = '0.0.0.0:50050'", TLS, None),
        ("postgres = '0.0.0.0:5432'", INTERNAL, Some("listen.postgres")),
        ("postgres = '0.0.0.0:5432'", TLS, None),
        ("postgres = '127.0.0.1:5432'", "", None),
        ("http = '0.0.0.0:8080'", INTERNAL, Some("listen.http")),
        ("http = '0.0.0.0:8080'", TLS, None),
        ("http = '127.0.0.1:8080'", "", None),
        ("internal = '10.0.0.1:1'", TLS, Some("listen.internal")),
        ("internal = '10.0.0.1:1'", INTERNAL, None),
        ("flight = 'localhost:1'", "", None),
        ("flight = '[::1]:1'", "", None),
    ];
    for (line, section, refused) in cases {
        let result = Scheduler::from_document(&document(&format!("[listen]\n{line}\n{STORAGE}{section}")));
        let error = result.map_err(|error| (error.code, error.message)).err();
        assert_eq!(error.is_some(), refused.is_some(), "{line} {section}: {error:?}");
        if let (Some((code, message)), Some(key)) = (error, refused) {
            assert_eq!(code, Code::TLS_REQUIRED);
            assert!(message.starts_with(&format!("`{key}` in t.toml:2:1 ")), "{message}");
        }
    }
}

#[test]
fn an_executor_talks_in_the_clear_only_to_itself() {
    let with = |scheduler: &str, listen: &str, section: &str| {
        let text = format!(
            "{STORAGE}{section}[executor]\nwork_dir = 'w'\nscheduler = '{scheduler}'\nlisten = '{listen}'\nadvertise_host = 'n1'\n"
        );
        executor(&text).map_err(|error| error.code).map(|_| ())
    };
    let (local, here) = ("http://localhost:50060", "127.0.0.1:0");
    assert_eq!(with(local, here, ""), Ok(()));
    assert_eq!(with("http://s.example:50060", here, INTERNAL), Err(Code::TLS_REQUIRED));
    assert_eq!(with("https://s.example:50060", here, ""), Err(Code::TLS_REQUIRED));
    assert_eq!(with("https://s.example:50060", here, INTERNAL), Ok(()));
    assert_eq!(with(local, "0.0.0.0:50061", ""), Err(Code::TLS_REQUIRED));
    assert_eq!(with(local, "0.0.0.0:50061", INTERNAL), Ok(()));
}

#[test]
fn other_nodes_are_never_told_the_unspecified_address() {
    let with = |line: &str| {
        let text = format!("{STORAGE}{INTERNAL}{EXECUTOR}listen = '0.0.0.0:50061'\n{line}");
        executor(&text).map(|executor| executor.advertise_host).map_err(|error| error.code)
    };
    assert_eq!(with(""), Err(Code::MISSING_KEY));
    assert_eq!(with("advertise_host = '0.0.0.0'"), Err(Code::BAD_VALUE));
    assert_eq!(with("advertise_host = 'n1:50061'"), Err(Code::BAD_VALUE));
    assert_eq!(with("advertise_host = 'n1.example'"), Ok("n1.example".to_owned()));
}

#[test]
fn half_a_tls_section_is_refused() {
    for line in TLS.lines().skip(1) {
        assert_eq!(serve(&format!("{STORAGE}[tls]\n{line}")).map_err(|error| error.code), Err(Code::MISSING_KEY));
    }
    let only_ca = format!("{STORAGE}[tls]\nclient_ca = 'c.pem'");
    assert_eq!(serve(&only_ca).map_err(|error| error.code), Err(Code::MISSING_KEY));
    let internal: Vec<&str> = INTERNAL.lines().skip(1).collect();
    for left_out in 0..internal.len() {
        let mut lines = internal.clone();
        lines.remove(left_out);
        let text = format!("{STORAGE}[internal_tls]\n{}", lines.join("\n"));
        assert_eq!(Scheduler::from_document(&document(&text)).map_err(|error| error.code), Err(Code::MISSING_KEY));
    }
    let tls = serve(&format!("{STORAGE}{TLS}")).unwrap().tls.unwrap();
    assert_eq!((tls.cert, tls.key), ("/etc/huitong/s.pem".into(), "/k/s.key".into()));
}

#[test]
fn bad_values_are_refused() {
    let cases = [
        ("storage", "root = 'gs://bucket/x'"),
        ("storage", "root = '~/data'"),
        ("storage", "root = ''"),
        ("storage", "root = 'file://host/x'"),
        ("storage", "root = 1"),
        ("listen", "flight = 'db.example:50050'"),
        ("listen", "flight = 50050"),
        ("engine", "local_bytes_max = '4 apples'"),
        ("engine", "local_bytes_max = -1"),
        ("engine", "target_partitions = 0"),
        ("engine", "target_partitions = 5000"),
        ("engine", "target_partitions = '8'"),
        ("engine", "memory = '101%'"),
        ("engine", "memory = 0.7"),
        ("log", "level = 'loud'"),
        ("log", "level = 'info,'"),
        ("log", "level = '[span]=info'"),
        ("state", "path = 'sqlite://x'"),
        ("state", "url = 'mysql://127.0.0.1/x'"),
        ("state", "url = 1"),
        ("tls", "cert = ['a']"),
    ];
    for (section, line) in cases {
        let storage = if section == "storage" { "" } else { STORAGE };
        let error = serve(&format!("{storage}[{section}]\n{line}")).expect_err(line);
        assert_eq!(error.code, Code::BAD_VALUE, "{line}: {}", error.message);
        assert!(error.message.contains(" must be ") && error.place.is_some(), "{}", error.message);
    }
    for line in ["compact_after_files = 1", "compact_after_files = -1", "compact_after_files = '50'"] {
        assert_eq!(serve(&format!("{STORAGE}{line}")).map_err(|error| error.code), Err(Code::BAD_VALUE), "{line}");
    }
    assert_eq!(serve(&format!("{STORAGE}compact_after_files = 0")).unwrap().storage.compact_after_files, 0);
    let lists = ["allowed_paths = ['/a', 1]", "allowed_paths = '/a'", "allowed_paths = ['s3://b']"];
    for line in lists {
        assert_eq!(serve(&format!("{STORAGE}{line}")).map_err(|error| error.code), Err(Code::BAD_VALUE), "{line}");
    }
}

#[test]
fn copies_go_beside_the_lake() {
    let read = |root: &str, allowed: &str| {
        let read = serve(&format!("[storage]\nroot = '{root}'\nallowed_paths = ['/mnt/out', '{allowed}']\n"));
        read.map(|serve| serve.storage)
    };
    for (allowed, export) in [("s3://city/exports/2026/", "exports/2026"), ("s3://city/lake2", "lake2")] {
        let storage = read("s3://city/lake", allowed).unwrap();
        assert_eq!(storage.root.bucket().unwrap().exports, [export]);
        assert_eq!(storage.allowed_paths, [Path::new("/mnt/out")]);
    }
    let refused = [
        ("s3://city/lake", "s3://city/lake"),
        ("s3://city/lake", "s3://city/lake/x"),
        ("s3://city/lake/a", "s3://city/lake"),
        ("s3://city/lake", "s3://city"),
        ("s3://city", "s3://city/exports"),
        ("s3://city/lake", "s3://town/exports"),
        ("s3://city/lake", "s3://city/../lake"),
        ("/srv/lake", "s3://city/exports"),
    ];
    for (root, allowed) in refused {
        let error = read(root, allowed).expect_err(allowed);
        assert_eq!(error.code, Code::BAD_VALUE, "{root} {allowed}");
        assert!(error.place.is_some() && error.message.contains("allowed_paths"), "{}", error.message);
    }
}

#[test]
fn good_values_are_understood() {
    let text = "[storage]\nroot = 'file:///srv/hui%20tong'\nallowed_paths = ['in', '/mnt/out']\n\
                [engine]\nlocal_bytes_max = 1000\ntarget_partitions = 3\nmemory = '2GiB'\n\
                [log]\nlevel = 'warn,huitong_engine=debug,h2=off'\n";
    let serve = serve(text).unwrap();
    assert_eq!(serve.storage.root.directory(), Some(Path::new("/srv/hui tong")));
    assert_eq!(serve.storage.allowed_paths, [Path::new("/etc/huitong/in"), Path::new("/mnt/out")]);
    assert_eq!(
        serve.engine,
        Engine {
            local_bytes_max: Some(1000),
            target_partitions: NonZeroUsize::new(3),
            memory: Memory::Bytes(2 << 30),
            work_dir: None
        }
    );
    assert_eq!(serve.log_level, "warn,huitong_engine=debug,h2=off");
}

#[test]
fn the_state_is_in_one_place() {
    let state = |lines: &str| serve(&format!("{STORAGE}[state]\n{lines}")).map(|serve| serve.state);
    let url = "url = 'postgres://u@127.0.0.1/huitong'";
    let expected = StatePlace::Postgres("postgres://u@127.0.0.1/huitong".parse().unwrap());
    assert_eq!(state(&format!("{url}\n[engine]\nwork_dir = 'w'")).unwrap(), expected);
    assert_eq!(state(url).unwrap_err().code, Code::MISSING_KEY, "nothing says where queries spill");
    let error = state(&format!("path = 's.db'\n{url}")).unwrap_err();
    assert_eq!((error.code, error.place.map(|place| place.line)), (Code::BAD_VALUE, Some(5)));
    assert!(error.message.starts_with("`state.url` in t.toml:5:1 stands beside `state.path`"), "{}", error.message);
    let error = state("url = 'postgres://u:geheim@db.example/huitong'").unwrap_err();
    assert_eq!(error.code, Code::TLS_REQUIRED);
    assert!(error.hint.as_ref().is_some_and(|hint| hint.contains("sslmode=verify-full")));
    assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
}

#[test]
fn one_file_serves_a_whole_cluster() {
    let text = format!("{STORAGE}{TLS}{INTERNAL}{EXECUTOR}[listen]\nflight = '0.0.0.0:1'\ninternal = '0.0.0.0:2'\n");
    let document = document(&text);
    assert!(Scheduler::from_document(&document).is_ok());
    assert!(Executor::from_document(&document).is_ok());
}

fn serve(text: &str) -> Result<Serve> {
    Serve::from_document(&document(text))
}

fn executor(text: &str) -> Result<Executor> {
    Executor::from_document(&document(text))
}

fn document(text: &str) -> Document {
    Document::parse("t.toml", Path::new("/etc/huitong"), text).unwrap()
}

#[test]
fn a_bucket_is_a_root() -> Result<()> {
    let storage = |root: &str, section: &str| {
        let text = format!(
            "[storage]\nroot = '{root}'\n[state]\npath = 's.db'\n[listen]\nflight = '127.0.0.1:0'\n[s3]\n{section}\n"
        );
        Serve::from_document(&Document::parse("c.toml", Path::new("/etc"), &text)?).map(|serve| serve.storage)
    };
    let found = storage("s3://city-lake/2026/a/", "endpoint = 'http://127.0.0.1:8333'\nregion = 'cn-north-1'")?;
    let bucket = found.root.bucket().cloned();
    let bucket = bucket.ok_or_else(|| Error::new(Code::INTERNAL, "no bucket"))?;
    assert_eq!(
        (bucket.name.as_str(), bucket.prefix.as_str(), bucket.region.as_str()),
        ("city-lake", "2026/a", "cn-north-1")
    );
    assert_eq!(found.roots(), Vec::<PathBuf>::new());
    for wrong in ["s3://", "s3://UPPER/x", "s3://ab", "s3://city/../x", "s3://city/a//b", "gs://city/x"] {
        assert_eq!(storage(wrong, "").map_err(|e| e.code), Err(Code::BAD_VALUE), "{wrong}");
    }
    let open = storage("s3://city", "endpoint = 'http://s3.example:9000'");
    assert_eq!(open.map_err(|e| e.code), Err(Code::TLS_REQUIRED), "data would travel in clear");
    Ok(())
}

#[test]
fn times_and_doors_of_the_queue_are_checked() {
    let section = |line: &str| serve(&format!("{STORAGE}[admission]\n{line}\n")).map(|serve| serve.admission);
    let given = section("statement_timeout = '2h'\nabandoned_after = '0s'\ndoors = ['flight=20', 'job = 4']").unwrap();
    let limit = |number| NonZeroU32::new(number).unwrap();
    assert_eq!(given.doors, [("flight", limit(20)), ("job", limit(4))]);
    assert_eq!((given.statement_timeout, given.abandoned_after), (Some(Duration::from_secs(7200)), None));
    for line in ["doors = ['fligth=20']", "doors = ['flight=0']", "doors = ['flight']", "statement_timeout = '5'"] {
        let error = section(line).unwrap_err();
        assert_eq!(error.code, Code::BAD_VALUE, "{line}: {}", error.message);
    }
}

#[test]
fn the_examples_of_deploy_are_read() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy"));
    for place in ["", "compose"] {
        let read = |name: &str| Document::read(&folder.join(place).join(name)).unwrap();
        let scheduler = Scheduler::from_document(&read("scheduler.toml")).unwrap();
        let executor = Executor::from_document(&read("executor.toml")).unwrap();
        assert_eq!(scheduler.storage.root, executor.storage.root);
        assert!(scheduler.tls.is_some() && scheduler.internal_tls.is_some() && executor.internal_tls.is_some());
    }
}
