//! Sessions over Flight, which are found again by their token: how they end, and what ends with them.

use std::path::Path;
use std::time::Duration;

use arrow_flight::sql::client::FlightSqlServiceClient;
use tonic::transport::Endpoint;

use crate::calls::Caller;
use crate::work::{Server, run};

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
