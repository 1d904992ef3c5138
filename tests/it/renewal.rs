//! Certificates that are renewed while the doors are served.

use std::path::Path;
use std::time::{Duration, Instant};

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};

use crate::work::{PASSWORD, Server, run};

const PATIENCE: Duration = Duration::from_secs(40);

fn path(folder: &Path, file: &str) -> String {
    folder.join(file).to_str().expect("text").to_owned()
}

/// Runs a statement over TLS, trusting one authority.
fn ask(server: &Server, authority: &str) -> bool {
    let url = format!("grpc+tls://{}", server.address("flight"));
    run(&["sql", "--url", &url, "--ca", authority, "--format", "csv", "-c", "SELECT 1"]).status.success()
}

async fn connect(server: &Server, authority: &str) -> Result<PgConnection, sqlx::Error> {
    let address = server.address("postgres");
    let (host, port) = address.split_once(':').expect("both");
    let options = PgConnectOptions::new_without_pgpass().host(host).port(port.parse().expect("a number"));
    let options = options.username("admin").password(PASSWORD).database("city");
    PgConnection::connect_with(&options.ssl_mode(PgSslMode::VerifyCa).ssl_root_cert(authority)).await
}

fn replace(folder: &Path, from: &str, files: &[&str]) {
    for file in files {
        std::fs::copy(folder.join(from).join(file), folder.join("used").join(file)).expect("copied");
    }
}

#[tokio::test]
async fn new_certificates_are_shown_without_a_restart() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    for authority in ["old", "new"] {
        assert!(run(&["certs", "init", &path(folder, authority)]).status.success());
    }
    std::fs::create_dir(folder.join("used")).expect("made");
    replace(folder, "old", &["server.pem", "server.key"]);
    let config = format!(
        "[storage]\nroot = '{0}/lake'\n[state]\npath = '{0}/state.db'\n[listen]\nflight = '127.0.0.1:0'\npostgres = '127.0.0.1:0'\n\
         [tls]\ncert = '{0}/used/server.pem'\nkey = '{0}/used/server.key'\n",
        folder.display()
    );
    std::fs::write(folder.join("huitong.toml"), config).expect("written");
    let server = Server::start(&["serve", "--config", &path(folder, "huitong.toml")], folder);
    let (old, new) = (path(folder, "old/ca.pem"), path(folder, "new/ca.pem"));
    assert!(ask(&server, &old) && !ask(&server, &new));
    let mut there = connect(&server, &old).await.expect("connected");

    // A certificate without its key is not taken.
    replace(folder, "new", &["server.pem"]);
    let begun = Instant::now();
    while !server.log().contains("cannot be used") {
        assert!(begun.elapsed() < PATIENCE, "{}", server.log());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(ask(&server, &old));

    replace(folder, "new", &["server.key"]);
    let begun = Instant::now();
    while !ask(&server, &new) {
        assert!(begun.elapsed() < PATIENCE, "{}", server.log());
    }
    assert!(!ask(&server, &old));
    assert!(connect(&server, &old).await.is_err());
    connect(&server, &new).await.expect("connected");
    // Who was connected is not disturbed.
    there.ping().await.expect("still there");
}
