//! Clients whose certificate signs them in, at each door.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;

use arrow_flight::sql::client::FlightSqlServiceClient;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{Connection, Row};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use crate::work::{PASSWORD, Server, run};

/// An authority of clients, and a certificate of it for each of these names; `expired` has one that has ended.
fn authority(folder: &Path, names: &[&str]) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    fs::write(folder.join("clients.pem"), params.self_signed(&key).expect("signed").pem()).expect("written");
    let issuer = Issuer::new(params, key);
    for name in names {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, *name);
        if *name == "expired" {
            params.distinguished_name.push(DnType::CommonName, "admin");
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &issuer).expect("signed");
        fs::write(folder.join(format!("{name}.pem")), certificate.pem()).expect("written");
        fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).expect("written");
    }
}

struct Clients<'a> {
    server: &'a Server,
    folder: &'a Path,
}

impl Clients<'_> {
    fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join(name)).expect("read")
    }

    async fn flight(&self, holder: &str) -> Result<FlightSqlServiceClient<tonic::transport::Channel>, String> {
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(self.file("nodes/ca.pem")))
            .identity(Identity::from_pem(self.file(&format!("{holder}.pem")), self.file(&format!("{holder}.key"))));
        let endpoint = Endpoint::from_shared(format!("https://{}", self.server.address("flight"))).expect("an address");
        let channel = endpoint.tls_config(tls).expect("usable").connect().await;
        Ok(FlightSqlServiceClient::new(channel.map_err(|error| format!("{error:?}"))?))
    }

    /// Who asks, as the session says.
    async fn over_flight(&self, holder: &str) -> Result<(), String> {
        let mut client = self.flight(holder).await?;
        client.execute("SELECT 1".to_owned(), None).await.map(drop).map_err(|error| error.to_string())
    }

    async fn over_postgres(&self, holder: &str, user: &str, password: Option<&str>) -> Result<String, String> {
        let address = self.server.address("postgres");
        let (host, port) = address.split_once(':').expect("both");
        let path = |name: &str| self.folder.join(name);
        let options = PgConnectOptions::new_without_pgpass().host(host).port(port.parse().expect("a number"));
        let options = options.username(user).database("city").ssl_mode(PgSslMode::VerifyCa);
        let options = options.ssl_root_cert(path("nodes/ca.pem")).ssl_client_cert(path(&format!("{holder}.pem")));
        let options = options.ssl_client_key(path(&format!("{holder}.key")));
        let options = password.into_iter().fold(options, PgConnectOptions::password);
        let mut connection = PgConnection::connect_with(&options).await.map_err(|error| error.to_string())?;
        let row = sqlx::query("SELECT current_user").fetch_one(&mut connection).await;
        Ok(row.map_err(|error| error.to_string())?.get(0))
    }

    fn over_http(&self, holder: &str, header: &str) -> String {
        let pem = |name: &str| CertificateDer::from_pem_slice(&self.file(name)).expect("a certificate");
        let mut roots = RootCertStore::empty();
        roots.add(pem("nodes/ca.pem")).expect("an authority");
        let key = PrivateKeyDer::from_pem_slice(&self.file(&format!("{holder}.key"))).expect("a key");
        let config = ClientConfig::builder().with_root_certificates(roots);
        let config = config.with_client_auth_cert(vec![pem(&format!("{holder}.pem"))], key).expect("usable");
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        let connection = ClientConnection::new(Arc::new(config), name).expect("a connection");
        let socket = TcpStream::connect(self.server.address("http")).expect("connected");
        let mut stream = StreamOwned::new(connection, socket);
        let body = "SELECT 42 AS n";
        let head =
            format!("POST /api/v1/query HTTP/1.1\r\nhost: city\r\nconnection: close\r\naccept: text/csv\r\n{header}");
        let length = body.len();
        // A handshake that fails is an answer, too.
        let sent = write!(stream, "{head}content-type: application/sql\r\ncontent-length: {length}\r\n\r\n{body}");
        if let Err(error) = sent {
            return error.to_string();
        }
        let mut answer = String::new();
        // A server may leave without saying so; what it said is what counts.
        stream.read_to_string(&mut answer).ok();
        answer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_signs_in_whom_it_names() {
    rustls::crypto::aws_lc_rs::default_provider().install_default().ok();
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    assert!(run(&["certs", "init", folder.join("nodes").to_str().expect("text")]).status.success());
    authority(folder, &["admin", "nobody", "expired", "Li"]);
    let config = |signs_in: bool| {
        format!(
            "[storage]\nroot = '{0}/lake'\n[state]\npath = '{0}/state.db'\n[listen]\nflight = '127.0.0.1:0'\npostgres = '127.0.0.1:0'\n\
             http = '127.0.0.1:0'\n[tls]\ncert = '{0}/nodes/server.pem'\nkey = '{0}/nodes/server.key'\nclient_ca = '{0}/clients.pem'\n\
             [identity]\nclient_certificates = {signs_in}\n",
            folder.display()
        )
    };
    let path = folder.join("huitong.toml");
    let start = |signs_in| {
        fs::write(&path, config(signs_in)).expect("written");
        Server::start(&["serve", "--config", path.to_str().expect("text")], folder)
    };
    let server = start(true);
    let clients = Clients { server: &server, folder };
    let mut admin = clients.flight("admin").await.expect("connected");
    admin.execute_update(format!("CREATE USER li PASSWORD '{PASSWORD}'"), None).await.expect("a user");
    // What is set is set for the connection.
    admin.execute_update("CREATE SCHEMA s".to_owned(), None).await.expect("a schema");
    admin.execute_update("USE s".to_owned(), None).await.expect("used");
    admin.execute("SELECT 1".to_owned(), None).await.expect("asked");

    clients.over_flight("Li").await.expect("names are folded");
    assert_eq!(clients.over_postgres("Li", "li", None).await.as_deref(), Ok("li"));
    let answer = clients.over_http("Li", "");
    assert!(
        answer.starts_with("HTTP/1.1 200")
            && answer.split_once("\r\n\r\n").is_some_and(|(_, body)| body.lines().any(|line| line.trim_end() == "42")),
        "{answer}"
    );
    assert!(clients.over_flight("nobody").await.expect_err("nobody").contains("HT0201"));
    assert!(clients.over_http("nobody", "").contains("HT0201"));
    for stranger in ["nobody", "expired"] {
        assert!(clients.over_flight(stranger).await.is_err(), "{stranger}");
        assert!(!clients.over_http(stranger, "").contains("200 OK"), "{stranger}");
        assert!(clients.over_postgres(stranger, "admin", None).await.is_err(), "{stranger}");
    }
    // Another user than the certificate's needs the password; what a request brings comes first.
    assert!(clients.over_postgres("Li", "admin", None).await.is_err());
    assert_eq!(clients.over_postgres("nobody", "li", Some(PASSWORD)).await.as_deref(), Ok("li"));
    let wrong = "authorization: Bearer htu_wrong\r\n";
    assert!(clients.over_http("Li", wrong).contains("HT0203"));

    admin.execute_update("DROP USER li".to_owned(), None).await.expect("disabled");
    assert!(clients.over_flight("Li").await.expect_err("disabled").contains("HT0201"));
    assert!(clients.over_postgres("Li", "li", None).await.is_err());
    drop(admin);
    assert!(server.stop());

    let server = start(false);
    let clients = Clients { server: &server, folder };
    assert!(clients.over_flight("admin").await.expect_err("not asked for").contains("HT0201"));
    assert!(clients.over_http("admin", "").contains("HT0201"));
    assert!(clients.over_postgres("admin", "admin", None).await.is_err());
}
