//! A fresh database for one test, of either kind.

use std::io::Write;
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, Executor};

use super::*;
use crate::config::StatePlace;

/// The URL of a server for tests; `tests/postgres` sets it.
const SERVER: &str = "HUITONG_TEST_POSTGRES";

/// Nothing is in it; every [`State`] that it opens is a process of its own.
pub struct Database {
    pub place: StatePlace,
    home: Home,
}

enum Home {
    Folder(tempfile::TempDir),
    Schema(String),
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { place: StatePlace::File(folder.path().join("状态 #1?.db")), home: Home::Folder(folder) }
    }

    /// A schema of its own on the server of `HUITONG_TEST_POSTGRES`.
    pub async fn postgres() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let server = server()?;
        let schema = format!("t{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        command(&server, format!("CREATE SCHEMA {schema}")).await;
        let url = with_parameter(&server, &format!("options=-csearch_path%3D{schema}"));
        Some(Self { place: StatePlace::Postgres(url.parse().unwrap()), home: Home::Schema(schema) })
    }

    pub async fn open(&self) -> State {
        State::at(&self.place).await.unwrap()
    }

    pub async fn remove(self) {
        match self.home {
            Home::Folder(folder) => folder.close().unwrap(),
            Home::Schema(schema) => command(&server().unwrap(), format!("DROP SCHEMA {schema} CASCADE")).await,
        }
    }
}

/// Nothing, said once, when there is none.
pub fn server() -> Option<String> {
    static SAID: Once = Once::new();
    let server = std::env::var(SERVER).ok();
    if server.is_none() {
        // Not by a macro: the test harness keeps what those print.
        let said = format!("skipped: tests on PostgreSQL need a server in {SERVER} (tests/postgres starts one)\n");
        SAID.call_once(|| std::io::stderr().write_all(said.as_bytes()).unwrap());
    }
    server
}

pub fn with_parameter(url: &str, parameter: &str) -> String {
    format!("{url}{}{parameter}", if url.contains('?') { '&' } else { '?' })
}

pub async fn command(url: &str, sql: String) {
    sqlx::any::install_default_drivers();
    let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    connection.close().await.unwrap();
}

/// Makes a test on SQLite and a test on PostgreSQL of each `async fn name(database: &Database)`.
macro_rules! on_every_database {
    ($($name:ident)*) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let database = super::Database::sqlite();
                super::$name(&database).await;
                database.remove().await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                let Some(database) = super::Database::postgres().await else { return };
                super::$name(&database).await;
                database.remove().await;
            })*
        }
    };
}

pub(crate) use on_every_database;
