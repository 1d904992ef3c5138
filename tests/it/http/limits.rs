//! Who may not ask, and what is no question.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use super::{Client, ENDLESS, PATIENCE, serve, wait};
use crate::work::{PASSWORD, Server, run};

#[test]
fn strangers_stay_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("data");
    let dir = dir.to_str().expect("text");
    assert!(serve(folder.path()).stop(), "the server did not stop well");
    assert!(run(&["user", "add", "report", "--dir", dir]).status.success());
    let token = String::from_utf8(run(&["user", "token", "report", "--dir", dir]).stdout).expect("text");
    let server = serve(folder.path());
    let address = server.address("http");
    let nobody = Client::stranger(&address);
    let bearer = nobody.clone().with("authorization", &format!("bearer {}", token.trim()));
    assert_eq!(bearer.sql("SELECT 1 AS n").json()["rows"], json!([[1]]), "{token}");
    for (client, code) in [
        (nobody.clone(), "HT0201"),
        (nobody.clone().with("authorization", "Digest x"), "HT0201"),
        (nobody.clone().with("authorization", "Basic !!!"), "HT0201"),
        (nobody.clone().with("authorization", "Bearer wrong"), "HT0203"),
        (nobody.clone().signed_in("admin", "wrong"), "HT0202"),
        (nobody.clone().signed_in("nobody", PASSWORD), "HT0202"),
    ] {
        for (method, path) in [
            ("POST", "/api/v1/query"),
            ("GET", "/api/v1/query/x"),
            ("DELETE", "/api/v1/query/x"),
            ("GET", "/api/v1/query/x/result"),
        ] {
            let answer = client.send(method, path, b"");
            assert_eq!((answer.status, answer.code().as_str()), (401, code), "{method} {path}");
            assert!(answer.header("www-authenticate").is_some_and(|way| way.starts_with("Basic ")));
        }
    }
    // Others know what is wrong without a password, and learn nothing by it.
    for (path, status) in [("/healthz", "alive"), ("/readyz", "ready")] {
        let answer = nobody.get(path);
        assert_eq!((answer.status, &answer.json()), (200, &json!({ "status": status })));
    }
    // A browser adds a password that it knows; a page of another site must not gain by it.
    let page = Client::new(&address).with("origin", "https://evil.example").with("content-type", "text/plain");
    assert_eq!(page.send("POST", "/api/v1/query", b"SELECT 1").status, 403);
    for _ in 0..6 {
        nobody.clone().signed_in("guessed", "x").sql("SELECT 1");
    }
    let waits = nobody.signed_in("guessed", "x").sql("SELECT 1");
    assert_eq!((waits.status, waits.code().as_str()), (429, "HT0209"));
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn a_server_that_has_lost_its_storage_is_not_ready() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let client = Client::stranger(&server.address("http"));
    assert_eq!(client.get("/readyz").status, 200);
    let (lake, away) = (folder.path().join("data/lake"), folder.path().join("data/away"));
    std::fs::rename(&lake, &away).expect("moved");
    wait("it is not ready", Duration::from_secs(5), || client.get("/readyz").status == 503);
    let told = client.get("/readyz").json();
    assert_eq!(told, json!({ "status": "not ready", "reasons": ["the storage cannot be reached"] }));
    assert_eq!(client.get("/healthz").status, 200);
    std::fs::rename(&away, &lake).expect("moved back");
    wait("it is ready again", Duration::from_secs(5), || client.get("/readyz").status == 200);
}

#[test]
fn garbage_is_refused_and_disturbs_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path());
    let address = server.address("http");
    let client = Client::new(&address);
    let silent: Vec<TcpStream> = (0..50).map(|_| TcpStream::connect(&address).expect("connected")).collect();
    for (kind, body, status) in [
        ("application/json", &b"{\"sql\": "[..], 400),
        ("application/json", b"{\"sql\": \"SELECT '\xff'\"}", 400),
        ("application/json", b"{\"sql\": \"SELECT 1\", \"more\": 1}", 400),
        ("text/plain", b"SELECT '\xc3\x28'", 400),
        ("application/x-www-form-urlencoded", b"sql=SELECT+1", 415),
        ("text/plain; charset=gbk", b"SELECT 1", 415),
    ] {
        let answer = client.clone().with("content-type", kind).send("POST", "/api/v1/query", body);
        assert_eq!((answer.status, answer.code().as_str()), (status, "HT0701"), "{}", answer.text());
    }
    let large = vec![b' '; 20 * 1024 * 1024];
    let answer = client.clone().with("content-type", "text/plain").send("POST", "/api/v1/query", &large);
    assert_eq!((answer.status, answer.code().as_str()), (413, "HT0701"));
    // Longer than statements may be, and not longer than bodies may be.
    let answer =
        client.clone().with("content-type", "text/plain").send("POST", "/api/v1/query", &large[..2 * 1024 * 1024]);
    assert_eq!((answer.status, answer.code().as_str()), (400, "HT0101"));
    let answer = client.clone().with("accept", "text/html").sql("SELECT 1");
    assert_eq!((answer.status, answer.code().as_str()), (406, "HT0701"));
    for path in ["/", "/api", "/api/v1/query/", "/api/v1/query/x/y/z", "/%ff", "/api/v1/query/%ff"] {
        let answer = client.get(path);
        assert_eq!((answer.status, answer.code().as_str()), (404, "HT0702"), "{path}");
    }
    for (method, path, allowed) in [
        ("GET", "/api/v1/query", "POST"),
        ("PUT", "/api/v1/query", "POST"),
        ("OPTIONS", "/api/v1/query", "POST"),
        ("POST", "/healthz", "GET,HEAD"),
    ] {
        let answer = client.send(method, path, b"");
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allowed)), "{method} {path}");
        assert_eq!(answer.code(), "HT0701");
    }
    assert!(raw(&address, b"POST /api/v1/query HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 505"));
    assert!(raw(&address, b"GET /healthz HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 200"));
    let garbage: [&[u8]; 6] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/query HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v1/query HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
    ];
    for bytes in garbage {
        let answer = raw(&address, bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{bytes:?}: {answer}");
    }
    assert_eq!(client.sql("SELECT 1 AS n").json()["rows"], json!([[1]]));
    drop(silent);
    assert!(server.stop(), "the server did not stop well");
}

#[test]
fn with_a_certificate_nothing_goes_in_the_clear() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
    assert!(run(&["certs", "init", &path("certs")]).status.success());
    let config = format!(
        "[storage]\nroot = '{}'\n[state]\npath = '{}'\n[listen]\nflight = '127.0.0.1:0'\nhttp = '127.0.0.1:0'\n[tls]\ncert = '{}'\nkey = '{}'\n",
        path("lake"),
        path("state.db"),
        path("certs/server.pem"),
        path("certs/server.key"),
    );
    std::fs::write(path("serve.toml"), config).expect("written");
    let server = Server::start(&["serve", "--config", &path("serve.toml")], folder.path());
    let address = server.address("http");
    let answer = secured(&address, &path("certs/ca.pem"), ENDLESS);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(!raw(&address, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").contains("HTTP/1.1 200"));
    // Whoever does not speak TLS does not keep others from it.
    let _silent = TcpStream::connect(&address).expect("connected");
    assert!(secured(&address, &path("certs/ca.pem"), "SELECT 1").starts_with("HTTP/1.1 200"));
}

/// Sends bytes and reads what comes.
fn raw(address: &str, sent: &[u8]) -> String {
    let mut socket = TcpStream::connect(address).expect("connected");
    socket.set_read_timeout(Some(PATIENCE)).expect("set");
    socket.write_all(sent).ok();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).ok();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The first bytes of an answer to a statement that was posted under TLS.
fn secured(address: &str, authority: &str, sql: &str) -> String {
    use rustls::pki_types::pem::PemObject;
    use rustls::pki_types::{CertificateDer, ServerName};
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).expect("a certificate")).expect("an authority");
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let mut session = rustls::ClientConnection::new(std::sync::Arc::new(config), name).expect("a client");
    let mut socket = TcpStream::connect(address).expect("connected");
    socket.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut stream = rustls::Stream::new(&mut session, &mut socket);
    let head = format!(
        "POST /api/v1/query HTTP/1.1\r\nhost: {address}\r\nauthorization: Basic {}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{sql}",
        BASE64.encode(format!("admin:{PASSWORD}")),
        sql.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    let mut some = [0; 4096];
    let count = stream.read(&mut some).expect("an answer");
    String::from_utf8_lossy(&some[..count]).into_owned()
}
