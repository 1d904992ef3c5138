//! What only a server has.

use std::time::Duration;

use sqlx::Connection;

use super::database::{command, server, with_parameter};
use super::*;
use crate::config::PostgresUrl;

#[tokio::test]
async fn a_lost_connection_is_an_error_once() {
    let Some(database) = Database::postgres().await else { return };
    let state = database.open().await;
    state.set_setting("site", "one").await.unwrap();
    let mut transaction = state.begin_alone("held").await.unwrap();
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *transaction).await.unwrap();
    command(&server().unwrap(), format!("SELECT CAST(pg_terminate_backend({pid}) AS INT)")).await;
    let error = sqlx::query("SELECT 1").execute(&mut *transaction).await.map_err(store_error).unwrap_err();
    assert_eq!(error.code, Code::STORE_UNAVAILABLE);
    drop(transaction);
    assert_eq!(state.setting("site").await.unwrap().as_deref(), Some("one"));
    state.close().await;
    database.remove().await;
}

/// Nor does a process that stands still in the middle of a change.
#[tokio::test]
async fn a_change_that_stands_still_keeps_nobody_from_taking_over() {
    let Some(database) = Database::postgres().await else { return };
    let (one, two) = (database.open().await, database.open().await);
    let first = one.take_lease(COORDINATOR, "a", Duration::ZERO).await.unwrap().unwrap();
    let mut change = one.fenced(first.epoch).begin_change().await.unwrap();
    let second = two.take_lease(COORDINATOR, "b", Duration::from_secs(60)).await.unwrap().unwrap();
    assert_eq!(second.epoch, 2);
    let sql = "INSERT INTO schemas (name, owner, created_at) VALUES ('s', 'li', 1)";
    assert!(sqlx::query(sql).execute(&mut *change).await.is_err());
    drop(change);
    assert_eq!(two.schemas().await.unwrap(), []);
    one.close().await;
    two.close().await;
    database.remove().await;
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_unavailable_and_keeps_the_password() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hangs_up = tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    let error = State::connect(&url(&format!("postgres://li:geheim@127.0.0.1:{port}/huitong"))).await.unwrap_err();
    assert_eq!(error.code, Code::STORE_UNAVAILABLE);
    assert_eq!(error.message, format!("the state database `127.0.0.1:{port}/huitong` cannot be opened"));
    assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
    hangs_up.abort();
}

#[tokio::test]
async fn nothing_shows_the_password() {
    let Some(server) = server() else { return };
    let right = url::Url::parse(&server).unwrap();
    let mut wrong = right.clone();
    wrong.set_password(Some("geheim")).unwrap();
    let error = State::connect(&url(wrong.as_str())).await.unwrap_err();
    assert!(!format!("{error:?}").contains("geheim"), "{error:?}");
    let Some(database) = Database::postgres().await else { return };
    let state = database.open().await;
    let shown = format!("{state:?} {:?}", database.place);
    assert!(!shown.contains(right.password().unwrap()), "{shown}");
    state.close().await;
    database.remove().await;
}

#[tokio::test]
async fn the_server_is_known_by_its_certificate() {
    let (Some(server), Ok(authority)) = (server(), std::env::var("HUITONG_TEST_POSTGRES_CA")) else { return };
    let checked = with_parameter(&server, "sslmode=verify-full");
    let error = sqlx::AnyConnection::connect(&checked).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("certificate"), "{error}");
    let mut connection =
        sqlx::AnyConnection::connect(&with_parameter(&checked, &format!("sslrootcert={authority}"))).await.unwrap();
    let encrypted = "SELECT CAST(ssl AS INT) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    let encrypted: i32 = sqlx::query_scalar(encrypted).fetch_one(&mut connection).await.unwrap();
    assert_eq!(encrypted, 1);
    connection.close().await.unwrap();
}

fn url(text: &str) -> PostgresUrl {
    text.parse().unwrap()
}
