use std::sync::Arc;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use super::*;
use crate::clock::FixedClock;
use crate::ids::SeededRandomness;

const NOW_MS: i64 = 1_800_000_000_000;

#[test]
fn everything_a_first_cluster_needs_is_written() {
    let folder = made(&["db.example", "10.0.0.8"]);
    let mut names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let expected = [
        "ca.key",
        "ca.pem",
        "executor.key",
        "executor.pem",
        "scheduler.key",
        "scheduler.pem",
        "server.key",
        "server.pem",
    ];
    assert_eq!(names, expected);
}

#[test]
fn nodes_recognise_each_other_by_role_and_host() {
    let folder = made(&["db.example", "10.0.0.8"]);
    for name in ["scheduler.huitong.internal", "db.example", "10.0.0.8", "localhost", "127.0.0.1", "::1"] {
        assert_eq!(handshake(folder.path(), "scheduler", Some("executor"), name, NOW_MS), Ok(()), "{name}");
    }
    assert_eq!(handshake(folder.path(), "executor", Some("scheduler"), "executor.huitong.internal", NOW_MS), Ok(()));
    for (server, name) in [
        ("executor", "scheduler.huitong.internal"),
        ("server", "scheduler.huitong.internal"),
        ("scheduler", "evil.example"),
    ] {
        assert!(handshake(folder.path(), server, Some("executor"), name, NOW_MS).is_err(), "{server} {name}");
    }
}

#[test]
fn the_public_certificate_cannot_pass_as_a_node() {
    let folder = made(&[]);
    assert!(handshake(folder.path(), "scheduler", Some("server"), "localhost", NOW_MS).is_err());
    assert!(handshake(folder.path(), "scheduler", None, "localhost", NOW_MS).is_err());
}

#[test]
fn strangers_with_an_authority_of_the_same_name_are_refused() {
    let (ours, theirs) = (made(&[]), made(&[]));
    for file in ["executor.pem", "executor.key"] {
        fs::copy(theirs.path().join(file), ours.path().join(file)).unwrap();
    }
    assert!(handshake(ours.path(), "scheduler", Some("executor"), "localhost", NOW_MS).is_err());
}

#[test]
fn certificates_are_good_from_an_hour_before_to_their_end() {
    let folder = made(&[]);
    let end = i64::try_from(Validity::default().node.as_millis()).unwrap();
    let hour = i64::try_from(BACKDATED.as_millis()).unwrap();
    let at = |ms| handshake(folder.path(), "scheduler", Some("executor"), "localhost", ms).is_ok();
    assert!(at(NOW_MS - hour) && at(NOW_MS + end));
    assert!(!at(NOW_MS - hour - 1_000) && !at(NOW_MS + end + 1_000));
}

#[test]
fn a_node_can_be_added_later() {
    let folder = made(&[]);
    let other = folder.path().join("node2");
    let hosts = ["node2.example".to_owned()];
    let (clock, randomness) = (clock(), SeededRandomness::new(9));
    let written =
        issue(folder.path(), &other, Node::Executor, &hosts, Validity::default(), &clock, &randomness).unwrap();
    assert_eq!(written, [other.join("executor.pem"), other.join("executor.key")]);
    fs::copy(folder.path().join("ca.pem"), other.join("ca.pem")).unwrap();
    for file in ["scheduler.pem", "scheduler.key"] {
        fs::copy(folder.path().join(file), other.join(file)).unwrap();
    }
    assert_eq!(handshake(&other, "executor", Some("scheduler"), "node2.example", NOW_MS), Ok(()));
    let nowhere = folder.path().join("nowhere");
    let error = issue(&nowhere, &other, Node::Server, &hosts, Validity::default(), &clock, &randomness).unwrap_err();
    assert_eq!(error.code, Code::CERTIFICATE);
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_half_done() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("executor.key"), "precious").unwrap();
    let error = init_in(folder.path(), &[]).unwrap_err();
    assert_eq!(error.code, Code::CERTIFICATE);
    assert!(error.message.contains("executor.key"), "{}", error.message);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read_to_string(folder.path().join("executor.key")).unwrap(), "precious");
}

#[test]
fn hosts_that_are_no_hosts_are_refused_before_anything_is_written() {
    for host in ["", "a b", "https://a", "a:50", "0.0.0.0", "::", "*.example", "a\0"] {
        let folder = tempfile::tempdir().unwrap();
        let result = init_in(folder.path(), &[host]);
        assert_eq!(result.map_err(|error| error.code), Err(Code::CERTIFICATE), "{host}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn reading_pem_names_the_configuration_key() {
    let folder = made(&[]);
    assert!(read_pem("tls.cert", &folder.path().join("server.pem")).is_ok());
    let other = folder.path().join("other");
    fs::write(&other, "no certificate").unwrap();
    for (path, why) in [
        (other, "is not PEM"),
        (folder.path().join("none"), "cannot be read"),
        (folder.path().to_owned(), "cannot be read"),
    ] {
        let error = read_pem("tls.cert", &path).unwrap_err();
        assert_eq!(error.code, Code::CERTIFICATE);
        assert!(error.message.contains("`tls.cert`") && error.message.ends_with(why), "{}", error.message);
    }
}

#[cfg(unix)]
#[test]
fn keys_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("new/certs");
    for path in init_in(&folder, &[]).unwrap() {
        let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        let is_key = path.extension().is_some_and(|extension| extension == "key");
        assert_eq!(mode & 0o077, if is_key { 0 } else { mode & 0o044 }, "{} {mode:o}", path.display());
    }
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o077, 0);
}

/// A TLS handshake in memory at a given time; the client shows `client`'s certificate, or none.
fn handshake(
    folder: &Path,
    server: &str,
    client: Option<&str>,
    name: &str,
    now_ms: i64,
) -> std::result::Result<(), String> {
    let time = Arc::new(At(now_ms));
    let mut roots = RootCertStore::empty();
    roots.add(certificate(folder, "ca")).map_err(text)?;
    let roots = Arc::new(roots);
    let provider = Arc::new(default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone()).build().map_err(text)?;
    let server_config = ServerConfig::builder_with_details(provider.clone(), time.clone())
        .with_safe_default_protocol_versions()
        .map_err(text)?
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate(folder, server)], key(folder, server))
        .map_err(text)?;
    let client_config = ClientConfig::builder_with_details(provider, time)
        .with_safe_default_protocol_versions()
        .map_err(text)?
        .with_root_certificates(roots);
    let client_config = match client {
        Some(node) => {
            client_config.with_client_auth_cert(vec![certificate(folder, node)], key(folder, node)).map_err(text)?
        }
        None => client_config.with_no_client_auth(),
    };
    let name = ServerName::try_from(name.to_owned()).map_err(text)?;
    let client = ClientConnection::new(Arc::new(client_config), name).map_err(text)?;
    exchange(client, ServerConnection::new(Arc::new(server_config)).map_err(text)?)
}

fn exchange(mut client: ClientConnection, mut server: ServerConnection) -> std::result::Result<(), String> {
    while client.is_handshaking() || server.is_handshaking() || client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).map_err(text)?;
        server.read_tls(&mut wire.as_slice()).map_err(text)?;
        server.process_new_packets().map_err(text)?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).map_err(text)?;
        client.read_tls(&mut wire.as_slice()).map_err(text)?;
        client.process_new_packets().map_err(text)?;
    }
    Ok(())
}

#[derive(Debug)]
struct At(i64);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        u64::try_from(self.0).ok().map(|ms| UnixTime::since_unix_epoch(Duration::from_millis(ms)))
    }
}

fn certificate(folder: &Path, node: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(folder.join(format!("{node}.pem"))).unwrap()
}

fn key(folder: &Path, node: &str) -> PrivateKeyDer<'static> {
    PrivateKeyDer::from_pem_file(folder.join(format!("{node}.key"))).unwrap()
}

fn made(hosts: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    init_in(folder.path(), hosts).unwrap();
    folder
}

fn init_in(folder: &Path, hosts: &[&str]) -> Result<Vec<PathBuf>> {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    init(folder, &hosts, Validity::default(), &clock(), &SeededRandomness::new(5))
}

fn clock() -> FixedClock {
    FixedClock::at(Timestamp::from_ms(NOW_MS))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
