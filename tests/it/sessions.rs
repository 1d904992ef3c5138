//! Sessions over Flight, which are found again by their token: how they end, and what ends with them.

use std::path::Path;
use std::time::{Duration, Instant};

use arrow_flight::sql::client::FlightSqlServiceClient;
use futures::TryStreamExt;
use tonic::transport::Endpoint;

use crate::calls::Caller;
use crate::work::{PASSWORD, Server, run, sql, sql_as};

fn serve(folder: &Path, sections: &str) -> Server {
    let file = folder.join("huitong.toml");
    let text = format!(
        "[storage]\nroot = '{0}/lake'\n[state]\npath = '{0}/state.db'\n[listen]\nflight = '127.0.0.1:0'\npostgres = '127.0.0.1:0'\n{sections}",
        folder.display()
    );
    std::fs::write(&file, text).expect("written");
    Server::start(&["serve", "--config", file.to_str().expect("text")], folder)
}

/// A client with a token that was made for a program.
async fn with_token(address: &str, token: &str) -> FlightSqlServiceClient<tonic::transport::Channel> {
    let channel = Endpoint::from_shared(format!("http://{address}")).expect("an address").connect().await;
    let mut client = FlightSqlServiceClient::new(channel.expect("connected"));
    client.set_token(token.to_owned());
    client
}

#[tokio::test]
async fn the_token_of_a_sign_in_ends_with_an_idle_session() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(serve(folder.path(), "").stop(), "the server did not stop well");
    let config = folder.path().join("huitong.toml");
    let made = run(&["user", "token", "admin", "--config", config.to_str().expect("text")]);
    let token = String::from_utf8(made.stdout).expect("text");
    let server = serve(folder.path(), "[clients]\nidle_after = '2s'\n");
    let address = server.address("flight");
    let mut idle = Caller::connect(&address, "admin").await;
    let mut busy = Caller::connect(&address, "admin").await;
    let mut program = with_token(&address, token.trim()).await;
    for session in [&mut idle, &mut busy] {
        session.ask("SET timezone = '+08:00'").await.expect("set");
    }
    program.execute("SET timezone = '+08:00'".to_owned(), None).await.expect("set");
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        busy.ask("SELECT 1").await.expect("a session that is used stays");
    }
    let told = idle.ask("SELECT 1").await.expect_err("idle for too long");
    assert!(told.contains("HT0203"), "{told}");
    program.execute("SELECT 1".to_owned(), None).await.expect("a program's token stays");
}

/// Waits until so many statements, or sessions, of `li` are listed.
fn wait_for(address: &str, list: &str, number: usize) {
    let begun = Instant::now();
    let count = format!("SELECT count(*) AS n FROM huitong.{list} WHERE \"user\" = 'li'");
    while sql(address, "csv", &count) != Ok(format!("n\n{number}\n")) {
        assert!(begun.elapsed() < Duration::from_secs(60), "there are never {number} {list}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn whoever_is_shut_out_is_out_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = serve(folder.path(), "");
    let make = format!("CREATE USER li PASSWORD '{PASSWORD}'; CREATE USER wang PASSWORD '{PASSWORD}' SECURITY ADMIN");
    sql(&server.address("flight"), "csv", &make).expect("users");
    assert!(server.stop(), "the server did not stop well");
    let config = folder.path().join("huitong.toml");
    let arguments = ["user", "token", "li", "--label", "report", "--config", config.to_str().expect("text")];
    let token = String::from_utf8(run(&arguments).stdout).expect("text");
    let server = serve(folder.path(), "");
    let address = server.address("flight");
    let admin = |script: &str| sql(&address, "csv", script);
    let mut session = Caller::connect(&address, "li").await;
    let mut program = with_token(&address, token.trim()).await;
    session.ask("SELECT 1").await.expect("signed in");
    // Fetched: an answer that nobody fetches is kept for a while, and its session with it.
    let info = program.execute("SELECT 1".to_owned(), None).await.expect("signed in");
    let ticket = info.endpoint[0].ticket.clone().expect("a ticket");
    let rows: Vec<_> = program.do_get(ticket).await.expect("rows").try_collect().await.expect("all");
    assert_eq!(rows.len(), 1);
    let long = "SELECT count(*) AS n FROM generate_series(1, 60000) AS a(v) CROSS JOIN generate_series(1, 60000) AS b(v) \
        WHERE a.v * b.v % 7919 = 1";
    let running = {
        let address = address.clone();
        std::thread::spawn(move || sql_as(&address, "li", long))
    };
    wait_for(&address, "running", 1);

    for user in ["li", "wang"] {
        for refused in ["ALTER USER admin DISABLE", "ALTER USER admin DROP TOKENS", "ALTER USER admin ENABLE"] {
            let told = sql_as(&address, user, refused).expect_err(refused);
            assert!(told.contains("HT0204"), "{user}: {refused}: {told}");
        }
    }
    // Who runs the platform does not send away who looks after that.
    for refused in ["ALTER USER wang DISABLE", "ALTER USER wang DROP TOKENS", "ALTER USER wang ENABLE"] {
        assert!(admin(refused).expect_err(refused).contains("HT0204"), "{refused}");
    }
    admin("ALTER USER li DISABLE").expect("shut out");
    // Its client is told so by the statement, or by the door when it asks how far that is.
    let told = running.join().expect("no panic").expect_err("the statement was ended");
    assert!(told.contains("ended by `admin`") || told.contains("HT0203"), "{told}");
    wait_for(&address, "running", 0);
    let told = session.ask("SELECT 1").await.expect_err("the sign-in has ended");
    assert!(told.contains("HT0203"), "{told}");
    let told = program.execute("SELECT 1".to_owned(), None).await.expect_err("the token is refused").to_string();
    assert!(told.contains("HT0203"), "{told}");
    assert!(sql_as(&address, "li", "SELECT 1").expect_err("no sign-in").contains("HT0202"));
    wait_for(&address, "sessions", 0);

    admin("ALTER USER li ENABLE").expect("let in");
    program.execute("SELECT 1".to_owned(), None).await.expect("a program's token holds again");
    assert!(session.ask("SELECT 1").await.expect_err("its time is over").contains("HT0203"));
    let of_programs =
        "SELECT \"user\", label, scope, revoked IS NULL AS good FROM huitong.tokens WHERE kind = 'personal'";
    for user in ["admin", "li"] {
        let listed = sql_as(&address, user, of_programs);
        assert_eq!(listed, Ok("user,label,scope,good\nli,report,all,true\n".to_owned()), "{user}");
    }
    assert_eq!(sql_as(&address, "wang", of_programs), Ok("user,label,scope,good\n".to_owned()));
    let id = admin("SELECT id FROM huitong.tokens WHERE kind = 'personal'").expect("listed");
    let id = id.trim_start_matches("id\n").trim();
    assert!(admin("ALTER USER li DROP TOKEN 'no-such-id'").expect_err("none").contains("HT0502"));
    admin(&format!("ALTER USER li DROP TOKEN '{id}'")).expect("ended");
    let told = program.execute("SELECT 1".to_owned(), None).await.expect_err("revoked").to_string();
    assert!(told.contains("HT0203"), "{told}");
    assert_eq!(admin(of_programs), Ok("user,label,scope,good\nli,report,all,false\n".to_owned()));
    let mut session = Caller::connect(&address, "li").await;
    admin("ALTER USER li DROP TOKENS").expect("all of them");
    assert!(session.ask("SELECT 1").await.expect_err("revoked").contains("HT0203"));
}

/// The public key of an issuer, and two tokens that it signed: for `li` and for `wang`, until the year 9999. Made with
/// pyca/cryptography; the private key was not kept.
const KEYS: &str = r#"{"keys": [{"kty": "OKP", "kid": "ed", "use": "sig", "crv": "Ed25519", "alg": "EdDSA", "x": "Zp3YAuaxx-dgUooKYPIsqdZbI9kCGoZX5T5sZ0ocR_4"}]}"#;
const OF_LI: &str = concat!(
    "eyJhbGciOiAiRWREU0EiLCAidHlwIjogIkpXVCIsICJraWQiOiAiZWQifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZC5leGFtcGxlIiwgImF1ZCI6ICJ",
    "odWl0b25nIiwgInN1YiI6ICJsaSIsICJleHAiOiAyNTM0MDIzMDA3OTl9.l8dgtmaxHOGwy1VMyxcaPNLjLbC5eSO8Rc2YAWSvTslDGBg-0-10",
    "C5vIQRpk7nuwl4qiQveE21j6Q5Lpc7zlAA",
);
const OF_WANG: &str = concat!(
    "eyJhbGciOiAiRWREU0EiLCAidHlwIjogIkpXVCIsICJraWQiOiAiZWQifQ.eyJpc3MiOiAiaHR0cHM6Ly9pZC5leGFtcGxlIiwgImF1ZCI6ICJ",
    "odWl0b25nIiwgInN1YiI6ICJ3YW5nIiwgImV4cCI6IDI1MzQwMjMwMDc5OX0.aKzyClHozaDg19_v4x-sOmjf6TzikywRNU1nBe2tQ37JpXRcW",
    "OSUTJXuXMW2OECvBweqUDpzoNn5S4axXdFdAg",
);

#[tokio::test]
async fn a_token_of_an_issuer_signs_in_a_user_who_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("keys.json"), KEYS).expect("written");
    let oidc = "[identity.oidc]\nissuer = 'https://id.example'\naudience = 'huitong'\njwks = 'keys.json'\n";
    assert!(serve(folder.path(), oidc).stop(), "the server did not stop well");
    let config = folder.path().join("huitong.toml");
    assert!(run(&["user", "add", "li", "--config", config.to_str().expect("text")]).status.success());
    let server = serve(folder.path(), oidc);
    let address = server.address("flight");
    let mut li = with_token(&address, OF_LI).await;
    li.execute("SET timezone = '+08:00'".to_owned(), None).await.expect("signed in");
    let last = OF_LI.len() - 8;
    let forged = format!("{}AAAAAAAA", &OF_LI[..last]);
    for refused in [OF_WANG, &forged] {
        let mut client = with_token(&address, refused).await;
        let told = client.execute("SELECT 1".to_owned(), None).await.expect_err("refused").to_string();
        assert!(told.contains("HT0203"), "{told}");
    }
    assert!(server.stop(), "the server did not stop well");
    let server = serve(folder.path(), &format!("{oidc}create_users = true\n"));
    let mut wang = with_token(&server.address("flight"), OF_WANG).await;
    wang.execute("SELECT 1".to_owned(), None).await.expect("added");
}
